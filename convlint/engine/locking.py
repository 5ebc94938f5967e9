"""The lock file of a repository: what a run records in it, and how a run differs from it."""

import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal, get_args

from convlint.diagnostics import Severity, Span
from convlint.engine.pipeline import check
from convlint.engine.planning.comments import Comments
from convlint.engine.planning.jobs import files
from convlint.engine.progress import Progress, silent
from convlint.engine.reporting.found import in_order, judged, suppressed, told
from convlint.engine.reporting.mending import NO_PROPOSALS
from convlint.filesystem import why_refused, write_whole
from convlint.lock import LOCK_NAME, Lock, LockError, UnreadableContractError, changes, find_lock, read_lock
from convlint.report import ContractRecord, ModelReport, Problem, Report
from convlint.request import Options, Target, UsageError
from convlint.rules import registry
from convlint.rules.base import Finding
from convlint.settings import Settings
from convlint.source.notebook import in_text
from convlint.source.text import shown_lines

_WRITE = "`convlint contract --write` records what holds now"
_GRAVITY = {
    "narrowed": Severity.ERROR,
    "output": Severity.WARNING,
    "input": Severity.WARNING,
    "widened": Severity.INFO,
}

Kind = Literal["added", "changed", "renamed", "removed"]


@dataclass(frozen=True, slots=True)
class Update:
    """A lock file as it is to be: ``lock``, and ``changes`` in words, a line each, with the kind of each.

    ``kept`` are the models that could not be traced and stay as they were recorded, ``missing`` those that could not be
    and never were.
    """

    lock: Lock
    changes: tuple[tuple[Kind, str], ...]
    kept: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many contracts are added, changed, renamed, removed and unchanged."""
        found = Counter(kind for kind, _ in self.changes)
        new = len(self.lock.models) - found.total() + found["removed"]
        return {**{kind: found[kind] for kind in get_args(Kind)}, "unchanged": new}


def open_lock(path: str | None = None) -> Lock:
    """The lock file at ``path``, or the nearest from the working directory upwards.

    Raises UsageError where there is none, or it cannot be read.
    """
    found = path or find_lock(os.getcwd())
    if found is None:
        help_ = "`convlint contract --write` records the contracts of the models here"
        raise UsageError(Problem(f"there is no {LOCK_NAME} here or in a directory above", help=(help_,)))
    try:
        return read_lock(found)
    except LockError as error:
        raise UsageError(Problem(str(error), help=(error.help,))) from error
    except OSError as error:
        raise UsageError(Problem(f"cannot read {found}: {why_refused(error)}")) from error


def record(
    targets: Sequence[str],
    options: Options,
    settings: Settings,
    path: str | None = None,
    *,
    progress: Progress = silent,
) -> tuple[Report, Update]:
    """Check, and write the contracts of all models to the lock file at ``path``.

    Without a path, it is the nearest one from the working directory upwards, or a new one there.  Raises UsageError
    where it cannot be read or written.
    """
    path = path or find_lock(os.getcwd()) or LOCK_NAME
    lock = open_lock(path) if os.path.exists(path) else Lock(path)
    directory = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(directory):
        raise UsageError(Problem(f"cannot write {path}: there is no directory {directory}"))
    report = check(targets, options, settings, progress=progress)
    update = updated(report, lock, _looked_at(targets, options, settings))
    if update.lock.models != lock.models or not os.path.exists(path):
        try:
            write_whole(path, update.lock.text().encode())
        except OSError as error:
            raise UsageError(Problem(f"cannot write {path}: {why_refused(error)}")) from error
    return report, update


def updated(report: Report, lock: Lock, seen: Collection[str]) -> Update:
    """The lock file with the contracts of a run: other files' models stay, those that are gone from its files go.

    ``seen`` are the absolute paths of the files that the run looked at as a whole.
    """
    present = dict(_present(report, lock))
    gone = _gone(lock, present, seen)
    names = _renamed(lock, present, gone)
    records = {key: recorded for key, recorded in lock.models.items() if key not in gone}
    found: list[tuple[Kind, str]] = [("removed", f"removed: {key}") for key in gone if key not in names]
    for key, model in present.items():
        if model.record is None:
            continue
        records[key] = model.record
        before = next((old for old, new in names.items() if new == key), None)
        if before is not None:
            found.append(("renamed", f"renamed: {before} is now {key}"))
        elif key not in lock.models:
            found.append(("added", f"added: {key} accepts {model.record.accepts}"))
        elif model.record != lock.models[key]:
            found.append(("changed", f"changed: {'; '.join(_sentences(key, lock.models[key], model.record))}"))
    untraced = [key for key, model in present.items() if model.record is None]
    kept = tuple(key for key in untraced if key in lock.models)
    return Update(Lock(lock.path, records), tuple(found), kept, tuple(key for key in untraced if key not in kept))


def _sentences(key: str, old: ContractRecord, new: ContractRecord) -> list[str]:
    try:
        found = [change.message for change in changes(key, old, new)]
    except UnreadableContractError:
        found = []
    return found or [f"{key} is recorded in other words"]


def compared(report: Report, lock: Lock, targets: Sequence[str], options: Options, settings: Settings) -> Report:
    """The report of a check of ``targets``, with what differs from the lock file among its findings."""
    comments = Comments()
    found = _findings(report, lock, _looked_at(targets, options, settings))
    judgements = (judged(finding, model, settings, comments) for finding, model in found)
    differences = [each for each in judgements if each is not None]
    new = told(differences, NO_PROPOSALS)
    sources = {path: shown_lines(path) for path in {each.span.path for each in new}}
    return replace(
        report,
        diagnostics=in_order((*report.diagnostics, *new)),
        suppressed=(*report.suppressed, *suppressed(differences)),
        sources={**report.sources, **sources},
    )


def _present(report: Report, lock: Lock) -> Iterator[tuple[str, ModelReport]]:
    for model in report.models:
        yield lock.key(os.path.abspath(model.path), model.name), model


def _looked_at(targets: Sequence[str], options: Options, settings: Settings) -> frozenset[str]:
    """The absolute paths of the files of which a run has all models: those of paths, not of single models."""
    found: set[str] = set()
    for text in targets:
        with suppress(UsageError):  # the report has said so
            if not isinstance(Target.read(text), Target):
                found.update(map(os.path.abspath, files([text], options, settings)))
    return frozenset(found)


def _gone(lock: Lock, present: Mapping[str, ModelReport], seen: Collection[str]) -> list[str]:
    """The recorded models that the run would have found, were they there: in a file that it saw, or that is no more."""
    paths = {key: lock.path_of(key) for key in lock.models if key not in present}
    return [key for key, path in paths.items() if path in seen or not os.path.exists(path)]


def _renamed(lock: Lock, present: Mapping[str, ModelReport], gone: Sequence[str]) -> dict[str, str]:
    """The new key of each model that is gone, where one with its contract came, in its file or under its name."""
    new = {key: model for key, model in present.items() if key not in lock.models}
    names: dict[str, str] = {}
    for key in gone:
        file, _, name = key.rpartition(":")
        like = [each for each, model in new.items() if model.record == lock.models[key]]
        heirs = [each for each in like if file == each.rpartition(":")[0] or name == each.rpartition(":")[2]]
        if len(heirs) == 1:
            names[key] = heirs[0]
            del new[heirs[0]]
    return names


def _findings(report: Report, lock: Lock, seen: Collection[str]) -> Iterator[tuple[Finding, str]]:
    present = dict(_present(report, lock))
    gone = _gone(lock, present, seen)
    names = _renamed(lock, present, gone)
    for key, model in present.items():
        if model.record is None:
            continue
        recorded = lock.models.get(key)
        span = _place(model)
        before = next((old for old, new in names.items() if new == key), None)
        if before is not None:
            yield _finding(f"{before} is recorded, and is now {key}", span, Severity.WARNING, _WRITE), model.name
        elif recorded is None:
            yield _finding(f"no contract of {model.name} is recorded", span, Severity.INFO, _WRITE), model.name
        if recorded is None:
            continue
        try:
            found = changes(model.name, recorded, model.record)
        except UnreadableContractError as error:
            message = f"the recorded contract of {model.name} is of no use: {error}"
            yield _finding(message, span, Severity.WARNING, _WRITE), model.name
            continue
        for change in found:
            finding = _finding(change.message, span, _GRAVITY[change.kind], f"if that is meant, {_WRITE}")
            yield replace(finding, witness=change.witness or None), model.name
    for key in gone:
        if key not in names:
            line = lock.line_of(key)
            span = Span(os.path.abspath(lock.path), line, 1, line, 1)
            message = f"{key} is recorded, and is no longer among the models"
            yield _finding(message, span, Severity.WARNING, f"if that is meant, {_WRITE}"), ""


def _finding(message: str, span: Span, severity: Severity, help_: str) -> Finding:
    return replace(registry.report("contract-changed", message, span, (help_,)), severity=severity)


def _place(model: ModelReport) -> Span:
    """The line of the model's class, without what it is indented by."""
    lines = shown_lines(model.path)
    text = lines[model.line - 1] if 0 < model.line <= len(lines) else ""
    column = len(text) - len(text.lstrip()) + 1
    end = max(len(text.rstrip()) + 1, column)
    # Comments and settings speak of files.
    return in_text(Span(os.path.abspath(model.path), model.line, column, model.line, end))
