"""What the system says of a path without its being read, and for how long that tells of every change."""

import os

Stamp = tuple[int, ...]
"""Times of content and of inode (ns of the epoch), size, inode; empty where there is nothing."""

_COARSE = 2_000_000_000
"""Nanoseconds for which a file may be changed again without another time (FAT, some network drives)."""


def stamp_of(path: str) -> Stamp:
    """The stamp of a file or directory."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return ()
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def is_settled(stamp: Stamp, taken: int) -> bool:
    """Whether a change after ``taken`` (ns of the epoch) would show in a stamp that was taken then."""
    return not stamp or taken - max(stamp[:2]) > _COARSE
