"""Files with another content than they have on disk, for the imports of one process (worker side)."""

from __future__ import annotations

import base64
import importlib.machinery
import io
import linecache
import os
import tokenize
from collections.abc import Iterable, Mapping
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

    loader.get_data = get_data  # type: ignore[method-assign]
    loader.path_stats = path_stats  # type: ignore[method-assign]
    for path, data in ((path, base64.b64decode(text)) for path, text in files):
        # An entry without a time is one that linecache does not look up on disk again.
        linecache.cache[path] = (len(data), None, list(_lines(data)), path)


def _lines(data: bytes) -> Iterable[str]:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return list(io.TextIOWrapper(io.BytesIO(data), encoding))
    except (SyntaxError, UnicodeDecodeError):
        return []
