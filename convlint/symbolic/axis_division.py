"""Exact division of functions of one size."""

from fractions import Fraction
from functools import lru_cache
from math import lcm

from convlint.symbolic import quasi
from convlint.symbolic.axis import Axis, Piece, assemble, refined
from convlint.symbolic.polynomials import Coefficients, Ratios, long_division
from convlint.symbolic.quasi import Quasi


@lru_cache(maxsize=4096)
def divided(numerator: Axis, divisor: Axis) -> Axis | None:
    """`q` with `divisor * q == numerator` at every size, when there is such a function."""
    pieces: list[Piece] = []
    for start, _, ours, theirs in refined(numerator.pieces, divisor.pieces):
        law = _law_divided(ours, theirs)
        if law is None:
            return None
        pieces.append((start, law))
    return assemble(pieces)


def _law_divided(numerator: Quasi, divisor: Quasi) -> Quasi | None:
    """Division of polynomials on each residue class, when nothing is left over."""
    value = divisor.constant
    if value is not None:
        return quasi.scale(numerator, 1 / value) if value else None
    period = lcm(numerator.period, divisor.period)
    quotients: list[Ratios] = []
    for residue in range(period):
        found = _polynomials_divided(numerator.polynomial(residue), divisor.polynomial(residue))
        if found is None:
            return None
        quotients.append(found)
    degree = max(map(len, quotients))
    denominator = lcm(*[value.denominator for values in quotients for value in values])
    coefficients = [
        tuple([int(values[d] * denominator) if d < len(values) else 0 for values in quotients]) for d in range(degree)
    ]
    return quasi.scale(quasi.quasi(denominator, coefficients), Fraction(divisor.denominator, numerator.denominator))


def _polynomials_divided(numerator: Coefficients, divisor: Coefficients) -> Ratios | None:
    """The quotient, when there is one and nothing is left over."""
    if not divisor:
        return None
    quotient, rest = long_division([*map(Fraction, numerator)], [*map(Fraction, divisor)])
    return None if rest else quotient
