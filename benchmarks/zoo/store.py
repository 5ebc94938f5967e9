"""Records on disk: one JSON file a model and kind, written whole or not at all."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from benchmarks.zoo.isolate import Record


def default_root(measurement: str) -> Path:
    """The folder in the user's cache for the records of one measurement."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "convlint" / measurement


@dataclass(frozen=True, slots=True)
class Store:
    """The records of one kind (``survey``, ``truth``, ``trace`` …) under ``root``.

    ``stamp`` says what a record depends on (package versions, a digest of the sources): a record with another stamp
    is not current, and can still be read.
    """

    root: Path
    kind: str
    stamp: str

    def read(self, key: str) -> Record | None:
        """The record of ``key``, or None."""
        path = self._path(key)
        return json.loads(path.read_text()) if path.exists() else None

    def write(self, key: str, record: Record) -> None:
        """Keep ``record``; an interruption leaves the former one."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_text(json.dumps({"stamp": self.stamp, **record}) + "\n")
        partial.replace(path)

    def is_current(self, key: str) -> bool:
        """Whether there is a record of ``key`` made under this stamp."""
        record = self.read(key)
        return record is not None and record["stamp"] == self.stamp

    def _path(self, key: str) -> Path:
        return self.root / self.kind / f"{key}.json"
