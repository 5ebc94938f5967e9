"""One check under way: each model is traced, what the rules find is tested, and all of it becomes a report."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from convlint.diagnostics import Diagnostic, Span
from convlint.discover import UnreadableFile
from convlint.engine.jobs import Job
from convlint.engine.look import look, place_of
from convlint.engine.mending import NO_PROPOSALS, Proposals, mended, remarks
from convlint.engine.places import relative, relocated
from convlint.fixes.workshop import Examined, Seen
from convlint.graph.contract import Contract
from convlint.graph.model import ModelGraph
from convlint.render.inputs import input_text
from convlint.report import ModelReport, Problem, Report, Status
from convlint.request import Selection
from convlint.rules import registry
from convlint.rules.base import Finding
from convlint.source.text import shown_lines
from convlint.trace.client import Client
from convlint.trace.protocol import TraceFailure


@dataclass(frozen=True, slots=True)
class Found:
    """A finding that is reported, and the name of the model that has it."""

    finding: Finding
    model: str = ""


@dataclass(slots=True)
class Run:
    """What a check has found so far."""

    selection: Selection
    problems: list[Problem] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    models: list[ModelReport] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    examined: list[Examined] = field(default_factory=list)

    @property
    def findings(self) -> list[Finding]:
        """What is reported, model by model."""
        return [each.finding for each in self.found]

    def admits(self, finding: Finding) -> bool:
        """Whether a finding of this rule is reported."""
        return self.selection.admits(finding.code, finding.name)

    def take_unreadable(self, file: UnreadableFile) -> None:
        """A file that is no Python counts among the models: some may be in it."""
        self._report([registry.report("import-failed", file.message, file.span)])
        path = file.span.path
        self.models.append(ModelReport(Path(path).name, relative(path), file.span.line, "failed", file.message))

    def take(self, client: Client, job: Job) -> None:
        """Trace one model and take down what there is to say about it; raises WorkerUnusableError."""
        sight = look(client, job)
        seen = Seen(sight.findings, sight.reached(), sight.sources)
        self.examined.append(Examined(seen, lambda contents: look(client, job, contents).findings))
        result = sight.result
        if isinstance(result, TraceFailure):
            self._take_failure(job, result, sight.findings)
            return
        self.remarks.extend(sight.remarks)
        self._report(sight.findings, job.name)
        reasons = _reasons(result)
        self.models.append(
            ModelReport(
                name=job.name,
                path=relative(result.span.path),
                line=result.span.line,
                status="partial" if reasons else "checked",
                reason="; ".join(reasons),
                input=", ".join(input_text(each) for each in result.inputs),
                assumed=(*job.assumed, *result.assumed),
                contract=Contract(result).render(),
                graph=result,
            )
        )

    def _take_failure(self, job: Job, failure: TraceFailure, findings: Iterable[Finding]) -> None:
        model = job.request.model
        place = failure.span
        is_missing = failure.message == f"there is no `{model.qualname}` in {model.source}"
        if not model.is_file and (is_missing or place is None):
            target = f"{model.source}:{model.qualname}"
            self.problems.append(Problem(failure.message, "", target, 0, len(target), failure.help))
            return
        span = place_of(job, failure)
        self._report(findings, job.name)
        status: Status = "skipped" if failure.rule in {"construct-failed", "input-unknown"} else "failed"
        path = os.path.abspath(job.path) if model.is_file else span.path
        line = span.line if span.path == path and job.line == 1 else job.line
        self.models.append(ModelReport(job.name, relative(path), line, status, failure.message))

    def _report(self, findings: Iterable[Finding], model: str = "") -> None:
        self.found.extend(Found(each, model) for each in findings if self.admits(each))

    def report(self, proposals: Proposals = NO_PROPOSALS) -> Report:
        """Everything in the order of the source, each finding once, with the fixes that are proposed."""
        told = [mended(each.finding.diagnostic(each.model), each.finding, proposals) for each in self.found]
        diagnostics = sorted(
            _merged(relocated(each) for each in told),
            key=lambda each: (each.span, each.code, each.message),
        )
        paths = {each.span.path for each in diagnostics}
        paths |= {related.span.path for each in diagnostics for related in each.related}
        return Report(
            diagnostics=tuple(diagnostics),
            models=tuple(sorted(self.models, key=lambda model: (model.path, model.line, model.name))),
            problems=tuple(self.problems),
            remarks=(*self.remarks, *remarks(self.findings, proposals)),
            sources={path: lines for path in sorted(paths) if (lines := shown_lines(path))},
        )


def _reasons(graph: ModelGraph) -> list[str]:
    """Why not all of a model was checked, one line each; empty where it was."""
    stopped = [
        path.failure
        for path in graph.paths
        if path.failure is not None and path.failure.kind in {"untraceable", "error"}
    ]
    reasons = [
        f"{each.message} (line {each.span.line})" if each.span else each.message for each in stopped
    ]
    if not stopped and not any(path.failure is None and not path.domain.is_empty for path in graph.paths):
        reasons.append("no size was found that it accepts")
    if graph.unexplored:
        reasons.append("more branches on sizes than were followed")
    return list(dict.fromkeys(reasons))


def _merged(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """One finding for the same words at the same place in several models."""
    kept: dict[tuple[str, Span, str], Diagnostic] = {}
    others: dict[tuple[str, Span, str], list[str]] = {}
    for finding in findings:
        key = (finding.code, finding.span, finding.message)
        first = kept.setdefault(key, finding)
        if first is not finding and finding.model not in {first.model, *others.get(key, ())}:
            others.setdefault(key, []).append(finding.model)
    return [
        replace(finding, notes=(*finding.notes, f"also in {', '.join(others[key])}")) if key in others else finding
        for key, finding in kept.items()
    ]
