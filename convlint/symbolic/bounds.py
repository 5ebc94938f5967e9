"""Intervals that hold every value of a size."""

import math
from collections.abc import Mapping
from fractions import Fraction

from convlint.symbolic import axis as ax
from convlint.symbolic.axis import Axis
from convlint.symbolic.dim import Atom, Dim, Number, Opaque
from convlint.symbolic.functions import FUNCTIONS, Interval
from convlint.symbolic.functions import multiply as interval_product
from convlint.symbolic.intset import ALL, IntSet

NO_SETS: Mapping[str, IntSet] = {}


def bounds(size: "Number | Dim", sets: Mapping[str, IntSet] = NO_SETS) -> Interval:
    """An interval that holds every value, for symbols in the given non-empty sets (any integer >= 0 by default).

    Exact for one symbol; None is infinite.
    """
    if not isinstance(size, Dim):
        return (size, size)
    low: Number | None = 0
    high: Number | None = 0
    for coefficient, factors in size.terms:
        product: Interval = (coefficient, coefficient)
        for atom, function in factors:
            product = interval_product(product, _factor_bounds(atom, function, sets))
        low = None if low is None or product[0] is None else low + product[0]
        high = None if high is None or product[1] is None else high + product[1]
    return low, high


def _factor_bounds(atom: Atom, function: Axis, sets: Mapping[str, IntSet]) -> Interval:
    if isinstance(atom, str):
        return ax.extent(function, sets.get(atom, ALL))
    low, high = opaque_bounds(atom, sets)
    if function is ax.IDENTITY:
        return low, high
    if atom.is_integer and low is not None and low >= 0:
        inside = IntSet.between(math.ceil(low), None if high is None else math.floor(high))
        return (None, None) if inside.is_empty else ax.extent(function, inside)
    law = function.tail
    if law.degree > 1 or any(len(values) > 1 for values in law.coefficients[1:]):
        return (None, None)
    slope = Fraction(law.coefficients[1][0] if law.degree else 0, law.denominator)
    free = law.coefficients[0]
    scaled = interval_product((slope, slope), (low, high))
    return (
        None if scaled[0] is None else scaled[0] + Fraction(min(free), law.denominator),
        None if scaled[1] is None else scaled[1] + Fraction(max(free), law.denominator),
    )


def opaque_bounds(atom: Opaque, sets: Mapping[str, IntSet] = NO_SETS) -> Interval:
    """An interval that holds every value of a size outside the algebra."""
    arguments = [bounds(a, sets) if isinstance(a, Dim) else (Fraction(a), Fraction(a)) for a in atom.arguments]
    return FUNCTIONS[atom.key].bounds(arguments)
