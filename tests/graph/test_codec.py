"""The JSON form of a graph gives the graph back, and is compact."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from convlint.graph.codec import FormatError, graph_from_json, graph_to_json
from convlint.symbolic.canonical import symbol
from convlint.symbolic.parse import parse_condition


def round_trip(graph):
    return graph_from_json(json.loads(json.dumps(graph_to_json(graph), allow_nan=False)))


@pytest.mark.parametrize("name", ["skip_model", "forked_model", "frozen_model"])
def test_round_trip_is_exact(name, request):
    graph = request.getfixturevalue(name)
    assert round_trip(graph) == graph


def test_a_part_stays_one(skip_model):
    assert round_trip(replace(skip_model, is_part=True)).is_part


def test_the_usual_sizes_stay(skip_model):
    assert round_trip(replace(skip_model, usual={"N": 2, "H": 28})).usual == {"N": 2, "H": 28}


def test_sizes_come_back_as_the_same_objects(skip_model):
    copy = round_trip(skip_model)
    for ours, theirs in zip(skip_model.paths[0].nodes, copy.paths[0].nodes, strict=True):
        assert [id(size) for size in ours.shape if not isinstance(size, int)] == [
            id(size) for size in theirs.shape if not isinstance(size, int)
        ]


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1,
        0.5,
        float("inf"),
        "same",
        (1, (2, 3)),
        [1, (2,)],
        {"a": 1, 2: (3,)},
        frozenset({1, 2}),
        symbol("H") // 2,
        Fraction(1, 3),
        parse_condition("H > 3"),
    ],
    ids=repr,
)
def test_parameters_keep_value_and_type(skip_model, value):
    path = skip_model.paths[0]
    first = replace(path.nodes[0], parameters={"it": value})
    graph = replace(skip_model, paths=(replace(path, nodes=(first, *path.nodes[1:])),))
    found = round_trip(graph).paths[0].nodes[0].parameters["it"]
    assert found == value
    assert type(found) is type(value)


def test_paths_that_share_nodes_store_them_once(skip_model):
    twice = replace(skip_model, paths=skip_model.paths * 2)
    assert len(graph_to_json(twice)["nodes"]) == len(skip_model.paths[0].nodes)


def test_unknown_parameter_types_are_refused(skip_model):
    path = skip_model.paths[0]
    odd = replace(path, nodes=(replace(path.nodes[0], parameters={"it": object()}),))
    with pytest.raises(TypeError, match="cannot carry a object"):
        graph_to_json(replace(skip_model, paths=(odd,)))


def test_another_format_is_refused(skip_model):
    with pytest.raises(FormatError):
        graph_from_json(graph_to_json(skip_model) | {"format": 0})
