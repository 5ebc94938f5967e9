"""Findings as the protocol has them."""

from collections.abc import Callable, Iterable
from functools import cache

from lsprotocol import types

from convlint.diagnostics import Diagnostic, Severity
from convlint.lsp.positions import Lines
from convlint.render.remarks import in_full
from convlint.render.sarif_rules import reference
from convlint.rules import registry
from convlint.rules.document import Document

SOURCE = "convlint"

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Hint,
}
_TAGS = {"unused-suppression": [types.DiagnosticTag.Unnecessary]}


def lsp_diagnostics(
    found: Iterable[Diagnostic], lines_of: Callable[[str], Lines], uri_of: Callable[[str], str]
) -> list[types.Diagnostic]:
    """The findings with their related places, wherever these are."""
    return [_lsp_diagnostic(each, lines_of, uri_of) for each in found]


def _lsp_diagnostic(
    found: Diagnostic, lines_of: Callable[[str], Lines], uri_of: Callable[[str], str]
) -> types.Diagnostic:
    link = _link(found.code)
    return types.Diagnostic(
        range=lines_of(found.span.path).range(found.span),
        message=f"{found.name}: {in_full(found)}",
        severity=_SEVERITIES[found.severity],
        code=found.code,
        code_description=types.CodeDescription(link) if link else None,
        source=SOURCE,
        tags=_TAGS.get(found.name),
        related_information=[
            types.DiagnosticRelatedInformation(
                types.Location(uri_of(each.span.path), lines_of(each.span.path).range(each.span)), each.message
            )
            for each in found.related
        ],
    )


@cache
def _link(code: str) -> str:
    """Where one can read on about a rule; empty where its document names no place."""
    try:
        return reference(Document.read(registry.find(code).document))
    except registry.UnknownRuleError:
        return ""
