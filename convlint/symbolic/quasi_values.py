"""Which values a quasi-polynomial takes: where it is zero or not negative, and how far it reaches."""

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from math import lcm

from convlint.symbolic.intset import ALL, EMPTY, IntSet
from convlint.symbolic.polynomials import affine_substitution, difference, polynomial_at, sign_runs
from convlint.symbolic.quasi import Bound, Quasi
from convlint.symbolic.segments import Segment


@lru_cache(maxsize=8192)
def nonnegative(f: Quasi) -> IntSet:
    """The sizes >= 0 where the value is >= 0, exactly."""
    return _solved(f, lambda sign: sign >= 0)


@lru_cache(maxsize=8192)
def zeros(f: Quasi) -> IntSet:
    """The sizes >= 0 where the value is 0, exactly."""
    if f.degree == 1 and len(f.coefficients[1]) == 1:
        slope, free = f.coefficients[1][0], f.coefficients[0]
        period = len(free)
        roots = []
        for residue, value in enumerate(free):
            root, rest = divmod(-value, slope)
            if rest == 0 and root % period == residue:
                roots.append(root)
        return IntSet.of(roots)
    return _solved(f, lambda sign: sign == 0)


def _solved(f: Quasi, wanted: Callable[[int], bool]) -> IntSet:
    """The sizes where the sign is a wanted one: each residue class by the sign changes of its polynomial."""
    if not f.coefficients:
        return ALL if wanted(0) else EMPTY
    period, mask = f.period, 0
    changes: dict[int, int] = {}
    for residue in range(period):
        bit = 1 << residue
        holds = False
        for start, sign in _runs(f.polynomial(residue)):
            if wanted(sign) != holds:
                holds = not holds
                changes[start] = changes.get(start, 0) ^ bit
    starts = sorted(changes)
    segments: list[Segment] = []
    for index, start in enumerate(starts):
        mask ^= changes[start]
        if mask:
            segments.append((start, starts[index + 1] if index + 1 < len(starts) else None, period, mask))
    return IntSet(segments)


def _runs(polynomial: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """As `sign_runs`, with the common affine case in closed form."""
    if len(polynomial) != 2:
        return sign_runs(polynomial)
    free, slope = polynomial
    sign = 1 if slope > 0 else -1
    zero, rest = divmod(-free * sign, abs(slope))
    if zero < 0:
        return ((0, sign),)
    if rest:
        return ((0, -sign), (zero + 1, sign))
    return ((0, 0), (1, sign)) if zero == 0 else ((0, -sign), (zero, 0), (zero + 1, sign))


def extent(f: Quasi, segment: Segment) -> tuple[Bound, Bound]:
    """The least and greatest value on a segment of sizes that has members."""
    lo, hi, modulus, mask = segment
    period = lcm(f.period, modulus)
    if f.degree <= 1 and all(len(values) == 1 for values in f.coefficients[1:]):
        return _affine_extent(f, segment, period)
    low: Bound = None
    high: Bound = None
    least: list[Bound] = []
    greatest: list[Bound] = []
    end = lo + period if hi is None else min(hi, lo + period)
    for first in range(lo, end):
        if mask >> first % modulus & 1:
            count = None if hi is None else (hi - 1 - first) // period + 1
            low, high = _class_extent(affine_substitution(f.polynomial(first % f.period), first, period), count)
            least.append(low)
            greatest.append(high)
    low = None if None in least else min([v for v in least if v is not None])
    high = None if None in greatest else max([v for v in greatest if v is not None])
    return (
        None if low is None else _plain(Fraction(low) / f.denominator),
        None if high is None else _plain(Fraction(high) / f.denominator),
    )


def _plain(value: Fraction) -> int | Fraction:
    return value.numerator if value.denominator == 1 else value


def _affine_extent(f: Quasi, segment: Segment, period: int) -> tuple[Bound, Bound]:
    """With one slope for all residues the extremes lie in the first or the last period."""
    lo, hi, modulus, mask = segment
    slope = f.coefficients[1][0] if f.degree else 0

    def values(start: int, end: int) -> list[int]:
        return [f.numerator_at(n) for n in range(start, end) if mask >> n % modulus & 1]

    first = values(lo, lo + period if hi is None else min(hi, lo + period))
    if slope == 0:
        last = first
    elif hi is None:
        last = []
    else:
        last = values(max(lo, hi - period), hi)
    if slope < 0:
        first, last = last, first
    low = _plain(Fraction(min(first), f.denominator)) if first else None
    high = _plain(Fraction(max(last), f.denominator)) if last else None
    return low, high


def _class_extent(polynomial: tuple[int, ...], count: int | None) -> tuple[Bound, Bound]:
    """Extremes of a polynomial over t = 0 … count - 1 (None: without end)."""
    turns = [start for start, _ in sign_runs(difference(polynomial))]
    points = [t for t in turns if count is None or t < count]
    if count is not None:
        points.append(count - 1)
    values = [polynomial_at(polynomial, t) for t in points]
    low: Bound = min(values)
    high: Bound = max(values)
    if count is None and len(polynomial) > 1:
        if polynomial[-1] > 0:
            high = None
        else:
            low = None
    return low, high
