"""The report as JUnit XML: a suite a file, with the models as its test cases.

CI servers show one failure a test case, so that each finding that makes the run fail is a test case of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from xml.etree import ElementTree as ET

from convlint.diagnostics import Diagnostic, Span
from convlint.render.cells import in_file
from convlint.render.look import DEFAULT, Look
from convlint.render.remarks import in_full, one_line
from convlint.report import ModelReport, Problem, Report


@dataclass(slots=True)
class _Case:
    """A test case of ``suite``: its name, its place, and its outcome as an element; a passed one has none."""

    suite: str
    name: str
    place: Span | None = None
    outcome: ET.Element | None = None
    notes: list[str] = field(default_factory=list)


def render_report(report: Report, look: Look = DEFAULT) -> str:
    """One document; a model passes where no finding of it is at or above ``fail_on``."""
    cases = sorted(_cases(report, look), key=lambda case: case.suite)
    top = ET.Element("testsuites", {"name": "convlint", **_counts(cases)})
    for suite, group in groupby(cases, key=lambda case: case.suite):
        members = list(group)
        element = ET.SubElement(top, "testsuite", {"name": _text(suite), **_counts(members)})
        for case in members:
            element.append(_element(case, report, look))
    ET.indent(top)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(top, encoding="unicode")}\n'


def _cases(report: Report, look: Look) -> Iterator[_Case]:
    found = [(each, name) for each in report.diagnostics for name in (each.model, *each.others)]
    failures = [(each, name) for each, name in found if each.severity >= look.fail_on]
    failed = {_owner(each, name, report.models) for each, name in failures}
    remarks = [(each, name) for each, name in found if each.severity < look.fail_on and look.is_shown(each)]
    for index, model in enumerate(report.models):
        case = _Case(look.path(model.path), model.name, Span(model.path, model.line, 1, model.line, 1))
        if model.status == "skipped":
            case.outcome = ET.Element("skipped", message=_text(one_line(model.reason)))
        elif index in failed:
            continue
        case.notes = [
            f"{each.span}: {in_full(each)}" for each, name in remarks if _owner(each, name, report.models) == index
        ]
        yield case
    for each, name in failures:
        yield _failure(each, name, report.models, look)
    for problem in report.problems:
        yield _error(problem)


def _owner(diagnostic: Diagnostic, name: str, models: Sequence[ModelReport]) -> int | None:
    """Which of the models is called ``name`` that has the finding; without a name, the one that stands for its file."""
    path = diagnostic.span.path
    owners = [index for index, model in enumerate(models) if name in _names(model)]
    owners = owners or [index for index, model in enumerate(models) if not name and model.path == path]
    return min(owners, key=lambda index: models[index].path != path, default=None)


def _names(model: ModelReport) -> set[str]:
    return {model.name, *(part.name for part in model.parts)}


def _failure(diagnostic: Diagnostic, name: str, models: Sequence[ModelReport], look: Look) -> _Case:
    owner = _owner(diagnostic, name, models)
    subject = name or (diagnostic.span.path if owner is None else models[owner].name)
    outcome = ET.Element(
        "failure",
        type=f"{diagnostic.severity.label}[{diagnostic.code}]",
        message=_text(f"{diagnostic.name}: {one_line(diagnostic.message)}"),
    )
    outcome.text = _text(f"{diagnostic.span}\n{in_full(diagnostic)}")
    suite = look.path(diagnostic.span.path if owner is None else models[owner].path)
    return _Case(suite, f"{subject}: {diagnostic.code} {diagnostic.name}", diagnostic.span, outcome)


def _error(problem: Problem) -> _Case:
    outcome = ET.Element("error", message=_text(one_line(problem.message)))
    outcome.text = _text("\n".join(problem.help))
    what = f"{problem.source} {problem.text}".strip()
    return _Case("convlint", one_line(what) or "could not run", outcome=outcome)


def _element(case: _Case, report: Report, look: Look) -> ET.Element:
    attributes = {"name": _text(case.name), "classname": _text(case.suite)}
    if case.place is not None:
        there = in_file(case.place, report)
        attributes |= {"file": _text(look.path(there.path)), "line": str(there.line)}
    element = ET.Element("testcase", {**attributes, "time": "0"})
    if case.outcome is not None:
        element.append(case.outcome)
    if case.notes:
        ET.SubElement(element, "system-out").text = _text("\n".join(case.notes))
    return element


def _counts(cases: Sequence[_Case]) -> dict[str, str]:
    kinds = [case.outcome.tag for case in cases if case.outcome is not None]
    counts = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    return {"tests": str(len(cases)), **{name: str(kinds.count(kind)) for name, kind in counts.items()}, "time": "0"}


def _text(text: str) -> str:
    """``text`` without the characters that no XML 1.0 document can have (https://www.w3.org/TR/xml/#charsets)."""
    return "".join(character for character in text if _is_allowed(ord(character)))


def _is_allowed(code: int) -> bool:
    return code in {0x9, 0xA, 0xD} or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
