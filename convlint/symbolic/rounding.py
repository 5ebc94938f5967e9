"""Quotients and fractions of sizes rounded to integers: floor, ceiling, remainder, nearest."""

import math
from fractions import Fraction
from functools import lru_cache

from convlint.symbolic import axis as ax
from convlint.symbolic.arithmetic import divide_exactly, plus, subtract, times
from convlint.symbolic.canonical import as_size, collected, exact_size, from_terms, of_axis, opaque
from convlint.symbolic.common_divisors import primitive
from convlint.symbolic.dim import Dim, Number, Opaque, Size, Term, axis_of, function_of, terms_of
from convlint.symbolic.limits import TooFineError
from convlint.symbolic.rational import floor_divided
from convlint.symbolic.terms import term_content


@lru_cache(maxsize=65536)
def floor_divide(left: "Number | Dim", right: "Number | Dim") -> Size:
    """The quotient rounded down."""
    if not isinstance(right, Dim):
        return floor(times(as_size(left), Fraction(1) / right))
    exact = divide_exactly(left, right)
    if exact is not None:
        return floor(exact)
    if isinstance(right.single, tuple):
        name, below = right.single
        above = function_of(name, left)
        found = None if above is None else floor_divided(above, below)
        if found is not None:
            return of_axis(name, found)
    return opaque("floordiv", "floordiv", (left, right))


@lru_cache(maxsize=65536)
def modulo(left: "Number | Dim", right: "Number | Dim") -> Size:
    """What the quotient rounded down leaves over."""
    if isinstance(right, Dim):
        whole = floor_divide(left, right)
        if isinstance(whole, Dim) and any(isinstance(atom, Opaque) and atom.key == "floordiv" for atom in whole.atoms):
            return opaque("mod", "mod", (left, right))
        return plus(as_size(left), times(times(right, whole), -1))
    kept = from_terms([term for term in terms_of(left) if (term_content(term) / right).denominator != 1])
    if isinstance(kept, Dim) and len(kept.atoms) > 1:
        return opaque("mod", "mod", (kept, right))
    return plus(kept, times(floor(times(kept, Fraction(1) / right)), -right))


@lru_cache(maxsize=65536)
def floor(value: "Number | Dim") -> Size:
    """The greatest integer at most the value."""
    if not isinstance(value, Dim):
        return math.floor(value)
    if value.is_integer:
        return value
    if value.constant is not None:
        return math.floor(value.constant)
    if any(isinstance(atom, Opaque) and not atom.is_integer for atom in value.atoms):
        return _floor_of_ratio(value)
    try:
        return _floor(value)
    except TooFineError:
        return _floor_apart(0, value)


def _floor(value: Dim) -> Size:
    if len(value.atoms) == 1:
        return of_axis(value.atoms[0], ax.floor(axis_of(value)))
    whole: list[Term] = []
    broken: list[Term] = []
    for coefficient, factors in value.terms:
        content = term_content((1, factors))
        share = math.floor(coefficient * content) / content
        if share:
            whole.append((share, factors))
        if share != coefficient:
            broken.append((coefficient - share, factors))
    return _floor_apart(collected(whole), collected(broken))


def _floor_apart(whole: Size, rest: Size) -> Size:
    """`whole + floor(rest)`, where only the rest is broken."""
    if not isinstance(rest, Dim) or rest.constant is not None:
        return plus(whole, floor(rest))
    if len(rest.atoms) == 1 and whole != 0:
        return plus(whole, floor(rest))
    denominator = math.lcm(*[term_content(term).denominator for term in rest.terms])
    return plus(whole, opaque("floordiv", "floordiv", (times(rest, denominator), denominator)))


def _floor_of_ratio(value: Dim) -> Size:
    """A multiple of one ratio of sizes becomes a floor division; anything else is divided by one."""
    if len(value.terms) == 1 and len(value.atoms) == 1:
        (coefficient, ((atom, function),)) = value.terms[0]
        common, plain = primitive(function)
        if isinstance(atom, Opaque) and atom.key == "ratio" and plain is ax.IDENTITY:
            above, below = atom.arguments
            factor = Fraction(coefficient * common)
            above = times(exact_size(above), factor.numerator)
            return floor_divide(above, times(exact_size(below), factor.denominator))
        if isinstance(atom, Opaque) and atom.key == "pow_float" and function is ax.IDENTITY and coefficient == 1:
            base, exponent = atom.arguments
            if exponent == 0.5 and isinstance(base, Dim) and base.is_integer:
                return opaque("isqrt", "isqrt", (base,))
    return opaque("floordiv", "floordiv", (value, 1))


def ceil(value: "Number | Dim") -> Size:
    """The least integer at least the value."""
    return times(floor(times(as_size(value), -1)), -1)


def round_half_even(value: "Number | Dim") -> Size:
    """The nearest integer, the even one of two: Python's `round`."""
    if not isinstance(value, Dim):
        return round(value)
    if value.is_integer:
        return value
    up = plus(value, Fraction(1, 2))
    if len(value.atoms) > 1:
        return opaque("round", "round", (value,))
    nearest = floor(up)
    is_tie = subtract(1, subtract(ceil(up), nearest))
    return subtract(nearest, times(is_tie, modulo(nearest, 2)))
