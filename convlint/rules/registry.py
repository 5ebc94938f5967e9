"""All rules, found by scanning the package, and the way to run them."""

import importlib
import pkgutil
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

import convlint.rules
from convlint.diagnostics import Related, Span
from convlint.graph.model import ModelGraph
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence.counterparts import Counterparts
from convlint.rules.evidence.subject import Subject

T = TypeVar("T")

_MOST_PLACES = 6


class UnknownRuleError(KeyError):
    """No rule has this code or name."""


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of their codes."""
    found: list[Rule] = []
    for module in pkgutil.iter_modules(convlint.rules.__path__):
        rule = getattr(importlib.import_module(f"{convlint.rules.__name__}.{module.name}"), "RULE", None)
        if isinstance(rule, Rule):
            found.append(rule)
    return tuple(sorted(found, key=lambda rule: rule.code))


def names() -> dict[str, str]:
    """The names of all rules by their codes."""
    return {rule.code: rule.name for rule in rules()}


def find(key: str) -> Rule:
    """The rule with this code (``CL301``) or name (``skip-size-mismatch``); raises `UnknownRuleError`."""
    for rule in rules():
        if key in {rule.code, rule.name}:
            return rule
    raise UnknownRuleError(key)


def check(graph: ModelGraph, names: Collection[str] | None = None) -> tuple[Finding, ...]:
    """What the rules (all, or those of these names) find in a model, in the order of the source."""
    subject = Subject(graph)
    places = Counterparts(graph)
    findings = [
        replace(finding, code=rule.code, name=rule.name, counterparts=places.of(finding.place, finding.span))
        for rule in rules()
        if names is None or rule.name in names
        for finding in rule.check(subject)
    ]
    return group(findings, _ambiguous(graph))


def _ambiguous(graph: ModelGraph) -> frozenset[Span]:
    """The source ranges that build several layers, so that they alone do not say which one is meant."""
    built = Counter(layer.constructor for layer in graph.layers.values() if layer.constructor is not None)
    return frozenset(span for span, count in built.items() if count > 1)


def report(name: str, message: str, span: Span, help: Iterable[str] = ()) -> Finding:  # noqa: A002
    """What a rule says where there is no graph: a file that cannot be imported, a worker that died.

    Raises `UnknownRuleError`.
    """
    rule = find(name)
    return Finding(rule.severity, message, span, help=tuple(help), code=rule.code, name=rule.name)


def group(findings: Iterable[Finding], ambiguous: Collection[Span] = ()) -> tuple[Finding, ...]:
    """One finding a rule and source range, sorted by path, line, column and code.

    It names its places where there are several, or where its range is ``ambiguous``.
    """
    by_place: dict[tuple[str, Span], list[Finding]] = {}
    for finding in findings:
        by_place.setdefault((finding.code, finding.span), []).append(finding)
    grouped = [_merged(group, is_ambiguous=span in ambiguous) for (_, span), group in by_place.items()]
    return tuple(sorted(grouped, key=lambda finding: (finding.span, finding.code)))


def _merged(findings: list[Finding], *, is_ambiguous: bool) -> Finding:
    """The gravest finding (of equals, the first) with the places of all, and what differs at each."""
    gravest = max(findings, key=lambda finding: finding.severity)
    alike = [each for each in findings if each.message == gravest.message]
    others = [each for each in findings if each.message != gravest.message]
    places = _distinct(each.place for each in alike)
    notes = _distinct(note for each in alike for note in each.notes)
    if len(places) > 1 or (is_ambiguous and any(places)):
        notes = [f"at {_listed(places)}", *notes]
    messages = _distinct(each.message for each in others)
    for message in messages[:_MOST_PLACES]:
        where = _distinct(each.place for each in others if each.message == message)
        notes.append(f"at {_listed(where)}: {message}" if any(where) else message)
    if len(messages) > _MOST_PLACES:
        notes.append(f"and {len(messages) - _MOST_PLACES} more of this kind on this line")
    related = _distinct(related for each in alike for related in each.related)
    remedies = {each.remedy for each in findings if each.severity == gravest.severity}
    return replace(
        gravest,
        notes=tuple(notes),
        related=tuple(_without(gravest.span, related)),
        # One line builds all of them: it can be changed only to what is right for each.
        remedy=gravest.remedy if len(remedies) == 1 else None,
        counterparts=frozenset.intersection(*(each.counterparts for each in findings)),
    )


def _without(span: Span, related: Iterable[Related]) -> list[Related]:
    return [each for each in related if each.span != span]


def _listed(places: list[str]) -> str:
    shown = [place for place in places if place][:_MOST_PLACES]
    rest = len([place for place in places if place]) - len(shown)
    text = ", ".join(f"`{place}`" for place in shown)
    return f"{text} and {rest} more" if rest else text


def _distinct(items: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(items))
