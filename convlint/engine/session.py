"""Checks one after the other with workers that stay: for an editor, which asks again at every pause."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from convlint.diagnostics import Applicability
from convlint.engine.examining.crew import Crew
from convlint.engine.examining.look import Sight
from convlint.engine.examining.memory import Memory
from convlint.engine.pipeline import run_with
from convlint.engine.planning.job import Job
from convlint.engine.progress import Progress, Step, silent
from convlint.fixes.patch import Patch
from convlint.graph.model import ModelGraph
from convlint.report import Report
from convlint.request import Options
from convlint.settings import Settings
from convlint.source.unsaved import unsaved
from convlint.trace.client import Client, RequestCancelledError
from convlint.trace.limits import Limits


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found, the graphs of the models that were followed, and the patch of all safe fixes.

    ``sources`` are the user's files that the models depend on.  The paths of graphs and sources are absolute, those of
    report and patch as everywhere (see `convlint.engine.places`).
    """

    report: Report
    graphs: tuple[ModelGraph, ...]
    patch: Patch
    sources: frozenset[str]


class Session:
    """One warm worker under one interpreter.  `check` runs in one thread, `cancel` in any other.

    Nothing is remembered between checks but what the worker has imported: a graph is wanted of every model.
    """

    def __init__(self, python: str, limits: Limits) -> None:
        self._crew = Crew(lambda: Client(python, limits), 1)
        self._is_cancelled = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the worker without waiting for it, so that it imports torch meanwhile; raises WorkerUnusableError."""
        self._crew.client().start()

    def check(
        self,
        targets: Sequence[str],
        settings: Settings,
        contents: Mapping[str, bytes],
        progress: Progress = silent,
    ) -> Checked:
        """Check ``targets`` with ``contents`` for some files; raises RequestCancelledError after `cancel`."""
        graphs: list[ModelGraph] = []
        sources: set[str] = set()

        def saw(job: Job, sight: Sight) -> None:
            sources.update(sight.sources, job.shown_in)
            if isinstance(sight.result, ModelGraph):
                graphs.append(replace(sight.result, assumed=(*job.assumed, *sight.result.assumed)))

        def step(step: Step) -> None:
            # Between two models nothing is asked of the worker, which would say so.
            if self._is_cancelled.is_set():
                raise RequestCancelledError
            progress(step)

        with unsaved(contents):
            report, patch = run_with(self._crew, targets, Options(), settings, Applicability.SAFE, step, Memory(), saw)
        if self._is_cancelled.is_set():
            raise RequestCancelledError
        return Checked(report, tuple(graphs), patch, frozenset(sources))

    def cancel(self) -> None:
        """Give up the check under way, and refuse others until `renew`."""
        self._is_cancelled.set()
        self._crew.cancel()

    def renew(self) -> None:
        """Take checks again after `cancel`."""
        self._is_cancelled.clear()
        self._crew.renew()

    def close(self) -> None:
        """End the worker."""
        self._crew.close()
