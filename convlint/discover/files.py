"""Which Python files lie at some paths."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_IGNORED = frozenset({"__pycache__", "node_modules", "build", "dist", "site-packages", "venv", "env", "virtualenv"})
"""Directories that hold copies or other people's code."""

_MARKS = (b"torch", b"nn.Module", b"lightning")
"""A file without any of these defines no model of its own."""


def python_files(paths: Iterable[str]) -> Iterator[str]:
    """The ``.py`` files at ``paths`` in alphabetical order, each once; a file that is named is taken as it is.

    Hidden directories, virtual environments and build products below a path are left out.
    """
    seen: set[str] = set()
    for path in paths:
        for found in _walk(path) if os.path.isdir(path) else (path,):
            key = os.path.realpath(found)
            if key not in seen:
                seen.add(key)
                yield found


def _walk(directory: str) -> Iterator[str]:
    for where, directories, files in os.walk(directory):
        directories[:] = sorted(name for name in directories if not _is_ignored(where, name))
        for name in sorted(files):
            if name.endswith(".py"):
                yield os.path.normpath(os.path.join(where, name))


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
    """A file's content; None where it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError:
        return None
