"""What a run itself read and listed: heard of by an audit hook, so that no part of it has to say so.

Whether a file exists is asked without a sound; who depends on such an answer asks `convlint.filesystem.is_file`.
"""

import os
import sys
import threading
from dataclasses import dataclass, field
from typing import Any, Self

from convlint.cache.snapshot import Dependencies, Listing
from convlint.filesystem import PROBE

_INSTALLED = ("site-packages", "dist-packages")
_OWN = (os.path.dirname(os.path.dirname(os.path.abspath(__file__))), os.path.dirname(os.__file__))
_SYSTEM = ("/proc/", "/sys/", "/dev/")


@dataclass(slots=True)
class Observed:
    """Hears, while it is entered, what this process reads; what is below ``apart`` does not count."""

    apart: str
    _read: set[str] = field(default_factory=set)
    _listed: set[str] = field(default_factory=set)

    def __enter__(self) -> Self:
        _begin()
        _listening.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        _listening.remove(self)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take down one audit event."""
        if event == "open":
            path, mode, flags = arguments
            if (flags or 0) & (os.O_WRONLY | os.O_RDWR) or set(mode or "") & set("wax+"):
                return
        else:
            path = arguments[0]
        if isinstance(path, (str, bytes)):
            (self._listed if event == "os.scandir" else self._read).add(os.path.abspath(os.fsdecode(path)))

    def dependencies(self) -> Dependencies:
        """What was read, listed, and not found."""
        read = {path for path in self._read if self._counts(path)}
        files = frozenset(path for path in read if os.path.lexists(path))
        listed: dict[str, Listing] = {path: "python" for path in self._listed if self._counts(path)}
        return Dependencies(files, frozenset(read - files), listed)

    def _counts(self, path: str) -> bool:
        outside = (self.apart, *_OWN)
        if path in outside or path.startswith((*(os.path.join(each, "") for each in outside), *_SYSTEM)):
            return False
        return not set(_INSTALLED).intersection(path.split(os.sep))


_listening: list[Observed] = []
_is_hooked = threading.Event()


def _begin() -> None:
    """Put the hook in place, once for a process: it cannot be taken away."""
    if not _is_hooked.is_set():
        _is_hooked.set()
        sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _listening and event in {"open", "os.scandir", PROBE}:
        for each in tuple(_listening):
            each.hear(event, arguments)
