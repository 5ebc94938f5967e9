"""What there is to say about the directives themselves: those that hide nothing, those that cannot be followed."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from convlint.diagnostics import Applicability, Fix
from convlint.engine.suppression import Unused
from convlint.fixes.workshop import Proposal
from convlint.report import Problem
from convlint.request import UsageError, read_rule
from convlint.rules import registry
from convlint.rules.base import Finding
from convlint.source.directives import Directives, Item, Mistake


def bad_directives(directives: Directives, rules: Mapping[str, str]) -> Iterator[Finding]:
    """What cannot be followed of a file's directives; ``rules`` are the names by code."""
    for mistake in (*directives.mistakes, *_unknown_rules(directives, rules)):
        yield registry.report("bad-directive", mistake.message, mistake.span, mistake.help)


def _unknown_rules(directives: Directives, rules: Mapping[str, str]) -> Iterator[Mistake]:
    for directive in directives.suppressions:
        for item in directive.items:
            try:
                read_rule(item.text, rules)
            except UsageError as error:
                yield mistake_of(error.problem, item)


def mistake_of(problem: Problem, item: Item) -> Mistake:
    """The mistake in what an item says, at its place in the source."""
    span = item.span
    if problem.column is not None:
        shift = len(item.name) + 1 if item.name else 0
        column = span.column + max(problem.column - shift, 0)
        span = replace(span, column=column, end_column=min(column + problem.length, max(span.end_column, column + 1)))
    return Mistake(problem.message, span, problem.help)


def unused_suppression(found: Unused) -> tuple[Finding, Proposal]:
    """That names of a directive hide nothing, and the fix that takes just them away."""
    directive, items = found.directive, found.items
    listed = " and ".join(f"`{item.text}`" for item in items)
    is_all = len(items) == len(directive.items)
    span = directive.span if is_all else items[0].span
    where = "in this file" if not directive.lines else "here"
    finding = registry.report(
        "unused-suppression",
        f"{listed} {'hides' if len(items) == 1 else 'hide'} nothing {where}",
        span,
        (f"remove {'the comment' if is_all else listed}",),
    )
    edits = directive.without(frozenset(items))
    return finding, Proposal(Fix(Applicability.SAFE, finding.help[0], edits))
