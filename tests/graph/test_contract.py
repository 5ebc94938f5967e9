"""The contract says exactly which sizes run, which do not, and which nobody looked at."""

import json

import pytest

from convlint.graph.contract import Contract, union
from convlint.symbolic.domain import Domain
from convlint.symbolic.parse import parse_condition

ANY = Domain.of(("N", "H", "W"))


def sizes(h, w=4):
    return {"N": 1, "H": h, "W": w}


def test_requirements_are_part_of_it(skip_model):
    contract = Contract(skip_model)
    assert [h for h in range(1, 9) if contract.accepts(sizes(h))] == [2, 4, 6, 8]
    assert contract.accepts(sizes(4, 3)) is False
    assert contract.render() == "H % 2 = 0 and W % 2 = 0"


def test_outputs_at_a_size(skip_model):
    contract = Contract(skip_model)
    assert contract.outputs(sizes(6)) == ((1, 6, 6, 4),)
    assert contract.outputs(sizes(7)) is None
    assert contract.render_outputs() == ("N×6×H×W",)


def test_paths_unite(forked_model):
    contract = Contract(forked_model)
    assert [contract.accepts(sizes(h)) for h in (98, 99, 100, 101)] == [True, True, True, False]
    assert contract.outputs(sizes(98)) == ((1, 49),)
    assert contract.outputs(sizes(99)) == ((1, 99),)
    assert len(contract.accepted) == 1
    assert len(contract.render_outputs()) == 2


def test_what_was_not_followed_is_unknown(frozen_model):
    contract = Contract(frozen_model)
    assert contract.accepts(sizes(8)) is True
    assert contract.accepts(sizes(9)) is None
    assert contract.accepts(sizes(8, 60)) is None
    assert not contract.is_total


def test_sizes_outside_the_declaration_are_unknown(skip_model):
    from dataclasses import replace

    declared = replace(skip_model, declared=ANY.narrow(parse_condition("H >= 10")), is_declared=True)
    assert Contract(declared).accepts(sizes(4)) is None


def test_a_size_is_missing(skip_model):
    with pytest.raises(KeyError):
        Contract(skip_model).accepts({"N": 1})


def test_json_is_json(forked_model):
    data = json.loads(json.dumps(Contract(forked_model).to_json()))
    assert data["symbols"] == ["N", "H", "W"]
    assert len(data["outputs"]) == 2


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (("H % 2 == 0", "H % 2 == 1"), "H >= 1"),
        (("H < 5", "H >= 5 and H < 9"), "H < 9"),
        (("H == W", "H != W"), "H >= 1"),
        (("H < 5 and W < 5", "H < 5 and W >= 5", "H >= 5 and W < 5", "H >= 5 and W >= 5"), "H >= 1"),
        (("H < 9", "H < 5 and W == 1"), "H < 9"),
    ],
)
def test_union_is_simple(parts, whole):
    domains = [ANY.narrow(parse_condition(part)) for part in parts]
    assert union(domains) == (ANY.narrow(parse_condition(whole)),)


def test_union_keeps_what_cannot_be_one():
    parts = [ANY.narrow(parse_condition(text)) for text in ("H < 5 and W < 5", "H > 9 and W > 9")]
    assert union(parts) == tuple(parts)
