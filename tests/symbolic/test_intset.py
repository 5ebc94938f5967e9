import pickle
from random import Random

import pytest

from convlint.symbolic.intset import ALL, EMPTY, IntSet
from convlint.symbolic.limits import TooFineError

REACH = 400


def random_set(random):
    """A set and, up to REACH, its members."""
    match random.randrange(4):
        case 0:
            lo = random.randrange(50)
            return IntSet.at_least(lo), set(range(lo, REACH))
        case 1:
            lo, hi = random.randrange(60), random.randrange(90)
            return IntSet.between(lo, hi), set(range(lo, hi + 1))
        case 2:
            modulus = random.choice((2, 3, 4, 6, 8, 32))
            allowed = {random.randrange(modulus) for _ in range(random.randrange(4))}
            return IntSet.residues(modulus, allowed), {n for n in range(REACH) if n % modulus in allowed}
        case _:
            members = {random.randrange(80) for _ in range(random.randrange(7))}
            return IntSet.of(members), members


def random_formula(random):
    allowed, members = random_set(random)
    for _ in range(random.randrange(4)):
        other, theirs = random_set(random)
        match random.choice("&|-~"):
            case "&":
                allowed, members = allowed & other, members & theirs
            case "|":
                allowed, members = allowed | other, members | theirs
            case "-":
                allowed, members = allowed - other, members - theirs
            case "~":
                allowed, members = ~allowed, set(range(REACH)) - members
    return allowed, members


def test_operations_are_those_of_sets():
    random = Random(1)
    for _ in range(2000):
        allowed, members = random_formula(random)
        assert set(allowed.iterate(0, REACH - 1)) == members
        assert allowed.is_empty == (not members)
        assert allowed.min() == min(members, default=None)
        assert allowed.count(5, 99) == len([n for n in members if 5 <= n <= 99])
        n = random.randrange(120)
        assert allowed.contains(n) == (n in members)
        nearest = allowed.nearest(n)
        if members:
            assert abs(nearest - n) == min(abs(m - n) for m in members)
            assert nearest in members
        else:
            assert nearest is None


def test_equal_sets_are_equal_however_they_were_made():
    random = Random(2)
    known = {}
    for _ in range(2000):
        allowed, members = random_formula(random)
        first = known.setdefault(frozenset(members), allowed)
        assert first == allowed
        assert hash(first) == hash(allowed)


def test_bounds_of_any_size_cost_nothing():
    huge = 2**62
    far = IntSet.between(huge, None) & IntSet.residues(320, {7})
    assert far.min() % 320 == 7
    assert not far.contains(huge - 1)
    assert (IntSet.between(0, huge) - IntSet.between(1, huge)) == IntSet.of({0})


def test_ends():
    assert IntSet.at_least(3).max() is None
    assert not IntSet.at_least(3).is_bounded
    assert IntSet.between(3, 9).max() == 9
    assert EMPTY.max() is None
    assert EMPTY.is_bounded
    assert IntSet.of({5}).single == 5
    assert IntSet.of({5, 6}).single is None
    assert (IntSet.residues(32, {0}) & IntSet.between(1, 100)).max() == 96


def test_nearest_prefers_the_smaller_of_two():
    assert IntSet.residues(32, {0}).nearest(48) == 32
    assert IntSet.residues(32, {0}).nearest(49) == 64


def test_laws_are_found_again():
    assert IntSet.residues(4, {1, 3}) == IntSet.residues(2, {1})
    assert (IntSet.residues(2, {0}) | IntSet.residues(2, {1})).is_all
    assert IntSet.of(range(0, 100, 7)).segments == ((0, 99, 7, 1),)
    assert (IntSet.of({0}) | (IntSet.residues(32, {0}) & IntSet.at_least(1))).segments == ((0, None, 32, 1),)


def test_iterate_has_no_end_when_unbounded():
    odd = IntSet.residues(2, {1}).iterate(10)
    assert [next(odd) for _ in range(3)] == [11, 13, 15]


def test_too_fine_a_period_is_refused():
    with pytest.raises(TooFineError):
        IntSet.residues(99991, {0}) & IntSet.residues(99989, {0})


def test_pickle():
    allowed = IntSet.residues(32, {0, 31}) - IntSet.between(0, 40)
    assert pickle.loads(pickle.dumps(allowed)) == allowed


def test_all_and_nothing():
    assert ALL.is_all
    assert (~ALL).is_empty
    assert IntSet.at_least(-5).is_all
    assert EMPTY.is_subset(ALL)
    assert EMPTY.is_disjoint(ALL)
