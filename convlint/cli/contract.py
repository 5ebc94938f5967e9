"""``convlint contract``: which input sizes a model accepts."""

import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from convlint.cli.options import (
    COULD_NOT_RUN,
    FINDINGS,
    cache_dir,
    fail,
    jobs_option,
    model_options,
    no_cache,
    output_format,
    remembering,
    tell,
    warn,
)
from convlint.cli.progress import ProgressLine
from convlint.cli.terminal import say

if TYPE_CHECKING:
    from convlint.request import Options
    from convlint.settings import Resolved, Settings


@click.command(name="contract")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@model_options("jobs", "cache_dir")
@click.option("--list", "listed", metavar="S=LOW:HIGH", help="Print the accepted sizes of this range.")
@click.option("--at", multiple=True, metavar="S=SIZE", help="Ask for this size. Once for each symbol.")
@click.option("--write", is_flag=True, help="Record the contracts of all models in convlint.lock.")
@click.option("--lock-file", metavar="PATH", help="Write this file.  [default: the nearest convlint.lock, or one here]")
@jobs_option
@cache_dir
@no_cache
@output_format("answer")
def command(
    targets: tuple[str, ...],
    options: "Options",
    resolved: "Resolved",
    listed: str | None,
    at: tuple[str, ...],
    write: bool,
    lock_file: str | None,
    no_cache: bool,
    output_format: str,
) -> None:
    """Say which input sizes a model accepts, exactly, and the sizes that it gives back.

    --list prints the accepted sizes of one symbol in a range, one a line.  With --at alone the exit code answers: 0
    accepted, 1 refused, 2 not known.  A symbol that neither of them names may have any size.

    TARGET is path/file.py:Class or package.module:callable.

    With --write, targets are as for `convlint check`, without one the working directory, and what their models accept
    is recorded in convlint.lock: `convlint check --locked` finds what it has become since.
    """
    from convlint import engine, request
    from convlint.render import contract as render

    settings = remembering(resolved.settings, no_cache=no_cache)
    if write:
        if listed or at:
            raise click.UsageError("--write records whole contracts: --list and --at go without it.")
        _record(targets or (".",), options, settings, lock_file)
    if lock_file:
        raise click.UsageError("--lock-file is for --write.")
    if len(targets) != 1:
        raise click.UsageError("Name one model, path/file.py:Class or package.module:callable; or --write for all.")
    try:
        query = request.ContractQuery.read(listed, at)
        answer = engine.contract(targets[0], options, query, settings)
    except request.UsageError as error:
        fail(error.problem)
    say(render.render_json(answer) if output_format == "json" else render.render_text(answer))
    if answer.accepted is None and at and not listed:
        sys.exit(COULD_NOT_RUN)
    sys.exit(FINDINGS if at and not listed and not answer.accepted else 0)


def _record(targets: tuple[str, ...], options: "Options", settings: "Settings", lock_file: str | None) -> NoReturn:
    """Write the lock file, say what changed in it, and exit."""
    from convlint import engine, request
    from convlint.render.counts import counted

    try:
        with ProgressLine(sys.stderr) as progress:
            report, update = engine.record(targets, options, settings, lock_file, progress=progress)
    except request.UsageError as error:
        fail(error.problem)
    warn(*report.warnings)
    tell(*report.problems)
    path = os.path.relpath(update.lock.path)
    say("".join(f"{line}\n" for _, line in update.changes))
    for key in update.kept:
        click.echo(f"warning: {key} could not be traced, and stays as it was recorded", err=True)
    for key in update.missing:
        click.echo(f"warning: {key} could not be traced, and is not recorded; `convlint check` says why", err=True)
    tally = ", ".join(f"{count} {kind}" for kind, count in update.counts.items() if count)
    total = counted(len(update.lock.models), "contract")
    click.echo(f"{path}: {total}{f' ({tally})' if tally else ''}.", err=True)
    sys.exit(COULD_NOT_RUN if report.problems else 0)
