"""Concrete sizes that show what a statement says: members of a domain, near to given ones."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from convlint.symbolic.canonical import symbol
from convlint.symbolic.comparison import equal
from convlint.symbolic.connectives import all_of
from convlint.symbolic.intset import IntSet
from convlint.symbolic.predicate import Predicate, within

if TYPE_CHECKING:
    from convlint.symbolic.domain import Domain

_TRIES = 200
"""Values that are tried before the search is given up."""

_NEAR = 80
"""Values of one symbol that are tried one by one, before the strides between them double."""


def search(
    narrowed: "Domain", domain: "Domain", satisfying: Predicate, near: Mapping[str, int]
) -> dict[str, int] | None:
    """Sizes of `domain` for which the statement holds, by fixing one symbol after the other, nearest values first.

    `narrowed` is what the statement leaves of the domain. None if none is found in so many tries.
    """
    names = sorted({*domain.sets, *domain.predicate.symbols, *satisfying.symbols} - {""})
    related = {name: sum(name in r.symbols for r in narrowed.relations) for name in names}
    names.sort(key=lambda name: (-related[name], name))
    budget = [_TRIES]

    def fixed(here: "Domain", index: int) -> dict[str, int] | None:
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
            found = fixed(here.narrow(within(name, IntSet.of((n,)))), index + 1)
            if found is not None:
                return found
        return None

    found = fixed(narrowed, 0)
    if found is None:
        return None
    for tied in _tied(found, near):
        budget = [_TRIES]
        first, *others = map(symbol, tied)
        found = fixed(narrowed.narrow(all_of(*[equal(first, other) for other in others])), 0) or found
    order = [*domain.sets, *[name for name in names if name not in domain.sets]]
    return {name: found[name] for name in order if name}


def _tied(found: Mapping[str, int], near: Mapping[str, int]) -> Iterable[list[str]]:
    """Symbols that were to be one number and became several others: a square is nearer to what was meant, if any is."""
    groups: dict[int, list[str]] = {}
    for name, wanted in near.items():
        if found.get(name, wanted) != wanted:
            groups.setdefault(wanted, []).append(name)
    return [names for names in groups.values() if len({found[name] for name in names}) > 1]


def _accepts(domain: "Domain", satisfying: Predicate, sizes: Mapping[str, int]) -> bool:
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
    for tried in range(_TRIES):
        if tried >= _NEAR:
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
