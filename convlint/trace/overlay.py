"""Files with another content than they have on disk, or that are not there yet, for the imports of one process (worker
side).
"""

from __future__ import annotations

import base64
import importlib.machinery
import importlib.util
import io
import linecache
import os
import sys
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from importlib.machinery import ModuleSpec
from typing import Any

Overlay = tuple[tuple[str, str], ...]
"""Absolute paths, and what to read there: base64, since a file may be in any encoding."""


def overlay(contents: Mapping[str, bytes]) -> Overlay:
    """An overlay as requests carry it."""
    return tuple((path, base64.b64encode(data).decode("ascii")) for path, data in sorted(contents.items()))


def install(files: Overlay) -> None:
    """Let imports, tracebacks and `inspect` of this process see ``files``, for as long as it lives."""
    if not files:
        return
    contents = {os.path.realpath(path): base64.b64decode(data) for path, data in files}
    loader = importlib.machinery.SourceFileLoader
    read, look = loader.get_data, loader.path_stats

    def get_data(self: Any, path: str) -> bytes:
        data = contents.get(os.path.realpath(path))
        return read(self, path) if data is None else data

    def path_stats(self: Any, path: str) -> Any:
        if os.path.realpath(path) in contents:
            raise OSError("compiled from this text, not from what __pycache__ has of the file")
        return look(self, path)

    new = frozenset(path for path in contents if not os.path.isfile(path))
    if new:
        sys.meta_path.insert(0, _NewFiles(new))
    loader.get_data = get_data  # type: ignore[method-assign]
    loader.path_stats = path_stats  # type: ignore[method-assign]
    for path, data in ((path, base64.b64decode(text)) for path, text in files):
        # An entry without a time is one that linecache does not look up on disk again.
        linecache.cache[path] = (len(data), None, list(_lines(data)), path)


def is_file(path: str) -> bool:
    """Whether there is a file to import at ``path``, on disk or among those that were installed."""
    return os.path.isfile(path) or any(path in each for each in sys.meta_path if isinstance(each, _NewFiles))


class _NewFiles:
    """Finds modules at ``paths``, where the finders of the import system, which list directories, see none."""

    def __init__(self, paths: frozenset[str]) -> None:
        self._paths = paths
        self._names = {part.removesuffix(".py") for path in paths for part in path.split(os.sep)[-2:]}

    def __contains__(self, path: str) -> bool:
        return os.path.realpath(path) in self._paths

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: object = None
    ) -> ModuleSpec | None:
        """See `importlib.abc.MetaPathFinder`."""
        last = name.rpartition(".")[2]
        if last not in self._names:
            return None
        for entry in sys.path if path is None else path:
            package = os.path.join(os.path.realpath(entry), last)
            for file in (os.path.join(package, "__init__.py"), f"{package}.py"):
                if os.path.isfile(file):
                    return None  # what is on disk is found by others
                if file in self._paths:
                    return importlib.util.spec_from_file_location(name, file)
        return None


def _lines(data: bytes) -> Iterable[str]:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return list(io.TextIOWrapper(io.BytesIO(data), encoding))
    except (SyntaxError, UnicodeDecodeError):
        return []
