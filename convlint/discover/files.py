"""Which Python files lie at some paths."""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator

from convlint.source.text import read_content

_IGNORED = frozenset({"__pycache__", "node_modules", "build", "dist", "site-packages", "venv", "env", "virtualenv"})
"""Directories that hold copies or other people's code."""

_MARKS = (b"torch", b"nn.Module", b"lightning")
"""A file without any of these defines no model of its own."""


def python_files(paths: Iterable[str], on_error: Callable[[OSError], None] | None = None) -> Iterator[str]:
    """The ``.py`` files at ``paths`` in alphabetical order, each once; a file that is named is taken as it is.

    Hidden directories, virtual environments and build products below a path are left out, and links to nothing.
    ``on_error`` is told of directories that cannot be listed.
    """
    seen: set[str] = set()
    for path in paths:
        for found in _walk(path, on_error) if os.path.isdir(path) else (path,):
            key = os.path.realpath(found)
            if key not in seen:
                seen.add(key)
                yield found


def _walk(directory: str, on_error: Callable[[OSError], None] | None) -> Iterator[str]:
    for where, directories, files in os.walk(directory, onerror=on_error):
        directories[:] = sorted(name for name in directories if not _is_ignored(where, name))
        for name in sorted(files):
            path = os.path.normpath(os.path.join(where, name))
            if name.endswith(".py") and not _holds_nothing(path):
                yield path


def _holds_nothing(path: str) -> bool:
    """Whether this is no file at all: a link to nothing, such as an editor's lock, a pipe or a socket."""
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except OSError as error:
        return error.errno in {errno.ENOENT, errno.ELOOP}


def _is_ignored(where: str, name: str) -> bool:
    return (
        name.startswith(".")
        or name in _IGNORED
        or name.endswith(".egg-info")
        or os.path.isfile(os.path.join(where, name, "pyvenv.cfg"))
    )


def mentions_models(data: bytes) -> bool:
    """Whether a file's content may define or use a model: a test of text, which saves parsing most files."""
    return any(mark in data for mark in _MARKS)


def read_bytes(path: str) -> bytes | None:
    """What a file holds; None where it cannot be read."""
    try:
        return read_content(path)
    except OSError:
        return None
