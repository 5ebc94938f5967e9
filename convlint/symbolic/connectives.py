"""Several statements as one: all of them, or any."""

from collections.abc import Callable, Sequence
from functools import lru_cache

from convlint.symbolic.boxes import Box, merged_boxes
from convlint.symbolic.intset import IntSet
from convlint.symbolic.limits import TooFineError
from convlint.symbolic.predicate import FALSE, TRUE, AllOf, AnyOf, Predicate, Relation, Within, within


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
    if not isinstance(joined, AnyOf) or len(joined.parts) < 2:
        return joined
    boxes = merged_boxes([_conjuncts(part) for part in joined.parts])
    if () in boxes:
        return TRUE
    parts = [all_of(*box) for box in boxes]
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


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
            elif isinstance(predicate, Relation) and predicate.opposite in parts:
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


def _conjuncts(predicate: Predicate) -> Box:
    return predicate.parts if isinstance(predicate, AllOf) else (predicate,)
