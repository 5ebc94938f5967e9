"""Every form of the report by its name: the one table that the command line, settings and editors read."""

import importlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convlint.render.look import Look
    from convlint.report import Report

FORMATS: Mapping[str, str] = {
    "text": "each finding with its source, for people",
    "concise": "a line a finding",
    "json": "everything, for programs",
    "sarif": "SARIF 2.1.0, for GitHub code scanning and editors",
    "github": "annotations of a GitHub workflow",
    "gitlab": "a Code Quality report of GitLab",
    "junit": "JUnit XML, for most CI servers",
}
"""What each form is for.  The module of this package that has its name writes it, and is imported on use."""


def renderer(name: str) -> "Callable[[Report, Look], str]":
    """The function that writes a report in the form called ``name``; raises KeyError."""
    if name not in FORMATS:
        raise KeyError(name)
    render: Callable[[Report, Look], str] = importlib.import_module(f"convlint.render.{name}").render_report
    return render
