"""Which sizes stand where, of graphs built by hand."""

import pytest

pytest.importorskip("pygls")

from convlint.diagnostics import Span
from convlint.graph.model import GraphPath, Layer, ModuleCall, TensorValue
from convlint.lsp.hints import hints
from convlint.lsp.links import definitions, references
from convlint.lsp.sites import sites
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


def test_a_call_leads_to_what_it_calls_and_back():
    found = where([container()])
    assert definitions(found, FILE, 9, 5) == (at(2),)
    assert references(found, FILE, 2, 5) == (at(9),)
    assert definitions(found, FILE, 3, 5) == ()
