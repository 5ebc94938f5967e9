"""What an answer depends on in the file system: the files that user code read, listed, and looked for in vain.

Worker side.  Imports are followed by a finder that finds nothing but hears of every search, files and directories by
an audit hook.  Neither sees code that asks whether a file exists without opening it, nor the environment's variables.

What is heard is written down at once, so that the client knows it of a process that did not live to answer, too.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from convlint.trace.blame import INSTALLED
from convlint.trace.protocol import Footprint

_IMPORT_SYSTEM = "<frozen importlib"
"""How the code of Python's own imports names its file; what it lists is known from the searches."""

_SYSTEM = ("/proc/", "/sys/", "/dev/", "/etc/", "/usr/share/")
"""What is not the user's, and need not be a file at all."""

Heard = tuple[str, ...]
"""``("open", path)``, ``("list", path)`` or ``("import", name, *directories)``, in which the name was searched for."""


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
    """Hears, from `begin` on, what this process and those that it forks look for among the user's files.

    ``note`` is told each thing once, as a line without its end.
    """

    def __init__(self, libraries: Sequence[str], note: Callable[[str], None]) -> None:
        self._libraries = tuple(os.path.join(each, "") for each in libraries)
        self._note = note
        self._heard: dict[Heard, None] = {}
        self._of_users = lru_cache(maxsize=None)(self._users)

    def begin(self) -> None:
        """Begin to listen; this cannot be ended but with the process."""
        sys.meta_path.insert(0, self)
        sys.addaudithook(self._audit)

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> None:
        """Take down a search: of the import system's finders, the first to be asked."""
        try:
            directories = self._of_users(tuple(sys.path if path is None else path))
        except TypeError:
            return  # a search path of something else than text
        if directories:
            self._hear(("import", name, *directories))

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if _is_unheard:
            return
        if event == "open":
            path, mode, flags = arguments
            is_read = not (flags or 0) & (os.O_WRONLY | os.O_RDWR) and not set(mode or "") & set("wax+")
            if is_read and isinstance(path, (str, bytes)):
                self._hear_path("open", _source_of(os.path.abspath(os.fsdecode(path))))
        elif event in {"os.listdir", "os.scandir"} and not _is_importing():
            path = arguments[0]
            if path is None or isinstance(path, (str, bytes)):
                self._hear_path("list", os.path.abspath(os.fsdecode(path or ".")))

    def _hear_path(self, what: str, path: str) -> None:
        if self._is_users(path):
            self._hear((what, path))

    def _hear(self, heard: Heard) -> None:
        if heard not in self._heard:
            self._heard[heard] = None
            self._note(json.dumps(heard))

    def tell(self) -> None:
        """Tell ``note`` all that was heard so far once more: its last listener may have forgotten."""
        self._note("\n".join(map(json.dumps, self._heard)))

    def footprint(self) -> Footprint:
        """What was heard of so far."""
        modules = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        sources = (each for each in modules if isinstance(each, str) and each.endswith(".py") and self._is_users(each))
        return footprint_of(list(self._heard), map(os.path.abspath, sources))

    def _users(self, path: tuple[str, ...]) -> tuple[str, ...]:
        directories = map(os.path.abspath, path)
        return tuple(each for each in directories if self._is_users(os.path.join(each, "")))

    def _is_users(self, path: str) -> bool:
        if path.startswith((*self._libraries, *_SYSTEM)) or INSTALLED.intersection(path.split(os.sep)):
            return False
        return os.path.isabs(path)


def heard_in(lines: Iterable[str]) -> list[Heard]:
    """What a `Watch` told, of its lines; those that are no such thing are passed over."""
    found = []
    for line in lines:
        try:
            data = json.loads(line)
        except ValueError:
            continue  # its process may have died before the end of the line
        if isinstance(data, list) and len(data) > 1 and all(isinstance(each, str) for each in data):
            found.append(tuple(data))
    return found


def footprint_of(heard: Iterable[Heard], sources: Iterable[str] = ()) -> Footprint:
    """What an answer depends on, by what is there now; ``sources`` are further files that were read."""
    files = dict.fromkeys(sources)
    absent: dict[str, None] = {}
    listed: dict[str, None] = {}
    for what, first, *directories in heard:
        if what == "import":
            for candidate, exists in _candidates(first, directories):
                (files if exists else absent)[candidate] = None
        elif what == "open":
            (files if os.path.lexists(first) else absent)[first] = None
        else:
            listed[first] = None
    return Footprint(tuple(sorted(files)), tuple(sorted(absent)), tuple(sorted(listed)))


def _candidates(name: str, directories: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The files that a search tried, and whether they are there; the last is what it found."""
    last = name.rpartition(".")[2]
    for directory in directories:
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


def _is_importing() -> bool:
    """Whether the import system asks, from inside of which the audit hook was called."""
    return sys._getframe(2).f_code.co_filename.startswith(_IMPORT_SYSTEM)


def _source_of(path: str) -> str:
    """The source of a compiled file; other files are their own."""
    try:
        return importlib.util.source_from_cache(path) if path.endswith(".pyc") else path
    except ValueError:
        return path
