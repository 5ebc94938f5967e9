"""Where a report goes, and in which form: standard output, files, or both."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from convlint.cli.terminal import say
from convlint.filesystem import why_refused
from convlint.render.formats import FORMATS, renderer

if TYPE_CHECKING:
    from convlint.render.look import Look
    from convlint.report import Problem, Report

_STDOUT = "-"
_FOR_PEOPLE = frozenset({"text", "concise"})


@dataclass(frozen=True, slots=True)
class Output:
    """A form of the report, and the file that it goes to; ``-`` is standard output."""

    form: str
    path: str = _STDOUT

    @property
    def is_file(self) -> bool:
        """Whether it goes to a file."""
        return self.path != _STDOUT


def read_outputs(formats: Sequence[str], file: str | None) -> tuple[Output, ...]:
    """What ``--output-format`` and ``--output-file`` ask for; raises UsageError, also for what cannot be written."""
    outputs = [_read(text) for text in formats or ["text"]]
    bare = [each for each in outputs if not each.is_file]
    if len(bare) > 1:
        example = f"{bare[-1].form}:PATH"
        raise _mistake("two reports cannot share standard output", bare[-1].form, f"send one to a file: {example}")
    if file is not None:
        if not bare:
            raise _mistake("every format has a file of its own already", file, source="--output-file")
        outputs = [each if each.is_file else replace(each, path=file) for each in outputs]
    paths = [os.path.abspath(each.path) for each in outputs if each.is_file]
    for index, path in enumerate(paths):
        if path in paths[:index]:
            raise _mistake("two reports cannot share one file", path)
    for each in outputs:
        why = _why_unwritable(each.path) if each.is_file else None
        if why is not None:
            raise _mistake(f"cannot write {each.path}: {why}")
    return tuple(outputs)


def write(outputs: Iterable[Output], report: "Report", look: "Look") -> tuple[str, list["Problem"]]:
    """Write the report to all of ``outputs``; gives what was printed, and what could not be written.

    ``look`` is that of standard output; files have neither colour nor width.
    """
    from convlint.render.style import PLAIN
    from convlint.report import Problem

    plain = replace(look, style=PLAIN, width=None)
    printed = ""
    unwritten = []
    for output in outputs:
        render = renderer(output.form)
        if not output.is_file:
            if output.form not in _FOR_PEOPLE or report.models or report.diagnostics or not report.problems:
                printed += say(render(report, look))
            continue
        try:
            # A lone surrogate, as in the name of a file that is no UTF-8, becomes what JSON calls it.
            data = render(report, plain).encode("utf-8", "backslashreplace")
            Path(output.path).write_bytes(data)
        except OSError as error:
            unwritten.append(Problem(f"cannot write {output.path}: {why_refused(error)}"))
    return printed, unwritten


def _read(text: str) -> Output:
    form, colon, path = text.partition(":")
    if form not in FORMATS:
        from convlint.request.mistakes import did_you_mean

        help_ = did_you_mean(form, FORMATS, f"one of {', '.join(FORMATS)}")
        raise _mistake(f"there is no format `{form}`", text, *help_)
    if colon and not path:
        raise _mistake("a path is missing after the colon", text, f"write {form}:PATH, or {form} for standard output")
    return Output(form, path or _STDOUT)


def _mistake(message: str, text: str = "", *help_: str, source: str = "--output-format") -> ValueError:
    from convlint.report import Problem
    from convlint.request import UsageError

    return UsageError(Problem(message, source if text else "", text, 0 if text else None, len(text), help_))


def _why_unwritable(path: str) -> str | None:
    """Why a file cannot be written, as far as that is known before."""
    directory = os.path.dirname(path) or os.curdir
    if os.path.isdir(path):
        return "it is a directory"
    if not os.path.isdir(directory):
        return f"there is no directory {directory}"
    if not os.access(path if os.path.exists(path) else directory, os.W_OK):
        return "permission denied"
    return None
