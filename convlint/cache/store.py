"""A directory of entries (see `convlint.cache.entries`), by kind and key.

Any number of processes may use one store: an entry is written beside its place and then moved there.
"""

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from convlint.cache.entries import from_bytes, path_of, write
from convlint.cache.place import make
from convlint.filesystem import why_refused, write_whole

MERGEABLE = ("models", "traces", "edits")
"""The kinds of entries that speak of single models, so that runs about others can use them."""

_DAY = 24 * 60 * 60.0
KEPT_DAYS = 30
"""How long an entry that nobody uses is kept."""

_SWEPT = "swept"
"""The file whose time says when old entries were last looked for."""


@dataclass(slots=True)
class Store:
    """The entries in ``directory``, which is made when the first is written.

    An entry that cannot be read is none.  ``remarks`` collects why the store was of no use, each reason once.
    """

    directory: str
    remarks: dict[str, None] = field(default_factory=dict)

    def get(self, kind: str, key: str) -> Any:
        """The value kept for ``key``; None where there is none that can be trusted."""
        path = path_of(self.directory, kind, key)
        try:
            with open(path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._remark(error)
            return None
        entry = from_bytes(data)
        if entry.get("key") != key:
            self.remarks[f"{path} is no entry of this cache and is ignored"] = None
            return None
        with suppress(OSError):
            if time.time() - os.stat(path).st_mtime > _DAY:
                os.utime(path)
        return entry.get("value")

    def put(self, kind: str, key: str, value: Any) -> None:
        """Keep ``value`` for ``key``; a store that cannot be written keeps nothing."""
        try:
            write(self.directory, kind, key, value)
        except OSError as error:
            self._remark(error)
            return
        self._sweep()

    def adopt(self, directory: str) -> int:
        """Take the entries of another store that this one has not, and say how many; raises OSError."""
        make(self.directory)
        count = 0
        for kind in MERGEABLE:
            source = os.path.join(directory, kind)
            target = os.path.join(self.directory, kind)
            os.makedirs(target, exist_ok=True)
            for name in os.listdir(source) if os.path.isdir(source) else ():
                if name.endswith(".json") and not os.path.lexists(os.path.join(target, name)):
                    with open(os.path.join(source, name), "rb") as file:
                        write_whole(os.path.join(target, name), file.read())
                    count += 1
        return count

    def _remark(self, error: OSError) -> None:
        self.remarks[f"the cache in {self.directory} is not used: {why_refused(error)}"] = None

    def _sweep(self) -> None:
        """Once a day, remove what nobody used for a long time."""
        mark = os.path.join(self.directory, _SWEPT)
        now = time.time()
        try:
            with suppress(FileNotFoundError):
                if now - os.stat(mark).st_mtime < _DAY:
                    return
            with open(mark, "wb"):
                pass
            for kind in os.scandir(self.directory):
                for entry in os.scandir(kind) if kind.is_dir(follow_symlinks=False) else ():
                    if now - entry.stat().st_mtime > KEPT_DAYS * _DAY:
                        with suppress(FileNotFoundError):
                            os.unlink(entry)
        except OSError as error:
            self._remark(error)
