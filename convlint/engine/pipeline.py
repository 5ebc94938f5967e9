"""The one pipeline: paths and targets → traces → findings → Report."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from convlint.diagnostics import Applicability
from convlint.engine.examining.crew import Crew, usable_cores
from convlint.engine.examining.examine import Outcome, Saw, examine, unseen
from convlint.engine.examining.look import look
from convlint.engine.examining.memory import Memory, python_of, remembering
from convlint.engine.examining.misstated import misstated
from convlint.engine.places import relocated, where
from convlint.engine.planning.job import Job
from convlint.engine.planning.jobs import Hosted, plan
from convlint.engine.planning.named import asked
from convlint.engine.planning.shards import Shard
from convlint.engine.progress import Progress, Step, followed, silent
from convlint.engine.reporting.mending import NO_PROPOSALS, editable, patch_of, propose, written
from convlint.engine.reporting.run import Run
from convlint.fixes.patch import Patch
from convlint.fixes.workshop import Workshop
from convlint.graph.model import ModelGraph
from convlint.report import Problem, Report
from convlint.request import Options, Target, UsageError
from convlint.rules.base import Finding
from convlint.settings import DEFAULTS, Settings
from convlint.source.unsaved import held_contents, unsaved
from convlint.trace.client import Client, WorkerUnusableError
from convlint.trace.limits import Limits
from convlint.trace.protocol import TraceFailure

MOST_ROUNDS = 8
"""Rounds of fixes in one run: mistakes that hide more of one another are left for the next."""

_DEFAULTS = Options()


def check(
    targets: Sequence[str],
    options: Options = _DEFAULTS,
    settings: Settings = DEFAULTS,
    *,
    progress: Progress = silent,
    memory: Memory | None = None,
    shard: Shard | None = None,
    is_awaited: bool = False,
) -> Report:
    """Check files, directories and single models.  What cannot be run is a problem of the report, no exception.

    ``memory`` knows what earlier runs found out; where it is None, that of the settings does.  With a ``shard``, only
    its models are checked.  Where work for a worker ``is_awaited``, it imports torch while models are looked for.
    """
    with _crew(settings) as crew:
        if is_awaited:
            with suppress(WorkerUnusableError):  # it will say so when it is asked
                crew.client().start()
        memory = memory or remembering(settings)
        return run_with(crew, targets, options, settings, None, progress, memory, shard=shard)[0]


def propose_patch(
    targets: Sequence[str],
    options: Options = _DEFAULTS,
    settings: Settings = DEFAULTS,
    *,
    unsafe: bool = False,
    progress: Progress = silent,
) -> tuple[Report, Patch]:
    """Check, and make a patch of all fixes that hold together, and of those that hold then: the safe ones, or all.

    Nothing is written.
    """
    rounds = _rounds(targets, options, settings, unsafe=unsafe, progress=progress)
    return rounds.found, rounds.patch


def fix(
    targets: Sequence[str],
    options: Options = _DEFAULTS,
    settings: Settings = DEFAULTS,
    *,
    unsafe: bool = False,
    progress: Progress = silent,
) -> Report:
    """Check, write the patch that `propose_patch` makes, and report what the files have then."""
    rounds = _rounds(targets, options, settings, unsafe=unsafe, progress=progress)
    unwritten = written(rounds.patch)
    if not unwritten:
        return replace(rounds.left, fixed=rounds.patch.fixed)
    report = check(targets, options, settings, progress=progress)
    return replace(report, problems=(*report.problems, *unwritten))


@dataclass(frozen=True, slots=True)
class _Rounds:
    """What was found at first, what is left with ``patch``, and the patch."""

    found: Report
    left: Report
    patch: Patch


def _rounds(
    targets: Sequence[str], options: Options, settings: Settings, *, unsafe: bool, progress: Progress
) -> _Rounds:
    """Fix what can be fixed, and what comes to light by that, each round on files as the one before leaves them."""
    wanted = Applicability.UNSAFE if unsafe else Applicability.SAFE
    found, patch = _run(targets, options, settings, wanted, progress)
    left, more = found, patch
    for _ in range(MOST_ROUNDS - 1):
        if not more.files:
            return _Rounds(found, left, patch)
        with unsaved({**held_contents(), **patch.contents}):
            left, more = _run(targets, options, settings, wanted, progress)
        patch = patch.then(more)
    with unsaved({**held_contents(), **patch.contents}):
        left = check(targets, options, settings, progress=progress)
    return _Rounds(found, left, patch)


def _run(
    targets: Sequence[str], options: Options, settings: Settings, wanted: Applicability | None, progress: Progress
) -> tuple[Report, Patch]:
    with _crew(settings) as crew:
        return run_with(crew, targets, options, settings, wanted, progress, remembering(settings))


def _crew(settings: Settings) -> Crew:
    return Crew(lambda: _client(settings), settings.jobs or usable_cores())


def run_with(
    crew: Crew,
    targets: Sequence[str],
    options: Options,
    settings: Settings,
    wanted: Applicability | None,
    progress: Progress,
    memory: Memory,
    saw: Saw = unseen,
    shard: Shard | None = None,
) -> tuple[Report, Patch]:
    """Check with workers that are there, and make a patch of the ``wanted`` fixes; raises RequestCancelledError.

    ``saw`` is told of the models that are run, which those that ``memory`` knows are not.
    """
    planned = plan(targets, options, settings)
    if shard is not None:
        planned = shard.part_of(planned)
    run = Run(settings, planned.problems, planned.warnings, comments=planned.comments, inside=planned.inside)
    run.models.extend(planned.left_out)
    for file in planned.unreadable:
        run.take_unreadable(file)
    proposals, patch = NO_PROPOSALS, Patch()
    if planned.jobs or planned.hosts:

        def examined(jobs: Sequence[Job]) -> list[Outcome]:
            progress(Step(0, len(jobs), "starting"))
            return crew.outcomes(jobs, followed(partial(examine, saw=saw, trace=memory.traced), progress, len(jobs)))

        def look_again(job: Job, contents: Mapping[str, bytes]) -> tuple[Finding, ...]:
            return memory.findings(job, contents, lambda *what: look(crew.client(), *what))

        try:
            for outcome in memory.outcomes(planned.jobs, examined):
                run.take(outcome, look_again)
            for outcome, files in _hosted(planned.hosts, partial(memory.outcomes, examine=examined)):
                run.take_host(outcome, look_again, files)
            run.take_directives(planned)
            progress(Step(len(planned.jobs), len(planned.jobs), "trying fixes"))
            workshop = Workshop(run.examined, run.admits, editable(job.path for job in planned.jobs))
            proposals = {**propose(workshop, run.findings), **run.removals}
            if wanted is not None:
                patch = patch_of(workshop, run.findings, proposals, unsafe=wanted is Applicability.UNSAFE)
        except WorkerUnusableError as error:
            run.problems.append(_unusable(error))
        run.remarks.extend(memory.remarks)
    else:
        run.take_directives(planned)
    return run.report(NO_PROPOSALS if shard is not None else proposals), patch


def _hosted(
    hosts: Sequence[Hosted], outcomes: Callable[[Sequence[Job]], Sequence[Outcome]]
) -> Iterator[tuple[Outcome, frozenset[str]]]:
    """What comes of models in files that nobody asked for, each with the files that somebody did.

    Of those that cannot be followed, what comes of the models in these files alone.
    """
    for host, outcome in zip(hosts, outcomes([each.job for each in hosts]), strict=True):
        yield outcome, host.files
        if outcome.model is None or outcome.model.status in {"skipped", "failed"}:
            yield from ((alone, host.files) for alone in outcomes(host.alone))


def trace(target: str, options: Options = _DEFAULTS, settings: Settings = DEFAULTS) -> ModelGraph:
    """The graph of one model, its paths as they read from here; raises UsageError where there is none."""
    job = asked(Target.read_one(target), options, settings)
    with _client(settings) as client:
        try:
            traced = remembering(settings).traced(client, job.request)
        except WorkerUnusableError as error:
            raise UsageError(_unusable(error)) from error
    result = traced.result
    mistake = misstated(job, result, traced.wrong)
    if mistake is not None:
        raise UsageError(mistake)
    if isinstance(result, TraceFailure):
        place = f"{where(result.span)}: " if result.span else ""
        raise UsageError(Problem(f"{place}{result.message}", help=result.help))
    return relocated(replace(result, assumed=(*job.assumed, *result.assumed)))


def _client(settings: Settings) -> Client:
    limits = Limits(seconds=settings.timeout, memory=settings.memory)
    return Client(python_of(settings), limits)


def _unusable(error: WorkerUnusableError) -> Problem:
    return Problem(str(error), help=error.help)
