"""Options that several commands share, and how they become the engine's."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, TypeVar

import click

if TYPE_CHECKING:
    from convlint.report import Problem

Command = TypeVar("Command", bound=Callable[..., Any])

COULD_NOT_RUN = 2
"""Exit code where what was asked for could not be done; click uses it for mistaken options too."""

FINDINGS = 1
"""Exit code where something was found, or a size is not accepted."""


def model_options(command: Callable[..., None]) -> Callable[..., None]:
    """How a model is built and run: its inputs, constructor arguments, sizes, and the worker's limits.

    ``command`` is given them as one ``options``; what cannot be read ends it with 2 and a caret.
    """

    @wraps(command)
    def with_options(
        inputs: tuple[str, ...],
        arguments: tuple[str, ...],
        where: tuple[str, ...],
        timeout: float,
        memory: int,
        python: str | None,
        **others: Any,
    ) -> None:
        from convlint.request import Options, UsageError

        try:
            options = Options.read(
                inputs=inputs, arguments=arguments, where=where, timeout=timeout, memory=memory, python=python
            )
        except UsageError as error:
            fail(error.problem)
        command(options=options, **others)

    for option in reversed(_MODEL_OPTIONS):
        with_options = option(with_options)
    return with_options


def output_format(what: str, *others: str) -> Callable[[Command], Command]:
    """The form of ``what`` a command prints: text, JSON, or one of ``others``."""
    return click.option(
        "--output-format",
        type=click.Choice(["text", "json", *others]),
        default="text",
        show_default=True,
        help=f"Form of the {what}.",
    )


def read_jobs(ctx: click.Context, param: click.Parameter, value: str) -> int | None:
    """A number of workers; None for ``auto``."""
    if value == "auto":
        return None
    if not value.isdecimal() or int(value) == 0:
        raise click.BadParameter(f"{value!r} is neither a number from 1 on nor auto.", ctx, param)
    return int(value)


_MODEL_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--input",
        "inputs",
        multiple=True,
        metavar="[NAME=]SHAPE",
        help='An input of forward: "N 3 H W", x="N 3 S S", ids="N T:int64", images.0="3 H W" or batch.rgb="N 3 H W" '
        "in a list or dictionary. Once for each input.",
    ),
    click.option(
        "--arg",
        "arguments",
        multiple=True,
        metavar="NAME=VALUE",
        help="A constructor argument, as a Python literal.",
    ),
    click.option(
        "--where",
        multiple=True,
        metavar="CONDITION",
        help='Which sizes matter: "H % 32 == 0", "64 <= H <= 1024".',
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=60.0,
        show_default="60",
        metavar="SECONDS",
        help="Time that one model may take.",
    ),
    click.option(
        "--memory",
        type=click.IntRange(min=256),
        default=4096,
        show_default=True,
        metavar="MEGABYTES",
        help="Memory that a model may take.",
    ),
    click.option(
        "--python",
        metavar="PATH",
        help="The interpreter whose torch runs the models. [default: the active or .venv one]",
    ),
)


def fail(*problems: "Problem") -> NoReturn:
    """Say on stderr what could not be run, and exit with 2."""
    tell(*problems)
    sys.exit(COULD_NOT_RUN)


def tell(*problems: "Problem") -> None:
    """Say on stderr what could not be run."""
    from convlint.render.style import Style
    from convlint.render.text import render_problem

    style = Style(colour=coloured(sys.stderr))
    for problem in problems:
        click.echo(render_problem(problem, style=style), err=True, nl=False)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether ``stream`` is a terminal; None is one that was closed before Python began."""
    return stream is not None and stream.isatty()


def coloured(stream: TextIO | None) -> bool:
    """Whether ``stream`` is a terminal that wants colour (https://no-color.org)."""
    return is_terminal(stream) and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
