"""The sizes in play: a set for each symbol, and relations between them; statements are decided over all of them."""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from math import gcd, prod
from types import MappingProxyType

from convlint.symbolic import axis as ax
from convlint.symbolic.bounds import bounds
from convlint.symbolic.canonical import as_size, from_terms, of_axis
from convlint.symbolic.cases import maximum, minimum
from convlint.symbolic.dim import Argument, Dim, Factors, Number, Opaque, Size, Term
from convlint.symbolic.factor import factors as factors_of
from convlint.symbolic.functions import Interval
from convlint.symbolic.functions import multiply as interval_product
from convlint.symbolic.integers import divisors
from convlint.symbolic.intset import ALL, EMPTY, IntSet
from convlint.symbolic.limits import TooFineError
from convlint.symbolic.predicate import (
    FALSE,
    TRUE,
    AllOf,
    AnyOf,
    Predicate,
    Relation,
    Within,
    all_of,
    any_of,
    compared,
    negate,
    within,
)
from convlint.symbolic.substitution import apply, rebuild

_ROUNDS = 12
_MAX_WEIGHED = 8
_MAX_FACTORED = 10**12
_WITNESS_TRIES = 200
_WITNESSES_NEAR = 80
_MAX_CHAIN = 2


class Truth(Enum):
    """What holds over a whole domain. ALWAYS and NEVER are proofs."""

    ALWAYS = "always"
    NEVER = "never"
    SOMETIMES = "sometimes"
    UNKNOWN = "unknown"


class Domain:
    """Sizes that may occur: each symbol in its set, and every relation true. Immutable.

    A symbol without a set may be any integer >= 0.
    """

    __slots__ = ("_hash", "relations", "sets")

    sets: Mapping[str, IntSet]
    relations: tuple[Predicate, ...]

    def __init__(self, sets: Mapping[str, IntSet] = MappingProxyType({}), relations: Iterable[Predicate] = ()) -> None:
        """The sets and relations as they are; `narrow` is what draws conclusions from them."""
        self.sets = MappingProxyType(dict(sets))
        self.relations = tuple(relations)
        self._hash = hash((frozenset(self.sets.items()), self.relations))

    @staticmethod
    def of(symbols: Iterable[str]) -> "Domain":
        """Any sizes >= 1 for these symbols."""
        return Domain({name: IntSet.at_least(1) for name in symbols})

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols that have a set."""
        return tuple(self.sets)

    def set_of(self, symbol: str) -> IntSet:
        """The sizes that a symbol may have, as far as it can be said for it alone."""
        return self.sets.get(symbol, ALL)

    @property
    def is_empty(self) -> bool:
        """Whether it is proven that there are no such sizes."""
        return any(allowed.is_empty for allowed in self.sets.values())

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
        return self if predicate == TRUE else _narrowed(self, predicate, weigh=True)

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
        return (None, None) if self.is_empty else _range(self.sets, self.relations, size)

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
        return _witness(self.narrow(satisfying), self, satisfying, near or {})

    def __eq__(self, other: object) -> bool:
        """Same sets and same relations."""
        if self is other:
            return True
        if not isinstance(other, Domain):
            return NotImplemented
        return self._hash == other._hash and self.sets == other.sets and self.relations == other.relations

    def __hash__(self) -> int:
        """From the sets and relations."""
        return self._hash

    def __repr__(self) -> str:
        """The ASCII rendering."""
        from convlint.symbolic.render import render_domain

        return f"Domain({render_domain(self, ascii=True)})"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled by its parts."""
        return Domain, (dict(self.sets), self.relations)


def _empty(domain: Domain) -> Domain:
    return Domain(dict.fromkeys(domain.sets or ("",), EMPTY))


class _ConflictError(Exception):
    """Raised inside `_narrowed` when nothing is left."""


@lru_cache(maxsize=8192)
def _narrowed(domain: Domain, predicate: Predicate, *, weigh: bool) -> Domain:
    if domain.is_empty:
        return domain
    narrowing = _Narrowing(domain, weigh=weigh)
    try:
        narrowing.take(predicate)
        narrowing.settle()
    except _ConflictError:
        return _empty(domain)
    return Domain(narrowing.sets, narrowing.relations)


class _Narrowing:
    """
    Constraint propagation: sets and relations sharpen each other until nothing changes.

    `weigh` says whether each alternative of an `AnyOf` is tried by narrowing; within such a trial it is not, or the
    work would double with every `AnyOf`.
    """

    def __init__(self, domain: Domain, *, weigh: bool) -> None:
        self.weigh = weigh
        self.sets = dict(domain.sets)
        self.relations = list(domain.relations)
        self.stale: set[str] = set()
        self.fresh: list[Predicate] = []

    def take(self, predicate: Predicate) -> None:
        """Adds a statement."""
        if isinstance(predicate, AllOf):
            for part in predicate.parts:
                self.take(part)
        elif isinstance(predicate, Within):
            self.restrict(predicate)
        elif predicate == FALSE:
            raise _ConflictError
        elif predicate not in self.relations:
            self.relations.append(predicate)
            self.fresh.append(predicate)

    def restrict(self, predicate: Within) -> None:
        """Intersects the set of one symbol."""
        name = predicate.symbol
        before = self.sets.get(name, ALL)
        try:
            after = before & predicate.allowed
        except TooFineError:
            if predicate not in self.relations:
                self.relations.append(predicate)
            return
        if after.is_empty:
            raise _ConflictError
        if name not in self.sets or after != before:
            self.sets[name] = after
            self.stale.add(name)

    def settle(self) -> None:
        """Re-examines the relations that speak of changed symbols, a bounded number of rounds."""
        for _ in range(_ROUNDS):
            stale, self.stale = self.stale, set()
            fresh, self.fresh = self.fresh, []
            due = [r for r in self.relations if r in fresh or not stale.isdisjoint(r.symbols)]
            if not due:
                return
            for relation in due:
                if relation in self.relations:
                    self.relations.remove(relation)
                    self.examine(relation)

    def examine(self, relation: Predicate) -> None:
        """Keeps what a relation says beyond the sets, and moves into the sets what these can say."""
        fixed = {name: n for name in relation.symbols if (n := self.sets.get(name, ALL).single) is not None}
        if fixed:
            relation = _try_substituted(relation, fixed)
            if not isinstance(relation, Relation | AnyOf):
                self.take(relation)
                return
        here = Domain(self.sets, self.relations)
        relation = _reduced_shallow(here, relation)
        if relation == TRUE:
            return
        if not isinstance(relation, Relation | AnyOf) or relation == FALSE:
            self.take(relation)
            return
        if isinstance(relation, AnyOf):
            self.examine_alternatives(here, relation)
            return
        self.relations.append(relation)
        for implied in _projections(here, relation):
            self.restrict(implied)

    def examine_alternatives(self, here: Domain, relation: AnyOf) -> None:
        """Drops alternatives that cannot be; a symbol that each of the others restricts lies in the union."""
        if not self.weigh or len(relation.parts) > _MAX_WEIGHED:
            self.relations.append(relation)
            return
        tried = [(part, _narrowed(here, part, weigh=False)) for part in relation.parts]
        possible = [(part, narrowed) for part, narrowed in tried if not narrowed.is_empty]
        left = any_of(*[part for part, _ in possible])
        if not isinstance(left, AnyOf) or not possible:
            self.take(left)
            return
        self.relations.append(left)
        for name in left.symbols:
            union = EMPTY
            try:
                for _, narrowed in possible:
                    union |= narrowed.set_of(name)
            except TooFineError:
                continue
            self.restrict(Within(name, union))


def _try_substituted(predicate: Predicate, sizes: Mapping[str, Size]) -> Predicate:
    try:
        return predicate.substituted(sizes)
    except (TooFineError, ZeroDivisionError):
        return predicate


def _reduced_shallow(domain: Domain, predicate: Predicate) -> Predicate:
    """Without the parts that sets and bounds alone decide; used inside `narrow`, hence without narrowing."""
    truth = _shallow(domain, predicate)
    if truth is Truth.ALWAYS:
        return TRUE
    if truth is Truth.NEVER:
        return FALSE
    if isinstance(predicate, AnyOf):
        return any_of(*[_reduced_shallow(domain, p) for p in predicate.parts])
    if isinstance(predicate, AllOf):
        return all_of(*[_reduced_shallow(domain, p) for p in predicate.parts])
    return predicate


def _projections(domain: Domain, relation: Relation) -> list[Within]:
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


def _bound_projections(domain: Domain, size: Dim) -> list[Within]:
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


def _term_bounds(domain: Domain, term: Term) -> Interval:
    return bounds(from_terms([term]), domain.sets)


def _factor_projections(domain: Domain, coefficient: Number, factors: Factors, rest: Number) -> list[Within]:
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
    contents = [ax.content(f) for _, f in factors]
    value /= prod(contents)
    if value.denominator != 1:
        raise _ConflictError
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
            raise _ConflictError
        if isinstance(atom, str):
            found.append(Within(atom, allowed))
    return found


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


def _alias_projections(domain: Domain, relation: Relation) -> list[Within]:
    """A symbol that equals a function of another one: each set is carried over to the other."""
    found = _alias(relation)
    if found is None:
        return []
    name, size = found
    inner = size.single if isinstance(size, Dim) else None
    if inner is None:
        return []
    try:
        pulled = _try_substituted(within(name, domain.set_of(name)), {name: size})
        result = [pulled] if isinstance(pulled, Within) else []
        shift = ax.add(inner[1], ax.scale(ax.IDENTITY, -1)).constant
        if shift is not None and shift.denominator == 1:
            moved = _try_substituted(
                within(inner[0], domain.set_of(inner[0])), {inner[0]: as_size(of_axis(name, _shifted(-int(shift))))}
            )
            result += [moved] if isinstance(moved, Within) else []
    except TooFineError:
        return []
    return result


def _shifted(by: int) -> ax.Axis:
    return ax.add(ax.IDENTITY, ax.constant(by))


def _aliases(domain: Domain) -> dict[str, Size]:
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


def _range(sets: Mapping[str, IntSet], relations: tuple[Predicate, ...], size: "Size | Fraction") -> Interval:
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


def _shallow(domain: Domain, predicate: Predicate) -> Truth:
    """What sets, bounds and single relations decide."""
    if isinstance(predicate, Within):
        return _decide_within(domain.set_of(predicate.symbol), predicate.allowed)
    if isinstance(predicate, Relation):
        return _decide_relation(domain, predicate)
    assert isinstance(predicate, AllOf | AnyOf)
    truths = [_shallow(domain, part) for part in predicate.parts]
    deciding, neutral = (Truth.NEVER, Truth.ALWAYS) if isinstance(predicate, AllOf) else (Truth.ALWAYS, Truth.NEVER)
    if deciding in truths:
        return deciding
    if all(truth is neutral for truth in truths):
        return neutral
    return Truth.UNKNOWN if Truth.UNKNOWN in truths else Truth.SOMETIMES


def _decide_within(possible: IntSet, allowed: IntSet) -> Truth:
    try:
        if possible.is_subset(allowed):
            return Truth.ALWAYS
        if possible.is_disjoint(allowed):
            return Truth.NEVER
    except TooFineError:
        pass
    return Truth.SOMETIMES


def _decide_relation(domain: Domain, relation: Relation) -> Truth:
    if relation in domain.relations:
        return Truth.ALWAYS
    if relation.op in ("==", "!=") and relation.negated() in domain.relations:
        return Truth.NEVER
    truth = _sign_truth(relation.op, _range(domain.sets, domain.relations, relation.dim))
    if truth is None:
        return Truth.UNKNOWN if relation.unbacked else Truth.SOMETIMES
    return truth


def _sign_truth(op: str, interval: Interval) -> Truth | None:
    low, high = interval
    if op in ("==", "!="):
        if (low is not None and low > 0) or (high is not None and high < 0):
            return Truth.NEVER if op == "==" else Truth.ALWAYS
        if low == 0 == high:
            return Truth.ALWAYS if op == "==" else Truth.NEVER
        return None
    if low is not None and (low > 0 or (low == 0 and op == ">=")):
        return Truth.ALWAYS
    if high is not None and (high < 0 or (high == 0 and op == ">")):
        return Truth.NEVER
    return None


@lru_cache(maxsize=16384)
def _decided(domain: Domain, predicate: Predicate) -> Truth:
    if domain.is_empty:
        return Truth.ALWAYS
    truth = _shallow(domain, predicate)
    if truth in (Truth.ALWAYS, Truth.NEVER):
        return truth
    simpler = _rewritten(domain, predicate)
    if simpler != predicate:
        if simpler in (TRUE, FALSE):
            return Truth.ALWAYS if simpler == TRUE else Truth.NEVER
        again = _shallow(domain, simpler)
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
    aliases = _aliases(domain)
    simpler = predicate
    if aliases and not predicate.symbols.isdisjoint(aliases):
        simpler = _try_substituted(predicate, aliases)
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
    truth = domain.decide(predicate)
    if truth is Truth.ALWAYS:
        return TRUE
    if truth is Truth.NEVER:
        return FALSE
    if isinstance(predicate, AnyOf):
        return any_of(*[_reduced(domain, p) for p in predicate.parts])
    if isinstance(predicate, AllOf):
        return all_of(*[_reduced(domain, p) for p in predicate.parts])
    return predicate


@lru_cache(maxsize=8192)
def _simplified(domain: Domain, size: Dim) -> Size:
    total: Size = 0
    for coefficient, factors in size.terms:
        product: Size = as_size(coefficient)
        for atom, function in factors:
            if isinstance(atom, str):
                simpler = ax.simplified(function, domain.set_of(atom))
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
        common = gcd(left, ax.content_on(function, domain.set_of(atom))) if isinstance(atom, str) else 1
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


def _witness(narrowed: Domain, domain: Domain, satisfying: Predicate, near: Mapping[str, int]) -> dict[str, int] | None:
    """Search by fixing one symbol after the other, nearest values first."""
    names = sorted({*domain.sets, *domain.predicate.symbols, *satisfying.symbols} - {""})
    related = {name: sum(name in r.symbols for r in narrowed.relations) for name in names}
    names.sort(key=lambda name: (-related[name], name))
    budget = [_WITNESS_TRIES]

    def search(here: Domain, index: int) -> dict[str, int] | None:
        if here.is_empty:
            return None
        while index < len(names) and here.set_of(names[index]).single is not None:
            index += 1
        if index == len(names):
            sizes = {name: here.set_of(name).single or 0 for name in names}
            return sizes if _accepts(domain, satisfying, sizes) else None
        name = names[index]
        for n in _candidates(here.set_of(name), near.get(name), bool(related[name])):
            budget[0] -= 1
            if budget[0] < 0:
                return None
            found = search(here.narrow(within(name, IntSet.of((n,)))), index + 1)
            if found is not None:
                return found
        return None

    found = search(narrowed, 0)
    if found is None:
        return None
    order = [*domain.sets, *[name for name in names if name not in domain.sets]]
    return {name: found[name] for name in order if name}


def _accepts(domain: Domain, satisfying: Predicate, sizes: Mapping[str, int]) -> bool:
    try:
        return domain.contains(sizes) and satisfying.evaluate(sizes)
    except (ValueError, ZeroDivisionError):
        return False


def _candidates(allowed: IntSet, near: int | None, several: bool) -> Iterable[int]:
    """Members by distance from `near` (or from the least one), first every one, then in strides that double."""
    start = allowed.min() if near is None else allowed.nearest(near)
    if start is None:
        return
    yield start
    if not several:
        return
    below, above, step = start, start, 1
    for tried in range(_WITNESS_TRIES):
        if tried >= _WITNESSES_NEAR:
            step *= 2
        lower = allowed.at_or_below(below - step)
        upper = allowed.at_or_above(above + step)
        if lower is None and upper is None:
            return
        if upper is not None and (lower is None or upper - start < start - lower):
            above = upper
            yield upper
        elif lower is not None:
            below = lower
            yield lower
