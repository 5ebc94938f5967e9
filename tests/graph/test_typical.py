"""The sizes next to which examples are looked for."""

from dataclasses import replace

import pytest

from convlint.graph.typical import is_typical, typical_sizes
from convlint.symbolic.parse import parse_condition


def test_one_sample_of_a_usual_size(skip_model):
    assert typical_sizes(skip_model) == {"N": 1, "H": 224, "W": 224}


def test_the_sizes_that_the_model_is_used_at_come_first(skip_model):
    assert typical_sizes(replace(skip_model, usual={"N": 8, "H": 28})) == {"N": 1, "H": 28, "W": 224}


def test_declared_sizes_bound_them(skip_model):
    declared = skip_model.declared.narrow(parse_condition("H <= 64 and W % 100 == 0"))
    assert typical_sizes(replace(skip_model, declared=declared)) == {"N": 1, "H": 64, "W": 200}


@pytest.mark.parametrize(("size", "near"), [(15, False), (16, True), (31, True), (64, True), (65, False)])
def test_half_and_twice_a_size_are_typical(size, near):
    assert is_typical({"H": size, "W": 1}, {"H": 32}) is near
