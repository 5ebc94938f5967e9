"""Alternatives that are each a conjunction: what two of them say together is said by one."""

from collections.abc import Mapping
from contextlib import suppress

from convlint.symbolic.intset import IntSet
from convlint.symbolic.limits import TooFineError
from convlint.symbolic.predicate import TRUE, Predicate, Relation, Within, within

Box = tuple[Predicate, ...]
"""Statements that hold together."""


def merged_boxes(boxes: list[Box]) -> list[Box]:
    """Alternatives that differ in one statement only become one; those that another implies are dropped."""
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
    return kept


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
                opposite = frozenset([*rest, part.opposite])
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
