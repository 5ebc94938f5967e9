"""Sizes compared: statements with the sets of single symbols drawn out of them."""

from fractions import Fraction
from functools import lru_cache

from convlint.symbolic import axis as ax
from convlint.symbolic.bounds import bounds
from convlint.symbolic.canonical import from_terms
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.dim import Dim, Number, Opaque, Size
from convlint.symbolic.factor import factors, product_of
from convlint.symbolic.predicate import (
    FALSE,
    NEGATED,
    TRUE,
    AllOf,
    AnyOf,
    Operator,
    Predicate,
    Relation,
    Within,
    holds,
    within,
)
from convlint.symbolic.products import divides_product, equal_products


def compared(size: "Size | Fraction", op: Operator) -> Predicate:
    """The size compared with 0."""
    if not isinstance(size, Dim):
        return TRUE if holds(size, op) else FALSE
    if op == "==":
        return _zero(size)
    if op == "!=":
        return negate(_zero(size))
    return _nonnegative(size) if op == ">=" else _positive(size)


def equal(left: "Size | Fraction", right: "Size | Fraction") -> Predicate:
    """`left == right`."""
    return TRUE if left is right else compared(left - right, "==")


def unequal(left: "Size | Fraction", right: "Size | Fraction") -> Predicate:
    """`left != right`."""
    return negate(equal(left, right))


def less(left: "Size | Fraction", right: "Size | Fraction") -> Predicate:
    """`left < right`."""
    return compared(right - left, ">")


def less_equal(left: "Size | Fraction", right: "Size | Fraction") -> Predicate:
    """`left <= right`."""
    return compared(right - left, ">=")


def greater(left: "Size | Fraction", right: "Size | Fraction") -> Predicate:
    """`left > right`."""
    return compared(left - right, ">")


def greater_equal(left: "Size | Fraction", right: "Size | Fraction") -> Predicate:
    """`left >= right`."""
    return compared(left - right, ">=")


def divides(divisor: Size, size: Size) -> Predicate:
    """`size % divisor == 0`."""
    return equal(size % divisor, 0)


def negate(predicate: Predicate) -> Predicate:
    """The opposite statement."""
    if isinstance(predicate, Within):
        return within(predicate.symbol, ~predicate.allowed)
    if isinstance(predicate, AllOf):
        return any_of(*[negate(part) for part in predicate.parts])
    if isinstance(predicate, AnyOf):
        return all_of(*[negate(part) for part in predicate.parts])
    assert isinstance(predicate, Relation)
    if predicate.op in NEGATED:
        return predicate.opposite
    return compared(-predicate.dim, ">" if predicate.op == ">=" else ">=")


@lru_cache(maxsize=16384)
def _zero(size: Dim) -> Predicate:
    found = size.single
    if found is not None:
        return within(found[0], ax.zeros(found[1]))
    if size.constant is not None:
        return FALSE
    if _is_apart(size):
        return FALSE
    division = _as_divisibility(size)
    if division is not None:
        return division
    paired = equal_products(size)
    if paired is not None:
        return paired
    _, parts = factors(size)
    if len(parts) > 1:
        return any_of(*[_zero(part) for part in parts])
    return Relation(_with_positive_lead(parts[0]), "==")


def _as_divisibility(size: Dim) -> Predicate | None:
    """A remainder that is 0, or a floor division that loses nothing, of a product: each factor takes its share."""
    for coefficient, parts in size.terms:
        if len(parts) != 1 or not isinstance(parts[0][0], Opaque) or parts[0][1] is not ax.IDENTITY:
            continue
        atom = parts[0][0]
        if atom.key not in ("mod", "floordiv"):
            continue
        above, divisor = atom.arguments
        if not isinstance(above, Dim) or not isinstance(divisor, int) or divisor <= 0:
            continue
        if atom.key == "floordiv":
            rest = above % divisor
            lossless = size * (1 / Fraction(coefficient)) + above * Fraction(1, divisor)
            # a remainder that is itself written with this floor division says nothing new
            if lossless is from_terms([(1, parts)]) and not (isinstance(rest, Dim) and atom in rest.atoms):
                return equal(rest, 0)
            continue
        if len(size.terms) == 1 and len(above.terms) == 1:
            return divides_product(divisor, above.terms[0])
    return None


def _is_apart(size: Dim) -> bool:
    """Whether bounds alone show that the size is never 0."""
    low, high = bounds(size)
    return (low is not None and low > 0) or (high is not None and high < 0)


def _with_positive_lead(size: Dim) -> Dim:
    coefficient = size.terms[0][0]
    if coefficient < 0:
        flipped = -size
        assert isinstance(flipped, Dim)
        return flipped
    return size


@lru_cache(maxsize=16384)
def _nonnegative(size: Size) -> Predicate:
    if not isinstance(size, Dim):
        return TRUE if size >= 0 else FALSE
    found = size.single
    if found is not None:
        return within(found[0], ax.nonnegative(found[1]))
    if size.constant is not None:
        return TRUE if size.constant >= 0 else FALSE
    low, high = bounds(size)
    if low is not None and low >= 0:
        return TRUE
    if high is not None and high < 0:
        return FALSE
    coefficient, parts = factors(size)
    signed = _sign_split(parts)
    if signed is not None:
        sign, known, rest = signed
        zero = any_of(*[_zero(part) for part in known])
        return any_of(zero, _nonnegative(rest * (sign if coefficient > 0 else -sign)))
    return Relation(_scaled(coefficient, parts), ">=")


@lru_cache(maxsize=16384)
def _positive(size: Size) -> Predicate:
    if not isinstance(size, Dim):
        return TRUE if size > 0 else FALSE
    found = size.single
    if found is not None:
        return within(found[0], ~ax.nonnegative(ax.scale(found[1], -1)))
    if size.constant is not None:
        return TRUE if size.constant > 0 else FALSE
    low, high = bounds(size)
    if low is not None and low > 0:
        return TRUE
    if high is not None and high <= 0:
        return FALSE
    coefficient, parts = factors(size)
    signed = _sign_split(parts)
    if signed is not None:
        sign, known, rest = signed
        nonzero = all_of(*[negate(_zero(part)) for part in known])
        return all_of(nonzero, _positive(rest * (sign if coefficient > 0 else -sign)))
    whole = _scaled(coefficient, parts)
    if whole.is_integer:
        lowered = whole - 1
        if isinstance(lowered, Dim):
            return Relation(lowered, ">=")
    return Relation(whole, ">")


def _scaled(coefficient: Number, parts: tuple[Dim, ...]) -> Dim:
    """The product with the sign of the coefficient, and with integer coefficients where that is possible."""
    product = product_of(parts)
    assert isinstance(product, Dim)
    if coefficient < 0:
        product = -product
        assert isinstance(product, Dim)
    return product


def _sign_split(parts: tuple[Dim, ...]) -> tuple[int, tuple[Dim, ...], Size] | None:
    """`(sign, factors that never change it, product of the others)`, when some factors never change sign."""
    if len(parts) < 2:
        return None
    sign = 1
    known: list[Dim] = []
    rest: list[Dim] = []
    for part in parts:
        low, high = bounds(part)
        if low is not None and low >= 0:
            known.append(part)
        elif high is not None and high <= 0:
            known.append(part)
            sign = -sign
        else:
            rest.append(part)
    return (sign, tuple(known), product_of(tuple(rest))) if known else None
