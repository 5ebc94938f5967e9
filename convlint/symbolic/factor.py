"""Sizes as products: what makes a product zero, and which sign it has, is decided factor by factor."""

from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm

from convlint.symbolic import axis as ax
from convlint.symbolic.axis import Axis
from convlint.symbolic.canonical import from_terms, of_axis
from convlint.symbolic.common_divisors import primitive
from convlint.symbolic.dim import Atom, Dim, Number, Size, Term, terms_of


@lru_cache(maxsize=16384)
def factors(size: Dim) -> tuple[Number, tuple[Dim, ...]]:
    """`(c, (f, g, …))` with size = c * f * g * …; as many factors as can be told apart by their symbols."""
    if len(size.atoms) < 2:
        return 1, (size,)
    if len(size.terms) == 1:
        coefficient, parts = size.terms[0]
        return coefficient, _dims([of_axis(atom, function) for atom, function in parts])
    for atom in size.atoms:
        split = _split(size, atom)
        if split is not None:
            mine, rest = split
            coefficient, parts_of_rest = factors(rest)
            return coefficient, (mine, *parts_of_rest)
    return _primitive(size)


def product_of(parts: tuple[Dim, ...]) -> Size:
    """The product of all factors."""
    result: Size = 1
    for part in parts:
        result = result * part
    return result


def _dims(sizes: list[Size]) -> tuple[Dim, ...]:
    return tuple([size for size in sizes if isinstance(size, Dim)])


def _primitive(size: Dim) -> tuple[Number, tuple[Dim, ...]]:
    """A positive number apart, so that the coefficients have no common divisor."""
    numerator, denominator = 0, 1
    for coefficient, _ in size.terms:
        wider = lcm(denominator, coefficient.denominator)
        numerator = gcd(numerator * (wider // denominator), coefficient.numerator * (wider // coefficient.denominator))
        denominator = wider
    if numerator == denominator:
        return 1, (size,)
    rest = size * Fraction(denominator, numerator)
    return Fraction(numerator, denominator), _dims([rest])


def _split(size: Dim, atom: Atom) -> tuple[Dim, Dim] | None:
    """The size as (a function of one atom) times (a size without it), if it is such a product."""
    cofactors: dict[Axis, list[Term]] = {}
    for coefficient, parts in size.terms:
        mine = next((f for a, f in parts if a == atom), ax.ONE)
        rest = tuple([part for part in parts if part[0] != atom])
        cofactors.setdefault(mine, []).append((coefficient, rest))
    base: Size | None = None
    total = ax.ZERO
    for mine, terms in cofactors.items():
        cofactor = from_terms(terms)
        if cofactor == 0:
            continue
        leading = terms_of(cofactor)[0][0] if len(terms_of(cofactor)) > 1 else _leading(cofactor)
        normal = cofactor * (1 / Fraction(leading)) if isinstance(cofactor, Dim) else 1
        if base is None:
            base = normal
        elif base is not normal and base != normal:
            return None
        total = ax.add(total, ax.scale(mine, leading))
    function = of_axis(atom, total)
    if isinstance(function, Dim) and isinstance(base, Dim):
        return function, base
    return None


def _leading(size: Size) -> Number:
    """The number that a one-term size is a multiple of."""
    if not isinstance(size, Dim):
        return size
    coefficient, parts = size.terms[0]
    if len(parts) == 1:
        return primitive(parts[0][1])[0]
    return coefficient
