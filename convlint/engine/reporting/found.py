"""Findings on their way to the report: those that are told, and those that comments hide."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from convlint.diagnostics import Diagnostic, Span, split_cell
from convlint.engine.places import relocated
from convlint.engine.planning.comments import Comments
from convlint.engine.reporting.mending import NO_PROPOSALS, Proposals, mended
from convlint.engine.reporting.suppression import Hit, hits
from convlint.report import Suppressed
from convlint.rules.base import Finding
from convlint.settings import Settings


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, the name of the model that has it, and the directives that hide it: it is reported without any."""

    finding: Finding
    model: str = ""
    hits: tuple[Hit, ...] = ()


def judged(finding: Finding, model: str, settings: Settings, comments: Comments) -> Found | None:
    """A finding of ``model``, as grave as the settings of its file have it; None where they leave it out."""
    path = finding.span.path
    selection = settings.at(path).selection
    if not selection.admits(finding.code, finding.name, path):
        return None
    graded = replace(finding, severity=selection.severity_of(finding.code, finding.name, finding.severity))
    return Found(graded, model, hits(graded, comments.of))


def told(found: Iterable[Found], proposals: Proposals) -> tuple[Diagnostic, ...]:
    """What is reported, in the order of the source, each finding once, with the fixes that are proposed."""
    return in_order(_diagnostic(each, proposals) for each in found if not each.hits)


def suppressed(found: Iterable[Found]) -> tuple[Suppressed, ...]:
    """What is hidden, in the same order, each finding once, with the first directive that hides it."""
    hidden = [(_diagnostic(each, NO_PROPOSALS), each.hits[0].directive) for each in found if each.hits]
    directives = {_key(diagnostic): directive for diagnostic, directive in reversed(hidden)}
    merged = in_order(diagnostic for diagnostic, _ in hidden)
    by = [directives[_key(each)] for each in merged]
    return tuple(
        Suppressed(each, relocated(directive.span), directive.reason)
        for each, directive in zip(merged, by, strict=True)
    )


def _diagnostic(each: Found, proposals: Proposals) -> Diagnostic:
    return relocated(mended(each.finding.diagnostic(each.model), each.finding, proposals))


def _key(finding: Diagnostic) -> tuple[str, Span, str]:
    return finding.code, finding.span, finding.message


def in_order(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings as the report has them: by place, one for the same words in several models."""
    return tuple(sorted(_merged(findings), key=_place))


def _place(finding: Diagnostic) -> tuple[str, int, Span, str, str]:
    """The order of the report: cells in that of their notebook."""
    file, cell = split_cell(finding.span.path)
    return file, cell or 0, finding.span, finding.code, finding.message


def _merged(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """One finding for the same words at the same place in several models."""
    kept: dict[tuple[str, Span, str], Diagnostic] = {}
    others: dict[tuple[str, Span, str], list[str]] = {}
    for finding in findings:
        key = _key(finding)
        first = kept.setdefault(key, finding)
        if first is not finding and finding.model not in {first.model, *others.get(key, ())}:
            others.setdefault(key, []).append(finding.model)
    return [
        replace(finding, notes=(*finding.notes, f"also in {', '.join(others[key])}"), others=tuple(others[key]))
        if key in others
        else finding
        for key, finding in kept.items()
    ]
