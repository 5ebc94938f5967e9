"""One check under way: what was found out about each model becomes one report."""

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from convlint.discover import UnreadableFile
from convlint.engine.examining.alone import OF_THE_RUN
from convlint.engine.examining.examine import Outcome
from convlint.engine.places import relocated
from convlint.engine.planning.comments import Comments
from convlint.engine.planning.job import Job
from convlint.engine.planning.jobs import Plan
from convlint.engine.reporting.coverage import Coverage
from convlint.engine.reporting.found import Found, judged, suppressed, told
from convlint.engine.reporting.mending import NO_PROPOSALS, Key, Proposals, key_of, remarks
from convlint.engine.reporting.notices import bad_directive, mistakes_in, unused_suppression
from convlint.engine.reporting.suppression import names, unused
from convlint.fixes.workshop import Examined, Proposal
from convlint.report import InsideReport, ModelReport, Problem, Report
from convlint.rules import registry
from convlint.rules.base import Finding
from convlint.settings import Settings
from convlint.source.directives import Item
from convlint.source.text import shown_lines
from convlint.source.written import placed_cells

LookAgain = Callable[[Job, Mapping[str, bytes]], tuple[Finding, ...]]
"""Traces the model of a job with other contents for some files, and gives what it has then."""


_LATE = frozenset({"unused-suppression", "bad-directive", "contract-changed"})
"""Rules whose findings come after the judgement on what hides nothing."""


@dataclass(slots=True)
class Run:
    """What a check has found so far."""

    settings: Settings
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    models: list[ModelReport] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    examined: list[Examined] = field(default_factory=list)
    comments: Comments = field(default_factory=Comments)
    coverage: Coverage = field(default_factory=Coverage)
    inside: Sequence[InsideReport] = ()
    removals: dict[Key, Proposal] = field(default_factory=dict)
    """What takes unused directives away, by their findings."""

    @property
    def findings(self) -> list[Finding]:
        """What is reported, model by model."""
        return [each.finding for each in self.found if not each.hits]

    def admits(self, finding: Finding) -> bool:
        """Whether a finding is reported: its rule was selected there, and no comment hides it."""
        found = judged(finding, "", self.settings, self.comments)
        return found is not None and not found.hits

    def take_unreadable(self, file: UnreadableFile) -> None:
        """A file that is no Python counts among the models: some may be in it."""
        self._report([registry.report("import-failed", file.message, file.span, file.help)])
        place = relocated(file.span)
        report = ModelReport(Path(place.path).name, place.path, place.line, "failed", file.message)
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
            whole = outcome.traces[0]
            is_whole = outcome.model.status == "checked" and not whole.is_guessed
            self.coverage.saw(whole.job, whole.seen, is_whole=is_whole)

    def take_host(self, outcome: Outcome, look_again: LookAgain, files: Collection[str]) -> None:
        """Take down what was found in ``files``, by real paths, of a model that is in none of them."""
        for trace in outcome.traces:
            self.examined.append(Examined(trace.seen, partial(look_again, trace.job)))
            there = (each for each in trace.news if os.path.realpath(each.span.path) in files)
            self._report((each for each in there if not each.code.startswith(OF_THE_RUN)), trace.job.name)
            self.coverage.saw(trace.job, trace.seen, is_whole=False)

    def take_findings(self, findings: Iterable[Finding], model: str) -> None:
        """Take down what was found in ``model`` without running it."""
        self._report(findings, model)

    def _report(self, findings: Iterable[Finding], model: str = "") -> None:
        self.found.extend(filter(None, (judged(each, model, self.settings, self.comments) for each in findings)))

    def take_directives(self, plan: Plan) -> None:
        """Say what is wrong with the directives of the files, once all models were taken."""
        rules = registry.names()
        files = dict.fromkeys((*plan.files, *plan.others))
        mistakes = [*plan.mistakes, *(each for path in files for each in mistakes_in(self.comments.of(path), rules))]
        self._report(bad_directive(each) for each in mistakes)
        used = {hit.item for each in self.found for hit in each.hits}
        for path in plan.files:
            if self.coverage.is_whole(path, [each for each in plan.models if each.span.path == path]):
                for each in unused(self.comments.of(path).suppressions, used, self._is_judged):
                    finding, proposal = unused_suppression(each)
                    self._report([finding])
                    self.removals[key_of(finding)] = proposal

    def _is_judged(self, item: Item) -> bool:
        """Whether a rule that a comment names is one that the run would have reported."""
        rule = next((each for each in registry.rules() if names(item, each.code, each.name)), None)
        if rule is None or rule.name in _LATE:
            return False
        return self.settings.at(item.span.path).selection.admits(rule.code, rule.name, item.span.path)

    def report(self, proposals: Proposals = NO_PROPOSALS) -> Report:
        """Everything in the order of the source, each finding once, with the fixes that are proposed."""
        diagnostics = told(self.found, proposals)
        paths = {each.span.path for each in diagnostics}
        paths |= {related.span.path for each in diagnostics for related in each.related}
        report = Report(
            diagnostics=diagnostics,
            suppressed=suppressed(self.found),
            models=tuple(sorted(self.models, key=lambda model: (model.path, model.line, model.name))),
            problems=tuple(self.problems),
            warnings=tuple(self.warnings),
            inside=tuple(self.inside),
            remarks=(*self.remarks, *remarks(self.findings, proposals)),
            sources={path: lines for path in sorted(paths) if (lines := shown_lines(path))},
        )
        return replace(report, cells=placed_cells(report.paths()))
