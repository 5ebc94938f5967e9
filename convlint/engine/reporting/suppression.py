"""Which findings the user's comments hide, and which of these comments hide nothing."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from convlint.diagnostics import Span
from convlint.rules.base import Finding
from convlint.source.directives import Directive, Directives, Item, Kind

DirectivesOf = Callable[[str], Directives]
"""The directives of the file at a path."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A directive that hides a finding, and the item of it that names the rule."""

    directive: Directive
    item: Item


@dataclass(frozen=True, slots=True)
class Unused:
    """Names in a directive that hide nothing."""

    directive: Directive
    items: tuple[Item, ...]


def names(item: Item, code: str, name: str) -> bool:
    """Whether an item of a suppression means the rule with this code and name."""
    return item.text.upper() == code or item.text.lower() == name


def hits(finding: Finding, directives_of: DirectivesOf) -> tuple[Hit, ...]:
    """Every directive that hides a finding; it is reported where there is none.

    An ``ignore`` does at the lines where its range begins and ends, be it that of the constructor or of a call of the
    layer that it speaks of; a ``file-ignore`` does in the file where it is reported.
    """
    return tuple(
        Hit(directive, item)
        for directive in _speaking(finding, directives_of)
        for item in directive.items
        if names(item, finding.code, finding.name)
    )


def _speaking(finding: Finding, directives_of: DirectivesOf) -> Iterator[Directive]:
    for place in (finding.span, *sorted(finding.counterparts)):
        for directive in directives_of(place.path).suppressions:
            is_here = place is finding.span and directive.kind is Kind.FILE_IGNORE
            if is_here or _speaks_of(directive, place):
                yield directive


def _speaks_of(directive: Directive, place: Span) -> bool:
    return not directive.lines.isdisjoint({place.line, place.end_line})


def unused(
    directives: Iterable[Directive], used: Collection[Item], is_known: Callable[[Item], bool]
) -> Iterator[Unused]:
    """The directives with items that were not ``used``, of those about which that ``is_known``."""
    for directive in directives:
        idle = tuple(item for item in directive.items if item not in used and is_known(item))
        if idle:
            yield Unused(directive, idle)
