"""How a report is to be written: what every form of it is told."""

import os
from dataclasses import dataclass

from convlint.diagnostics import Diagnostic, Severity, split_cell
from convlint.render.style import PLAIN, Style
from convlint.report import Report


@dataclass(frozen=True, slots=True)
class Look:
    """What a report shows, and where it is read.

    ``style`` and ``width`` (columns; None: as long as it gets) are those of a terminal.  ``verbose`` adds every model
    and all of its parts, ``statistics`` counts the findings by rule.  What ``--fix`` would fix is marked, with
    ``unsafe_fixes`` what it would together with ``--unsafe-fixes``.  ``show_suppressed`` lists the findings that
    comments hide.  Findings from ``fail_on`` on make the run fail.

    ``here`` is the working directory, to which the paths of the report are relative, and ``root`` the directory of the
    repository, both absolute; ``version`` is that of convlint.  All three may be empty: then reports do not say.
    """

    style: Style = PLAIN
    width: int | None = None
    show_info: bool = False
    show_suppressed: bool = False
    verbose: bool = False
    unsafe_fixes: bool = False
    statistics: bool = False
    fail_on: Severity = Severity.WARNING
    here: str = ""
    root: str = ""
    version: str = ""

    def is_shown(self, diagnostic: Diagnostic) -> bool:
        """Whether a finding has an entry of its own: info findings only on demand, or where they make the run fail."""
        return self.show_info or diagnostic.severity >= min(self.fail_on, Severity.WARNING)

    def shown(self, report: Report) -> tuple[Diagnostic, ...]:
        """The findings that have an entry of their own, in the order of the report."""
        return tuple(each for each in report.diagnostics if self.is_shown(each))

    def path(self, path: str) -> str:
        """``path`` from the root of the repository, with ``/`` between its parts; absolute where it is outside.

        That of a notebook for a cell.
        """
        path, _ = split_cell(path)
        if self.here and self.root:
            absolute = os.path.normpath(os.path.join(self.here, path))
            try:
                is_inside = os.path.commonpath([absolute, self.root]) == os.path.normpath(self.root)
            except ValueError:  # another drive
                is_inside = False
            path = os.path.relpath(absolute, self.root) if is_inside else absolute
        return path.replace(os.sep, "/")


DEFAULT = Look()
