"""One line a finding."""

from convlint.diagnostics import Diagnostic, Severity, Span
from convlint.render.concise import render_report
from convlint.render.look import Look
from convlint.report import Report


def finding(message="sizes differ", line=4):
    return Diagnostic("CL301", "skip-size-mismatch", Severity.WARNING, message, Span("net.py", line, 16, line, 45))


def test_place_rule_severity_and_message():
    assert render_report(Report((finding(),))) == (
        "net.py:4:16: CL301[skip-size-mismatch] warning sizes differ\n0 models: 0 checked. Found 1 warning.\n"
    )


def test_a_message_of_several_lines_is_one():
    first, *_ = render_report(Report((finding("one\r\n\x1b[31mtwo"),))).splitlines()
    assert first == "net.py:4:16: CL301[skip-size-mismatch] warning one  [31mtwo"


def test_statistics_count_instead_of_listing():
    text = render_report(Report((finding(), finding(line=5))), Look(statistics=True))
    assert text == "2  CL301  skip-size-mismatch\n0 models: 0 checked. Found 2 warnings.\n"
