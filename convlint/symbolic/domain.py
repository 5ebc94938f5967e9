"""The sizes in play; statements about them are decided, and sizes simplified, over all of them."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import gcd

from convlint.symbolic import axis as ax
from convlint.symbolic.canonical import as_size, from_terms, of_axis
from convlint.symbolic.cases import maximum, minimum
from convlint.symbolic.common_divisors import common_divisor_on
from convlint.symbolic.comparison import compared, negate
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.constraints import Constraints
from convlint.symbolic.dim import Argument, Dim, Opaque, Size, Term
from convlint.symbolic.functions import Interval
from convlint.symbolic.intset import IntSet
from convlint.symbolic.limits import TooFineError
from convlint.symbolic.narrowing import narrow
from convlint.symbolic.predicate import FALSE, TRUE, AllOf, AnyOf, Predicate, Relation, Within, within
from convlint.symbolic.projections import aliases_of, try_substituted
from convlint.symbolic.ranges import range_of
from convlint.symbolic.simplification import simplified
from convlint.symbolic.substitution import apply, rebuild
from convlint.symbolic.truth import Truth, reduced, shallow_truth
from convlint.symbolic.witness import search


class Domain(Constraints):
    """Sizes that may occur: each symbol in its set, and every relation true. Immutable.

    A symbol without a set may be any integer >= 0. The sets and relations are kept as they are given; `narrow` is what
    draws conclusions from them.
    """

    __slots__ = ()

    @staticmethod
    def of(symbols: Iterable[str]) -> "Domain":
        """Any sizes >= 1 for these symbols."""
        return Domain({name: IntSet.at_least(1) for name in symbols})

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols that have a set."""
        return tuple(self.sets)

    @property
    def predicate(self) -> Predicate:
        """The domain as one statement."""
        return all_of(*[within(name, allowed) for name, allowed in self.sets.items()], *self.relations)

    def contains(self, sizes: Mapping[str, int]) -> bool:
        """Whether these sizes are in the domain."""
        return all(allowed.contains(sizes[name]) for name, allowed in self.sets.items()) and all(
            relation.evaluate(sizes) for relation in self.relations
        )

    def narrow(self, predicate: Predicate) -> "Domain":
        """The sizes of the domain for which the statement holds."""
        return self if predicate == TRUE else _narrowed(self, predicate)

    def without(self, predicate: Predicate) -> "Domain":
        """The sizes of the domain for which the statement does not hold."""
        return self.narrow(negate(predicate))

    def decide(self, predicate: Predicate) -> Truth:
        """Whether the statement holds over the domain (an empty domain: ALWAYS)."""
        if predicate == TRUE:
            return Truth.ALWAYS
        return _decided(self, predicate)

    def holds(self, predicate: Predicate) -> bool:
        """Whether the statement is proven for all sizes of the domain."""
        return self.decide(predicate) is Truth.ALWAYS

    def bounds(self, size: "Size | Fraction") -> Interval:
        """An interval that holds all values of a size; None is infinite. Exact for one symbol."""
        return (None, None) if self.is_empty else range_of(self.sets, self.relations, size)

    def reduce(self, predicate: Predicate) -> Predicate:
        """A simpler statement that says the same within the domain."""
        return _reduced(self, predicate)

    def simplify(self, size: Size) -> Size:
        """A simpler size that is equal within the domain."""
        if not isinstance(size, Dim) or self.is_empty:
            return size
        return _simplified(self, size)

    def witness(self, near: Mapping[str, int] | None = None, satisfying: Predicate = TRUE) -> dict[str, int] | None:
        """Concrete sizes of the domain for which the statement holds, or None if none is found.

        Close to `near`, or small for the symbols that it leaves out.
        """
        if self.is_empty or self.decide(satisfying) is Truth.NEVER:
            return None
        return search(self.narrow(satisfying), self, satisfying, near or {})

    def __repr__(self) -> str:
        """The ASCII rendering."""
        from convlint.symbolic.render import render_domain

        return f"Domain({render_domain(self, ascii=True)})"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled by its parts."""
        return Domain, (dict(self.sets), self.relations)


@lru_cache(maxsize=8192)
def _narrowed(domain: Domain, predicate: Predicate) -> Domain:
    found = narrow(domain, predicate)
    return domain if found is domain else Domain(found.sets, found.relations)


@lru_cache(maxsize=16384)
def _decided(domain: Domain, predicate: Predicate) -> Truth:
    if domain.is_empty:
        return Truth.ALWAYS
    truth = shallow_truth(domain, predicate)
    if truth in (Truth.ALWAYS, Truth.NEVER):
        return truth
    simpler = _rewritten(domain, predicate)
    if simpler != predicate:
        if simpler in (TRUE, FALSE):
            return Truth.ALWAYS if simpler == TRUE else Truth.NEVER
        again = shallow_truth(domain, simpler)
        if again in (Truth.ALWAYS, Truth.NEVER):
            return again
    if isinstance(predicate, Within) and not any(predicate.symbol in r.symbols for r in domain.relations):
        return truth
    if isinstance(predicate, Relation) and not domain.relations and simpler == predicate:
        return truth
    if domain.narrow(simpler).is_empty:
        return Truth.NEVER
    if domain.narrow(negate(simpler)).is_empty:
        return Truth.ALWAYS
    return truth


def _rewritten(domain: Domain, predicate: Predicate) -> Predicate:
    """The same statement with sizes simplified under the domain, and symbols replaced that others determine."""
    aliases = aliases_of(domain)
    simpler = predicate
    if aliases and not predicate.symbols.isdisjoint(aliases):
        simpler = try_substituted(predicate, aliases)
    return _simplified_predicate(domain, simpler)


def _simplified_predicate(domain: Domain, predicate: Predicate) -> Predicate:
    if isinstance(predicate, Relation):
        simpler = domain.simplify(predicate.dim)
        return predicate if simpler is predicate.dim else compared(simpler, predicate.op)
    if isinstance(predicate, AllOf):
        return all_of(*[_simplified_predicate(domain, p) for p in predicate.parts])
    if isinstance(predicate, AnyOf):
        return any_of(*[_simplified_predicate(domain, p) for p in predicate.parts])
    return predicate


@lru_cache(maxsize=8192)
def _reduced(domain: Domain, predicate: Predicate) -> Predicate:
    return reduced(predicate, domain.decide)


@lru_cache(maxsize=8192)
def _simplified(domain: Domain, size: Dim) -> Size:
    total: Size = 0
    for coefficient, factors in size.terms:
        product: Size = as_size(coefficient)
        for atom, function in factors:
            if isinstance(atom, str):
                simpler = simplified(function, domain.set_of(atom))
                product = product * of_axis(atom, simpler)
            else:
                product = product * _simplified_opaque(domain, atom, function)
        total = total + product
    return total


def _simplified_opaque(domain: Domain, atom: Opaque, function: ax.Axis) -> Size:
    arguments = [domain.simplify(a) if isinstance(a, Dim) else a for a in atom.arguments]
    value: Size
    if atom.key in ("max", "min"):
        left, right = (as_size(a) if not isinstance(a, float) else 0 for a in arguments)
        value = _extreme(domain, atom.key, left, right)
    elif atom.key.startswith("select_"):
        test, inside, outside = arguments
        op = {"select_ge": ">=", "select_gt": ">", "select_eq": "=="}[atom.key]
        truth = domain.decide(compared(test, op))  # type: ignore[arg-type]
        if truth is Truth.ALWAYS:
            value = inside  # type: ignore[assignment]
        elif truth is Truth.NEVER:
            value = outside  # type: ignore[assignment]
        else:
            value = rebuild(atom, arguments)
    else:
        apart = _divided_apart(domain, atom.key, arguments) if atom.key in ("floordiv", "mod") else None
        value = rebuild(atom, arguments) if apart is None else apart
    try:
        return apply(function, value)
    except TooFineError:
        return of_axis(atom, function)


def _divided_apart(domain: Domain, key: str, arguments: Sequence[Argument]) -> Size | None:
    """A floor division or remainder by a number, after the summands that it divides within the domain."""
    size, divisor = arguments
    if not isinstance(size, Dim) or not isinstance(divisor, int) or divisor <= 0:
        return None
    quotient: Size = 0
    rest: list[Term] = []
    for term in size.terms:
        divided = divided_within(domain, term, divisor)
        if divided is None:
            rest.append(term)
        else:
            quotient = quotient + divided
    if len(rest) == len(size.terms):
        return None
    left = from_terms(rest)
    return left % divisor if key == "mod" else quotient + left // divisor


def divided_within(domain: Domain, term: Term, divisor: int) -> Size | None:
    """The term over the divisor, as a size of integers, if it divides the term within the domain; else None."""
    coefficient, factors = term
    share = Fraction(coefficient) / divisor
    result: Size = share.numerator
    left = share.denominator
    for atom, function in factors:
        common = gcd(left, common_divisor_on(function, domain.set_of(atom))) if isinstance(atom, str) else 1
        left //= common
        result = result * of_axis(atom, function if common == 1 else ax.floor(ax.scale(function, Fraction(1, common))))
    return result if left == 1 else None


def _extreme(domain: Domain, key: str, left: Size, right: Size) -> Size:
    low, high = domain.bounds(left - right)
    if low is not None and low >= 0:
        return left if key == "max" else right
    if high is not None and high <= 0:
        return right if key == "max" else left
    return maximum(left, right) if key == "max" else minimum(left, right)
