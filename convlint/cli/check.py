"""``convlint check``: find mistakes in models."""

import os
import sys
from dataclasses import replace
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, NoReturn

import click

from convlint.cli.kept import answered_from_cache, keeping
from convlint.cli.options import (
    COULD_NOT_RUN,
    FINDINGS,
    cache_dir,
    fail,
    jobs_option,
    model_options,
    no_cache,
    remembering,
    rules_of,
    tell,
    warn,
)
from convlint.cli.present import FROM_SETTINGS, outputs_of, present
from convlint.cli.progress import ProgressLine
from convlint.cli.terminal import say
from convlint.render.counts import counted
from convlint.render.formats import FORMATS

if TYPE_CHECKING:
    from convlint.cache.runs import Runs
    from convlint.cache.snapshot import Dependencies
    from convlint.fixes.patch import Patch
    from convlint.lock import Lock
    from convlint.report import Report
    from convlint.request import Options
    from convlint.settings import Resolved, Settings

_KEYS = (
    "select", "ignore", "fail_on", "show_info", "exclude", "extend_exclude", "respect_gitignore",
    "force_exclude", "jobs", "cache_dir",
)  # fmt: skip
"""The keys of the settings that an option of this command counts for more than."""


class _Check(click.Command):
    """The command with an option whose value is optional: only what follows ``=`` is that, never a path behind it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line."""
        return super().parse_args(ctx, [f"{each}=" if each == "--add-ignore" else each for each in args])


def _reason(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """A reason that fits in a comment."""
    if value is not None and not value.isprintable():
        raise click.BadParameter("a reason is one line", ctx, parameter)
    return value


def _shard(ctx: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """``2/3`` as numbers."""
    if value is None:
        return None
    number, _, count = value.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise click.BadParameter("a shard is written I/N, with I from 1 to N.", ctx, parameter)
    return int(number), int(count)


@click.command(name="check", cls=_Check)
@click.argument("targets", nargs=-1, metavar="[PATH|TARGET]...")
@answered_from_cache
@model_options(*_KEYS)
@click.option(
    "--select",
    metavar="RULES",
    multiple=True,
    callback=rules_of("--select"),
    help="Report only these rules (code, its beginning, or name), whatever the settings choose.",
)
@click.option(
    "--ignore",
    metavar="RULES",
    multiple=True,
    callback=rules_of("--ignore"),
    help="Leave these rules out, and those that the settings ignore.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info"]),
    help="Exit with 1 for findings of this severity, or a higher one.  [default: warning]",
)
@click.option(
    "--output-format",
    "formats",
    multiple=True,
    metavar="FORMAT[:PATH]",
    help=f"Write the report in this form: {', '.join(FORMATS)}. With :PATH it goes to that file. Once for each form.  "
    "[default: text]",
)
@click.option("--output-file", metavar="PATH", help="Write the report to this file, not to standard output.")
@click.option("--statistics", is_flag=True, help="Count the findings by rule.")
@click.option("--show-info/--no-show-info", default=None, help="Show each info finding, not one line for each kind.")
@click.option("--exclude", metavar="GLOB", multiple=True, help="Leave out these files, not those of the default.")
@click.option("--extend-exclude", metavar="GLOB", multiple=True, help="Leave out these files, too.")
@click.option(
    "--respect-gitignore/--no-respect-gitignore",
    default=None,
    help="Leave out what git ignores.  [default: respect-gitignore]",
)
@click.option(
    "--force-exclude/--no-force-exclude", default=None, help="Leave out excluded files that are named, too."
)
@click.option(
    "--affected",
    is_flag=True,
    help="Check those models below the working directory that depend on a PATH, or are in one; without a PATH, on what "
    "git has otherwise than the last commit.",
)
@click.option(
    "--no-exec",
    is_flag=True,
    help="Run no code of the files that are checked: look for what the numbers of single layers show.",
)
@click.option("--show-settings", is_flag=True, help="Print the settings that hold here and where they are from.")
@click.option("--show-files", is_flag=True, help="Print the files that would be looked at.")
@click.option("--show-suppressed", is_flag=True, help="List the findings that comments hide.")
@click.option("--fix", is_flag=True, help="Make the safe fixes in place, and report what is left.")
@click.option("--unsafe-fixes", is_flag=True, help="Take those fixes, too, that change what a model computes.")
@click.option("--diff", is_flag=True, help="Print what --fix would change, and write nothing.")
@click.option(
    "--add-ignore",
    metavar="[=WHY]",
    callback=_reason,
    help="Hide what makes the run fail with a comment at each place, and report what is left.",
)
@jobs_option
@click.option(
    "--shard",
    callback=_shard,
    metavar="I/N",
    help="Check the I-th of N parts of the models, as one job of a CI matrix; see `convlint merge`.",
)
@cache_dir
@no_cache
@click.option("--locked", is_flag=True, help="Compare the models' contracts with those in convlint.lock.")
@click.option("--verbose", "-v", is_flag=True, help="Show every model, its input and what it accepts.")
def command(
    targets: tuple[str, ...],
    runs: "Runs | None",
    options: "Options",
    resolved: "Resolved",
    affected: bool,
    no_exec: bool,
    show_settings: bool,
    show_files: bool,
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    add_ignore: str | None,
    shard: tuple[int, int] | None,
    no_cache: bool,
    locked: bool,
    **_: object,
) -> None:
    """Find mistakes in models and report them.

    A PATH is a Python file or a directory: its models, their arguments and inputs are found by themselves.  A TARGET is
    one model, path/file.py:Class or package.module:callable, and --input, --arg and --where speak of it.  Without
    either, the working directory is checked, or with --affected what changed in it.

    A fix is offered where the edited source was traced again, the finding was gone and nothing else was new.

    Exit codes: 0 nothing found, 1 findings at or above --fail-on (with --fix: that are left; with --diff: something
    would be changed), 2 could not run.
    """
    from convlint import engine
    from convlint.cache import place
    from convlint.cache.observed import Observed
    from convlint.cache.snapshot import Dependencies
    from convlint.cache.store import Store
    from convlint.settings.explain import render_settings

    settings = resolved.settings
    asked = click.get_current_context().params
    manner = {name: getattr(settings, name) for name in FROM_SETTINGS}
    outputs_of(asked, manner)  # what cannot be written is said before anything runs
    lock = _opened() if locked else None
    if add_ignore is not None and (fix or unsafe_fixes):
        raise click.UsageError("--add-ignore hides what --fix mends: first the one, then the other.")
    if shard is not None and (fix or diff or locked or add_ignore is not None):
        raise click.UsageError("a shard has not all models that edits and locks speak of: leave out --shard.")
    if no_exec and (fix or diff or locked or shard is not None or add_ignore is not None):
        raise click.UsageError("edits, locks and shards are for models that are run: leave out --no-exec.")
    part = engine.Shard(*shard) if shard is not None else None
    targets = targets or (_changed(settings) if affected else (".",))
    options = replace(options, affected=affected)
    if show_settings:
        say(render_settings(resolved))
    if show_files:
        _show_files(targets, options, settings)
    if show_settings or show_files:
        return
    cache = place.directory(settings.cache_dir)
    settings = remembering(settings, no_cache=no_cache)
    snapshot = None
    if add_ignore is not None:
        write_ignores = partial(engine.propose_ignores if diff else engine.add_ignores, reason=add_ignore)
        with ProgressLine(sys.stderr) as progress:
            report, patch = write_ignores(targets, options, settings, progress=progress)
        if diff:
            _show_patch(report, patch, "hide", "Nothing to hide.")
        click.echo(f"Hid {counted(patch.fixed, 'finding')}." if patch.fixed else "Nothing to hide.", err=True)
    elif no_exec:
        report = engine.check_unexecuted(targets, options, settings)
    elif diff:
        with ProgressLine(sys.stderr) as progress:
            proposed = engine.propose_patch(targets, options, settings, unsafe=unsafe_fixes, progress=progress)
        _show_patch(*proposed, "fix", "No fixes.")
    elif fix:
        with ProgressLine(sys.stderr) as progress:
            report = engine.fix(targets, options, settings, unsafe=unsafe_fixes, progress=progress)
        report = report if lock is None else engine.compared(report, lock, targets, options, settings)
    else:
        memory = engine.remembering(settings)
        is_awaited = runs is not None and runs.await_work()
        with ProgressLine(sys.stderr) as progress, Observed(cache) as observed:
            report = engine.check(
                targets, options, settings, progress=progress, memory=memory, shard=part, is_awaited=is_awaited
            )
            report = report if lock is None else engine.compared(report, lock, targets, options, settings)
        if runs is not None and memory.depends is not None and not (report.problems or memory.remarks):
            there = frozenset(filter(os.path.lexists, resolved.sources))
            read = Dependencies(there, resolved.sources - there) | _dependencies(lock)
            runs = replace(runs, store=Store(cache))
            snapshot = runs.keep(report, manner, memory.depends | observed.dependencies() | read)
    present(report, asked, manner, keeping(cache, snapshot))


def _dependencies(lock: "Lock | None") -> "Dependencies":
    """The lock file, and that no nearer one is there."""
    from convlint.cache.snapshot import Dependencies
    from convlint.lock import lock_paths

    if lock is None:
        return Dependencies()
    path = os.path.abspath(lock.path)
    return Dependencies(frozenset([path]), frozenset(takewhile(lambda each: each != path, lock_paths(os.getcwd()))))


def _opened() -> "Lock":
    """The lock file; ends the command where there is none."""
    from convlint import engine
    from convlint.request import UsageError

    try:
        return engine.open_lock()
    except UsageError as error:
        fail(error.problem)


def _changed(settings: "Settings") -> tuple[str, ...]:
    """The files that changed since the last commit; ends the command where git does not tell."""
    from convlint import engine
    from convlint.request import UsageError

    try:
        return engine.changed(settings)
    except UsageError as error:
        fail(error.problem)


def _show_files(targets: tuple[str, ...], options: "Options", settings: "Settings") -> None:
    """Print the files that would be looked at, a line each; what is neither a path nor a model ends it with 2."""
    from convlint import engine, request

    try:
        for path in engine.files(targets, options, settings):
            say(f"{path}\n")
    except request.UsageError as error:
        fail(error.problem)


def _show_patch(report: "Report", patch: "Patch", verb: str, nothing: str) -> NoReturn:
    """Print what would be changed, and exit as ``--diff`` does."""
    warn(*report.warnings)
    tell(*report.problems)
    say(patch.diff())
    click.echo(f"Would {verb} {counted(patch.fixed, 'finding')}." if patch.fixed else nothing, err=True)
    if report.problems:
        sys.exit(COULD_NOT_RUN)
    sys.exit(FINDINGS if patch.fixed else 0)
