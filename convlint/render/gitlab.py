"""The report as GitLab's Code Quality reads it: the findings as a JSON list.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

import json

from convlint.diagnostics import Severity
from convlint.render.cells import in_file, named
from convlint.render.fingerprint import fingerprints
from convlint.render.look import DEFAULT, Look
from convlint.render.remarks import one_line
from convlint.report import Report

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


def render_report(report: Report, look: Look = DEFAULT) -> str:
    """One object a finding; what could not be run has no place in this form."""
    shown = look.shown(report)
    found = [
        {
            "description": f"{each.name}: {named(each.span, one_line(each.message))}",
            "check_name": each.code,
            "fingerprint": fingerprint,
            "severity": _SEVERITIES[each.severity],
            "location": {"path": look.path(each.span.path), "lines": {"begin": in_file(each.span, report).line}},
        }
        for each, fingerprint in zip(shown, fingerprints(shown, report, look), strict=True)
    ]
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
