"""The report as one JSON object, for programs."""

import json
from dataclasses import asdict
from typing import Any

from convlint.diagnostics import Diagnostic, Fix, Related, Span, split_cell
from convlint.render.look import DEFAULT, Look
from convlint.render.statistics import Tally, statistics
from convlint.report import ModelReport, Problem, Report, Suppressed

FORMAT_VERSION = 1
"""Raised when a field changes its meaning or goes; new fields do not raise it."""


def render_report(report: Report, look: Look = DEFAULT) -> str:
    """What ``report.schema.json`` describes: all findings, those too that other forms only show on demand."""
    document = {
        "version": FORMAT_VERSION,
        "diagnostics": [_diagnostic(diagnostic) for diagnostic in report.diagnostics],
        "models": [_model(model) for model in report.models],
        "problems": [_problem(problem) for problem in report.problems],
        "warnings": [_problem(problem) for problem in report.warnings],
        "suppressed": [_suppressed(each) for each in report.suppressed],
    }
    if report.inside:
        document["inside"] = [asdict(each) for each in report.inside]
    if report.left_out:
        document["left_out"] = list(report.left_out)
    if look.statistics:
        document["statistics"] = [_tally(tally) for tally in statistics(report)]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "message": problem.message,
        "source": problem.source or None,
        "text": problem.text or None,
        "help": list(problem.help),
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {"code": tally.code, "name": tally.name, "count": tally.count, "fixable": tally.fixable}


def _place(span: Span) -> dict[str, Any]:
    return {
        "path": split_cell(span.path)[0],
        "cell": split_cell(span.path)[1],
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _related(related: Related) -> dict[str, Any]:
    return {"message": related.message, **_place(related.span)}


def _diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "name": diagnostic.name,
        "severity": diagnostic.severity.label,
        "message": diagnostic.message,
        **_place(diagnostic.span),
        "model": diagnostic.model or None,
        "witness": None if diagnostic.witness is None else dict(diagnostic.witness),
        "related": [_related(related) for related in diagnostic.related],
        "notes": list(diagnostic.notes),
        "help": list(diagnostic.help),
        "fix": None if diagnostic.fix is None else _fix(diagnostic.fix),
    }


def _suppressed(each: Suppressed) -> dict[str, Any]:
    return {**_diagnostic(each.diagnostic), "directive": {**_place(each.directive), "reason": each.reason or None}}


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "applicability": fix.applicability.value,
        "message": fix.message,
        "edits": [{"content": edit.content, **_place(edit.span)} for edit in fix.edits],
    }


def _model(model: ModelReport) -> dict[str, Any]:
    return {
        "name": model.name,
        "path": split_cell(model.path)[0],
        "cell": split_cell(model.path)[1],
        "line": model.line,
        "status": model.status,
        "reason": model.reason or None,
        "stopped_by": model.stopped_by or None,
        "input": model.input or None,
        "assumed": list(model.assumed),
        "contract": model.contract or None,
        "absent_imports": list(model.absent),
        "parts": [_model(part) for part in model.parts],
    }
