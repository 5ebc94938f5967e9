"""One check under way: what was found out about each model becomes one report."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from convlint.diagnostics import Diagnostic, Span
from convlint.discover import UnreadableFile
from convlint.engine.examine import Outcome
from convlint.engine.jobs import Job
from convlint.engine.mending import NO_PROPOSALS, Proposals, mended, remarks
from convlint.engine.places import relative, relocated
from convlint.fixes.workshop import Examined
from convlint.report import ModelReport, Problem, Report
from convlint.request import Selection
from convlint.rules import registry
from convlint.rules.base import Finding
from convlint.source.text import shown_lines

LookAgain = Callable[[Job, Mapping[str, bytes]], tuple[Finding, ...]]
"""Traces the model of a job with other contents for some files, and gives what it has then."""


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
    warnings: list[Problem] = field(default_factory=list)
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
        return self.selection.admits(finding.code, finding.name, finding.span.path)

    def take_unreadable(self, file: UnreadableFile) -> None:
        """A file that is no Python counts among the models: some may be in it."""
        self._report([registry.report("import-failed", file.message, file.span, file.help)])
        path = file.span.path
        report = ModelReport(Path(path).name, relative(path), file.span.line, "failed", file.message)
        self.models.append(replace(report, stopped_by="import-failed"))

    def take(self, outcome: Outcome, look_again: LookAgain) -> None:
        """Take down what was found out about one model; ``look_again`` is for trying fixes."""
        if outcome.problem is not None:
            self.problems.append(outcome.problem)
        for trace in outcome.traces:
            self.examined.append(Examined(trace.seen, partial(look_again, trace.job)))
            self.remarks.extend(trace.remarks)
            if outcome.model is not None:
                self._report(trace.news, trace.job.name)
        if outcome.model is not None:
            self.models.append(outcome.model)

    def _report(self, findings: Iterable[Finding], model: str = "") -> None:
        self.found.extend(Found(self._graded(each), model) for each in findings if self.admits(each))

    def _graded(self, finding: Finding) -> Finding:
        """The finding, as grave as the selection has it."""
        return replace(finding, severity=self.selection.severity_of(finding.code, finding.name, finding.severity))

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
            warnings=tuple(self.warnings),
            remarks=(*self.remarks, *remarks(self.findings, proposals)),
            sources={path: lines for path in sorted(paths) if (lines := shown_lines(path))},
        )


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
