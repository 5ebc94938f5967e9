"""The report as SARIF 2.1.0, as GitHub code scanning and editors read it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; which of it GitHub reads:
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
"""

import json
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from convlint.diagnostics import Diagnostic, Fix, Related, Span
from convlint.render.cells import in_file, named, written
from convlint.render.fingerprint import fingerprints
from convlint.render.look import DEFAULT, Look
from convlint.render.remarks import in_full, in_words, remarks
from convlint.render.sarif_rules import LEVELS, descriptor
from convlint.report import ModelReport, Report

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"

FINGERPRINT = "convlint/v1"
"""The name of what a result is known by.  Not GitHub's own ``primaryLocationLineHash``: its upload adds that."""


def render_report(report: Report, look: Look = DEFAULT) -> str:
    """One log with one run."""
    shown = look.shown(report)
    rules = list(dict.fromkeys((each.code, each.name) for each in sorted(shown, key=lambda each: each.code)))
    writer = _Writer(report, look)
    known = fingerprints(shown, report, look)
    results = [
        writer.result(each, rules.index((each.code, each.name)), fingerprint)
        for each, fingerprint in zip(shown, known, strict=True)
    ]
    driver = {
        "name": "convlint",
        **({"semanticVersion": look.version} if look.version else {}),
        "rules": [descriptor(code, name) for code, name in rules],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [writer.invocation(report)],
        "originalUriBaseIds": {_ROOT: _base(look)},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


class _Writer:
    """Writes the parts that speak of source: from its lines, with paths as ``look`` wants them.

    What is in a cell of a notebook stands where it does in the file.
    """

    def __init__(self, report: Report, look: Look) -> None:
        self._report = report
        self._look = look

    def result(self, diagnostic: Diagnostic, rule: int, fingerprint: str) -> dict[str, Any]:
        """One finding."""
        model = [{"fullyQualifiedName": diagnostic.model, "kind": "type"}] if diagnostic.model else []
        location = {"physicalLocation": self._physical(diagnostic.span), **_unless_empty(logicalLocations=model)}
        related = [
            {"id": index, **self._location(each)} for index, each in enumerate(diagnostic.related, start=1)
        ]
        fixes = [] if diagnostic.fix is None else [self._fix(diagnostic.fix)]
        return {
            "ruleId": diagnostic.code,
            "ruleIndex": rule,
            "level": LEVELS[diagnostic.severity],
            "message": {"text": named(diagnostic.span, in_full(diagnostic))},
            "locations": [location],
            "partialFingerprints": {FINGERPRINT: fingerprint},
            **_unless_empty(relatedLocations=related, codeFlows=self._flows(diagnostic), fixes=fixes),
            "properties": {
                "model": diagnostic.model,
                "witness": dict(diagnostic.witness or {}),
                "remarks": [f"{word}: {text}" for word, text in remarks(diagnostic)],
            },
        }

    def invocation(self, report: Report) -> dict[str, Any]:
        """How the run went, with what was not checked, or not to its end."""
        notes: list[dict[str, Any]] = [
            {"level": level, "message": {"text": "\n".join(in_words(each))}}
            for level, problems in (("error", report.problems), ("warning", report.warnings))
            for each in problems
        ]
        notes += [self._unchecked(each) for each in report.models if each.status != "checked"]
        where = {"workingDirectory": {"uri": _directory(self._look.here)}} if self._look.here else {}
        return {"executionSuccessful": not report.problems, "toolExecutionNotifications": notes, **where}

    def _unchecked(self, model: ModelReport) -> dict[str, Any]:
        line = in_file(Span(model.path, model.line, 1, model.line, 1), self._report).line
        place = {"artifactLocation": self._artifact(model.path), "region": {"startLine": line}}
        return {
            "level": "note" if model.status == "partial" else "warning",
            "message": {"text": f"{model.status}: {model.name}: {model.reason or 'no reason given'}"},
            "locations": [{"physicalLocation": place}],
        }

    def _flows(self, diagnostic: Diagnostic) -> list[dict[str, Any]]:
        """The way from the input to the finding, which ends where the result is."""
        if not diagnostic.trail:
            return []
        *before, last = diagnostic.trail
        steps = [*before, *([last] if last.span != diagnostic.span else [])]
        steps.append(Related(diagnostic.span, diagnostic.message))
        thread = {"locations": [{"location": self._location(step)} for step in steps]}
        return [{"message": {"text": "from the input to the finding"}, "threadFlows": [thread]}]

    def _location(self, place: Related) -> dict[str, Any]:
        return {"physicalLocation": self._physical(place.span), "message": {"text": named(place.span, place.message)}}

    def _physical(self, span: Span) -> dict[str, Any]:
        snippet = self._snippet(span)
        region = {**self._region(span), **({"snippet": {"text": snippet}} if snippet else {})}
        return {"artifactLocation": self._artifact(span.path), "region": region}

    def _region(self, span: Span) -> dict[str, int]:
        """SARIF counts lines and columns as spans do: from 1, with the end column exclusive."""
        there = in_file(span, self._report)
        return {
            "startLine": there.line,
            "startColumn": there.column,
            "endLine": there.end_line,
            "endColumn": there.end_column,
        }

    def _snippet(self, span: Span) -> str:
        """The text of a range; empty where a notebook has it written in another way than Python."""
        lines = list(self._report.sources.get(span.path, ())[span.line - 1 : span.end_line])
        if lines and len(lines) == span.end_line - span.line + 1:
            lines[-1] = lines[-1][: span.end_column - 1]
            lines[0] = lines[0][span.column - 1 :]
        text = "\n".join(lines)
        there = in_file(span, self._report)
        is_alike = there.line == there.end_line and there.end_column - there.column == len(text)
        return text if there == span or is_alike else ""

    def _artifact(self, path: str) -> dict[str, str]:
        shown = self._look.path(path)
        if PurePath(shown).is_absolute():
            return {"uri": PurePath(shown).as_uri()}
        return {"uri": quote(shown, errors="surrogateescape"), "uriBaseId": _ROOT}

    def _fix(self, fix: Fix) -> dict[str, Any]:
        changes = [
            {
                "artifactLocation": self._artifact(path),
                "replacements": [
                    {
                        "deletedRegion": self._region(edit.span),
                        "insertedContent": {"text": written(edit, self._report)},
                    }
                    for edit in fix.edits
                    if in_file(edit.span, self._report).path == path
                ],
            }
            for path in dict.fromkeys(in_file(edit.span, self._report).path for edit in fix.edits)
        ]
        return {"description": {"text": f"{fix.message} ({fix.applicability.value})"}, "artifactChanges": changes}


def _base(look: Look) -> dict[str, Any]:
    """What the paths are relative to; nothing but a word where it is not known."""
    return {
        **({"uri": _directory(look.root)} if look.root else {}),
        "description": {"text": "The root of the repository, or the directory that convlint was run in."},
    }


def _directory(path: str) -> str:
    return PurePath(path).as_uri().rstrip("/") + "/"


def _unless_empty(**parts: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {name: items for name, items in parts.items() if items}
