"""What there is to say about the directives themselves: those that hide nothing, those that cannot be followed."""

from collections.abc import Iterator, Mapping

from convlint.diagnostics import Applicability, Fix
from convlint.engine.planning.mistakes import mistake_of
from convlint.engine.reporting.suppression import Unused
from convlint.fixes.workshop import Proposal
from convlint.request import UsageError, read_rule
from convlint.rules import registry
from convlint.rules.base import Finding
from convlint.source.directives import Directives, Mistake


def bad_directive(mistake: Mistake) -> Finding:
    """That a directive cannot be followed."""
    return registry.report("bad-directive", mistake.message, mistake.span, mistake.help)


def mistakes_in(directives: Directives, rules: Mapping[str, str]) -> Iterator[Mistake]:
    """What cannot be followed of a file's comments, as far as they alone tell; ``rules`` are the names by code."""
    yield from directives.mistakes
    yield from _unknown_rules(directives, rules)


def _unknown_rules(directives: Directives, rules: Mapping[str, str]) -> Iterator[Mistake]:
    for directive in directives.suppressions:
        for item in directive.items:
            try:
                read_rule(item.text, rules)
            except UsageError as error:
                yield mistake_of(error.problem, item)


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
