"""What earlier runs found out about the models of this one, so that only the others are run."""

import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TypeVar

from convlint.cache.codec import Codec
from convlint.cache.identity import interpreter_of
from convlint.cache.results import Results
from convlint.cache.snapshot import Dependencies
from convlint.cache.store import Store
from convlint.engine.examining.examine import Outcome
from convlint.engine.examining.look import Sight
from convlint.engine.planning.job import Job
from convlint.interpreter import project_python
from convlint.rules.base import Finding
from convlint.settings import Settings
from convlint.source.unsaved import held_contents
from convlint.trace.client import Client, Traced, traced_from_json, traced_to_json
from convlint.trace.overlay import overlay
from convlint.trace.protocol import Footprint, TraceFailure, TraceRequest

T = TypeVar("T")

_NOT_AGAIN = "while nothing changes it is not run again; `--no-cache` does that"
"""What is said of a model that ended with its process: the next try might go well on a machine that is less busy."""

CODEC = Codec(Outcome)
"""Writes and reads what is kept of a model."""


def python_of(settings: Settings) -> str:
    """The interpreter that runs the models."""
    return settings.python or project_python(os.getcwd())


def remembering(settings: Settings) -> "Memory":
    """The memory that the settings ask for; none where they name no directory for it."""
    if settings.cache_dir is None:
        return Memory()
    python = python_of(settings)
    interpreter = interpreter_of(python)
    if interpreter is None:
        why = f"the cache is not used: which torch {python} has cannot be told without running it"
        return Memory(remarks=[why])
    store = Store(settings.cache_dir)
    # What is held of files is no part of the snapshot of what is on disk.
    circumstances = (settings.timeout, settings.memory, os.getcwd(), overlay(held_contents()))
    return Memory(Results(store, CODEC, interpreter, circumstances), store.remarks, interpreter.depends)


@dataclass(slots=True)
class Memory:
    """The answers of earlier runs; without ``results``, of none.

    ``remarks`` say why it was of no use.  ``depends`` is what all that was asked for depends on; None once something
    did that may not be kept.
    """

    results: Results | None = None
    remarks: Collection[str] = ()
    depends: Dependencies | None = field(default_factory=Dependencies)

    def outcomes(self, jobs: Sequence[Job], examine: Callable[[Sequence[Job]], Sequence[Outcome]]) -> list[Outcome]:
        """What is known of each job, or what ``examine`` finds out about those of which nothing is."""
        known = {index: outcome for index, job in enumerate(jobs) if (outcome := self._known("models", job, Outcome))}
        rest = [index for index in range(len(jobs)) if index not in known]
        found = examine([jobs[index] for index in rest]) if rest else ()
        for index, outcome in zip(rest, found, strict=True):
            self._keep("models", jobs[index], replace(outcome, footprint=None), outcome.footprint)
            known[index] = outcome
        return [known[index] for index in range(len(jobs))]

    def traced(self, client: Client, request: TraceRequest) -> Traced:
        """What a trace is known to give, or what ``client`` finds out; from any thread.

        Raises WorkerUnusableError.
        """
        if self.results is None:
            return client.traced(request)
        known = self.results.known("traces", request, str)
        if known is not None:
            text, on = known
            with suppress(KeyError, TypeError, ValueError):
                return replace(traced_from_json(json.loads(text)), footprint=_footprint(on))
        traced = client.traced(request)
        footprint = traced.footprint
        if footprint is None:
            return traced
        if isinstance(traced.result, TraceFailure) and traced.result.rule == "timed-out":
            failure = replace(traced.result, help=(*traced.result.help, _NOT_AGAIN))
            traced = replace(traced, result=failure)
        self.results.keep("traces", request, json.dumps(traced_to_json(traced)), _dependencies(footprint))
        return traced

    def findings(
        self, job: Job, contents: Mapping[str, bytes], look: Callable[[Job, Mapping[str, bytes]], Sight]
    ) -> tuple[Finding, ...]:
        """What a model has with other contents for some files, as far as known; else what ``look`` finds."""
        question = (job, overlay(contents))
        known = self._known("edits", question, tuple)
        if known is not None:
            return known
        sight = look(job, contents)
        self._keep("edits", question, sight.findings, sight.footprint)
        return sight.findings

    def _known(self, kind: str, question: object, of: type[T]) -> T | None:
        found = self.results.known(kind, question, of) if self.results is not None else None
        if found is None:
            return None
        answer, on = found
        self._depend(on)
        return answer

    def _keep(self, kind: str, question: object, answer: object, footprint: Footprint | None) -> None:
        if self.results is None or footprint is None:
            self._depend(None)
            return
        on = _dependencies(footprint)
        self._depend(on if self.results.keep(kind, question, answer, on) else None)

    def _depend(self, on: Dependencies | None) -> None:
        self.depends = self.depends | on if self.depends is not None and on is not None else None


def _dependencies(footprint: Footprint) -> Dependencies:
    return Dependencies(
        frozenset(footprint.files), frozenset(footprint.absent), dict.fromkeys(footprint.listed, "names")
    )


def _footprint(on: Dependencies) -> Footprint:
    return Footprint(tuple(sorted(on.files)), tuple(sorted(on.absent)), tuple(sorted(on.listed)))
