"""Sums of products as data: what is multiplied, merged and compared before it becomes a size."""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from zlib import crc32

from convlint.symbolic import axis as ax
from convlint.symbolic.axis import Axis
from convlint.symbolic.common_divisors import common_divisor, primitive
from convlint.symbolic.dim import Atom, Factors, Number, Opaque, Term, atom_key, function_at, normalized


def term_key(term: Term) -> tuple[object, ...]:
    """Products first, then by names, the constant last."""
    _, factors = term
    return (-len(factors), [atom_key(a) for a, _ in factors], [f.sort_key() for _, f in factors])


def term_content(term: Term) -> Fraction:
    """A number that divides every value of the term; Fraction(1, 2) for one that may be anything."""
    coefficient, factors = term
    common = Fraction(coefficient)
    for atom, function in factors:
        if isinstance(atom, Opaque) and not atom.is_integer:
            return Fraction(1, 2)
        common *= common_divisor(function)
    return common


def product_of_terms(terms: Iterable[Term]) -> Term:
    """The product of terms, with one primitive factor for each atom."""
    coefficient: Number = 1
    functions: dict[Atom, Axis] = {}
    for own, factors in terms:
        coefficient *= own
        for atom, function in factors:
            functions[atom] = ax.multiply(functions[atom], function) if atom in functions else function
    result: list[tuple[Atom, Axis]] = []
    for atom in sorted(functions, key=atom_key):
        common, function = primitive(functions[atom])
        coefficient *= common
        if function.constant is None:
            result.append((atom, function))
        elif function is not ax.ONE:
            coefficient *= function.constant
    return (normalized(coefficient), tuple(result)) if coefficient else (0, ())


def merged_pair(products: dict[Factors, Number]) -> list[Term]:
    """Takes two products that agree on all factors but one out of the dictionary; returns their sum."""
    seen: dict[tuple[Atom, Factors], Factors] = {}
    for factors in products:
        for index, (atom, _) in enumerate(factors):
            rest = factors[:index] + factors[index + 1 :]
            other = seen.setdefault((atom, rest), factors)
            if other is not factors:
                mine = ax.scale(factors[index][1], products.pop(factors))
                theirs = ax.scale(other[index][1], products.pop(other))
                return [product_of_terms([(1, rest), (1, ((atom, ax.add(mine, theirs)),))])]
    return []


def is_zero(terms: Sequence[Term]) -> bool:
    """Whether the sum of products is the zero function, exactly.

    Collects by one atom: with linearly independent functions of it, each cofactor has to vanish.
    """
    pending: dict[Factors, Number] = {}
    for coefficient, factors in terms:
        pending[factors] = pending.get(factors, 0) + coefficient
    terms = [(c, factors) for factors, c in pending.items() if c]
    atom = next((atom for _, factors in terms for atom, _ in factors), None)
    if atom is None:
        return not sum([Fraction(c) for c, _ in terms])
    functions: list[Axis] = []
    cofactors: list[list[Term]] = []
    for coefficient, factors in terms:
        mine = next((f for a, f in factors if a == atom), ax.ONE)
        rest = tuple([factor for factor in factors if factor[0] != atom])
        if mine not in functions:
            functions.append(mine)
            cofactors.append([])
        cofactors[functions.index(mine)].append((coefficient, rest))
    for index, combination in _dependencies(functions).items():
        for basis, share in combination.items():
            cofactors[basis].extend([(c * share, rest) for c, rest in cofactors[index]])
        cofactors[index] = []
    return all(is_zero(cofactor) for cofactor in cofactors if cofactor)


def _dependencies(functions: Sequence[Axis]) -> dict[int, dict[int, Fraction]]:
    """For each function that depends linearly on earlier ones: how. Decided by values at enough points."""
    reduced: list[tuple[int, int, list[Fraction], dict[int, Fraction]]] = []
    result: dict[int, dict[int, Fraction]] = {}
    points = _deciding_points(functions)
    for index, function in enumerate(functions):
        values = [function.at(n) for n in points]
        shares: dict[int, Fraction] = {index: Fraction(1)}
        for _, pivot, row, row_shares in reduced:
            if values[pivot]:
                factor = values[pivot] / row[pivot]
                values = [v - factor * r for v, r in zip(values, row, strict=True)]
                for key, share in row_shares.items():
                    shares[key] = shares.get(key, Fraction(0)) - factor * share
        found = next((i for i, v in enumerate(values) if v), None)
        if found is None:
            own = shares.pop(index)
            result[index] = {key: -share / own for key, share in shares.items() if share}
        else:
            reduced.append((index, found, values, shares))
    return result


def _deciding_points(functions: Sequence[Axis]) -> list[int]:
    """Sizes at which a linear combination of the functions vanishes only if it vanishes everywhere."""
    period = math.lcm(*[law.period for f in functions for _, law in f.pieces])
    degree = max(law.degree for f in functions for _, law in f.pieces)
    starts = sorted({start for f in functions for start, _ in f.pieces})
    points: list[int] = []
    for index, start in enumerate(starts):
        enough = start + period * (degree + 1)
        end = min(enough, starts[index + 1]) if index + 1 < len(starts) else enough
        points.extend(range(start, end))
    return points


_FINGERS = ((0, 2), (2, 5), (9, 60), (1000, 911))
"""Arbitrary points for each atom: `start + hash % spread`."""


def fingerprint(terms: Iterable[Term]) -> tuple[Number, ...]:
    """The values at a few arbitrary points: equal functions agree on them, others hardly ever."""
    totals: list[Number] = [0] * len(_FINGERS)
    for coefficient, factors in terms:
        values = [coefficient] * len(_FINGERS)
        for atom, function in factors:
            code = crc32(atom_key(atom)[1].encode())
            values = [
                value and value * function_at(function, start + code % spread)
                for value, (start, spread) in zip(values, _FINGERS, strict=True)
            ]
        totals = [total + value for total, value in zip(totals, values, strict=True)]
    return tuple(totals)
