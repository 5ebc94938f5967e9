"""What a relation implies for single symbols."""

from collections.abc import Mapping
from fractions import Fraction
from math import prod

from convlint.symbolic import axis as ax
from convlint.symbolic.bounds import bounds
from convlint.symbolic.canonical import as_size, from_terms, of_axis
from convlint.symbolic.common_divisors import common_divisor
from convlint.symbolic.constraints import Constraints
from convlint.symbolic.dim import Dim, Factors, Number, Size, Term
from convlint.symbolic.functions import Interval
from convlint.symbolic.integers import divisors
from convlint.symbolic.intset import EMPTY
from convlint.symbolic.limits import TooFineError
from convlint.symbolic.predicate import Predicate, Relation, Within, within
from convlint.symbolic.substitution import substituted

_MAX_FACTORED = 10**12


class ConflictError(Exception):
    """Raised inside `narrowed` when nothing is left."""


def projections(domain: Constraints, relation: Relation) -> list[Within]:
    """What a relation implies for single symbols."""
    if relation.op == "!=":
        return []
    found = _bound_projections(domain, relation.dim)
    if relation.op == "==":
        negative = -relation.dim
        if isinstance(negative, Dim):
            found += _bound_projections(domain, negative)
        found += _divisor_projections(relation.dim)
        found += _alias_projections(domain, relation)
    return found


def _bound_projections(domain: Constraints, size: Dim) -> list[Within]:
    """From `size >= 0`: each one-symbol summand is at least what the others leave."""
    found: list[Within] = []
    for index, (coefficient, factors) in enumerate(size.terms):
        if not factors:
            continue
        rest: Number = 0
        for other, term in enumerate(size.terms):
            if other != index:
                high = _term_bounds(domain, term)[1]
                if high is None:
                    break
                rest += high
        else:
            found += _factor_projections(domain, coefficient, factors, rest)
    return found


def _term_bounds(domain: Constraints, term: Term) -> Interval:
    return bounds(from_terms([term]), domain.sets)


def _factor_projections(domain: Constraints, coefficient: Number, factors: Factors, rest: Number) -> list[Within]:
    """From `coefficient * product + rest >= 0`, for each factor whose partners are known to be positive."""
    found: list[Within] = []
    for index, (atom, function) in enumerate(factors):
        if not isinstance(atom, str):
            continue
        partners: Interval = (1, 1)
        for other, (other_atom, other_function) in enumerate(factors):
            if other != index:
                partner = bounds(of_axis(other_atom, other_function), domain.sets)
                if partner[0] is None or partner[0] <= 0:
                    break
                low, high = partners
                partners = (
                    None if low is None else low * partner[0],
                    None if high is None or partner[1] is None else high * partner[1],
                )
        else:
            # coefficient * f * P >= -rest with P > 0: f >= -rest / (c P), least demanding at an end of P
            bound: Fraction | None = None
            demand = -Fraction(rest) / abs(Fraction(coefficient))
            end = partners[1] if demand > 0 else partners[0]
            if end is not None:
                bound = demand / Fraction(end)
            elif demand > 0:
                bound = Fraction(0)
            if bound is None:
                continue
            signed = ax.scale(function, 1 if coefficient > 0 else -1)
            allowed = ax.nonnegative(ax.add(signed, ax.constant(-bound)))
            if not allowed.is_all:
                found.append(Within(atom, allowed))
    return found


def _divisor_projections(size: Dim) -> list[Within]:
    """From `c * f(H) * g(W) == n` with a number n: each factor divides it."""
    if len(size.terms) != 2 or size.terms[1][1] or len(size.terms[0][1]) < 2:
        return []
    coefficient, factors = size.terms[0]
    value = -Fraction(size.terms[1][0]) / Fraction(coefficient)
    contents = [common_divisor(f) for _, f in factors]
    value /= prod(contents)
    if value.denominator != 1:
        raise ConflictError
    if any(not isinstance(atom, str) for atom, _ in factors) or not 0 < abs(value) <= _MAX_FACTORED:
        return []
    found: list[Within] = []
    for (atom, function), content in zip(factors, contents, strict=True):
        allowed = EMPTY
        unit = ax.scale(function, 1 / content)
        for divisor in divisors(abs(int(value))):
            for signed in (divisor, -divisor):
                allowed |= ax.zeros(ax.add(unit, ax.constant(-signed)))
        if allowed.is_empty:
            raise ConflictError
        if isinstance(atom, str):
            found.append(Within(atom, allowed))
    return found


def _alias_projections(domain: Constraints, relation: Relation) -> list[Within]:
    """A symbol that equals a function of another one: each set is carried over to the other."""
    found = _alias(relation)
    if found is None:
        return []
    name, size = found
    inner = size.single if isinstance(size, Dim) else None
    if inner is None:
        return []
    try:
        pulled = try_substituted(within(name, domain.set_of(name)), {name: size})
        result = [pulled] if isinstance(pulled, Within) else []
        shift = ax.add(inner[1], ax.scale(ax.IDENTITY, -1)).constant
        if shift is not None and shift.denominator == 1:
            moved = try_substituted(
                within(inner[0], domain.set_of(inner[0])), {inner[0]: as_size(of_axis(name, _shifted(-int(shift))))}
            )
            result += [moved] if isinstance(moved, Within) else []
    except TooFineError:
        return []
    return result


def _alias(relation: Predicate) -> tuple[str, Size] | None:
    """`(symbol, size)` when the relation says that a symbol equals a size without it."""
    if not isinstance(relation, Relation) or relation.op != "==":
        return None
    for index, (coefficient, factors) in enumerate(relation.dim.terms):
        if len(factors) == 1 and factors[0][1] is ax.IDENTITY and isinstance(factors[0][0], str):
            name = factors[0][0]
            others = [term for other, term in enumerate(relation.dim.terms) if other != index]
            rest = from_terms([(-c / Fraction(coefficient), other) for c, other in others])
            if isinstance(rest, Dim) and (name in rest.symbols or not rest.is_integer or rest.unbacked):
                continue
            return name, rest
    return None


def aliases_of(domain: Constraints) -> dict[str, Size]:
    """Symbols that relations express by others, each replaced at most once and never in a circle."""
    found: dict[str, Size] = {}
    used: set[str] = set()
    for relation in domain.relations:
        alias = _alias(relation)
        if alias is None:
            continue
        name, size = alias
        symbols = size.symbols if isinstance(size, Dim) else frozenset()
        if name in found or name in used or not symbols.isdisjoint(found):
            continue
        found[name] = size
        used |= symbols
    return found


def _shifted(by: int) -> ax.Axis:
    return ax.add(ax.IDENTITY, ax.constant(by))


def try_substituted(predicate: Predicate, sizes: Mapping[str, Size]) -> Predicate:
    """With sizes in the place of symbols, or as it was where that would grow too fine."""
    try:
        return substituted(predicate, sizes)
    except (TooFineError, ZeroDivisionError):
        return predicate
