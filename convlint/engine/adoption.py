"""Taking a project as it is: each finding that it has is hidden by a comment of its own, and new ones are told."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace

from convlint.diagnostics import Diagnostic, Severity, split_cell
from convlint.engine.pipeline import check
from convlint.engine.planning.jobs import files
from convlint.engine.progress import Progress, silent
from convlint.engine.reporting.mending import editable, written
from convlint.filesystem import why_refused
from convlint.fixes.ignores import NoPlaceError, with_ignores
from convlint.fixes.notebookfile import read_file
from convlint.fixes.patch import FileChange, Patch
from convlint.report import Problem, Report
from convlint.request import Options, UsageError
from convlint.settings import DEFAULTS, Settings
from convlint.source.notebook import in_text
from convlint.source.text import SourceError

_DEFAULTS = Options()

_OTHERWISE = "what no comment can hide, `per-file-ignores` in the settings does"


def propose_ignores(
    targets: Sequence[str],
    options: Options = _DEFAULTS,
    settings: Settings = DEFAULTS,
    *,
    reason: str = "",
    progress: Progress = silent,
) -> tuple[Report, Patch]:
    """Check, and make a patch of comments that hide what makes the run fail, with ``reason`` behind each.

    Nothing is written.  The patch counts the findings that it hides; those that no comment can hide are warnings.
    """
    report = check(targets, options, settings, progress=progress)
    failing = [each for each in report.diagnostics if each.severity >= Severity.of(settings.fail_on)]
    try:
        is_editable = editable(files(targets, options, settings))
    except UsageError:
        return report, Patch()  # the report has said so
    changes: list[FileChange] = []
    left: list[Problem] = []
    hidden = 0
    for path in dict.fromkeys(split_cell(each.span.path)[0] for each in failing):
        here = [each for each in failing if split_cell(each.span.path)[0] == path]
        try:
            change, count, reasons = _commented(path, here, reason, is_editable)
        except (NoPlaceError, OSError, SourceError) as error:
            reasons = (why_refused(error) if isinstance(error, OSError) else str(error),)
            left.append(Problem(f"no comments are written into {path}: {reasons[0]}", help=(_OTHERWISE,)))
        else:
            changes.append(change)
            hidden += count
            left += [Problem(f"not all is hidden in {path}: {each}", help=(_OTHERWISE,)) for each in reasons]
    return replace(report, warnings=(*report.warnings, *left)), Patch(tuple(changes), hidden)


def add_ignores(
    targets: Sequence[str],
    options: Options = _DEFAULTS,
    settings: Settings = DEFAULTS,
    *,
    reason: str = "",
    progress: Progress = silent,
) -> tuple[Report, Patch]:
    """Check, write the patch that `propose_ignores` makes, and report what is told then."""
    report, patch = propose_ignores(targets, options, settings, reason=reason, progress=progress)
    if not patch.files:
        return report, patch
    unwritten = written(patch)
    after = check(targets, options, settings, progress=progress)
    left = tuple(each for each in report.warnings if each not in after.warnings)
    return replace(after, warnings=(*after.warnings, *left), problems=(*after.problems, *unwritten)), patch


def _commented(
    path: str, findings: Sequence[Diagnostic], reason: str, is_editable: Callable[[str], bool]
) -> tuple[FileChange, int, tuple[str, ...]]:
    """The change of one file, how many findings it hides, and why it hides no others.

    Raises NoPlaceError where it hides none, OSError, SourceError.
    """
    if not is_editable(os.path.abspath(path)):
        raise NoPlaceError("it is not one of the project's")
    file = read_file(path)
    places = [(in_text(each.span), each.name) for each in findings]
    left: dict[str, None] = {}
    try:
        edited = with_ignores(file, places, reason)
    except NoPlaceError:
        held = []
        for each in places:
            try:
                with_ignores(file, [each], reason)
                held.append(each)
            except NoPlaceError as error:
                left[str(error)] = None
        if not held:
            raise
        places, edited = held, with_ignores(file, held, reason)
    return FileChange(path, file.data, edited.data), len(places), tuple(left)
