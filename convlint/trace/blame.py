"""Whose line an exception belongs to: the innermost frame in the user's own files (no torch).

User code is what lies under the source roots of the request, without installed packages in a virtual environment
there.  Frames of torch, the standard library and convlint are never blamed.
"""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterable, Sequence

from convlint.diagnostics import Span
from convlint.trace.positions import span_at

INSTALLED = frozenset({"site-packages", "dist-packages"})
"""Directories of packages that are not the user's to change."""


def library_directories(*more: str) -> tuple[str, ...]:
    """Directories of this interpreter that hold no user code: the standard library, and ``more`` of them."""
    paths = sysconfig.get_paths()
    found = (*(paths[key] for key in ("stdlib", "platstdlib") if key in paths), *more)
    return tuple(dict.fromkeys((*found, *map(os.path.realpath, found))))


def is_user_file(path: str, roots: Sequence[str], libraries: Sequence[str] = ()) -> bool:
    """Whether ``path`` is under one of ``roots``, and neither in a library nor installed below that root."""
    if not path or path.startswith("<"):
        return False
    for root in roots:
        inside = _below(path, root)
        if inside is None or INSTALLED.intersection(inside.split(os.sep)):
            continue
        # The standard library may be a parent of site-packages, whose packages can be a root themselves.
        if not any(_below(path, library) is not None and _below(root, library) is None for library in libraries):
            return True
    return False


def _below(path: str, directory: str) -> str | None:
    """The rest of ``path`` under ``directory``, None where it is elsewhere."""
    prefix = directory.rstrip(os.sep) + os.sep
    return path[len(prefix) :] if path.startswith(prefix) else None


def blamed_frame(
    frames: Iterable[tuple[str, int]], roots: Sequence[str], libraries: Sequence[str] = ()
) -> tuple[str, int] | None:
    """The first of ``frames`` (innermost first) that is in a user file."""
    return next((frame for frame in frames if is_user_file(frame[0], roots, libraries)), None)


def blamed_span(error: BaseException, roots: Sequence[str], libraries: Sequence[str] = ()) -> Span | None:
    """The exact range of the innermost user expression that ``error`` passed through, None without any.

    A syntax error is blamed on the place that it names.
    """
    if isinstance(error, SyntaxError) and error.filename and is_user_file(error.filename, roots, libraries):
        return _syntax_span(error)
    found: Span | None = None
    step = error.__traceback__
    while step is not None:
        if is_user_file(step.tb_frame.f_code.co_filename, roots, libraries):
            found = span_at(step.tb_frame.f_code, step.tb_lasti, step.tb_lineno or 1)
        step = step.tb_next
    return found


def _syntax_span(error: SyntaxError) -> Span:
    line = error.lineno or 1
    column = max(error.offset or 1, 1)
    end_line = error.end_lineno or line
    end_column = error.end_offset or column + 1
    if (end_line, end_column) <= (line, column):
        end_line, end_column = line, column + 1
    return Span(error.filename or "", line, column, end_line, end_column)
