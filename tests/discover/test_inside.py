"""The parts of a model that cannot be built itself, with the arguments that it would give them."""

import pytest

from convlint.discover import models_inside

FILE = """
import torch
from torch import nn, Tensor
from jaxtyping import Float


class Block(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, stride)

    def forward(self, x: Float[Tensor, "n {channels} h w"]):
        return self.conv(x)


class Head(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        self.fc = Last(width)

    def forward(self, x):
        return self.fc(x)


class Last(nn.Module):
    def forward(self, x):
        return x


class Base(nn.Module):
    def forward(self, x):
        return x


class Other(nn.Module):
    def forward(self, x):
        return x


class Net(Base):
    def __init__(self, cfg, width=8):
        super().__init__()
        self.width = width
        self.blocks = nn.Sequential(
            {calls}
        )
        self.head = Head(width, cfg.classes)

    def forward(self, x):
        return self.head(self.blocks(x))


def make(cfg):
    return Net(cfg)
"""


@pytest.fixture
def inside(project, monkeypatch):
    def run(calls, name="Net", channels="channels"):
        project({"net.py": FILE.replace("{calls}", calls).replace("{channels}", channels)})
        return {each.class_name: each for each in models_inside("net.py", name)}

    return run


@pytest.mark.parametrize(
    ("calls", "arguments"),
    [
        ("Block(3, 4)", (("cin", "3"), ("cout", "4"))),
        ("Block(3, cout=4, stride=2)", (("cin", "3"), ("cout", "4"), ("stride", "2"))),
        ("Block(3, 2 * self.width)", (("cin", "3"), ("cout", "16"))),
        ("Block(3, cfg.width), Block(4, 5)", (("cin", "4"), ("cout", "5"))),
        ("*[Block(3, 4) for _ in range(2)]", (("cin", "3"), ("cout", "4"))),
    ],
)
def test_arguments_are_those_that_the_model_writes(inside, calls, arguments):
    found = inside(calls)
    assert found["Block"].arguments == arguments
    assert found["Block"].arguments_source.startswith("Net.__init__, line ")


@pytest.mark.parametrize("calls", ["Block(3, cfg.width)", "Block(*cfg.block)", "*[Block(c, c) for c in cfg.widths]"])
def test_what_only_running_would_tell_is_left_out(inside, calls):
    assert "Block" not in inside(calls)


def test_parts_are_what_is_built_directly_and_what_parts_build(inside):
    assert list(inside("Block(3, 4)")) == ["Block", "Last"]


def test_a_factory_has_the_parts_of_what_it_builds(inside):
    assert list(inside("Block(3, 4)", "make")) == ["Block", "Last"]


def test_annotations_tell_inputs(inside):
    (text,) = inside("Block(3, 4)", channels="cin")["Block"].inputs
    assert (text.name, text.shape) == ("x", "n 3 h w")


def test_what_is_not_there_has_no_parts(inside, tmp_path):
    assert not inside("Block(3, 4)", "Nothing")
    assert models_inside(str(tmp_path / "none.py"), "Net") == ()
    (tmp_path / "broken.py").write_text("import torch.nn\nclass Net(:\n")
    assert models_inside("broken.py", "Net") == ()
