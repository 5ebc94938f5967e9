"""Trying a fix before it is offered: every model that its files are part of is traced again with the edits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from convlint.diagnostics import Applicability, Fix, Severity, Span
from convlint.fixes.draft import Draft, Library
from convlint.fixes.sourcefile import ConflictError
from convlint.rules.base import Finding
from convlint.rules.remedy import Remedy
from convlint.source.notebook import line_in_words
from convlint.source.text import SourceError

_MOST_STEPS = 8
"""Mistakes that hide one another and are put right together by one fix."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one trace of a model showed.

    ``reached`` are the places of the source that some size comes to, ``sources`` the files that it depends on.
    """

    findings: tuple[Finding, ...]
    reached: frozenset[Span]
    sources: frozenset[str]


Look = Callable[[Mapping[str, bytes]], tuple[Finding, ...]]
"""Traces a model again, with other contents for some files, and gives what it has then."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A model of the run: what it has, and the way to look at it again."""

    seen: Seen
    look: Look


@dataclass(frozen=True, slots=True)
class Proposal:
    """What there is to say about mending one finding: a fix, or helps that say where to do it by hand.

    ``remark`` is why a fix that could be written is not offered.
    """

    fix: Fix | None = None
    help: tuple[str, ...] = ()
    remark: str = ""


class Workshop:
    """Writes and tries the fixes of one run."""

    def __init__(
        self, models: Sequence[Examined], admits: Callable[[Finding], bool], may_edit: Callable[[str], bool]
    ) -> None:
        self.library = Library()
        self._models = models
        self._admits = admits
        self._may_edit = may_edit
        self._memory: dict[tuple[int, frozenset[tuple[str, bytes]]], tuple[Finding, ...]] = {}

    def propose(self, finding: Finding) -> Proposal:
        """The fix of one finding, if there is one that holds.

        Where the mistake hid others that have a remedy too, the fix is all of them: the model runs after it.
        """
        if finding.remedy is None:
            return Proposal()
        draft = Draft(self.library)
        each, remedy = finding, finding.remedy
        taken: list[Remedy] = []
        try:
            for _ in range(_MOST_STEPS):
                if not all(self._is_ours(change.call.path) for change in remedy.changes):
                    return Proposal(remark="the file is not one of the project's")
                written = draft.with_remedy(remedy)
                if not isinstance(written, Draft):
                    reasons = tuple(obstacle.reason for obstacle in written)
                    return Proposal(help=reasons) if each is finding else Proposal(remark="; ".join(reasons))
                draft = written
                taken.append(remedy)
                new = self._new(draft, [finding])
                if not new:
                    return Proposal(_fix(taken, draft), draft.computed)
                again = next((other for other in new if _is_same(other, finding, draft)), None)
                if again is not None:
                    return Proposal(help=(f"that alone does not do: with it, {again.message}",))
                if not all(other.remedy is not None and self._admits(other) for other in new):
                    return Proposal(remark=f"with {finding.remedy.settings} there would be {_listed(new)}")
                each = new[0]
                assert each.remedy is not None
                remedy = each.remedy
        except ConflictError:
            return Proposal(remark="the edits that it needs contradict each other")
        except (SourceError, OSError) as error:
            return Proposal(remark=f"the file cannot be edited: {error}")
        return Proposal(remark=f"more than {_MOST_STEPS} changes would be needed")

    def agree(self, targets: Sequence[tuple[Finding, Fix]]) -> list[int]:
        """The positions of the fixes that hold together, in order; of two that do not, the first is taken."""
        chosen = range(len(targets))
        whole = self._together(targets, list(chosen))
        if whole is not None and not self._new(whole, [finding for finding, _ in targets]):
            return list(chosen)
        taken: list[int] = []
        for index in chosen:
            draft = self._together(targets, [*taken, index])
            if draft is not None and not self._new(draft, [targets[each][0] for each in (*taken, index)]):
                taken.append(index)
        return taken

    def fit(self, fixes: Sequence[Fix]) -> bool:
        """Whether all of these edits can be made together."""
        try:
            self.contents(fixes)
        except (ConflictError, SourceError, OSError):
            return False
        return True

    def contents(self, fixes: Sequence[Fix]) -> dict[str, tuple[bytes, bytes]]:
        """The files that fixes change, before and after."""
        draft = Draft(self.library).with_edits(edit for fix in fixes for edit in fix.edits)
        return {path: (self.library.file(path).data, data) for path, data in draft.contents().items()}

    def _is_ours(self, path: str) -> bool:
        """Whether a file may be edited, and a model shows what that does."""
        return self._may_edit(path) and any(path in model.seen.sources for model in self._models)

    def _together(self, targets: Sequence[tuple[Finding, Fix]], chosen: Sequence[int]) -> Draft | None:
        try:
            return Draft(self.library).with_edits(edit for index in chosen for edit in targets[index][1].edits)
        except (ConflictError, SourceError, OSError):
            return None

    def _looked(self, index: int, contents: Mapping[str, bytes]) -> tuple[Finding, ...]:
        key = index, frozenset(contents.items())
        if key not in self._memory:
            self._memory[key] = self._models[index].look(contents)
        return self._memory[key]

    def _new(self, draft: Draft, targets: Sequence[Finding]) -> list[Finding]:
        """What the edited files have that they had not before, or have in spite of the edits."""
        contents = draft.contents()
        gone = {(each.code, each.span) for each in targets}
        found: dict[tuple[str, Span], Finding] = {}
        for index, model in enumerate(self._models):
            if model.seen.sources.isdisjoint(draft.paths):
                continue
            had: dict[tuple[str, Span], Severity] = {}
            for each in model.seen.findings:
                had[each.code, each.span] = max(each.severity, had.get((each.code, each.span), each.severity))
            for each in self._looked(index, contents):
                place = draft.before(each.span) or each.span
                if (each.code, place) in gone or not _was_there(each, place, had, model.seen):
                    found.setdefault((each.code, place), each)
        return list(found.values())


def _was_there(
    finding: Finding, place: Span, had: Mapping[tuple[str, Span], Severity], before: Seen
) -> bool:
    """Whether a finding is no news: it was there, or stands at a place that no size came to before.

    An error is news wherever it is: with it, nothing shows that the model runs.
    """
    known = had.get((finding.code, place))
    if known is not None:
        return finding.severity <= known
    return finding.severity < Severity.ERROR and place not in before.reached


def _fix(remedies: Sequence[Remedy], draft: Draft) -> Fix:
    safe = all(remedy.is_safe for remedy in remedies) and not draft.computed
    message = f"set {', and behind it '.join(dict.fromkeys(remedy.settings for remedy in remedies))}"
    return Fix(Applicability.SAFE if safe else Applicability.UNSAFE, message, draft.edits())


def _is_same(finding: Finding, target: Finding, draft: Draft) -> bool:
    return finding.code == target.code and draft.before(finding.span) == target.span


def _listed(findings: Sequence[Finding]) -> str:
    return ", ".join(f"{each.code} {each.name} at {line_in_words(each.span.path, each.span.line)}" for each in findings)
