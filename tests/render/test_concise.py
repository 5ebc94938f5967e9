"""One line a finding."""

from dataclasses import replace

from convlint.diagnostics import Applicability, Diagnostic, Edit, Fix, Severity, Span
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


def test_statistics_begin_with_the_most_frequent_rule_and_mark_what_can_be_fixed():
    fix = Fix(Applicability.SAFE, "set it", (Edit(Span("net.py", 9, 1, 9, 2), "8"),))
    one = replace(finding(line=9), code="CL201", name="non-invertible-stride", fix=fix)
    ten = [finding(line=line) for line in range(1, 11)]
    lines = render_report(Report((one, *ten)), Look(statistics=True)).splitlines()
    assert lines[:2] == ["10  CL301      skip-size-mismatch", " 1  CL201  [*] non-invertible-stride"]
