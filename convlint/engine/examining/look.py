"""Looking at one model: its trace, and what the rules find in it that stands the test."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from convlint.diagnostics import Severity, Span
from convlint.engine.examining.proof import tested
from convlint.engine.planning.job import Job
from convlint.graph.model import ModelGraph
from convlint.rules import registry
from convlint.rules.base import Finding
from convlint.source.notebook import line_in_words
from convlint.trace.client import Client, Traced
from convlint.trace.overlay import overlay
from convlint.trace.protocol import Footprint, TraceFailure, TraceRequest


@dataclass(frozen=True, slots=True)
class Sight:
    """What a model gave.  ``sources`` are the user's files that it depends on.

    ``footprint`` is all that it depends on; None where another look might show something else.  ``absent`` are the
    modules that imports of its file did not find.
    """

    result: ModelGraph | TraceFailure
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...]
    sources: frozenset[str]
    footprint: Footprint | None
    absent: tuple[str, ...] = ()
    wrong: str = ""
    """What of the request is at fault, where that is it (see `convlint.trace.client.Traced`)."""

    def reached(self) -> frozenset[Span]:
        """The places of the source on the ways through the model that some size follows: rules look at no others."""
        graph = self.result
        if isinstance(graph, TraceFailure):
            return frozenset()
        live = [path for path in graph.paths if path.is_live and path.domain.witness() is not None]
        if not live:
            return frozenset()
        nodes = [node for path in live for node in path.nodes]
        layers = {node.layer for node in nodes if node.layer is not None}
        built = {graph.layers[name].constructor for name in layers if name in graph.layers}
        places = {graph.span, *built, *(node.call for node in nodes)}
        return frozenset(place for place in places if place is not None)


Trace = Callable[[Client, TraceRequest], Traced]
"""Has a client trace a model, or knows what came of it."""


def look(
    client: Client, job: Job, contents: Mapping[str, bytes] | None = None, trace: Trace = Client.traced
) -> Sight:
    """Trace a model, with other ``contents`` for some files; raises WorkerUnusableError."""
    request = job.request
    if contents:
        request = replace(request, model=replace(request.model, overlay=overlay(contents)))
    traced = trace(client, request)
    sources = frozenset(traced.sources)
    failures = dict.fromkeys(each for each in (traced.import_failure, traced.result) if isinstance(each, TraceFailure))
    reported = tuple(_reported(job, each) for each in failures)
    if isinstance(traced.result, TraceFailure):
        return Sight(traced.result, reported, (), sources, traced.footprint, traced.absent, traced.wrong)
    found = tested(client, request.model, traced.result, _findings(traced.result))
    footprint = traced.footprint if found.is_decided else None
    graph = _said(traced.result, traced.import_failure)
    return Sight(graph, (*reported, *found.findings), found.remarks, sources, footprint, traced.absent)


def _said(graph: ModelGraph, failure: TraceFailure | None) -> ModelGraph:
    """The graph of a model whose file was executed in part, which it says among what was assumed."""
    if failure is None:
        return graph
    where = ""
    if failure.span is not None:
        where = f" at {line_in_words(failure.span.path, failure.span.line)}"
        if failure.span.path != graph.span.path:
            where += f" of {os.path.basename(failure.span.path)}"
    stops = f"its file stops{where} when imported, and what comes after was not run"
    return replace(graph, assumed=(*graph.assumed, stops))


def place_of(job: Job, failure: TraceFailure) -> Span:
    """Where a failure is reported: the model's file where it does not say."""
    return failure.span or Span(os.path.abspath(job.path), job.line, 1, job.line, 1)


def _reported(job: Job, failure: TraceFailure) -> Finding:
    return registry.report(failure.rule, failure.message, place_of(job, failure), failure.help)


def _findings(graph: ModelGraph) -> tuple[Finding, ...]:
    """What the rules find.  One that fails says so at the model, and the others still speak."""
    try:
        return _careful(graph, registry.check(graph))
    except Exception:  # noqa: BLE001  (a mistake of one rule must not cost the run)
        found: list[Finding] = []
        for rule in registry.rules():
            try:
                found.extend(registry.check(graph, {rule.name}))
            except Exception as error:  # noqa: BLE001
                message = f"convlint itself failed in {rule.name}: {type(error).__name__}: {error}"
                found.append(registry.report("trace-failed", message, graph.span, ("please report it",)))
        return _careful(graph, found)


def _careful(graph: ModelGraph, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, none of them an error where constructor arguments had to be guessed: it may be due to them."""
    if not graph.guessed:
        return tuple(findings)
    note = f"guessed: {', '.join(graph.guessed)}; give other arguments with `--arg name=value` if these do not fit"
    return tuple(
        replace(each, severity=Severity.WARNING, notes=(*each.notes, note), remedy=None)
        if each.severity is Severity.ERROR
        else each
        for each in findings
    )
