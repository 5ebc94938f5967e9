"""What a product of functions of different symbols says: when it is divided, and when it equals another."""

from fractions import Fraction
from math import gcd

from convlint.symbolic import axis as ax
from convlint.symbolic.common_divisors import common_divisor
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.dim import Dim, Factors, Term
from convlint.symbolic.integers import divisors
from convlint.symbolic.predicate import FALSE, TRUE, Predicate, within

_MAX_SHARED_DIVISOR = 4096


def divides_product(divisor: int, term: Term) -> Predicate | None:
    """`divisor | c * f(H) * g(W)`, as alternatives: a part of the divisor divides f, and the rest divides g."""
    coefficient, parts = term
    number = Fraction(coefficient)
    functions: list[tuple[str, ax.Axis]] = []
    for atom, function in parts:
        content = common_divisor(function)
        if not isinstance(atom, str) or not content:
            return None
        number *= content
        functions.append((atom, ax.scale(function, 1 / content)))
    if number.denominator != 1 or divisor > _MAX_SHARED_DIVISOR:
        return None
    return _divides_shared(divisor // gcd(divisor, number.numerator), tuple(functions))


def _divides_shared(divisor: int, functions: tuple[tuple[str, ax.Axis], ...]) -> Predicate:
    if not functions:
        return TRUE if divisor == 1 else FALSE
    (name, function), *others = functions
    alternatives: list[Predicate] = []
    for share in divisors(divisor) if others else [divisor]:
        mine = ax.add(function, ax.scale(ax.floor(ax.scale(function, Fraction(1, share))), -share))
        rest = _divides_shared(divisor // share, tuple(others)) if others else TRUE
        alternatives.append(all_of(within(name, ax.zeros(mine)), rest))
    return any_of(*alternatives)


def equal_products(size: Dim) -> Predicate | None:
    """`a(H)b(W) == c(H)d(W)` where a >= c >= 0 and b >= d >= 0: equal axis by axis, or a zero product."""
    if len(size.terms) != 2 or size.terms[0][0] * size.terms[1][0] >= 0:
        return None
    (first, ours), (second, theirs) = size.terms
    if len(ours) < 2 or [atom for atom, _ in ours] != [atom for atom, _ in theirs]:
        return None
    ratio = abs(Fraction(second) / Fraction(first))
    return _ordered_products(ours, theirs, ratio) or _ordered_products(theirs, ours, 1 / ratio)


def _ordered_products(greater_factors: Factors, lesser_factors: Factors, ratio: Fraction) -> Predicate | None:
    """
    The ratio of the second product to the first is shared out so that each factor is at least its partner, where that
    can be.
    """
    pairs: list[Predicate] = []
    zero: list[Predicate] = []
    share = Fraction(1)
    for (atom, above), (_, below) in zip(greater_factors, lesser_factors, strict=True):
        if not isinstance(atom, str) or not ax.nonnegative(below).is_all:
            return None
        top = _tight_ratio(above, below)
        if top is None:
            return None
        share *= top
        difference = ax.add(above, ax.scale(below, -top))
        if not ax.nonnegative(difference).is_all:
            return None
        pairs.append(within(atom, ax.zeros(difference)))
        zero.append(within(atom, ax.zeros(above)))
    if share != ratio:
        return None
    return any_of(all_of(*pairs), *zero)


def _tight_ratio(above: ax.Axis, below: ax.Axis) -> Fraction | None:
    """The ratio of the leading coefficients."""
    if above.tail.degree != below.tail.degree:
        return None
    ours, theirs = above.tail.coefficients[-1], below.tail.coefficients[-1]
    if len(ours) != 1 or len(theirs) != 1:
        return None
    return Fraction(ours[0], above.tail.denominator) / Fraction(theirs[0], below.tail.denominator)
