"""Floor division of one function of a size by another, such as `H // (H // 7)`: exact, by pieces."""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import floor, lcm

from convlint.symbolic import axis as ax
from convlint.symbolic import quasi
from convlint.symbolic.axis import Axis, Piece
from convlint.symbolic.limits import MAX_MODULUS, TooFineError
from convlint.symbolic.polynomials import Ratios, long_division, polynomial_at, sign_runs
from convlint.symbolic.quasi import Quasi

_MAX_PREFIX = 4096

"""Coefficients from the constant up."""


@lru_cache(maxsize=4096)
def floor_divided(numerator: Axis, divisor: Axis) -> Axis | None:
    """
    `numerator // divisor` at every size; None where that needs too many pieces, or the divisor is zero again and again.

    Where the divisor is zero the value is 0.
    """
    pieces: list[Piece] = []
    for start, end, ours, theirs in ax.refined(numerator.pieces, divisor.pieces):
        try:
            found = _law_divided(ours, theirs)
        except TooFineError:
            return None
        if found is None:
            return None
        threshold = max(found.start, start)
        last = threshold if end is None else min(threshold, end)
        if last - start > _MAX_PREFIX:
            return None
        pieces += _explicit(ours, theirs, start, last)
        if end is None or threshold < end:
            pieces.append((threshold, found.law))
    try:
        return ax.assemble(pieces)
    except TooFineError:
        return None


@dataclass(frozen=True, slots=True)
class _Eventually:
    """The law of the quotient from some size on."""

    law: Quasi
    start: int


def _law_divided(numerator: Quasi, divisor: Quasi) -> _Eventually | None:
    """On each residue class the quotient is a polynomial plus something that vanishes."""
    period = lcm(numerator.period, divisor.period)
    scale = Fraction(divisor.denominator, numerator.denominator)
    parts: list[tuple[Ratios, int]] = []
    start = 0
    for residue in range(period):
        above = [value * scale for value in map(Fraction, numerator.polynomial(residue))]
        below = list(map(Fraction, divisor.polynomial(residue)))
        if not below:
            return None
        whole, rest = long_division(above, below)
        precision = lcm(*[value.denominator for value in whole])
        sign, settled = _settled_sign(rest, below, precision)
        start = max(start, settled)
        parts.append((whole, sign))
    return _Eventually(_floored(parts, period), start)


def _settled_sign(rest: Ratios, divisor: Ratios, precision: int) -> tuple[int, int]:
    """`(sign of rest / divisor, size from which on it keeps it and is below 1 / precision)`."""
    if not rest:
        return 0, sign_runs(_integers(divisor))[-1][0]
    inside = _integers(_difference(_squared(divisor), [precision**2 * value for value in _squared(rest)]))
    small = sign_runs(inside)[-1][0]
    signs = sign_runs(_integers(_multiplied(rest, divisor)))
    return signs[-1][1], max(small, signs[-1][0])


def _multiplied(one: Ratios, other: Ratios) -> Ratios:
    result = [Fraction(0)] * (len(one) + len(other) - 1)
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            result[i + j] += a * b
    return result


def _squared(polynomial: Ratios) -> Ratios:
    return _multiplied(polynomial, polynomial)


def _difference(longer: Ratios, shorter: Ratios) -> Ratios:
    return [value - (shorter[i] if i < len(shorter) else 0) for i, value in enumerate(longer)]


def _integers(polynomial: Ratios) -> tuple[int, ...]:
    """A positive multiple with integer coefficients."""
    denominator = lcm(*[value.denominator for value in polynomial])
    return tuple([int(value * denominator) for value in polynomial])


def _floored(parts: list[tuple[Ratios, int]], period: int) -> Quasi:
    """The floor of each polynomial, one less where it is an integer and what vanishes is negative."""
    precision = lcm(*[value.denominator for whole, _ in parts for value in whole])
    repeat = lcm(period, precision)
    if repeat > MAX_MODULUS:
        raise TooFineError(f"a size would need the modulus {repeat}")
    degree = max([len(whole) for whole, _ in parts], default=0)
    coefficients: list[list[int]] = [[] for _ in range(max(degree, 1))]
    for residue in range(repeat):
        whole, sign = parts[residue % period]
        integers = [int(value * precision) for value in whole]
        over = polynomial_at(tuple(integers), residue) % precision
        down = over + (precision if over == 0 and sign < 0 else 0)
        for index, column in enumerate(coefficients):
            value = integers[index] if index < len(integers) else 0
            column.append(value - down if index == 0 else value)
    return quasi.quasi(precision, [tuple(column) for column in coefficients])


def _explicit(numerator: Quasi, divisor: Quasi, start: int, end: int) -> list[Piece]:
    """The values one by one, as runs on straight lines."""
    values: list[int] = []
    for n in range(start, end):
        below = divisor.at(n)
        values.append(floor(numerator.at(n) / below) if below else 0)
    pieces: list[Piece] = []
    at = 0
    while at < len(values):
        slope = values[at + 1] - values[at] if at + 1 < len(values) else 0
        stop = at + 1
        while stop < len(values) and values[stop] - values[stop - 1] == slope:
            stop += 1
        first = start + at
        pieces.append((first, quasi.quasi(1, ((values[at] - slope * first,), (slope,)))))
        at = stop
    return pieces
