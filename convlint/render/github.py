"""The report as annotations of a GitHub workflow, then as a summary for its log.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from convlint.diagnostics import Diagnostic, Severity
from convlint.render.cells import in_file, named
from convlint.render.look import DEFAULT, Look
from convlint.render.remarks import in_full, in_words
from convlint.render.summary import summary
from convlint.report import Problem, Report

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render_report(report: Report, look: Look = DEFAULT) -> str:
    """A command a line: first what could not be run, then the gravest findings, since GitHub shows ten of a kind."""
    gravest_first = sorted(look.shown(report), key=lambda each: -each.severity)
    lines = [_remark("error", "convlint could not run", each) for each in report.problems]
    lines += [_annotation(each, report, look) for each in gravest_first]
    lines += [_remark("warning", "convlint", each) for each in report.warnings]
    return "".join(f"{line}\n" for line in [*lines, *summary(report, look)])


def _annotation(diagnostic: Diagnostic, report: Report, look: Look) -> str:
    span = in_file(diagnostic.span, report)
    properties = {"file": look.path(span.path), "line": str(span.line)}
    if span.line == span.end_line:  # columns of different lines mean nothing to GitHub
        properties |= {"col": str(span.column)}
    properties |= {"endLine": str(span.end_line)}
    if span.line == span.end_line:
        properties |= {"endColumn": str(span.end_column)}
    properties |= {"title": f"{diagnostic.code} {diagnostic.name}"}
    return _command(_COMMANDS[diagnostic.severity], properties, named(diagnostic.span, in_full(diagnostic)))


def _remark(command: str, title: str, problem: Problem) -> str:
    return _command(command, {"title": title}, "\n".join(in_words(problem)))


def _command(name: str, properties: dict[str, str], message: str) -> str:
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {written}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
