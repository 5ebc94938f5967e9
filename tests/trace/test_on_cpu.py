"""What meta kernels let pass is repeated on the CPU, at the call that is to blame, before it is reported."""

from collections.abc import Callable
from pathlib import Path

import pytest

from convlint import engine
from convlint.diagnostics import Severity
from convlint.engine.examining import proof
from convlint.graph.model import CallSite, ModelGraph
from convlint.request import Options
from convlint.rules.base import Finding
from convlint.settings import Settings
from convlint.trace.client import Client
from convlint.trace.protocol import ConcreteInput, InputText, ModelRef, ReplayOutcome, ReplayRequest, TraceRequest

Write = Callable[[str, str], Path]

LAYER = """
    import torch
    from torch import nn
    from torch.nn import functional as F

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv{axes}d(1, 4, 1)
            self.layer = {layer}

        def forward(self, x):
            return self.layer(self.first(x))
    """

FUNCTION = """
    import torch
    from torch import nn
    from torch.nn import functional as F

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros({weight}))

        def forward(self, x):
            x = x * 2
            return {call}
    """

# The arguments of a layer, the rule that flags it, and what the CPU says.
WRONG_LAYERS = [
    ("nn.ConvTranspose{axes}d(5, 8, 3)", "CL401", "to have 5 channels, but got 4"),
    ("nn.ConvTranspose{axes}d(4, 8, 3, stride=2, output_padding=2)", "CL204", "output padding must be smaller"),
]
WRONG_CALLS = [
    ("5, 8, 3, 3", "F.conv_transpose2d(x, self.weight)", "CL401", "to have 5 channels, but got 4"),
    ("4, 8, 3, 3", "F.conv_transpose2d(x, self.weight, output_padding=1)", "CL204", "output padding must be smaller"),
    ("4, 8, 3, 3", "F.conv_transpose2d(x, self.weight, groups=3)", "CL406", "divisible by 3"),
    ("6, 1, 3, 3", "F.conv2d(x, self.weight, groups=4)", "CL406", "divisible by 4"),
]


def replayed(client: Client, path: Path, size: tuple[int, ...], *sites: CallSite | None) -> tuple[ReplayOutcome, ...]:
    """What a run at a size comes to, once for each site to repeat: by default that of ``layer``."""
    sites = sites or (CallSite("layer", None),)
    runs = ((ConcreteInput("x", size),),) * len(sites)
    outcomes = client.replay(ReplayRequest(ModelRef(str(path), "Net"), runs, sites))
    assert isinstance(outcomes, tuple)
    return outcomes


def sole_finding(path: Path, code: str, declared: str) -> None:
    report = engine.check([f"{path}:Net"], Options.read(inputs=[declared]), Settings(select=(code,)))
    assert [each.code for each in report.diagnostics] == [code]
    assert not report.remarks


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize(("layer", "code", "words"), WRONG_LAYERS)
@pytest.mark.usefixtures("warm_engine")
def test_a_wrong_layer_raises_on_the_cpu(
    client: Client, write: Write, axes: int, layer: str, code: str, words: str
) -> None:
    path = write("model.py", LAYER.format(axes=axes, layer=layer.format(axes=axes)))
    on_meta, on_cpu = replayed(client, path, (2, 1, *(8,) * axes), None, CallSite("layer", None))
    assert on_meta.status == "returned"
    assert (on_cpu.status, on_cpu.exception) == ("raised", "RuntimeError")
    assert words in on_cpu.message
    assert on_cpu.span is not None
    assert on_cpu.span.line == 13
    sole_finding(path, code, "N 1 " + " ".join("DHW"[-axes:]))


@pytest.mark.parametrize(("weight", "call", "code", "words"), WRONG_CALLS)
@pytest.mark.usefixtures("warm_engine")
def test_a_wrong_call_raises_on_the_cpu(
    client: Client, write: Write, weight: str, call: str, code: str, words: str
) -> None:
    path = write("model.py", FUNCTION.format(weight=weight, call=call))
    graph = client.trace(TraceRequest(ModelRef(str(path), "Net"), (InputText("N 4 H W"),)))
    assert isinstance(graph, ModelGraph)
    site = graph.paths[0].nodes[-1].site
    on_meta, on_cpu = replayed(client, path, (1, 4, 8, 8), None, site)
    assert on_meta.status == "returned"
    assert on_cpu.status == "raised"
    assert words in on_cpu.message
    sole_finding(path, code, "N 4 H W")


@pytest.mark.usefixtures("warm_engine")
def test_groups_that_were_set_by_hand_raise_on_the_cpu(write: Write) -> None:
    text = LAYER.format(axes=2, layer="nn.Conv2d(2, 6, 3, groups=2); self.layer.groups = 4")
    path = write("model.py", text)
    sole_finding(path, "CL406", "N 1 H W")


def test_a_claim_that_the_cpu_does_not_confirm_is_not_reported(client: Client, write: Write) -> None:
    path = write("model.py", LAYER.format(axes=2, layer="nn.ConvTranspose2d(4, 8, 3)"))
    model = ModelRef(str(path), "Net")
    graph = client.trace(TraceRequest(model, (InputText("N 1 H W"),)))
    assert isinstance(graph, ModelGraph)
    node = next(each for each in graph.paths[0].nodes if each.layer == "layer")
    assert node.call is not None
    claim = Finding(
        Severity.ERROR, "wrong", node.call, witness={"N": 1, "H": 8, "W": 8}, raises=True, site=node.site,
        code="CL401", name="channel-mismatch",
    )
    result = proof.tested(client, model, graph, [claim])
    assert not result.findings
    assert "PyTorch runs at {'N': 1, 'H': 8, 'W': 8}" in result.remarks[0]


@pytest.mark.parametrize(
    ("size", "words"), [((1 << 20, 1, 64, 64), "[1, 4, 32, 32]"), ((1, 1, 9, 1 << 30), "[1, 4, 9, 32]")]
)
def test_a_small_sample_stands_for_one_that_is_too_large(
    client: Client, write: Write, size: tuple[int, ...], words: str
) -> None:
    path = write("model.py", LAYER.format(axes=2, layer="nn.ConvTranspose2d(5, 8, 3)"))
    (outcome,) = replayed(client, path, size)
    assert outcome.status == "raised"
    assert f"expected input{words} to have 5 channels" in outcome.message


@pytest.mark.parametrize("layer", ["nn.ConvTranspose2d(5, 8, 3, padding=80)", "nn.ReLU()"])
def test_tensors_that_are_too_large_are_not_made(client: Client, write: Write, layer: str) -> None:
    path = write("model.py", LAYER.format(axes=2, layer=layer))
    (outcome,) = replayed(client, path, (1, 1, 1 << 15, 1 << 15))
    assert outcome.status == "too-large"
