"""The way from a model's input to a place of its source."""

from convlint.diagnostics import Span
from convlint.graph.model import Failure, GraphPath, InputSpec, Layer, ModelGraph, Node, TensorValue
from convlint.graph.trail import Trails
from convlint.symbolic.canonical import symbol
from convlint.symbolic.domain import Domain

H = symbol("H")
MODEL = Span("net.py", 1, 1, 1, 4)


def at(line, column=9):
    return Span("net.py", line, column, line, column + 5)


def node(name, inputs, size, line, layer=None):
    op = "call_module" if layer else "call_function"
    call = at(line) if line else None
    outputs = (TensorValue((1, 3, size)),)
    return Node(name, op, name, "other", name, tuple(inputs), outputs, layer=layer, call=call)


X = Node("x", "placeholder", "x", "placeholder", "x", (), (TensorValue((1, 3, H)),))
NODES = (
    X,
    node("conv", ["x"], H - 2, 11, "conv"),
    node("relu", ["conv"], H - 2, 12),
    node("deep", ["relu"], H - 4, 13, "blocks.0"),
    node("deeper", ["deep"], H - 6, 13, "blocks.1"),
    node("add", ["x", "deeper"], H, 14),
)
BUILT = at(5)


def trails(nodes=NODES, failure=None):
    path = GraphPath(nodes, Domain(), Domain(), failure)
    layers = {name: Layer(name, "Conv1d", "conv", {}, BUILT) for name in ("blocks.0", "blocks.1")}
    return Trails(ModelGraph("Net", "Net", MODEL, (InputSpec("x", (1, 3, H)),), Domain(), False, layers, (path,)))


def steps(*arguments, **more):
    return [(step.span.line, step.message) for step in trails(**more).to(*arguments)]


def test_it_goes_the_longest_way_and_tells_where_the_size_changes():
    assert steps(at(14)) == [
        (1, "input `x`: 1×3×H"),
        (11, "`conv` gives 1×3×(H−2)"),
        (13, "`blocks.0` gives 1×3×(H−4)"),
        (13, "`blocks.1` gives 1×3×(H−6)"),
        (14, "`add` gives 1×3×H"),
    ]


def test_the_last_step_is_there_though_it_keeps_the_size():
    assert steps(at(12))[-1] == (12, "`relu` gives 1×3×(H−2)")


def test_a_constructor_leads_to_its_call_and_to_the_layer_that_is_meant():
    assert steps(BUILT)[-1] == (13, "`blocks.0` gives 1×3×(H−4)")
    assert steps(BUILT, "blocks.1")[-1] == (13, "`blocks.1` gives 1×3×(H−6)")


def test_what_stopped_a_path_is_reached_by_its_last_operation():
    failure = Failure("refused", "too small", span=at(20), node="conv")
    assert steps(at(20), failure=failure) == [(1, "input `x`: 1×3×H"), (11, "`conv` gives 1×3×(H−2)")]


def test_a_place_where_nothing_happens_has_none():
    assert steps(at(99)) == []


def test_a_long_way_keeps_its_beginning_and_its_end():
    chain = [X]
    for index in range(200):
        chain.append(node(f"n{index}", [chain[-1].name], H + index + 1, index + 10))
    found = steps(at(209), nodes=tuple(chain))
    assert len(found) == 60
    assert [found[0][0], found[1][0], found[-1][0]] == [1, 151, 209]
