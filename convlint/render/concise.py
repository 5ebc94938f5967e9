"""The report with one line a finding, for editors, ``grep`` and short logs."""

from convlint.diagnostics import Diagnostic
from convlint.render import fixes
from convlint.render.look import DEFAULT, Look
from convlint.render.remarks import one_line, printable
from convlint.render.statistics import table
from convlint.render.summary import summary
from convlint.report import Report


def render_report(report: Report, look: Look = DEFAULT) -> str:
    """``path:line:column: CODE[name] severity message`` for each finding, then what was checked."""
    lines = table(report, look) if look.statistics else [_line(each, look) for each in look.shown(report)]
    return "".join(f"{line}\n" for line in [*lines, *summary(report, look)])


def _line(diagnostic: Diagnostic, look: Look) -> str:
    style = look.style
    rule = style.paint("bold", f"{diagnostic.code}[{diagnostic.name}]")
    severity = style.severity(diagnostic.severity, diagnostic.severity.label)
    mark = " [*]" if fixes.is_made(diagnostic, unsafe=look.unsafe_fixes) else ""
    return f"{printable(str(diagnostic.span))}: {rule} {severity}{mark} {one_line(diagnostic.message)}"
