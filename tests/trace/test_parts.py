"""The parts of a model are named, built as the model builds them, and traced alone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from convlint.graph.model import ModelGraph
from convlint.trace.client import Client
from convlint.trace.protocol import ModelRef, Part, ReplayRequest, TraceFailure, TraceRequest, concrete

Write = Callable[[str, str], Path]

NET = """
    from torch import nn


    class Block(nn.Module):
        def __init__(self, width, stride=1):
            super().__init__()
            self.conv = nn.Conv2d(width, width, 3)
            self.stride = stride

        def forward(self, x):
            return self.conv(x)[:, :, :: self.stride]


    class Blocks(nn.ModuleList):
        pass


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = Blocks([Block(8), Block(8), Block(9), Block(8, 2)])
            self.head = nn.Sequential(nn.Conv2d(9, 2, 1), nn.ReLU())
            self.neck = nn.Sequential(Block(5))
            self.again = self.blocks[2]

        def forward(self, x):
            while True:
                x = x + 1
    """


@pytest.fixture
def net(write: Write) -> ModelRef:
    return ModelRef(str(write("net.py", NET)), "Net")


def test_parts_are_the_user_s_own_modules_with_those_they_look_like(client: Client, net: ModelRef) -> None:
    assert client.parts(net) == (
        Part("blocks.0", "Block", "blocks.0"),
        Part("blocks.1", "Block", "blocks.0"),
        Part("blocks.2", "Block", "blocks.2"),
        Part("blocks.3", "Block", "blocks.3"),
        Part("neck.0", "Block", "neck.0"),
    )


def test_a_part_is_traced_with_the_arguments_that_the_model_gives_it(client: Client, net: ModelRef) -> None:
    part = ModelRef(net.source, net.qualname, part="blocks.2")
    graph = client.trace(TraceRequest(part, name="Net.blocks.2", is_part=True))
    assert isinstance(graph, ModelGraph)
    assert (graph.name, graph.class_name, graph.span.line, graph.is_part) == ("Net.blocks.2", "Block", 5, True)
    assert [each.shape[1] for each in graph.inputs] == [9]
    (conv,) = graph.layers.values()
    assert (conv.path, conv.constructor.line if conv.constructor else None) == ("conv", 8)


def test_a_part_is_replayed_alone(client: Client, net: ModelRef) -> None:
    part = ModelRef(net.source, net.qualname, part="neck.0")
    graph = client.trace(TraceRequest(part))
    assert isinstance(graph, ModelGraph)
    runs = tuple(concrete(graph.inputs, {"N": 1, "H": size, "W": 8}) for size in (2, 3))
    outcomes = client.replay(ReplayRequest(part, runs))
    assert not isinstance(outcomes, TraceFailure)
    assert [each.status for each in outcomes] == ["raised", "returned"]


def test_a_part_that_the_model_has_not(client: Client, net: ModelRef) -> None:
    failure = client.trace(TraceRequest(ModelRef(net.source, net.qualname, part="tail")))
    assert isinstance(failure, TraceFailure)
    assert failure.message == "`Net` was built without `tail`"


@pytest.mark.parametrize(
    ("change", "was_built"),
    [
        (("", ""), True),  # endless
        (("x = x + 1", "raise SystemExit"), True),
        (("x = x + 1", "x.no_such_attribute"), True),
        (("super().__init__()", "super().__init__(); 1 / 0"), False),
        (("super().__init__()", "super().__init__(); nn.Conv2d(3, 3, 3, groups=2)"), False),
        (("from torch import nn", "from torch import nn; from no_such_module import *"), False),
    ],
)
def test_a_failure_says_whether_the_model_could_be_built(
    client: Client, write: Write, change: tuple[str, str], was_built: bool
) -> None:
    failure = client.trace(TraceRequest(ModelRef(str(write("net.py", NET.replace(*change))), "Net")))
    assert isinstance(failure, TraceFailure), failure
    assert failure.was_built is was_built
