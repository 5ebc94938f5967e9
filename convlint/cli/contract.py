"""``convlint contract``: which input sizes a model accepts."""

import sys
from typing import TYPE_CHECKING

import click

from convlint.cli.options import COULD_NOT_RUN, FINDINGS, fail, model_options, output_format
from convlint.cli.terminal import say

if TYPE_CHECKING:
    from convlint.request import Options
    from convlint.settings import Resolved


@click.command(name="contract")
@click.argument("target", metavar="TARGET")
@model_options()
@click.option("--list", "listed", metavar="S=LOW:HIGH", help="Print the accepted sizes of this range.")
@click.option(
    "--at", multiple=True, metavar="S=SIZE", help="Ask for this size; once for each symbol."
)
@output_format("answer")
def command(
    target: str,
    options: "Options",
    resolved: "Resolved",
    listed: str | None,
    at: tuple[str, ...],
    output_format: str,
) -> None:
    """Say which input sizes a model accepts, exactly, and the sizes that it gives back.

    --list prints the accepted sizes of one symbol in a range, one a line.  With --at alone the exit code answers: 0
    accepted, 1 refused, 2 not known.  A symbol that neither of them names may have any size.

    TARGET is path/file.py:Class or package.module:callable.
    """
    from convlint import engine, request
    from convlint.render import contract as render

    try:
        query = request.ContractQuery.read(listed, at)
        answer = engine.contract(target, options, query, resolved.settings)
    except request.UsageError as error:
        fail(error.problem)
    say(render.render_json(answer) if output_format == "json" else render.render_text(answer))
    if answer.accepted is None and at and not listed:
        sys.exit(COULD_NOT_RUN)
    sys.exit(FINDINGS if at and not listed and not answer.accepted else 0)
