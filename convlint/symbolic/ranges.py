"""Intervals of sizes under sets and relations."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from convlint.symbolic.bounds import bounds
from convlint.symbolic.dim import Dim, Size
from convlint.symbolic.factor import factors as factors_of
from convlint.symbolic.functions import Interval
from convlint.symbolic.functions import multiply as interval_product
from convlint.symbolic.intset import IntSet
from convlint.symbolic.predicate import Predicate, Relation

_MAX_CHAIN = 2


def range_of(sets: Mapping[str, IntSet], relations: tuple[Predicate, ...], size: "Size | Fraction") -> Interval:
    """Bounds from the sets, tightened by the relations: one at a time, or one after another."""
    if not isinstance(size, Dim) or size.single is not None:
        return bounds(size, sets)
    known = [r for r in relations if isinstance(r, Relation) and r.op != "!="]
    return _tightened(sets, known, size, min(len(known), _MAX_CHAIN))


def _tightened(
    sets: Mapping[str, IntSet], relations: Sequence[Relation], size: "Size | Fraction", depth: int
) -> Interval:
    low, high = _factored_bounds(sets, size)
    if not depth or not isinstance(size, Dim):
        return low, high
    for relation in relations:
        others = [other for other in relations if other is not relation]
        for factor in _shared_factors(size, relation.dim):
            # size = rest + factor * known, and known >= 0
            rest = _tightened(sets, others, size - relation.dim * factor, depth - 1)
            if rest[0] is not None and (factor > 0 or relation.op == "==") and (low is None or rest[0] > low):
                low = rest[0]
            if rest[1] is not None and (factor < 0 or relation.op == "==") and (high is None or rest[1] < high):
                high = rest[1]
    return low, high


def _factored_bounds(sets: Mapping[str, IntSet], size: "Size | Fraction") -> Interval:
    """Term by term, and factor by factor where the size is a product."""
    low, high = bounds(size, sets)
    if isinstance(size, Dim) and len(size.terms) > 1 and len(size.atoms) > 1 and (low is None or high is None):
        coefficient, parts = factors_of(size)
        if len(parts) > 1:
            product: Interval = (coefficient, coefficient)
            for part in parts:
                product = interval_product(product, bounds(part, sets))
            low = product[0] if low is None else low
            high = product[1] if high is None else high
    return low, high


def _shared_factors(size: Dim, known: Dim) -> list[Fraction]:
    """Multiples of the known size that cancel one of the terms."""
    coefficients = {factors: coefficient for coefficient, factors in known.terms if factors}
    found: list[Fraction] = []
    for coefficient, factors in size.terms:
        if factors in coefficients:
            factor = Fraction(coefficient) / Fraction(coefficients[factors])
            if factor not in found:
                found.append(factor)
    if len(size.atoms) == 1 == len(known.atoms) and size.atoms == known.atoms:
        found.append(Fraction(1))
    return found
