"""Closed forms of one-size laws, recovered from their values: sums of floors, remainders, powers."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import gcd, isqrt

from convlint.symbolic import quasi
from convlint.symbolic.integers import divisors
from convlint.symbolic.quasi import Quasi

_MAX_FLOORS = 3
_MAX_SUM_PERIOD = 4096


@dataclass(frozen=True, slots=True)
class Floor:
    """`coefficient * floor((multiplier * S + shift) / divisor)`."""

    coefficient: Fraction
    multiplier: int
    shift: int
    divisor: int


@dataclass(frozen=True, slots=True)
class Remainder:
    """`coefficient * ((direction * S + shift) % modulus)`, with direction 1 or -1."""

    coefficient: Fraction
    direction: int
    shift: int
    modulus: int


@dataclass(frozen=True, slots=True)
class Monomial:
    """`coefficient * S**exponent`."""

    coefficient: Fraction
    exponent: int


@dataclass(frozen=True, slots=True)
class Power:
    """`coefficient * base**exponent`, or a product of two laws where `other` is given."""

    coefficient: Fraction
    base: Quasi
    exponent: int
    other: Quasi | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """`values[S % len(values)] * coefficient`."""

    coefficient: Fraction
    values: tuple[int, ...]
    exponent: int


Part = Floor | Remainder | Monomial | Power | Table


def parts(law: Quasi) -> list[Part]:
    """Parts that add up to the law; constants are monomials of exponent 0."""
    if law.period == 1:
        return [
            Monomial(Fraction(values[0], law.denominator), degree)
            for degree, values in reversed(list(enumerate(law.coefficients)))
            if values[0]
        ]
    content = quasi.content(law)
    if content.denominator > 1:
        return [_scaled(part, Fraction(1, content.denominator)) for part in parts(_times(law, content.denominator))]
    if law.degree <= 1 and all(len(values) == 1 for values in law.coefficients[1:]):
        return _affine_parts(law)
    return _power_parts(law) or _product_parts(law) or _tables(law)


def _times(law: Quasi, factor: int | Fraction) -> Quasi:
    return quasi.scale(law, factor)


def _scaled(part: Part, factor: Fraction) -> Part:
    match part:
        case Floor(c, multiplier, shift, divisor):
            return Floor(c * factor, multiplier, shift, divisor)
        case Remainder(c, direction, shift, modulus):
            return Remainder(c * factor, direction, shift, modulus)
        case Monomial(c, exponent):
            return Monomial(c * factor, exponent)
        case Power(c, base, exponent, other):
            return Power(c * factor, base, exponent, other)
        case Table(c, values, exponent):
            return Table(c * factor, values, exponent)


def _affine_parts(law: Quasi) -> list[Part]:
    """For integer values on one slope."""
    values = [int(law.at(n)) for n in range(law.period + 1)]
    found = _one_remainder(law, values) or _one_floor(law, values)
    if found is None and law.period <= _MAX_SUM_PERIOD:
        found = _few_floors(values)
    return found or _tables(law)


def _constant(value: int) -> list[Part]:
    return [Monomial(Fraction(value), 0)] if value else []


def _one_remainder(law: Quasi, values: list[int]) -> list[Part] | None:
    """`c * ((±S + e) % m) + k`."""
    if law.degree:
        return None
    modulus = law.period
    steps = Counter(b - a for a, b in pairwise(values))
    if len(steps) != 2:
        return None
    (step, count), (jump, once) = steps.most_common()
    candidates = [step] if count > once else [jump, step]
    for climb in sorted(candidates, reverse=True):
        least = min(values) if climb > 0 else max(values)
        expected = {climb: modulus - 1, -climb * (modulus - 1): 1}
        if steps != Counter(expected) and modulus != 2:
            continue
        start = values.index(least)
        if climb < 0:
            # falling values are those of (-S + e) % m, rising backwards
            least = min(values)
            start = values.index(least)
            return [Remainder(Fraction(-climb), -1, start, modulus), *_constant(least)]
        return [Remainder(Fraction(climb), 1, -start % modulus, modulus), *_constant(least)]
    return None


def _one_floor(law: Quasi, values: list[int]) -> list[Part] | None:
    """`c * floor((p * S + e) / m) + k`."""
    if law.degree == 0:
        return None
    start = values[0]
    common = gcd(*[value - start for value in values])
    slope = Fraction(law.coefficients[1][0], law.denominator) / common
    if slope < 0:
        slope, common = -slope, -common
    p, m = slope.numerator, slope.denominator
    if m == 1:
        return None
    low, high = 0, m - 1
    for n, value in enumerate(values):
        level = m * ((value - start) // common) - p * n
        low, high = max(low, level), min(high, level + m - 1)
        if low > high:
            return None
    shift = 0 if low == 0 else m - 1 if high == m - 1 else low
    return [Floor(Fraction(common), p, shift, m), *_constant(start)]


def _few_floors(values: list[int]) -> list[Part] | None:
    """`a * S + c * floor((S + e) / m) + … + k`: the steps of the law are those of its floors."""
    steps = [b - a for a, b in pairwise(values)]
    best: list[Part] | None = None
    bases = [value for value, _ in Counter(steps).most_common(3)]
    for base in dict.fromkeys([*bases, 0]):
        floors = _floors_of_steps([step - base for step in steps])
        if floors is None:
            continue
        slope: list[Part] = [Monomial(Fraction(base), 1)] if base else []
        candidate: list[Part] = [*slope, *floors, *_constant(values[0])]
        if best is None or len(candidate) < len(best):
            best = candidate
    return best


def _floors_of_steps(steps: list[int]) -> list[Part] | None:
    period = len(steps)
    floors: list[Part] = []
    for divisor in divisors(period)[1:]:
        for position in range(divisor):
            jumps = Counter(steps[position::divisor])
            most = max([count for jump, count in jumps.items() if jump], default=0)
            if 2 * most < jumps.total():
                continue
            height = min([jump for jump, count in jumps.items() if count == most and jump], key=abs)
            if len(floors) == _MAX_FLOORS:
                return None
            floors.append(Floor(Fraction(height), 1, divisor - 1 - position, divisor))
            for n in range(position, period, divisor):
                steps[n] -= height
    return None if any(steps) else floors


def _power_parts(law: Quasi) -> list[Part] | None:
    """`c * (S + b)**n + k` with a periodic b: a size squared, cubed, …, plus a constant."""
    n = law.degree
    if n < 2 or len(law.coefficients[-1]) != 1:
        return None
    lead = Fraction(law.coefficients[-1][0], law.denominator)
    shift = quasi.quasi(law.denominator, (law.coefficients[-2],))
    base = quasi.add(quasi.IDENTITY, quasi.scale(shift, 1 / (n * lead)))
    power = base
    for _ in range(n - 1):
        power = quasi.multiply(power, base)
    rest = quasi.add(law, quasi.scale(power, -lead)).constant
    if rest is None:
        return None
    content = quasi.content(base)
    found: list[Part] = [Power(lead * content**n, quasi.scale(base, 1 / content), n)]
    return found + ([Monomial(rest, 0)] if rest else [])


def _product_parts(law: Quasi) -> list[Part] | None:
    """A product of two sizes of one slope each, from the roots on each residue class."""
    if law.degree != 2 or len(law.coefficients[2]) != 1:
        return None
    lead = Fraction(law.coefficients[2][0], law.denominator)
    upper: list[Fraction] = []
    lower: list[Fraction] = []
    for residue in range(law.period):
        polynomial = [Fraction(values[residue % len(values)], law.denominator) / lead for values in law.coefficients]
        root = _square_root(polynomial[1] ** 2 - 4 * polynomial[0])
        if root is None:
            return None
        upper.append((polynomial[1] + root) / 2)
        lower.append((polynomial[1] - root) / 2)
    one, other = _shifted(upper), _shifted(lower)
    contents = quasi.content(one), quasi.content(other)
    coefficient = lead * contents[0] * contents[1]
    return [Power(coefficient, quasi.scale(one, 1 / contents[0]), 1, quasi.scale(other, 1 / contents[1]))]


def _square_root(value: Fraction) -> Fraction | None:
    if value < 0:
        return None
    root = Fraction(isqrt(value.numerator), isqrt(value.denominator))
    return root if root * root == value else None


def _shifted(shifts: list[Fraction]) -> Quasi:
    denominator = 1
    for shift in shifts:
        denominator = denominator * shift.denominator // gcd(denominator, shift.denominator)
    return quasi.quasi(denominator, (tuple([int(s * denominator) for s in shifts]), (denominator,)))


def _tables(law: Quasi) -> list[Part]:
    """Each coefficient as it is, by residue."""
    found: list[Part] = []
    for degree in reversed(range(len(law.coefficients))):
        values = law.coefficients[degree]
        if len(values) == 1:
            if values[0]:
                found.append(Monomial(Fraction(values[0], law.denominator), degree))
            continue
        common = gcd(*values)
        found.append(Table(Fraction(common, law.denominator), tuple([v // common for v in values]), degree))
    return found


def variants(floor: Floor) -> Iterator[tuple[bool, int, int]]:
    """`(is a ceiling, shift, change of the constant per coefficient)` of equal ways to write a floor."""
    m = floor.divisor
    yield False, floor.shift, 0
    yield True, floor.shift - m + 1, 0
    yield False, floor.shift - m, 1
    yield True, floor.shift + 1, -1
