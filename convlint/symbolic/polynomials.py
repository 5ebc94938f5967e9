"""Polynomials in one integer, as their coefficients from the constant up."""

from fractions import Fraction
from functools import lru_cache
from math import comb

Coefficients = tuple[int, ...]
Ratios = list[Fraction]


def polynomial_at(coefficients: Coefficients, n: int) -> int:
    """The value of the polynomial at `n`."""
    value = 0
    for coefficient in reversed(coefficients):
        value = value * n + coefficient
    return value


def affine_substitution(coefficients: Coefficients, start: int, step: int) -> Coefficients:
    """The polynomial in `t` that equals the given one at `start + step * t`."""
    result = [0] * len(coefficients)
    for degree, coefficient in enumerate(coefficients):
        for j in range(degree + 1):
            result[j] += coefficient * comb(degree, j) * start ** (degree - j) * step**j
    return trimmed(result)


def trimmed(coefficients: list[int]) -> Coefficients:
    """Without zeros at the end."""
    while coefficients and coefficients[-1] == 0:
        coefficients.pop()
    return tuple(coefficients)


def difference(coefficients: Coefficients) -> Coefficients:
    """`p(n + 1) - p(n)`."""
    shifted = list(affine_substitution(coefficients, 1, 1))
    return trimmed([a - b for a, b in zip(shifted, coefficients, strict=True)])


@lru_cache(maxsize=8192)
def sign_runs(coefficients: Coefficients) -> tuple[tuple[int, int], ...]:
    """The signs of a polynomial over n = 0, 1, 2, …: `(first n, sign)` of each run, exactly.

    The forward difference has one degree less; between its sign changes the polynomial is monotone on the
    integers, so each change of sign is found by bisection.
    """
    if not coefficients:
        return ((0, 0),)
    if len(coefficients) == 1:
        return ((0, (coefficients[0] > 0) - (coefficients[0] < 0)),)
    slopes = sign_runs(difference(coefficients))
    runs: list[tuple[int, int]] = []

    def emit(start: int, sign: int) -> None:
        if not runs or runs[-1][1] != sign:
            runs.append((start, sign))

    for index, (start, slope) in enumerate(slopes):
        end = slopes[index + 1][0] if index + 1 < len(slopes) else None
        if slope == 0:
            value = polynomial_at(coefficients, start)
            emit(start, (value > 0) - (value < 0))
            continue
        zero = _first_at_least(coefficients, slope, 0, start, end)
        beyond = _first_at_least(coefficients, slope, 1, start, end)
        if zero is None or zero > start:
            emit(start, -slope)
        if zero is not None and zero != beyond:
            emit(zero, 0)
        if beyond is not None:
            emit(beyond, slope)
    return tuple(runs)


def _first_at_least(coefficients: Coefficients, slope: int, bound: int, start: int, end: int | None) -> int | None:
    """The first n of [start, end) with `slope * p(n) >= bound`, where `slope * p` grows; None if there is none."""

    def reached(n: int) -> bool:
        return slope * polynomial_at(coefficients, n) >= bound

    if reached(start):
        return start
    low = start
    if end is None:
        step = 1
        while not reached(low + step):
            low += step
            step *= 2
        high = low + step
    else:
        high = end - 1
        if high <= low or not reached(high):
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if reached(middle):
            high = middle
        else:
            low = middle
    return high


def long_division(numerator: Ratios, divisor: Ratios) -> tuple[Ratios, Ratios]:
    """`(quotient, rest)`, for a divisor with a leading coefficient that is not 0."""
    rest = list(numerator)
    quotient = [Fraction(0)] * max(len(rest) - len(divisor) + 1, 0)
    for shift in reversed(range(len(quotient))):
        factor = rest[shift + len(divisor) - 1] / divisor[-1]
        quotient[shift] = factor
        for index, value in enumerate(divisor):
            rest[shift + index] -= factor * value
    while rest and rest[-1] == 0:
        rest.pop()
    return quotient, rest
