"""Statements about sizes: sets of one symbol, relations between several, and their combinations."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from convlint.symbolic.dim import Dim, Number
from convlint.symbolic.intset import IntSet

Operator = Literal["==", "!=", ">=", ">"]

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
        return holds(self.dim.evaluate(sizes), self.op)

    @property
    def opposite(self) -> "Relation":
        """The comparison of the same size that holds exactly where this one does not."""
        if self.op in NEGATED:
            return Relation(self.dim, NEGATED[self.op])
        negative = -self.dim
        assert isinstance(negative, Dim)
        if self.op == ">":
            return Relation(negative, ">=")
        if not self.dim.is_integer:
            return Relation(negative, ">")
        lowered = negative - 1
        assert isinstance(lowered, Dim)
        return Relation(lowered, ">=")


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


class AnyOf(Combination):
    """Some part holds; without parts it is never true."""

    __slots__ = ()

    def evaluate(self, sizes: Mapping[str, int]) -> bool:
        """Whether some part holds."""
        return any(p.evaluate(sizes) for p in self.parts)


TRUE: Predicate = AllOf(())

FALSE: Predicate = AnyOf(())


def within(symbol: str, allowed: IntSet) -> Predicate:
    """The symbol lies in the set of integers >= 0."""
    if allowed.is_all:
        return TRUE
    return FALSE if allowed.is_empty else Within(symbol, allowed)


def holds(value: Number, op: Operator) -> bool:
    """Whether a number compares so with 0."""
    if op == "==":
        return value == 0
    if op == "!=":
        return value != 0
    return value >= 0 if op == ">=" else value > 0
