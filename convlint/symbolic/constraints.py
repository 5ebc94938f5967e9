"""What is known of sizes: a set for each symbol, and relations between them."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from convlint.symbolic.intset import ALL, IntSet
from convlint.symbolic.predicate import Predicate


class Constraints:
    """A set for each symbol, and relations that are true. Immutable.

    A symbol without a set may be any integer >= 0.
    """

    __slots__ = ("_hash", "relations", "sets")

    sets: Mapping[str, IntSet]
    relations: tuple[Predicate, ...]

    def __init__(self, sets: Mapping[str, IntSet] = MappingProxyType({}), relations: Iterable[Predicate] = ()) -> None:
        """The sets and relations as they are."""
        self.sets = MappingProxyType(dict(sets))
        self.relations = tuple(relations)
        self._hash = hash((frozenset(self.sets.items()), self.relations))

    def set_of(self, symbol: str) -> IntSet:
        """The sizes that a symbol may have, as far as it can be said for it alone."""
        return self.sets.get(symbol, ALL)

    @property
    def is_empty(self) -> bool:
        """Whether it is proven that there are no such sizes."""
        return any(allowed.is_empty for allowed in self.sets.values())

    def __eq__(self, other: object) -> bool:
        """Same sets and same relations."""
        if self is other:
            return True
        if not isinstance(other, Constraints):
            return NotImplemented
        return self._hash == other._hash and self.sets == other.sets and self.relations == other.relations

    def __hash__(self) -> int:
        """From the sets and relations."""
        return self._hash
