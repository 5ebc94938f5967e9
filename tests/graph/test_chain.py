"""What a chain of layers is said to refuse and to give is what PyTorch refuses and gives."""

import ast

import pytest
import torch
from torch import nn

from convlint.diagnostics import Span
from convlint.discover.literals import rows
from convlint.discover.module import parse_module
from convlint.discover.project import Project
from convlint.graph.chain import chain
from convlint.symbolic.dim import evaluate

SIZES = {"N": 2, "T": 33, "D": 17, "H": 33, "W": 40}

LAYERS = [
    "nn.Conv1d(3, 8, 5, stride=2, padding=1)", "nn.Conv2d(3, 8, (3, 5), stride=(2, 1), padding=(0, 7), dilation=2)",
    "nn.Conv2d(3, 8, 4, padding='same')", "nn.Conv2d(3, 8, 4, stride=2, padding='same')",
    "nn.Conv2d(3, 8, 4, stride=2, padding='valid')", "nn.Conv2d(4, 6, 3, groups=4)", "nn.Conv2d(6, 8, 3, groups=4)",
    "nn.Conv2d(4, 8, 3, groups=4)", "nn.Conv2d(4, 8, 3, groups=0)", "nn.Conv2d(3, 8, 3, stride=0)",
    "nn.Conv2d(3, 8, 0)", "nn.Conv2d(3, 8, 3, padding=-1)", "nn.Conv2d(3, 8, 3, dilation=0)",
    "nn.Conv3d(1, 2, 3, padding=1)", "nn.ConvTranspose1d(3, 8, 3, stride=2, padding=1, output_padding=1)",
    "nn.ConvTranspose2d(3, 8, 3, stride=2, output_padding=2)", "nn.ConvTranspose2d(3, 8, 3, 3, output_padding=2)",
    "nn.ConvTranspose2d(3, 8, 3, dilation=3, output_padding=2)", "nn.ConvTranspose2d(3, 8, 3, output_padding=1)",
    "nn.ConvTranspose2d(3, 8, 3, stride=2, output_padding=-1)", "nn.ConvTranspose2d(4, 6, 3, groups=4)",
    "nn.MaxPool1d(3, 2, 1)", "nn.MaxPool2d(2, padding=1)", "nn.MaxPool2d(2, padding=2)",
    "nn.MaxPool2d(3, ceil_mode=True)",
    "nn.MaxPool2d(3, 1, 2, 2)", "nn.AvgPool2d(3, 2, 1)", "nn.AvgPool2d(3, 2, 2)", "nn.AvgPool3d(2, 2, 1)",
    "nn.MaxPool2d(2, 0)",
]  # fmt: skip


def layers_of(expression):
    module = parse_module("net.py", f"from torch import nn\nlayer = {expression}\n".encode())
    ((row,),) = (tuple(rows(module, Project())),)
    return row.layers


@pytest.mark.parametrize("expression", LAYERS)
def test_a_layer_alone_does_what_it_does_in_pytorch(expression):
    layers = layers_of(expression)
    (path,) = chain("Net", Span("net.py", 1, 1, 1, 1), layers).paths
    shape = [evaluate(size, SIZES) for size in path.nodes[0].shape]
    try:
        # Meta tensors let some of these pass, so it is run.
        expected = eval(ast.unparse(ast.parse(expression)), {"nn": nn})(torch.zeros(shape)).shape
    except (RuntimeError, ValueError, ZeroDivisionError):
        expected = None
    assert (path.failure is not None) == (expected is None)
    if expected is not None:
        assert tuple(evaluate(size, SIZES) for size in path.nodes[-1].shape) == tuple(expected)


def test_channels_that_are_not_those_of_the_layer_before_are_refused():
    layers = layers_of("nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.Conv2d(4, 8, 3))")
    (path,) = chain("Net", Span("net.py", 1, 1, 1, 1), layers).paths
    assert path.failure is not None
    assert (path.failure.rule, path.failure.node) == ("channel-mismatch", "1")
    assert path.nodes[-1].requirements[-1].details == {"expected": 4, "found": 8}
