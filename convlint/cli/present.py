"""How ``convlint check`` shows a report and ends, be it new or kept from an earlier run."""

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import convlint
from convlint.cli.options import COULD_NOT_RUN, FINDINGS, fail, tell, warn
from convlint.cli.outputs import Output, read_outputs, write
from convlint.cli.terminal import coloured, columns_of
from convlint.diagnostics import Severity
from convlint.project import repository_root
from convlint.render.look import Look
from convlint.render.style import Style
from convlint.report import Report

FROM_SETTINGS = ("output_format", "show_info", "fail_on")
"""The settings that say how a report is shown."""


def outputs_of(options: Mapping[str, Any], settings: Mapping[str, Any]) -> tuple[Output, ...]:
    """Where the report goes; what cannot be written ends the program with 2."""
    try:
        return read_outputs(options["formats"] or (settings["output_format"],), options["output_file"])
    except ValueError as error:
        from convlint.request import UsageError

        if not isinstance(error, UsageError):
            raise
        fail(error.problem)


Keep = Callable[[str, int], None]
"""Is told what was printed, and the exit code."""


def present(
    report: Report, options: Mapping[str, Any], settings: Mapping[str, Any], keep: Keep | None = None
) -> NoReturn:
    """Write the report as ``options`` of the command line and `FROM_SETTINGS` say, and exit with its code.

    ``keep`` is told of it where that was all on standard output.
    """
    outputs = outputs_of(options, settings)
    warn(*report.warnings)
    tell(*report.problems)
    look = Look(
        style=Style(colour=coloured(sys.stdout)),
        width=columns_of(sys.stdout),
        show_info=settings["show_info"],
        show_suppressed=options["show_suppressed"],
        verbose=options["verbose"],
        unsafe_fixes=options["unsafe_fixes"],
        statistics=options["statistics"],
        fail_on=Severity.of(settings["fail_on"]),
        here=os.getcwd(),
        root=repository_root(os.getcwd()),
        version=convlint.__version__,
    )
    printed, unwritten = write(outputs, report, look)
    tell(*unwritten)
    if report.problems or unwritten:
        sys.exit(COULD_NOT_RUN)
    worst = report.worst()
    status = FINDINGS if worst is not None and worst >= look.fail_on else 0
    if keep is not None and not report.warnings and not any(each.is_file for each in outputs):
        keep(printed, status)
    sys.exit(status)
