"""GitLab's Code Quality report."""

import json
from dataclasses import replace

from convlint.diagnostics import Diagnostic, Severity, Span
from convlint.render.gitlab import render_report
from convlint.render.look import DEFAULT, Look
from convlint.report import Report

SOURCE = ("def f():", "    return  cat(x, y)", "    return cat(x, y)")
PLACE = Span("net.py", 2, 5, 2, 9)
FINDING = Diagnostic("CL301", "skip-size-mismatch", Severity.WARNING, "sizes differ", PLACE, "UNet")


def read(*findings, source=SOURCE, look=DEFAULT):
    return json.loads(render_report(Report(findings, sources={"net.py": source}), look))


def fingerprint(*findings, **more):
    return [each["fingerprint"] for each in read(*findings, **more)]


def test_the_fields_that_gitlab_asks_for():
    (found,) = read(FINDING)
    assert len(found.pop("fingerprint")) == 32
    assert found == {
        "description": "skip-size-mismatch: sizes differ",
        "check_name": "CL301",
        "severity": "major",
        "location": {"path": "net.py", "lines": {"begin": 2}},
    }


def test_nothing_found_is_an_empty_list():
    assert render_report(Report()) == "[]\n"


def test_severities_are_those_of_gitlab():
    found = [replace(FINDING, severity=severity) for severity in Severity]
    assert [each["severity"] for each in read(*found, look=Look(show_info=True))] == ["info", "major", "critical"]


def test_paths_are_those_of_the_repository():
    (found,) = read(FINDING, look=Look(here="/repo/models", root="/repo"))
    assert found["location"]["path"] == "models/net.py"


class TestFingerprint:
    """It stays while the code does, and is no other finding's."""

    def test_it_stays_when_lines_move_or_spaces_change(self):
        moved = replace(FINDING, span=Span("net.py", 3, 1, 3, 9))
        assert fingerprint(FINDING) == fingerprint(moved)

    def test_it_stays_when_the_message_is_worded_otherwise(self):
        assert fingerprint(FINDING) == fingerprint(replace(FINDING, message="other words"))

    def test_it_differs_by_file_rule_model_and_line(self):
        others = [
            FINDING,
            replace(FINDING, span=Span("else.py", 2, 5, 2, 9)),
            replace(FINDING, code="CL302"),
            replace(FINDING, model="Other"),
            replace(FINDING, span=Span("net.py", 1, 1, 1, 2)),
        ]
        assert len({fingerprint(each)[0] for each in others}) == len(others)

    def test_findings_that_agree_in_all_of_it_are_counted(self):
        first, second = fingerprint(FINDING, FINDING)
        assert first != second
        assert first == fingerprint(FINDING)[0]
