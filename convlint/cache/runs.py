"""Whole reports: a run in which nothing has changed reads one entry, and looks at the stamps of what it depends on.

What is imported here is imported in every run, so it is little: no model, rule or size is looked at again.
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from convlint.cache.codec import Codec, CodecError
from convlint.cache.identity import convlint_files
from convlint.cache.snapshot import Dependencies, Snapshot, digest_of_names, take
from convlint.cache.store import Store
from convlint.filesystem import upwards
from convlint.project import REPOSITORY, SETTINGS_FILES
from convlint.report import Report
from convlint.source.text import shown_lines
from convlint.source.written import placed_cells

_KIND = "runs"


@dataclass(frozen=True, slots=True)
class Known:
    """A report, the settings by which it was shown, and what it depends on."""

    report: Report
    settings: Mapping[str, Any]
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Runs:
    """The reports of runs from one working directory, and the time (ns of the epoch) at which this one began.

    ``asked`` is all that the user said, ``python`` the interpreter that runs models, ``names`` the digests of
    directories in which this run itself makes something that does not count.
    """

    store: Store
    asked: Mapping[str, Any]
    python: str
    begun: int = field(default_factory=time.time_ns)
    names: Mapping[str, str] = field(default_factory=dict)

    def known(self) -> Known | None:
        """The report of an earlier run that was asked the same, if nothing has changed since."""
        key = self._key()
        entry = self.store.get(_KIND, key)
        if entry is None:
            return None
        try:
            snapshot = Snapshot.from_json(entry["snapshot"])
            current = snapshot.renewed()
            report = Codec(Report).from_json(entry["report"]) if current is not None else None
            settings, paths = dict(entry["settings"]), list(entry["sources"])
        except (KeyError, TypeError, ValueError):
            return None
        if current is None or not isinstance(report, Report):
            return None
        if current is not snapshot:
            self.store.put(_KIND, key, {**entry, "snapshot": current.to_json()})
        sources = {path: shown_lines(path) for path in paths}
        return Known(replace(report, sources=sources, cells=placed_cells(report.paths())), settings, current)

    def making(self) -> "Runs":
        """The same run, if it has to make its cache: in a directory that may be looked through."""
        root, name = os.path.split(self.store.directory)
        if os.path.lexists(self.store.directory):
            return self
        return replace(self, names={root: digest_of_names(root, "python", name)})

    def await_work(self) -> bool:
        """Whether models will have to be run, as far as that is known early: a file of an earlier run was edited."""
        entry = self.store.get(_KIND, self._key())
        with suppress(KeyError, TypeError, ValueError):
            return entry is not None and Snapshot.from_json(entry["snapshot"]).is_edited(b"torch")
        return False

    def keep(self, report: Report, settings: Mapping[str, Any], on: Dependencies) -> Snapshot | None:
        """Keep a report that depends ``on`` these, and give what these are like.

        None, and nothing is kept, where something of it was touched meanwhile.
        """
        above = list(upwards(os.getcwd()))
        files = {os.path.join(directory, name) for directory in above for name in SETTINGS_FILES}
        marks = {os.path.join(directory, REPOSITORY) for directory in above}
        own = Dependencies(
            frozenset(files).union(convlint_files()), frozenset(each for each in marks if not os.path.lexists(each))
        )
        snapshot = take(on | own, self.begun, self.names)
        if snapshot is None:
            return None
        try:
            kept = Codec(Report).to_json(replace(report, sources={}, cells={}))
        except CodecError as error:
            self.store.remarks[f"the report is not kept: {error}"] = None
            return None
        entry = {"snapshot": snapshot.to_json(), "report": kept, "settings": settings, "sources": list(report.sources)}
        self.store.put(_KIND, self._key(), entry)
        return snapshot

    def _key(self) -> str:
        circumstances = {
            "asked": self.asked,
            "python": self.python,
            "here": os.getcwd(),
            "convlint": [sys.executable, sys.version, os.path.dirname(__file__)],
            "environment": {name: os.environ.get(name) for name in ("PYTHONPATH", "VIRTUAL_ENV")},
        }
        return json.dumps(circumstances, sort_keys=True)
