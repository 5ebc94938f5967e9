"""Which sizes stand where, of graphs built by hand."""

from dataclasses import replace

import pytest

pytest.importorskip("pygls")

from convlint.diagnostics import Span
from convlint.graph.model import Failure, GraphPath, Layer, ModuleCall, TensorValue
from convlint.lsp.hints import hints
from convlint.lsp.links import definitions, references
from convlint.lsp.sites import sites
from convlint.symbolic.comparison import equal
from tests.graph.conftest import ANY, H, N, W, model, node

FILE = "/net.py"
BIG, SMALL = (N, 8, H, W), (N, 8, H // 2, W // 2)


def at(line, column=1, end_column=20):
    return Span(FILE, line, column, line, end_column)


def layer(path, built):
    return Layer(path, "Conv2d", "conv", {}, built)


def graph(*nodes, calls=(), layers=()):
    return model(GraphPath(nodes, ANY, ANY, calls=calls), layers={each.path: each for each in layers})


def where(graphs):
    return sites(graphs, lambda span: span)


def here(traced):
    """The model, with its class in the file that is read."""
    return replace(traced, span=replace(traced.span, path=FILE))


def labels(traced):
    return [(each.span.line, each.span.column, each.label) for each in hints(where([traced]).of(FILE))]


def test_of_nested_calls_with_the_same_sizes_the_outer_one_is_shown():
    inner = node("conv", "conv", BIG, call=at(5, 10, 18))
    outer = node("relu", "pointwise", BIG, call=at(5, 5, 19))
    assert labels(graph(inner, outer)) == [(5, 5, "N×8×H×W")]


def test_of_nested_calls_with_other_sizes_both_are_shown():
    inner = node("conv", "conv", BIG, call=at(5, 10, 18))
    outer = node("pool", "max_pool", SMALL, call=at(5, 5, 19))
    assert labels(graph(inner, outer)) == [(5, 10, "N×8×H×W"), (5, 5, "N×8×⌊H/2⌋×⌊W/2⌋")]


def test_a_line_that_runs_twice_has_the_sizes_of_the_first_run_and_says_how_many_others():
    first, second = (node(name, "pointwise", shape, call=at(5)) for name, shape in (("a", BIG), ("b", SMALL)))
    assert labels(graph(first, second)) == [(5, 1, "N×8×H×W +1")]
    assert labels(graph(first, node("c", "pointwise", BIG, call=at(5)))) == [(5, 1, "N×8×H×W")]


def container():
    """``self.body(x)`` in line 9, a container of two layers that are built in lines 3 and 4."""
    layers = [layer("body.0", at(3)), layer("body.1", at(4))]
    nodes = [
        node(f"conv{index}", "conv", shape, layer=f"body.{index}", module="body", call=at(9))
        for index, shape in enumerate((BIG, SMALL))
    ]
    call = ModuleCall("body", "Sequential", at(2), "", "conv1", at(9), (TensorValue(SMALL),))
    return graph(*nodes, calls=(call,), layers=layers)


def test_a_call_of_a_container_has_the_sizes_of_all_of_it_and_its_layers_have_their_own():
    assert labels(container()) == [(3, 1, "N×8×H×W"), (4, 1, "N×8×⌊H/2⌋×⌊W/2⌋"), (9, 1, "N×8×⌊H/2⌋×⌊W/2⌋")]


def test_a_line_that_builds_all_layers_of_a_container_has_the_sizes_of_none():
    layers = [Layer("body.0", "Conv2d", "conv", {}, at(3)), Layer("body.1", "ReLU", "activation", {}, at(3))]
    nodes = [node(each.path, each.kind, BIG, layer=each.path, module="body", call=at(9)) for each in layers]
    call = ModuleCall("body", "Sequential", at(3), "", "body.1", at(9), (TensorValue(BIG),))
    assert labels(graph(*nodes, calls=(call,), layers=layers)) == [(9, 1, "N×8×H×W")]


def test_a_call_leads_to_what_it_calls_and_back():
    found = where([container()])
    assert definitions(found, FILE, 9, 5) == (at(2),)
    assert references(found, FILE, 2, 5) == (at(9),)
    assert definitions(found, FILE, 3, 5) == ()


EVEN, ODD = (ANY.narrow(equal(H % 2, rest)) for rest in (0, 1))


def branching(*shapes, domains=(EVEN, ODD)):
    """A model that goes one way for even rows, another for odd ones, with one call that gives these shapes."""
    ways = [
        GraphPath((node(f"pool{index}", "max_pool", shape, call=at(5)),), domain, domain)
        for index, (shape, domain) in enumerate(zip(shapes, domains, strict=True))
    ]
    return model(*ways)


def shown(traced):
    (hint,) = hints(where([here(traced)]).of(FILE))
    return hint.label, hint.tooltip


def test_ways_that_agree_have_one_size():
    assert shown(branching(BIG, BIG)) == ("N×8×H×W", "- `Net` max_pool: N×8×H×W")


def test_ways_that_a_formula_holds_on_have_that_formula():
    halved, padded = (N, 8, H // 2, W // 2), (N, 8, (H + 1) // 2, W // 2)
    assert shown(branching(halved, padded)) == ("N×8×⌈H/2⌉×⌊W/2⌋", "- `Net` max_pool: N×8×⌈H/2⌉×⌊W/2⌋")


def test_two_ways_that_differ_stand_one_beside_the_other():
    label, tooltip = shown(branching((N, 8, H, W), (N, 8, H - 1, W)))
    assert label == "N×8×H×W | N×8×(H−1)×W"
    assert tooltip == "- `Net` max_pool: N×8×H×W, for H % 2 = 0\n  or N×8×(H−1)×W, for H % 2 = 1"


def test_of_more_ways_the_sizes_that_they_share_are_shown():
    thirds = tuple(ANY.narrow(equal(H % 3, rest)) for rest in range(3))
    label, tooltip = shown(branching(*((N, 8, H * 4**rest, W) for rest in range(3)), domains=thirds))
    assert label == "N×8×…×W"
    assert tooltip.split("\n")[2] == "  or N×8×16H×W, for H % 3 = 2"


def test_ways_with_other_numbers_of_axes_share_nothing():
    assert shown(branching((N, 8, H, W), (N, 8), (8,), domains=(EVEN, ODD, ODD)))[0] == "…"


def test_a_call_that_only_some_sizes_come_to_says_which():
    other = GraphPath((node("relu", "pointwise", BIG, call=at(9)),), ODD, ODD)
    traced = model(GraphPath((node("pool", "max_pool", SMALL, call=at(5)),), EVEN, EVEN), other)
    first, second = hints(where([here(traced)]).of(FILE))
    assert (first.tooltip, second.tooltip) == (
        "- `Net` max_pool: N×8×⌊H/2⌋×⌊W/2⌋, for H % 2 = 0", "- `Net` pointwise: N×8×H×W, for H % 2 = 1",
    )  # fmt: skip


def test_sizes_that_a_model_of_another_file_gives_are_said_to_be_its():
    (hint,) = hints(where([graph(node("relu", "pointwise", BIG, call=at(5)))]).of(FILE))
    assert hint.tooltip == "- Net (net.py): `Net` pointwise: N×8×H×W"


def test_a_way_that_the_model_refuses_has_no_say():
    refused = GraphPath(
        (node("relu", "pointwise", SMALL, call=at(5)),), ODD, ODD, failure=Failure("raised", "odd", "ValueError")
    )
    traced = model(GraphPath((node("relu", "pointwise", BIG, call=at(5)),), EVEN, EVEN), refused)
    assert shown(traced)[0] == "N×8×H×W"
