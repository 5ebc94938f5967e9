"""``convlint check``: find mistakes in models."""

import sys

import click

from convlint.cli.options import COULD_NOT_RUN, FINDINGS, coloured, engine_options, fail, model_options, tell


@click.command(name="check")
@click.argument("targets", nargs=-1, metavar="PATH|TARGET...")
@model_options
@click.option("--select", metavar="RULES", multiple=True, help="Only these rules (code, its beginning, or name).")
@click.option("--ignore", metavar="RULES", multiple=True, help="Not these rules.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info"]),
    default="warning",
    show_default=True,
    help="The lowest severity that makes the exit code 1.",
)
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of the report.",
)
@click.option("--show-info", is_flag=True, help="Show each info finding, not one line for each kind.")
@click.option("--verbose", "-v", is_flag=True, help="Show every model, its input and what it accepts.")
def command(
    targets: tuple[str, ...],
    inputs: tuple[str, ...],
    arguments: tuple[str, ...],
    where: tuple[str, ...],
    timeout: float,
    memory: int,
    python: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str,
    output_format: str,
    show_info: bool,
    verbose: bool,
) -> None:
    """Find mistakes in models and report them.

    A PATH is a Python file or a directory: its models, their arguments and inputs are found by themselves.  A TARGET is
    one model, path/file.py:Class or package.module:callable, and --input, --arg and --where speak of it.  Without
    either, the working directory is checked.

    Exit codes: 0 nothing found, 1 findings at or above --fail-on, 2 could not run.
    """
    from convlint import engine, request
    from convlint.diagnostics import Severity
    from convlint.render import json, text
    from convlint.render.style import Style
    from convlint.rules import registry

    options = engine_options(inputs, arguments, where, timeout, memory, python)
    try:
        selection = request.Selection.read(select, ignore, registry.names())
    except request.UsageError as error:
        fail(error.problem)
    report = engine.check(targets or (".",), options, selection)

    tell(*report.problems)
    if output_format == "json":
        click.echo(json.render_report(report), nl=False)
    elif report.models or report.diagnostics or not report.problems:
        style = Style(colour=coloured(sys.stdout))
        click.echo(text.render_report(report, style=style, show_info=show_info, verbose=verbose), nl=False)
    if report.problems:
        sys.exit(COULD_NOT_RUN)
    worst = report.worst()
    sys.exit(FINDINGS if worst is not None and worst >= Severity.of(fail_on) else 0)
