"""Sizes by cases: one on a set and another elsewhere, the greater or the lesser of two."""

from collections.abc import Callable
from functools import lru_cache

from convlint.symbolic import axis as ax
from convlint.symbolic.arithmetic import plus, subtract, times
from convlint.symbolic.bounds import bounds
from convlint.symbolic.canonical import of_axis, opaque
from convlint.symbolic.dim import Dim, Size, function_of, structure
from convlint.symbolic.intset import IntSet
from convlint.symbolic.limits import TooFineError
from convlint.symbolic.predicate import AllOf, AnyOf, Predicate, Relation, Within


def choose_where(name: str, where: IntSet, inside: Size, outside: Size) -> Size:
    """`inside` where the symbol lies in the set, `outside` elsewhere."""
    if where.is_all or inside is outside:
        return inside
    if where.is_empty:
        return outside
    try:
        ours, theirs = function_of(name, inside), function_of(name, outside)
        if ours is not None and theirs is not None:
            return of_axis(name, ax.choose(where, ours, theirs))
        indicator = of_axis(name, ax.choose(where, ax.ONE, ax.ZERO))
    except TooFineError:
        indicator_set = ax.choose(where, ax.ONE, ax.ZERO)
        return opaque("select", "select_gt", (of_axis(name, indicator_set), inside, outside))
    return plus(outside, times(plus(inside, times(outside, -1)), indicator))


def choose_by_sign(key: str) -> Callable[[Size, Size, Size], Size]:
    """`choose(test, inside, outside)`: `inside` where the test is >= 0, > 0 or 0, as the function's key says."""

    def choose(test: Size, inside: Size, outside: Size) -> Size:
        if isinstance(test, Dim) and test.single is not None:
            name, function = test.single
            if key == "select_eq":
                where = ax.zeros(function)
            elif key == "select_ge":
                where = ax.nonnegative(function)
            else:
                where = ~ax.nonnegative(ax.scale(function, -1))
            return choose_where(name, where, inside, outside)
        return opaque("select", key, (test, inside, outside))

    return choose


def maximum(left: Size, right: Size) -> Size:
    """The greater of two sizes."""
    if not isinstance(left, Dim) and not isinstance(right, Dim):
        return max(left, right)
    return _extreme(left, right, "max")


def minimum(left: Size, right: Size) -> Size:
    """The lesser of two sizes."""
    if not isinstance(left, Dim) and not isinstance(right, Dim):
        return min(left, right)
    return _extreme(left, right, "min")


@lru_cache(maxsize=16384)
def _extreme(left: Size, right: Size, key: str) -> Size:
    excess = subtract(left, right) if key == "max" else subtract(right, left)
    if not isinstance(excess, Dim):
        return left if excess >= 0 else right
    low, high = bounds(excess)
    if low is not None and low >= 0:
        return left
    if high is not None and high <= 0:
        return right
    found = excess.single
    if found is not None:
        try:
            return choose_where(found[0], ax.nonnegative(found[1]), left, right)
        except TooFineError:
            pass
    first, second = sorted((left, right), key=size_key)
    return opaque(key, key, (first, second))


def size_key(size: Size) -> str:
    """The order of sizes, the same in every process."""
    return repr(structure(size)) if isinstance(size, Dim) else f"{size:020}"


def select(where: Predicate, inside: Size, outside: Size) -> Size:
    """`inside` where the predicate holds, `outside` elsewhere."""
    if isinstance(where, Within):
        return choose_where(where.symbol, where.allowed, inside, outside)
    if isinstance(where, AllOf):
        for part in reversed(where.parts):
            inside = select(part, inside, outside)
        return inside
    if isinstance(where, AnyOf):
        for part in reversed(where.parts):
            outside = select(part, inside, outside)
        return outside
    assert isinstance(where, Relation)
    if where.op == "!=":
        return opaque("select", "select_eq", (where.dim, outside, inside))
    key = {"==": "select_eq", ">=": "select_ge", ">": "select_gt"}[where.op]
    return opaque("select", key, (where.dim, inside, outside))
