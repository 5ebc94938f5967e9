"""What a part of the file system was like when something was found out, and whether it still is.

A file is known by its content, a directory by the names in it, and what was looked for in vain by its absence.  Times,
size and inode say quickly that nothing was touched; only where they differ is content compared.
"""

import json
import os
import stat
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

from convlint.cache.stamps import Stamp, is_settled, stamp_of

Listing = Literal["python", "names", "packages"]
"""Which names of a directory count: modules, notebooks and directories; all that are not hidden; installed packages."""

_TICK = 20_000_000
"""Nanoseconds by which a file system's clock may be behind: its times go in steps of a timer."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What in the file system something depends on, by absolute paths.

    ``files`` were read, directories ``listed``, and nothing was found where it is ``absent``.
    """

    files: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    listed: Mapping[str, Listing] = field(default_factory=dict)

    def __or__(self, other: "Dependencies") -> "Dependencies":
        listed = dict(self.listed)
        for path, kind in other.listed.items():
            # What counts for either counts for both: "names" are all that the other kinds have.
            listed[path] = kind if listed.get(path, kind) == kind else "names"
        return Dependencies(self.files | other.files, self.absent | other.absent, listed)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Files and listed directories with their stamps and digests, and paths where nothing is; ``taken`` in ns."""

    taken: int
    files: Mapping[str, tuple[Stamp, str]]
    listed: Mapping[str, tuple[Stamp, str, Listing]]
    absent: tuple[str, ...]

    def dependencies(self) -> Dependencies:
        """What it holds."""
        listed = {path: kind for path, (_, _, kind) in self.listed.items()}
        return Dependencies(frozenset(self.files), frozenset(self.absent), listed)

    def stamps(self) -> Mapping[str, Stamp]:
        """Those of files and directories, by path."""
        listed = {path: stamp for path, (stamp, _, _) in self.listed.items()}
        return {path: stamp for path, (stamp, _) in self.files.items()} | listed

    def renewed(self) -> "Snapshot | None":
        """The snapshot as it would be taken now; itself where stamps told enough, None where something changed."""
        now = time.time_ns()
        files = dict(self.files)
        listed = dict(self.listed)
        was_read = False
        for path, (stamp, digest) in self.files.items():
            current = stamp_of(path)
            if current == stamp and is_settled(stamp, self.taken):
                continue
            if digest_of(path) != digest:
                return None
            files[path] = current, digest
            was_read = True
        for path, (stamp, digest, kind) in self.listed.items():
            current = stamp_of(path)
            if current == stamp and is_settled(stamp, self.taken):
                continue
            if digest_of_names(path, kind) != digest:
                return None
            listed[path] = current, digest, kind
            was_read = True
        if any(map(os.path.lexists, self.absent)):
            return None
        return replace(self, taken=now, files=files, listed=listed) if was_read else self

    def is_edited(self, mentions: bytes) -> bool:
        """Whether one of the Python files has another content now, which ``mentions`` these bytes."""
        for path, (stamp, digest) in self.files.items():
            if path.endswith((".py", ".ipynb")) and stamp_of(path) != stamp and digest_of(path) != digest:
                with suppress(OSError), open(path, "rb") as file:
                    if mentions in file.read():
                        return True
        return False

    def to_json(self) -> Any:
        """As an entry has it."""
        return {
            "taken": self.taken,
            "files": self.files,
            "listed": self.listed,
            "absent": self.absent,
        }

    @classmethod
    def from_json(cls, data: Any) -> "Snapshot":
        """The inverse of `to_json`; raises KeyError, TypeError, ValueError."""
        return cls(
            int(data["taken"]),
            {path: (tuple(stamp), digest) for path, (stamp, digest) in data["files"].items()},
            {path: (tuple(stamp), digest, kind) for path, (stamp, digest, kind) in data["listed"].items()},
            tuple(data["absent"]),
        )


_NO_NAMES: Mapping[str, str] = MappingProxyType({})


def take(on: Dependencies, since: int, names: Mapping[str, str] = _NO_NAMES) -> Snapshot | None:
    """What ``on`` is like now; None where something was touched at or after ``since`` (ns of the epoch).

    What was read after that time may be either version, but a directory that has the ``names`` it had then, by their
    digest: it was touched by what does not count, such as the making of the cache.
    """
    now = time.time_ns()
    latest = since - _TICK
    files: dict[str, tuple[Stamp, str]] = {}
    for path in sorted(on.files):
        stamp = stamp_of(path)
        if stamp and max(stamp[:2]) > latest:
            return None
        files[path] = stamp, digest_of(path)
    listed: dict[str, tuple[Stamp, str, Listing]] = {}
    for path, kind in sorted(on.listed.items()):
        stamp = stamp_of(path)
        digest = digest_of_names(path, kind)
        if stamp and max(stamp[:2]) > latest and names.get(path) != digest:
            return None
        listed[path] = stamp, digest, kind
    absent = _outermost(on.absent, {path for path, kind in on.listed.items() if kind != "packages"})
    if any(map(os.path.lexists, absent)):
        return None
    return Snapshot(now, files, listed, tuple(sorted(absent)))


def _outermost(absent: Iterable[str], listed: set[str]) -> set[str]:
    """The paths whose appearance would have to come first, without those that a listing would show."""
    found = set()
    for each in absent:
        path, parent = each, os.path.dirname(each)
        while parent != path and not os.path.lexists(parent):
            path, parent = parent, os.path.dirname(parent)
        if parent not in listed or not _is_module(path):
            found.add(path)
    return found


def _is_module(path: str) -> bool:
    """Whether any listing would show this path: it may be a Python file or the directory of a package."""
    return os.path.basename(path).removesuffix(".py").isidentifier() and os.path.basename(path) != "__pycache__"


def digest_of(path: str) -> str:
    """A digest of what of a file's content counts; empty where it cannot be read."""
    from hashlib import blake2b  # only now: runs in which nothing was touched compare stamps

    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return ""
        with open(path, "rb") as file:
            return blake2b(_that_counts(path, file.read()), digest_size=16).hexdigest()
    except (OSError, ValueError):
        return ""


def _that_counts(path: str, data: bytes) -> bytes:
    """The content of a file; of a notebook its code and where that stands, without its text and its outputs."""
    from convlint.source.notebook import NotebookError, is_notebook, read_notebook

    if not is_notebook(path):
        return data
    from convlint.discover.files import mentions_models

    try:
        notebook = read_notebook(data)
    except NotebookError:
        return data
    cells = [(cell.number, cell.lines) for cell in notebook.cells]
    return json.dumps([mentions_models(data), notebook.language, cells]).encode("ascii")


def digest_of_names(path: str, kind: Listing, made: str = "") -> str:
    """A digest of the names in a directory that count; empty where it cannot be listed.

    With ``made``, as it will be when a directory of this name was made in it.
    """
    from hashlib import blake2b

    try:
        with os.scandir(path) as entries:
            names = {each.name for each in entries if _counts(each, kind)}
    except (OSError, ValueError):
        return ""
    if made and not made.startswith("."):
        names.add(made)
    return blake2b("\0".join(sorted(names)).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _counts(entry: os.DirEntry[str], kind: Listing) -> bool:
    name = entry.name
    if kind == "packages":
        return name.endswith((".dist-info", ".egg-info", ".egg-link", ".pth"))
    if name.startswith(".") or name == "__pycache__":
        return name == ".gitignore"
    return kind == "names" or name.endswith((".py", ".ipynb")) or name == "pyvenv.cfg" or entry.is_dir()
