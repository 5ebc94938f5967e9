import json
from fractions import Fraction

import pytest

from convlint.symbolic.canonical import as_size, opaque, symbol, unbacked
from convlint.symbolic.cases import maximum
from convlint.symbolic.codec import (
    domain_from_json,
    domain_to_json,
    predicate_from_json,
    predicate_to_json,
    size_from_json,
    size_to_json,
)
from convlint.symbolic.comparison import divides, equal, greater, less
from convlint.symbolic.connectives import any_of
from convlint.symbolic.domain import Domain
from convlint.symbolic.predicate import FALSE, TRUE
from convlint.symbolic.rounding import ceil

N, H, W = map(symbol, "NHW")


@pytest.mark.parametrize(
    "size",
    [
        3,
        H,
        as_size(Fraction(1, 3)),
        ceil(H / 1280),
        N * 64 * ceil(H / 4) * ceil(W / 4) + H / 3,
        maximum(H - 3, 2) * W,
        maximum(H, W // 2),
        opaque("scaled", "mul_float_floor", (H, 0.1)),
        unbacked("u0") * 2 + 1,
        H / W,
    ],
    ids=repr,
)
def test_sizes_come_back(size):
    assert size_from_json(json.loads(json.dumps(size_to_json(size)))) == size


@pytest.mark.parametrize(
    "predicate",
    [TRUE, FALSE, divides(32, H), greater(H, W), any_of(equal(H, W), equal(H, 1)), less(H / 2, W / 3)],
    ids=repr,
)
def test_predicates_come_back(predicate):
    assert predicate_from_json(json.loads(json.dumps(predicate_to_json(predicate)))) == predicate


def test_domains_come_back():
    domain = Domain.of(("N", "H", "W")).narrow(divides(32, H)).narrow(greater(H, W))
    back = domain_from_json(json.loads(json.dumps(domain_to_json(domain))))
    assert back == domain
    assert back.symbols == domain.symbols


def test_long_periods_are_short_text():
    assert len(json.dumps(size_to_json((H - 5) // 1280))) < 120


def test_nonsense_is_refused():
    with pytest.raises((TypeError, KeyError, ValueError)):
        predicate_from_json({"relation": "==", "size": 3})
