"""What became of one model, in the words of the report."""

import os

from convlint.diagnostics import Span
from convlint.engine.examining.look import place_of
from convlint.engine.places import relocated
from convlint.engine.planning.job import Job
from convlint.graph.contract import Contract
from convlint.graph.model import ModelGraph
from convlint.lock import record
from convlint.render.inputs import input_text
from convlint.report import ModelReport, Status
from convlint.source.notebook import line_in_words
from convlint.trace.protocol import TraceFailure


def described(job: Job, result: ModelGraph | TraceFailure) -> ModelReport:
    """The report of a model that was traced, or could not be."""
    return _failed(job, result) if isinstance(result, TraceFailure) else _traced(job, result)


def _traced(job: Job, graph: ModelGraph) -> ModelReport:
    reasons = _reasons(graph)
    place = relocated(graph.span)
    return ModelReport(
        name=job.name,
        path=place.path,
        line=place.line,
        status="partial" if reasons else "checked",
        reason="; ".join(reasons),
        input=", ".join(input_text(each) for each in graph.inputs),
        assumed=(*job.assumed, *graph.assumed),
        contract=Contract(graph).render(),
        record=record(graph),
    )


def _failed(job: Job, failure: TraceFailure) -> ModelReport:
    span = place_of(job, failure)
    status: Status = "skipped" if failure.rule in {"construct-failed", "input-unknown"} else "failed"
    path = os.path.abspath(job.path) if job.request.model.is_file else span.path
    line = span.line if span.path == path and job.line == 1 else job.line
    place = relocated(Span(path, line, 1, line, 1))
    return ModelReport(job.name, place.path, place.line, status, failure.message, stopped_by=failure.rule)


def _reasons(graph: ModelGraph) -> list[str]:
    """Why not all of a model was checked, one line each; empty where it was."""
    stopped = [
        path.failure
        for path in graph.paths
        if path.failure is not None and path.failure.kind in {"untraceable", "error"}
    ]
    reasons = [
        f"{each.message} ({line_in_words(each.span.path, each.span.line)})" if each.span else each.message
        for each in stopped
    ]
    if not stopped and not any(path.failure is None and not path.domain.is_empty for path in graph.paths):
        reasons.append("no size was found that it accepts")
    if graph.unexplored:
        reasons.append("more branches on sizes than were followed")
    return list(dict.fromkeys(reasons))
