"""Which layers are written with plain numbers, and what hands on to what, read from the syntax."""

import textwrap

import pytest

from convlint.discover.literals import rows
from convlint.discover.module import parse_module
from convlint.discover.project import Project

HEAD = "import torch\nfrom torch import nn\nimport torch.nn as tnn\nfrom torch.nn import Conv2d as Conv\n"


@pytest.fixture
def read(tmp_path):
    def run(code):
        path = tmp_path / "net.py"
        return list(rows(parse_module(str(path), (HEAD + textwrap.dedent(code)).encode()), Project()))

    return run


@pytest.fixture
def layer(read):
    """The only layer of an expression."""

    def run(expression):
        ((found,),) = (row.layers for row in read(f"layer = {expression}"))
        return found

    return run


@pytest.mark.parametrize("name", ["nn.Conv2d", "torch.nn.Conv2d", "tnn.Conv2d", "Conv"])
def test_a_layer_is_known_by_what_its_name_means(name, layer):
    assert layer(f"{name}(3, 8, 5)").parameters["kernel_size"] == (5, 5)


@pytest.mark.parametrize(
    "expression",
    ["Conv2d(3, 8, 5)", "nn.functional.conv2d(x)", "nn.Conv2d(*sizes)", "nn.Conv2d(3, 8, **more)", "nn.Linear(3, 8)"],
)
def test_what_is_no_layer_with_known_numbers(expression, read):
    assert read(f"layer = {expression}") == []


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("nn.Conv1d(3, 8, 5, 2, padding=1)", {"kernel_size": (5,), "stride": (2,), "padding": (1,), "dilation": (1,)}),
        ("nn.Conv2d(3, 8, (3, 5), padding='same')", {"kernel_size": (3, 5), "padding": "same"}),
        ("nn.Conv2d(3, w, [3], groups=3)", {"in_channels": 3, "kernel_size": (3, 3), "groups": 3}),
        ("nn.MaxPool2d(2, ceil_mode=True)", {"kernel_size": (2, 2), "ceil_mode": True}),
        ("nn.MaxPool3d(2, None, 1)", {"kernel_size": (2, 2, 2), "padding": (1, 1, 1)}),
        ("nn.ConvTranspose2d(3, 8, 4, 2, 1, 1, 1, True, 2)", {"output_padding": (1, 1), "dilation": (2, 2)}),
        ("nn.Conv2d(3, 8, -1)", {"kernel_size": (-1, -1)}),
        ("nn.BatchNorm2d(8)", {"num_features": 8}),
    ],
)
def test_numbers_are_read_by_position_and_by_name(expression, expected, layer):
    assert layer(expression).parameters.items() >= expected.items()


@pytest.mark.parametrize(
    "expression",
    [
        "nn.Conv2d(3, 8, k)", "nn.Conv2d(3, 8, 3, padding=k // 2)", "nn.Conv2d(3, 8, 3, stride=s)",
        "nn.Conv2d(3, 8, 3, padding_mode='reflect')", "nn.Conv2d(3, 8, 3, padding_mode=mode)",
        "nn.Conv2d(3, 8, (3, 3, 3))", "nn.Conv2d(3, 8, 2.5)", "nn.Conv2d(3, 8, True)",
        "nn.ConvTranspose2d(3, 8, 3, padding='same')", "nn.MaxPool2d(2, ceil_mode=flag)",
    ],
)  # fmt: skip
def test_a_window_that_is_not_whole_is_none(expression, layer):
    assert not layer(expression).parameters.keys() & {"kernel_size", "stride", "padding", "dilation"}


def test_a_sequence_hands_on_through_others_in_it_and_what_is_not_known_parts_it(read):
    code = """
    class Net(nn.Module):
        def __init__(self):
            self.body = nn.Sequential(
                nn.Conv2d(3, 8, 3), nn.Sequential(nn.ReLU(), *more), block(nn.Conv2d(8, 8, 3)), nn.Conv2d(8, 2, 1)
            )

        def forward(self, x):
            return self.body(x)
    """
    body, alone = read(code)
    assert [each and each.path for each in body.layers] == ["body.0", "body.1.0", None, None, "body.3"]
    assert (body.model, [span.line for span in body.calls]) == ("Net", [13])
    assert [each.class_name for each in alone.layers] == ["Conv2d"]


def test_a_class_that_is_a_sequence_hands_on_what_it_is_built_of(read):
    code = """
    class Net(nn.Sequential):
        def __init__(self):
            super().__init__(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 2, 1))
    """
    (row,) = read(code)
    assert [each.path for each in row.layers] == ["0", "1"]


def test_every_layer_is_read_once_wherever_it_stands(read):
    code = """
    def block(width=nn.Conv2d(1, 1, 1)):
        return [nn.Sequential(act, {"a": nn.Conv2d(2, 2, 1)}["a"]), lambda: nn.Conv2d(3, 3, 1)]
    """
    found = [each.parameters["in_channels"] for row in read(code) for each in row.layers if each is not None]
    assert sorted(found) == [1, 2, 3]
