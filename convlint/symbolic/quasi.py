"""Quasi-polynomials: polynomials in one size whose coefficients are periodic in that size."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm
from operator import add as plus
from operator import mul as times
from weakref import WeakValueDictionary

from convlint.symbolic.integers import prime_factors
from convlint.symbolic.limits import MAX_MODULUS, TooFineError
from convlint.symbolic.polynomials import trimmed

Periodic = tuple[int, ...]
"""One coefficient: its value at `n` is `values[n % len(values)]`."""

Bound = int | Fraction | None
"""An end of an interval; None is infinite."""


class Quasi:
    """`f(n) = sum(coefficients[d][n] * n**d) / denominator`, interned: equal functions are one object.

    Each coefficient has its least period, and the denominator nothing in common with all of them.
    """

    __slots__ = ("__weakref__", "coefficients", "denominator", "period")

    denominator: int
    coefficients: tuple[Periodic, ...]
    period: int

    @property
    def degree(self) -> int:
        """The highest power of the size; 0 for a constant."""
        return max(len(self.coefficients) - 1, 0)

    @property
    def constant(self) -> Fraction | None:
        """The value, if it is the same everywhere."""
        if not self.coefficients:
            return Fraction(0)
        if len(self.coefficients) == 1 and len(self.coefficients[0]) == 1:
            return Fraction(self.coefficients[0][0], self.denominator)
        return None

    def numerator_at(self, n: int) -> int:
        """The value at `n`, times the denominator."""
        value = 0
        for coefficient in reversed(self.coefficients):
            # Without a period, n may be the value of a ratio, which is no integer.
            value = value * n + (coefficient[n % len(coefficient)] if len(coefficient) > 1 else coefficient[0])
        return value

    def at(self, n: int) -> Fraction:
        """The value at `n`."""
        return Fraction(self.numerator_at(n), self.denominator)

    def polynomial(self, residue: int) -> tuple[int, ...]:
        """The numerator on one residue class, as an ordinary polynomial in the size."""
        return trimmed([c[residue % len(c)] for c in self.coefficients])

    def sort_key(self) -> tuple[object, ...]:
        """A deterministic order: lower degree first, then shorter period."""
        return (len(self.coefficients), self.period, self.denominator, self.coefficients)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled by its parts; unpickling interns it again."""
        return quasi, (self.denominator, self.coefficients)


_INTERNED: "WeakValueDictionary[tuple[int, tuple[Periodic, ...]], Quasi]" = WeakValueDictionary()


def quasi(denominator: int, coefficients: Sequence[Periodic]) -> Quasi:
    """The canonical quasi-polynomial with these coefficients (from the constant up) over `denominator > 0`."""
    reduced = [shortest_period(values) for values in coefficients]
    while reduced and reduced[-1] == (0,):
        reduced.pop()
    if denominator > 1:
        common = denominator
        for values in reduced:
            common = gcd(common, *values)
            if common == 1:
                break
        if common > 1:
            denominator //= common
            reduced = [tuple([value // common for value in values]) for values in reduced]
    if not reduced:
        denominator = 1
    key = (denominator, tuple(reduced))
    found = _INTERNED.get(key)
    if found is None:
        found = object.__new__(Quasi)
        found.denominator, found.coefficients = key
        found.period = _checked(lcm(*[len(values) for values in reduced]))
        _INTERNED[key] = found
    return found


def shortest_period(values: Periodic) -> Periodic:
    """The least prefix that repeats to `values`."""
    length = len(values)
    if length == 1:
        return values
    for p in prime_factors(length):
        while length % p == 0:
            smaller = length // p
            if values[:smaller] * p != values:
                break
            values, length = values[:smaller], smaller
    return values


def _checked(period: int) -> int:
    if period > MAX_MODULUS:
        raise TooFineError(f"a size would need the modulus {period}")
    return period


def constant(value: int | Fraction) -> Quasi:
    """The function with this value everywhere."""
    return quasi(value.denominator, ((value.numerator,),))


ZERO = constant(0)
ONE = constant(1)
IDENTITY = quasi(1, ((0,), (1,)))


def _paired(left: Periodic, right: Periodic, law: Callable[[int, int], int]) -> Periodic:
    """Both coefficients on their common period, value by value."""
    if len(left) != len(right):
        period = _checked(lcm(len(left), len(right)))
        left, right = left * (period // len(left)), right * (period // len(right))
    return tuple(map(law, left, right))


def add(left: Quasi, right: Quasi) -> Quasi:
    """The sum."""
    denominator = lcm(left.denominator, right.denominator)
    ours = _times(left.coefficients, denominator // left.denominator)
    theirs = _times(right.coefficients, denominator // right.denominator)
    if len(ours) < len(theirs):
        ours, theirs = theirs, ours
    total = [_paired(a, b, plus) for a, b in zip(ours, theirs, strict=False)]
    return quasi(denominator, [*total, *ours[len(theirs) :]])


def _times(coefficients: tuple[Periodic, ...], factor: int) -> tuple[Periodic, ...]:
    if factor == 1:
        return coefficients
    return tuple([tuple([factor * value for value in values]) for values in coefficients])


def scale(f: Quasi, factor: int | Fraction) -> Quasi:
    """The function times a number."""
    if factor == 1:
        return f
    return quasi(f.denominator * factor.denominator, _times(f.coefficients, factor.numerator))


def multiply(left: Quasi, right: Quasi) -> Quasi:
    """The product."""
    if not left.coefficients or not right.coefficients:
        return ZERO
    result: list[Periodic] = [(0,)] * (len(left.coefficients) + len(right.coefficients) - 1)
    for i, ours in enumerate(left.coefficients):
        for j, theirs in enumerate(right.coefficients):
            result[i + j] = _paired(result[i + j], _paired(ours, theirs, times), plus)
    return quasi(left.denominator * right.denominator, result)


def floor(f: Quasi) -> Quasi:
    """The greatest integer at most the value, at every size."""
    denominator = f.denominator
    if denominator == 1:
        return f
    coefficients = f.coefficients
    if all(len(values) == 1 for values in coefficients[1:]):
        # coefficient * n**d mod denominator repeats with this period for every d
        repeats = [denominator // gcd(denominator, values[0]) for values in coefficients[1:]]
        period = lcm(len(coefficients[0]), *repeats)
    else:
        period = lcm(f.period, denominator)
    period = _checked(period)
    free = coefficients[0] * (period // len(coefficients[0]))
    if len(coefficients) == 2 and len(coefficients[1]) == 1:
        slope = coefficients[1][0]
        rounded = tuple([value - (slope * n + value) % denominator for n, value in enumerate(free)])
    else:
        rounded = tuple([value - f.numerator_at(n) % denominator for n, value in enumerate(free)])
    return quasi(denominator, (rounded, *coefficients[1:]))


def choose(modulus: int, mask: int, inside: Quasi, outside: Quasi) -> Quasi:
    """`inside` at the sizes whose bit `n % modulus` is set in `mask`, `outside` elsewhere."""
    if inside is outside:
        return inside
    denominator = lcm(inside.denominator, outside.denominator)
    ours = _times(inside.coefficients, denominator // inside.denominator)
    theirs = _times(outside.coefficients, denominator // outside.denominator)
    bits = tuple([mask >> n & 1 for n in range(modulus)])
    result: list[Periodic] = []
    for degree in range(max(len(ours), len(theirs))):
        a = ours[degree] if degree < len(ours) else (0,)
        b = theirs[degree] if degree < len(theirs) else (0,)
        period = _checked(lcm(modulus, len(a), len(b)))
        repeated = zip(bits * (period // modulus), a * (period // len(a)), b * (period // len(b)), strict=True)
        result.append(tuple([x if bit else y for bit, x, y in repeated]))
    return quasi(denominator, result)


def compose(outer: Quasi, inner: Quasi) -> Quasi:
    """`outer(inner(n))`, for an integer-valued inner function."""
    period = outer.period
    # inner(n) mod period repeats with this period
    repeat = _checked(lcm(inner.period, inner.denominator * period)) if period > 1 else 1
    powers: list[Quasi] = [ONE]
    for _ in range(outer.degree):
        powers.append(multiply(powers[-1], inner))
    residues = [inner.numerator_at(n) // inner.denominator % period for n in range(repeat)]
    total = ZERO
    for power, values in zip(powers, outer.coefficients, strict=False):
        coefficient = quasi(1, (tuple([values[r % len(values)] for r in residues]),))
        total = add(total, multiply(coefficient, power))
    return scale(total, Fraction(1, outer.denominator))


@lru_cache(maxsize=8192)
def content(f: Quasi) -> Fraction:
    """The greatest common divisor of all values at sizes >= 0 (0 for the zero function)."""
    common = 0
    for residue in range(f.period):
        for step in range(f.degree + 1):
            common = gcd(common, f.numerator_at(residue + step * f.period))
            if common == 1:
                return Fraction(1, f.denominator)
    return Fraction(common, f.denominator)
