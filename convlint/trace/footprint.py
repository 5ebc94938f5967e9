"""What an answer depends on in the file system: the files that user code read, listed, and looked for in vain.

Worker side.  Imports are followed by a finder that finds nothing but hears of every search, files and directories by
an audit hook.  Neither sees code that asks whether a file exists without opening it, nor the environment's variables.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from convlint.trace.blame import INSTALLED
from convlint.trace.protocol import Footprint

_IMPORT_SYSTEM = "<frozen importlib"
"""How the code of Python's own imports names its file; what it lists is known from the searches."""

_SYSTEM = ("/proc/", "/sys/", "/dev/", "/etc/", "/usr/share/")
"""What is not the user's, and need not be a file at all."""


_is_unheard = False


@contextmanager
def unheard() -> Iterator[None]:
    """Nothing that is looked at meanwhile counts: it gives help in other words, and no other answer."""
    global _is_unheard  # noqa: PLW0603 - hooks cannot be taken away again
    _is_unheard = True
    try:
        yield
    finally:
        _is_unheard = False


class Watch:
    """Hears, from `begin` on, what this process and those that it forks look for."""

    def __init__(self, libraries: Sequence[str]) -> None:
        self._libraries = tuple(os.path.join(each, "") for each in libraries)
        self._searched: dict[tuple[str, tuple[str, ...]], None] = {}
        self._opened: dict[str, None] = {}
        self._listed: dict[str, None] = {}

    def begin(self) -> None:
        """Begin to listen; this cannot be ended but with the process."""
        sys.meta_path.insert(0, self)
        sys.addaudithook(self._hear)

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> None:
        """Take down a search: of the import system's finders, the first to be asked."""
        try:
            self._searched[name, tuple(sys.path if path is None else path)] = None
        except TypeError:
            pass  # a search path of something else than text

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if _is_unheard:
            return
        if event == "open":
            path, mode, flags = arguments
            is_read = not (flags or 0) & (os.O_WRONLY | os.O_RDWR) and not set(mode or "") & set("wax+")
            if is_read and isinstance(path, (str, bytes)):
                self._opened[os.path.abspath(os.fsdecode(path))] = None
        elif event in {"os.listdir", "os.scandir"} and not _is_importing():
            path = arguments[0]
            if path is None or isinstance(path, (str, bytes)):
                self._listed[os.path.abspath(os.fsdecode(path or "."))] = None

    def footprint(self) -> Footprint:
        """What was heard of so far."""
        files: dict[str, None] = {}
        absent: dict[str, None] = {}
        for name, path in list(self._searched):
            for candidate, exists in self._candidates(name, path):
                (files if exists else absent)[candidate] = None
        for module in list(sys.modules.values()):
            found = getattr(module, "__file__", None)
            if isinstance(found, str) and found.endswith(".py") and self._is_users(found):
                files[os.path.abspath(found)] = None
        for opened in list(self._opened):
            source = _source_of(opened)
            if self._is_users(source):
                (files if os.path.lexists(source) else absent)[source] = None
        listed = sorted(path for path in self._listed if self._is_users(path))
        return Footprint(tuple(sorted(files)), tuple(sorted(absent)), tuple(listed))

    def _candidates(self, name: str, path: Sequence[str]) -> Iterator[tuple[str, bool]]:
        """The files of the user's that a search tried, and whether they are there; the last is what it found."""
        last = name.rpartition(".")[2]
        for entry in path:
            directory = os.path.abspath(entry)
            if not self._is_users(os.path.join(directory, "")):
                continue
            package = os.path.join(directory, last)
            inside = os.path.join(package, "__init__.py")
            if os.path.isfile(inside):
                yield inside, True
                return
            yield (inside if os.path.isdir(package) else package), False
            module = f"{package}.py"
            exists = os.path.isfile(module)
            yield module, exists
            if exists:
                return

    def _is_users(self, path: str) -> bool:
        if path.startswith((*self._libraries, *_SYSTEM)) or INSTALLED.intersection(path.split(os.sep)):
            return False
        return os.path.isabs(path)


def _is_importing() -> bool:
    """Whether the import system asks, from inside of which the audit hook was called."""
    return sys._getframe(2).f_code.co_filename.startswith(_IMPORT_SYSTEM)


def _source_of(path: str) -> str:
    """The source of a compiled file; other files are their own."""
    try:
        return importlib.util.source_from_cache(path) if path.endswith(".pyc") else path
    except ValueError:
        return path
