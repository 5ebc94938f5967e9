"""One check under way: each model is traced, what the rules find is tested, and all of it becomes a report."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from convlint.diagnostics import Diagnostic, Span
from convlint.discover import UnreadableFile
from convlint.engine.alone import MOST_PARTS, PATIENCE, news, rest_of
from convlint.engine.described import described
from convlint.engine.jobs import Job
from convlint.engine.look import Sight, look
from convlint.engine.mending import NO_PROPOSALS, Proposals, mended, remarks
from convlint.engine.places import relative, relocated
from convlint.fixes.workshop import Examined, Seen
from convlint.graph.model import ModelGraph
from convlint.report import ModelReport, Problem, Report
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
        self._report([registry.report("import-failed", file.message, file.span, file.help)])
        path = file.span.path
        report = ModelReport(Path(path).name, relative(path), file.span.line, "failed", file.message)
        self.models.append(replace(report, stopped_by="import-failed"))

    def take(self, client: Client, job: Job) -> None:
        """Trace one model and take down what there is to say about it; raises WorkerUnusableError."""
        sight = self._look(client, job)
        if isinstance(sight.result, TraceFailure) and _is_misnamed(job, sight.result):
            target = f"{job.request.model.source}:{job.request.model.qualname}"
            self.problems.append(Problem(sight.result.message, "", target, 0, len(target), sight.result.help))
            return
        self._report(sight.findings, job.name)
        model = described(job, sight.result)
        if model.status != "checked":
            model = self._take_parts(client, job, model, sight)
        self.models.append(model)

    def _look(self, client: Client, job: Job) -> Sight:
        sight = look(client, job)
        seen = Seen(sight.findings, sight.reached(), sight.sources)
        self.examined.append(Examined(seen, lambda contents: look(client, job, contents).findings))
        self.remarks.extend(sight.remarks)
        return sight

    def _take_parts(self, client: Client, job: Job, model: ModelReport, sight: Sight) -> ModelReport:
        """The report of a model with those of its parts that were looked at alone; raises WorkerUnusableError."""
        rest = rest_of(client, job, sight.result)
        if rest is None:
            return model
        deadline = time.monotonic() + PATIENCE
        known = list(sight.findings)
        parts: list[ModelReport] = []
        for each in rest.jobs():
            if len(parts) == MOST_PARTS or time.monotonic() > deadline:
                model = replace(model, reason=f"{model.reason}; not all of its parts were looked at alone")
                break
            seen = self._look(client, each)
            new = news(seen.findings, known)
            self._report(new, each.name)
            known.extend(new)
            parts.append(described(each, seen.result))
            if isinstance(seen.result, ModelGraph):
                rest.saw(each, seen.result, to_end=parts[-1].status == "checked")
        is_partial = model.status == "partial" or any(part.graph is not None for part in parts)
        return replace(model, status="partial" if is_partial else model.status, parts=tuple(parts))

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


def _is_misnamed(job: Job, failure: TraceFailure) -> bool:
    """Whether a module or a name in it is not there, which is a mistake of the asking and in no file of the user's."""
    model = job.request.model
    is_missing = failure.message == f"there is no `{model.qualname}` in {model.source}"
    return not model.is_file and (is_missing or failure.span is None)


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
