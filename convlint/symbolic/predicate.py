"""Statements about sizes: sets of one symbol, relations between several, and their combinations."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import Literal

from convlint.symbolic import axis as ax
from convlint.symbolic.bounds import bounds
from convlint.symbolic.canonical import from_terms, opaque
from convlint.symbolic.cases import choose_where
from convlint.symbolic.dim import Dim, Factors, Number, Opaque, Size, Term
from convlint.symbolic.factor import factors, product_of
from convlint.symbolic.integers import divisors
from convlint.symbolic.intset import IntSet
from convlint.symbolic.limits import TooFineError
from convlint.symbolic.substitution import substitute

Operator = Literal["==", "!=", ">=", ">"]

_MAX_SHARED_DIVISOR = 4096

NEGATED: Mapping[Operator, Operator] = {"==": "!=", "!=": "=="}


class Predicate(ABC):
    """A statement about sizes. Immutable; build it with the functions of this module."""

    __slots__ = ()

    @property
    @abstractmethod
    def symbols(self) -> frozenset[str]:
        """The symbols that it speaks of."""

    @property
    @abstractmethod
    def unbacked(self) -> frozenset[str]:
        """The data-dependent sizes that it speaks of."""

    @abstractmethod
    def evaluate(self, sizes: Mapping[str, int]) -> bool:
        """Whether it holds at concrete sizes.

        Raises:
            KeyError: for a symbol without a size.
            UnbackedError: when it depends on data.
        """

    @abstractmethod
    def negated(self) -> "Predicate":
        """The opposite statement."""

    @abstractmethod
    def choose(self, inside: Size, outside: Size) -> Size:
        """`inside` where it holds, `outside` elsewhere."""

    @abstractmethod
    def substituted(self, sizes: Mapping[str, Size]) -> "Predicate":
        """The statement with other sizes (integers >= 0) in the place of symbols."""

    def __repr__(self) -> str:
        """The ASCII rendering."""
        from convlint.symbolic.render import render_predicate

        return render_predicate(self, ascii=True)


@dataclass(frozen=True, slots=True, repr=False)
class Within(Predicate):
    """One symbol lies in a set."""

    symbol: str
    allowed: IntSet

    @property
    def symbols(self) -> frozenset[str]:
        """The one symbol."""
        return frozenset((self.symbol,))

    @property
    def unbacked(self) -> frozenset[str]:
        """None."""
        return frozenset()

    def evaluate(self, sizes: Mapping[str, int]) -> bool:
        """Whether the size of the symbol is a member."""
        return self.allowed.contains(sizes[self.symbol])

    def negated(self) -> Predicate:
        """The symbol lies outside."""
        return within(self.symbol, ~self.allowed)

    def choose(self, inside: Size, outside: Size) -> Size:
        """A size by cases of one symbol."""
        return choose_where(self.symbol, self.allowed, inside, outside)

    def substituted(self, sizes: Mapping[str, Size]) -> Predicate:
        """The set of the inner symbol, where the inner size is in this set."""
        inner = sizes.get(self.symbol)
        if inner is None:
            return self
        if not isinstance(inner, Dim):
            return TRUE if self.allowed.contains(inner) else FALSE
        found = inner.single
        if found is None:
            raise TooFineError("a set of a size of several symbols")
        indicator = ax.choose(self.allowed, ax.ONE, ax.ZERO)
        inside = ~ax.zeros(ax.compose(indicator, found[1])) & ax.nonnegative(found[1])
        return within(found[0], inside)


@dataclass(frozen=True, slots=True, repr=False)
class Relation(Predicate):
    """A size of several symbols (or outside the algebra) compared with 0."""

    dim: Dim
    op: Operator

    @property
    def symbols(self) -> frozenset[str]:
        """Those of the size."""
        return self.dim.symbols

    @property
    def unbacked(self) -> frozenset[str]:
        """Those of the size."""
        return self.dim.unbacked

    def evaluate(self, sizes: Mapping[str, int]) -> bool:
        """Compare the value with 0."""
        return _holds(self.dim.evaluate(sizes), self.op)

    def negated(self) -> Predicate:
        """The opposite comparison."""
        if self.op in NEGATED:
            return Relation(self.dim, NEGATED[self.op])
        return _positive(-self.dim) if self.op == ">=" else _nonnegative(-self.dim)

    def choose(self, inside: Size, outside: Size) -> Size:
        """A size by cases, outside the algebra."""
        if self.op == "!=":
            return opaque("select", "select_eq", (self.dim, outside, inside))
        key = {"==": "select_eq", ">=": "select_ge", ">": "select_gt"}[self.op]
        return opaque("select", key, (self.dim, inside, outside))

    def substituted(self, sizes: Mapping[str, Size]) -> Predicate:
        """The same comparison of the new size."""
        if self.dim.symbols.isdisjoint(sizes):
            return self
        return compared(substitute(self.dim, sizes), self.op)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Combination(Predicate):
    """Several statements as one; the order of the parts is no matter."""

    parts: tuple[Predicate, ...]

    def __eq__(self, other: object) -> bool:
        """The same kind of combination, of the same parts."""
        return self is other or (
            isinstance(other, Combination)
            and type(self) is type(other)
            and frozenset(self.parts) == frozenset(other.parts)
        )

    def __hash__(self) -> int:
        """From the kind and the parts."""
        return hash((type(self), frozenset(self.parts)))

    @property
    def symbols(self) -> frozenset[str]:
        """Those of all parts."""
        return frozenset().union(*[p.symbols for p in self.parts])

    @property
    def unbacked(self) -> frozenset[str]:
        """Those of all parts."""
        return frozenset().union(*[p.unbacked for p in self.parts])


class AllOf(Combination):
    """Every part holds; without parts it is always true."""

    __slots__ = ()

    def evaluate(self, sizes: Mapping[str, int]) -> bool:
        """Whether every part holds."""
        return all(p.evaluate(sizes) for p in self.parts)

    def negated(self) -> Predicate:
        """Some part does not hold."""
        return any_of(*[p.negated() for p in self.parts])

    def choose(self, inside: Size, outside: Size) -> Size:
        """Case by case."""
        for part in reversed(self.parts):
            inside = part.choose(inside, outside)
        return inside

    def substituted(self, sizes: Mapping[str, Size]) -> Predicate:
        """Every part with the sizes substituted."""
        return all_of(*[p.substituted(sizes) for p in self.parts])


class AnyOf(Combination):
    """Some part holds; without parts it is never true."""

    __slots__ = ()

    def evaluate(self, sizes: Mapping[str, int]) -> bool:
        """Whether some part holds."""
        return any(p.evaluate(sizes) for p in self.parts)

    def negated(self) -> Predicate:
        """No part holds."""
        return all_of(*[p.negated() for p in self.parts])

    def choose(self, inside: Size, outside: Size) -> Size:
        """Case by case."""
        for part in reversed(self.parts):
            outside = part.choose(inside, outside)
        return outside

    def substituted(self, sizes: Mapping[str, Size]) -> Predicate:
        """Every part with the sizes substituted."""
        return any_of(*[p.substituted(sizes) for p in self.parts])


Box = tuple[Predicate, ...]
"""Statements that hold together."""

TRUE: Predicate = AllOf(())
FALSE: Predicate = AnyOf(())


def _holds(value: Number, op: Operator) -> bool:
    if op == "==":
        return value == 0
    if op == "!=":
        return value != 0
    return value >= 0 if op == ">=" else value > 0


def within(symbol: str, allowed: IntSet) -> Predicate:
    """The symbol lies in the set of integers >= 0."""
    if allowed.is_all:
        return TRUE
    return FALSE if allowed.is_empty else Within(symbol, allowed)


def compared(size: "Size | Fraction", op: Operator) -> Predicate:
    """The size compared with 0."""
    if not isinstance(size, Dim):
        return TRUE if _holds(size, op) else FALSE
    if op == "==":
        return _zero(size)
    if op == "!=":
        return _zero(size).negated()
    return _nonnegative(size) if op == ">=" else _positive(size)


def equal(left: "Size | Fraction", right: "Size | Fraction") -> Predicate:
    """`left == right`."""
    return TRUE if left is right else compared(left - right, "==")


def unequal(left: "Size | Fraction", right: "Size | Fraction") -> Predicate:
    """`left != right`."""
    return equal(left, right).negated()


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


def select(where: Predicate, inside: Size, outside: Size) -> Size:
    """`inside` where the predicate holds, `outside` elsewhere."""
    return where.choose(inside, outside)


def negate(predicate: Predicate) -> Predicate:
    """The opposite statement."""
    return predicate.negated()


def all_of(*predicates: Predicate) -> Predicate:
    """Every one holds."""
    return _all_of(predicates)


def any_of(*predicates: Predicate) -> Predicate:
    """Some one holds."""
    return _any_of(predicates)


@lru_cache(maxsize=16384)
def _all_of(predicates: tuple[Predicate, ...]) -> Predicate:
    return _joined(predicates, AllOf, AnyOf, IntSet.__and__)


@lru_cache(maxsize=16384)
def _any_of(predicates: tuple[Predicate, ...]) -> Predicate:
    joined = _joined(predicates, AnyOf, AllOf, IntSet.__or__)
    return _merged_boxes(joined) if isinstance(joined, AnyOf) and len(joined.parts) > 1 else joined


def _joined(
    predicates: Sequence[Predicate],
    kind: type[AllOf] | type[AnyOf],
    other: type[AllOf] | type[AnyOf],
    law: Callable[[IntSet, IntSet], IntSet],
) -> Predicate:
    """Parts flattened, each once, and one set for each symbol."""
    parts: list[Predicate] = []
    sets: dict[str, int] = {}

    def take(predicate: Predicate) -> bool:
        """False when the whole is decided."""
        if isinstance(predicate, kind):
            return all(take(part) for part in predicate.parts)
        if isinstance(predicate, other) and not predicate.parts:
            return False
        if isinstance(predicate, Within) and predicate.symbol in sets:
            index = sets[predicate.symbol]
            before = parts[index]
            assert isinstance(before, Within)
            try:
                together = within(predicate.symbol, law(before.allowed, predicate.allowed))
            except TooFineError:
                parts.append(predicate)
                return True
            if not isinstance(together, Within):
                return isinstance(together, kind)
            parts[index] = together
            return True
        if predicate not in parts:
            if isinstance(predicate, Within):
                sets[predicate.symbol] = len(parts)
            elif isinstance(predicate, Relation) and predicate.negated() in parts:
                return False
            parts.append(predicate)
        return True

    decided = other(())
    for predicate in predicates:
        if not take(predicate):
            return TRUE if isinstance(decided, AllOf) else FALSE
    if not parts:
        return TRUE if kind is AllOf else FALSE
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def _merged_boxes(alternatives: AnyOf) -> Predicate:
    """Alternatives that differ in one statement only become one; those that another implies are dropped."""
    boxes = [_conjuncts(p) for p in alternatives.parts]
    before = 0
    while len(boxes) != before:
        before = len(boxes)
        for name in dict.fromkeys([p.symbol for box in boxes for p in box if isinstance(p, Within)]):
            boxes = _joined_on(name, boxes)
        boxes = _without_opposites(boxes)
    kept: list[Box] = []
    for box in boxes:
        if not any(_implies(box, other) for other in kept):
            kept = [other for other in kept if not _implies(other, box)]
            kept.append(box)
    with suppress(TooFineError):
        whole = _whole_sets(kept)
        for index, box in enumerate(kept):
            kept[index] = _freed(box, [*kept[:index], *kept[index + 1 :]], whole)
    if () in kept:
        return TRUE
    parts = [all_of(*box) for box in kept]
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _conjuncts(predicate: Predicate) -> Box:
    return predicate.parts if isinstance(predicate, AllOf) else (predicate,)


def _joined_on(name: str, boxes: list[Box]) -> list[Box]:
    """Boxes that agree but for the set of one symbol become one with the union."""
    joined: dict[object, Box] = {}
    for box in boxes:
        own = next((p for p in box if isinstance(p, Within) and p.symbol == name), None)
        rest = frozenset([p for p in box if p is not own])
        key: object = (own is None, rest)
        before = joined.get(key)
        if own is None or before is None:
            joined[key] = box
            continue
        union = _with_set(before, own)
        joined[key if union is not None else (box,)] = box if union is None else union
    return list(joined.values())


def _with_set(box: Box, extra: Within) -> Box | None:
    """The box with the set of one symbol widened by another set; None where that would be too fine."""
    widened: list[Predicate] = []
    for part in box:
        if isinstance(part, Within) and part.symbol == extra.symbol:
            try:
                union = within(extra.symbol, part.allowed | extra.allowed)
            except TooFineError:
                return None
            if union != TRUE:
                widened.append(union)
        else:
            widened.append(part)
    return tuple(widened)


def _freed(box: Box, others: list[Box], whole: Mapping[str, IntSet]) -> Box:
    """The box without sets that the other alternatives complete to all that the alternatives speak of."""
    for part in box:
        if not isinstance(part, Within) or part.allowed == whole[part.symbol]:
            continue
        rest = tuple([p for p in box if p is not part])
        for other in others:
            theirs = next((p for p in other if isinstance(p, Within) and p.symbol == part.symbol), None)
            if theirs is None or not _implies(rest, tuple([p for p in other if p is not theirs])):
                continue
            widened = _with_set((part,), theirs)
            if widened in ((), (Within(part.symbol, whole[part.symbol]),)):
                return _freed((*widened, *rest), others, whole)
    return box


def _whole_sets(boxes: list[Box]) -> Mapping[str, IntSet]:
    """For each symbol all sizes that some alternative allows it."""
    whole: dict[str, IntSet] = {}
    for part in [part for box in boxes for part in box]:
        if isinstance(part, Within):
            whole[part.symbol] = whole[part.symbol] | part.allowed if part.symbol in whole else part.allowed
    return whole


def _without_opposites(boxes: list[Box]) -> list[Box]:
    """Two boxes of which one demands what the other excludes, all else being equal, become one without it."""
    known = {frozenset(box): box for box in boxes}
    for key, box in list(known.items()):
        for part in box:
            if isinstance(part, Relation) and key in known:
                rest = tuple([p for p in box if p != part])
                opposite = frozenset([*rest, part.negated()])
                if opposite in known:
                    del known[key], known[opposite]
                    known[frozenset(rest)] = rest
    return list(known.values())


def _implies(one: Box, other: Box) -> bool:
    """Whether each conjunct of `other` follows from a single one of `one`."""
    return all(any(_follows(p, q) for p in one) for q in other)


def _follows(p: Predicate, q: Predicate) -> bool:
    if p == q:
        return True
    if isinstance(p, Within) and isinstance(q, Within) and p.symbol == q.symbol:
        try:
            return p.allowed.is_subset(q.allowed)
        except TooFineError:
            return False
    return False


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
    paired = _equal_products(size)
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
            return _divides_product(divisor, above.terms[0])
    return None


def _divides_product(divisor: int, term: Term) -> Predicate | None:
    """`divisor | c * f(H) * g(W)`, as alternatives: a part of the divisor divides f, and the rest divides g."""
    coefficient, parts = term
    number = Fraction(coefficient)
    functions: list[tuple[str, ax.Axis]] = []
    for atom, function in parts:
        content = ax.content(function)
        if not isinstance(atom, str) or not content:
            return None
        number *= content
        functions.append((atom, ax.scale(function, 1 / content)))
    if number.denominator != 1 or divisor > _MAX_SHARED_DIVISOR:
        return None
    return _divides_shared(divisor // gcd(divisor, number.numerator), tuple(functions))


def _divides_shared(divisor: int, functions: tuple[tuple[str, ax.Axis], ...]) -> Predicate:
    if not functions:
        return TRUE if divisor == 1 else FALSE
    (name, function), *others = functions
    alternatives: list[Predicate] = []
    for share in divisors(divisor) if others else [divisor]:
        mine = ax.add(function, ax.scale(ax.floor(ax.scale(function, Fraction(1, share))), -share))
        rest = _divides_shared(divisor // share, tuple(others)) if others else TRUE
        alternatives.append(all_of(within(name, ax.zeros(mine)), rest))
    return any_of(*alternatives)


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


def _equal_products(size: Dim) -> Predicate | None:
    """`a(H)b(W) == c(H)d(W)` where a >= c >= 0 and b >= d >= 0: equal axis by axis, or a zero product."""
    if len(size.terms) != 2 or size.terms[0][0] * size.terms[1][0] >= 0:
        return None
    (first, ours), (second, theirs) = size.terms
    if len(ours) < 2 or [atom for atom, _ in ours] != [atom for atom, _ in theirs]:
        return None
    ratio = abs(Fraction(second) / Fraction(first))
    return _ordered_products(ours, theirs, ratio) or _ordered_products(theirs, ours, 1 / ratio)


def _ordered_products(greater_factors: Factors, lesser_factors: Factors, ratio: Fraction) -> Predicate | None:
    """
    The ratio of the second product to the first is shared out so that each factor is at least its partner, where that
    can be.
    """
    pairs: list[Predicate] = []
    zero: list[Predicate] = []
    share = Fraction(1)
    for (atom, above), (_, below) in zip(greater_factors, lesser_factors, strict=True):
        if not isinstance(atom, str) or not ax.nonnegative(below).is_all:
            return None
        top = _tight_ratio(above, below)
        if top is None:
            return None
        share *= top
        difference = ax.add(above, ax.scale(below, -top))
        if not ax.nonnegative(difference).is_all:
            return None
        pairs.append(within(atom, ax.zeros(difference)))
        zero.append(within(atom, ax.zeros(above)))
    if share != ratio:
        return None
    return any_of(all_of(*pairs), *zero)


def _tight_ratio(above: ax.Axis, below: ax.Axis) -> Fraction | None:
    """The ratio of the leading coefficients."""
    if above.tail.degree != below.tail.degree:
        return None
    ours, theirs = above.tail.coefficients[-1], below.tail.coefficients[-1]
    if len(ours) != 1 or len(theirs) != 1:
        return None
    return Fraction(ours[0], above.tail.denominator) / Fraction(theirs[0], below.tail.denominator)


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
        nonzero = all_of(*[_zero(part).negated() for part in known])
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
