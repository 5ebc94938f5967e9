"""Examining one model: its trace and what is found in it, and those of its parts where it was not followed to its end.

What is found here is raw: which of it is reported is decided when the run is put together.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from convlint.engine.examining.alone import MOST_PARTS, PATIENCE, news, rest_of
from convlint.engine.examining.described import described
from convlint.engine.examining.look import Sight, Trace, look
from convlint.engine.examining.misstated import misstated
from convlint.engine.planning.job import Job
from convlint.fixes.workshop import Seen
from convlint.graph.model import ModelGraph
from convlint.graph.trail import Trails
from convlint.report import ModelReport, Problem
from convlint.rules.base import Finding
from convlint.trace.client import Client
from convlint.trace.protocol import Footprint, TraceFailure

Saw = Callable[[Job, Sight], None]
"""Is told what each trace of a model or a part gave, from any thread."""


def unseen(job: Job, sight: Sight) -> None:
    """Nobody wants to see it."""
    del job, sight


@dataclass(frozen=True, slots=True)
class Traced:
    """One trace for a model, of the whole or of a part: what it showed, and the findings that are news.

    ``is_guessed``: it was built with arguments that nobody gave, so that it may show other things where it is used.
    """

    job: Job
    seen: Seen
    news: tuple[Finding, ...]
    remarks: tuple[str, ...]
    is_guessed: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one job: the whole model and then its parts, and how the report describes it.

    ``model`` is None where what was asked for does not exist, or cannot be: then ``problem`` says so.  ``footprint`` is
    what all of it depends on; None where another try might give something else.
    """

    traces: tuple[Traced, ...]
    model: ModelReport | None = None
    problem: Problem | None = None
    footprint: Footprint | None = None


def examine(client: Client, job: Job, saw: Saw = unseen, trace: Trace = Client.traced) -> Outcome:
    """Trace one model, and its parts where that says more; raises WorkerUnusableError."""

    def look_at(job: Job) -> Sight:
        sight = look(client, job, trace=trace)
        saw(job, sight)
        return sight

    sight = look_at(job)
    whole = _traced(job, sight, sight.findings)
    mistake = misstated(job, sight.result, sight.wrong)
    if mistake is not None:
        return Outcome((whole,), problem=mistake)
    model = replace(described(job, sight.result), absent=sight.absent)
    if model.status == "checked":
        return Outcome((whole,), model, footprint=sight.footprint)
    return _with_parts(client, whole, sight, model, look_at)


def _with_parts(
    client: Client, whole: Traced, sight: Sight, model: ModelReport, look_at: Callable[[Job], Sight]
) -> Outcome:
    """The outcome of a model with those of its parts that were looked at alone; raises WorkerUnusableError."""
    rest = rest_of(client, whole.job, sight)
    if rest is None:
        return Outcome((whole,), model, footprint=sight.footprint)
    deadline = time.monotonic() + PATIENCE
    known = list(sight.findings)
    traces = [whole]
    parts: list[ModelReport] = []
    footprint = sight.footprint
    for job in rest.jobs():
        if len(parts) == MOST_PARTS or time.monotonic() > deadline:
            model = replace(model, reason=f"{model.reason}; not all of its parts were looked at alone")
            break
        seen = look_at(job)
        new = news(seen.findings, known)
        known.extend(new)
        footprint = footprint | seen.footprint if footprint and seen.footprint else None
        traces.append(_traced(job, seen, new))
        parts.append(described(job, seen.result))
        if isinstance(seen.result, ModelGraph):
            rest.saw(job, seen.result, to_end=parts[-1].status == "checked")
    is_partial = model.status == "partial" or any(part.status in {"checked", "partial"} for part in parts)
    status = "partial" if is_partial else model.status
    return Outcome(tuple(traces), replace(model, status=status, parts=tuple(parts)), footprint=footprint)


def _traced(job: Job, sight: Sight, new: tuple[Finding, ...]) -> Traced:
    seen = Seen(sight.findings, sight.reached(), sight.sources)
    is_guessed = isinstance(sight.result, ModelGraph) and bool(sight.result.guessed)
    return Traced(job, seen, _with_trails(sight, new), sight.remarks, is_guessed)


def _with_trails(sight: Sight, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings with the ways that lead to them."""
    if isinstance(sight.result, TraceFailure):
        return findings
    trails = Trails(sight.result)
    return tuple(replace(each, trail=trails.to(each.span, each.place)) for each in findings)
