"""The lock file of a repository: what a run records in it, and how a run differs from it."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from convlint.diagnostics import Severity, Span, split_cell
from convlint.engine.pipeline import check
from convlint.engine.planning.comments import Comments
from convlint.engine.progress import Progress, silent
from convlint.engine.reporting.found import in_order, judged, suppressed, told
from convlint.engine.reporting.mending import NO_PROPOSALS
from convlint.filesystem import why_refused, write_whole
from convlint.lock import LOCK_NAME, Lock, LockError, UnreadableContractError, changes, find_lock, read_lock
from convlint.report import ContractRecord, ModelReport, Problem, Report
from convlint.request import Options, UsageError
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


@dataclass(frozen=True, slots=True)
class Update:
    """A lock file as it is to be: ``lock``, and ``changes`` in words, a line each.  ``kept`` are the models that could
    not be traced and stay as they were recorded, ``missing`` those that could not be and never were.
    """

    lock: Lock
    changes: tuple[str, ...]
    kept: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


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
    report = check(targets, options, settings, progress=progress)
    update = updated(report, lock)
    if update.lock.models != lock.models or not os.path.exists(path):
        try:
            write_whole(path, update.lock.text().encode())
        except OSError as error:
            raise UsageError(Problem(f"cannot write {path}: {why_refused(error)}")) from error
    return report, update


def updated(report: Report, lock: Lock) -> Update:
    """The lock file with the contracts of a run: other files' models stay, those that are gone from its files go."""
    present = dict(_present(report, lock))
    seen = _files(report)
    records: dict[str, ContractRecord] = {}
    lines: list[str] = []
    kept: list[str] = []
    for key, recorded in lock.models.items():
        model = present.get(key)
        if model is None and not _is_gone(lock, key, seen):
            records[key] = recorded
        elif model is None:
            lines.append(f"{key} is gone")
        elif model.record is None:
            records[key] = recorded
            kept.append(key)
    for key, model in present.items():
        if model.record is None:
            continue
        records[key] = model.record
        if key not in lock.models:
            lines.append(f"{key} is new: it accepts {model.record.accepts}")
        elif model.record != lock.models[key]:
            lines.append("; ".join(_sentences(key, lock.models[key], model.record)))
    missing = (key for key, model in present.items() if model.record is None and key not in lock.models)
    return Update(Lock(lock.path, records), tuple(lines), tuple(kept), tuple(missing))


def _sentences(key: str, old: ContractRecord, new: ContractRecord) -> list[str]:
    try:
        found = [change.message for change in changes(key, old, new)]
    except UnreadableContractError:
        found = []
    return found or [f"{key} is recorded in other words"]


def compared(report: Report, lock: Lock, settings: Settings) -> Report:
    """The report, with what differs from the lock file among its findings."""
    comments = Comments()
    judgements = (judged(finding, model, settings, comments) for finding, model in _findings(report, lock))
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


def _files(report: Report) -> set[str]:
    """The absolute paths of the files that have models."""
    return {os.path.abspath(split_cell(model.path)[0]) for model in report.models}


def _is_gone(lock: Lock, key: str, seen: set[str]) -> bool:
    """Whether a model that the run has not found was there to be found: in a file that it saw, or that is no more."""
    path = lock.path_of(key)
    return path in seen or not os.path.exists(path)


def _findings(report: Report, lock: Lock) -> Iterator[tuple[Finding, str]]:
    present = dict(_present(report, lock))
    for key, model in present.items():
        if model.record is None:
            continue
        recorded = lock.models.get(key)
        span = _place(model)
        if recorded is None:
            yield _finding(f"no contract of {model.name} is recorded", span, Severity.INFO, _WRITE), model.name
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
    seen = _files(report)
    for key in lock.models:
        if key not in present and _is_gone(lock, key, seen):
            line = lock.line_of(key)
            span = Span(os.path.abspath(lock.path), line, 1, line, 1)
            yield _finding(f"{key} is recorded, and is no more", span, Severity.INFO, _WRITE), ""


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
