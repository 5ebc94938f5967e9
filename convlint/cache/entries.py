"""The files of a cache: each is JSON that says what it answers, behind a line with its length and sum.

Little is imported here: a run in which nothing has changed reads one entry and ends.
"""

import json
import os
import zlib
from collections.abc import Mapping

from convlint.cache.place import make
from convlint.filesystem import write_whole

FORMAT = 1
"""Raised when entries are written in another way."""


def path_of(directory: str, kind: str, key: str) -> str:
    """Where the entry for ``key`` is."""
    data = key.encode("utf-8", "surrogatepass")
    # Two sums make a name that is hardly ever shared; an entry of another key is seen to be one by its key.
    name = f"{zlib.crc32(data):08x}{zlib.crc32(data[::-1]):08x}"
    return os.path.join(directory, kind, f"{name}.json")


def to_bytes(key: str, value: object) -> bytes:
    """The file that keeps ``value`` for ``key``."""
    body = json.dumps({"key": key, "value": value}, separators=(",", ":")).encode("ascii")
    return _head(body) + b"\n" + body


def write(directory: str, kind: str, key: str, value: object) -> None:
    """Keep ``value`` for ``key`` in the cache at ``directory``, which is made where it is not there; raises OSError."""
    path = path_of(directory, kind, key)
    data = to_bytes(key, value)
    make(directory)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write_whole(path, data)


def from_bytes(data: bytes) -> Mapping[str, object]:
    """``key`` and ``value`` of a file; empty where it is no entry, or not all of one."""
    head, _, body = data.partition(b"\n")
    if head != _head(body):
        return {}
    try:
        entry = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}


def _head(body: bytes) -> bytes:
    return f"convlint {FORMAT} {len(body)} {zlib.crc32(body):08x}".encode("ascii")
