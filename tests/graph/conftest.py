"""Graphs built by hand: what a trace would yield for a few small models."""

import pytest

from convlint.diagnostics import Span
from convlint.graph.model import (
    Failure,
    GraphPath,
    InputSpec,
    Layer,
    ModelGraph,
    Node,
    Requirement,
    Specialisation,
    TensorValue,
)
from convlint.symbolic.canonical import symbol
from convlint.symbolic.domain import Domain
from convlint.symbolic.parse import parse_condition

N, H, W = symbol("N"), symbol("H"), symbol("W")
ANY = Domain.of(("N", "H", "W"))
HERE = Span("net.py", 1, 1, 9, 1)


def node(name, kind, shape, *inputs, op="call_function", **fields):
    return Node(name, op, kind, kind, kind, inputs, (TensorValue(tuple(shape)),), **fields)


def model(*paths, declared=ANY, layers=None, **fields):
    return ModelGraph(
        name="Net",
        class_name="Net",
        span=HERE,
        inputs=(InputSpec("x", (N, 3, H, W)),),
        declared=declared,
        is_declared=declared != ANY,
        layers=layers or {},
        paths=paths,
        **fields,
    )


def halving_and_skip():
    """``cat(x, up(pool(x)))``: needs even sizes."""
    even = parse_condition("H % 2 == 0")
    pool = {"kernel_size": (2, 2), "stride": (2, 2), "padding": ((0, 0), (0, 0))}
    big = ANY.narrow(parse_condition("H >= 2 and W >= 2"))
    working = big.narrow(even).narrow(parse_condition("W % 2 == 0"))
    fits = [Requirement("window-exceeds-input", parse_condition(f"{s} >= 2"), "too small", ANY) for s in "HW"]
    agree = Requirement("skip-size-mismatch", even, "differ", big, {"axis": 2, "sizes": (H, 2 * (H // 2))})
    agree_too = Requirement("skip-size-mismatch", parse_condition("W % 2 == 0"), "differ", big.narrow(even))
    nodes = (
        node("x", "placeholder", (N, 3, H, W), op="placeholder"),
        node(
            "pool",
            "max_pool",
            (N, 3, H // 2, W // 2),
            "x",
            op="call_module",
            layer="pool",
            parameters=pool,
            requirements=tuple(fits),
        ),
        node("up", "resize", (N, 3, 2 * (H // 2), 2 * (W // 2)), "pool", parameters={"scale_factor": 2.0}),
        node("cat", "cat", (N, 6, H, W), "x", "up", parameters={"dim": 1}, requirements=(agree, agree_too)),
        node("output", "output", (N, 6, H, W), "cat", op="output"),
    )
    return GraphPath(nodes, ANY, working, outputs=(TensorValue((N, 6, H, W)),)), {
        "pool": Layer("pool", "MaxPool2d", "max_pool", pool, Span("net.py", 3, 9, 3, 30))
    }


@pytest.fixture
def skip_model():
    path, layers = halving_and_skip()
    return model(path, layers=layers)


@pytest.fixture
def forked_model():
    """Returns ``H//2`` for even sizes, ``H`` for odd ones below 100, and raises beyond."""
    even, odd = parse_condition("H % 2 == 0"), parse_condition("H % 2 == 1")
    small = ANY.narrow(odd).narrow(parse_condition("H < 100"))
    large = ANY.narrow(odd).narrow(parse_condition("H >= 100"))
    halved = GraphPath((), ANY.narrow(even), ANY.narrow(even), outputs=(TensorValue((N, H // 2)),))
    kept = GraphPath((), small, small, outputs=(TensorValue((N, H)),))
    refused = GraphPath((), large, large, Failure("raised", "too large", "ValueError", span=HERE))
    return model(halved, kept, refused)


@pytest.fixture
def frozen_model():
    """Was followed at ``H == 8`` only, and stopped for ``W > 50``."""
    at_8 = ANY.narrow(parse_condition("H == 8"))
    narrow, wide = parse_condition("W <= 50"), parse_condition("W > 50")
    frozen = Specialisation(parse_condition("H == 8"), "H became the number 8", HERE)
    followed = GraphPath((), ANY.narrow(narrow), at_8.narrow(narrow), specialisations=(frozen,))
    stopped = GraphPath((), ANY.narrow(wide), ANY.narrow(wide), Failure("untraceable", "needs values"))
    return model(followed, stopped, unexplored=(ANY.narrow(parse_condition("H > 8 and W <= 50")),))
