"""Options that several commands share, and how they become the engine's."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from convlint.cli.terminal import colour_option, coloured, columns_of, say

if TYPE_CHECKING:
    from convlint.report import Problem
    from convlint.settings import Settings

_LIMITS = ("timeout", "memory", "python")

Command = TypeVar("Command", bound=Callable[..., Any])

COULD_NOT_RUN = 2
"""Exit code where what was asked for could not be done; click uses it for mistaken options too."""

FINDINGS = 1
"""Exit code where something was found, or a size is not accepted."""


def model_options(*keys: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """How a model is built and run: inputs, arguments, sizes, the limits of the worker, settings and colour.

    The command is given what is said of one model as ``options``, and the settings as ``resolved``: those of the
    working directory, where the options called as ``keys`` count for more.  What cannot be read ends it with 2.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def with_options(
            inputs: tuple[str, ...],
            arguments: tuple[str, ...],
            where: tuple[str, ...],
            config: tuple[str, ...],
            isolated: bool,
            **others: Any,
        ) -> None:
            from convlint.request import Options, UsageError
            from convlint.settings import SettingsError, resolve

            # An option that was not given is None, or an empty tuple.
            given = {name: others.pop(name) for name in (*_LIMITS, *keys)}
            overrides = {name: value for name, value in given.items() if value not in {None, ()}}
            try:
                options = Options.read(inputs=inputs, arguments=arguments, where=where)
                targets = others.get("targets") or (others.get("target", os.curdir),)
                if others.get("affected"):
                    targets = (*targets, os.curdir)
                resolved = resolve(os.getcwd(), overrides, config=config, isolated=isolated, targets=targets)
            except SettingsError as error:
                fail(*error.problems)
            except UsageError as error:
                fail(error.problem)
            command(options=options, resolved=resolved, **others)

        for option in reversed(_MODEL_OPTIONS):
            with_options = option(with_options)
        return with_options

    return decorate


def output_format(what: str, *others: str) -> Callable[[Command], Command]:
    """The form of ``what`` a command prints: text, JSON, or one of ``others``."""
    return click.option(
        "--output-format",
        type=click.Choice(["text", "json", *others]),
        default="text",
        show_default=True,
        help=f"Print the {what} in this form.",
    )


def cache_dir(command: Command) -> Command:
    """The directory of the cache; None where nothing is said."""
    return click.option(
        "--cache-dir",
        envvar="CONVLINT_CACHE_DIR",
        metavar="DIRECTORY",
        help="Keep results in this directory.  [default: .convlint_cache in the project's root]",
    )(command)


def no_cache(command: Command) -> Command:
    """Whether nothing is used or kept."""
    return click.option(
        "--no-cache",
        is_flag=True,
        envvar="CONVLINT_NO_CACHE",
        help="Neither use what earlier runs found out nor keep what this one does.",
    )(command)


def remembering(settings: "Settings", *, no_cache: bool) -> "Settings":
    """The settings with the directory of the cache; without one where there is to be no cache."""
    from convlint.cache import place

    return replace(settings, cache_dir=None if no_cache else place.directory(settings.cache_dir))


def _read_jobs(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """A number of workers, 0 for ``auto``; None where nothing is said."""
    if value is None:
        return None
    if value == "auto":
        return 0
    if not value.isdecimal() or int(value) == 0:
        raise click.BadParameter(f"{value!r} is neither a number from 1 on nor auto.", ctx, param)
    return int(value)


jobs_option = click.option(
    "--jobs",
    callback=_read_jobs,
    metavar="N|auto",
    help="Run this many models at a time; auto is one for each core.  [default: auto]",
)


def rules_of(option: str) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], tuple[str, ...]]:
    """A callback that reads the rules in the values of ``option``; what is no rule ends the command with 2."""

    def read(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
        del ctx, parameter
        if not values:
            return ()
        from convlint.request import UsageError
        from convlint.request.selection import read_rules
        from convlint.rules import registry

        try:
            return read_rules(option, values, registry.names())
        except UsageError as error:
            fail(error.problem)

    return read


def _interpreter(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """The path as it was given; one that does not exist, or cannot be run, ends the command with 2."""
    del ctx, parameter
    if value is not None and not (os.path.isfile(value) and os.access(value, os.X_OK)):
        from shutil import which

        from convlint.report import Problem

        message = "this is no interpreter" if os.path.exists(value) else "there is no such interpreter"
        found = which(value)
        help_ = f"did you mean {found}?" if found else "name the project's python, such as .venv/bin/python"
        fail(Problem(message, "--python", value, 0, len(value), (help_,)))
    return value


class _Seconds(click.FloatRange):
    name = "number of seconds"


class _Megabytes(click.IntRange):
    name = "whole number of megabytes"


interpreter_option = click.option(
    "--python",
    metavar="PATH",
    callback=_interpreter,
    help="Run the models under this interpreter, with its torch.  [default: the active or .venv one]",
)

config_option = click.option(
    "--config",
    multiple=True,
    metavar="PATH|KEY=VALUE",
    help="Read the settings of this file, not of the nearest pyproject.toml or convlint.toml; or settings as they "
    "stand there, such as 'timeout = 120'.",
)

_MODEL_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--input",
        "inputs",
        multiple=True,
        metavar="[NAME=]SHAPE",
        help='Give forward this input: "N 3 H W", x="N 3 S S", ids="N T:int64", images.0="3 H W" or '
        'batch.rgb="N 3 H W" in a list or dictionary. Once for each input.',
    ),
    click.option(
        "--arg",
        "arguments",
        multiple=True,
        metavar="NAME=VALUE",
        help="Give the constructor this argument: a literal, a name or a call; else a string. Once for each argument.",
    ),
    click.option(
        "--where",
        multiple=True,
        metavar="CONDITION",
        help='Say which sizes matter: "H % 32 == 0", "64 <= H <= 1024". Once for each condition.',
    ),
    click.option(
        "--timeout",
        type=_Seconds(min=0, min_open=True),
        metavar="SECONDS",
        help="Stop a model after this time.  [default: 60]",
    ),
    click.option(
        "--memory",
        type=_Megabytes(min=256),
        metavar="MEGABYTES",
        help="Stop a model that takes more memory.  [default: 4096]",
    ),
    interpreter_option,
    config_option,
    click.option("--isolated", is_flag=True, help="Read no settings file."),
    colour_option,
)


def fail(*problems: "Problem") -> NoReturn:
    """Say on stderr what could not be run, and exit with 2."""
    tell(*problems)
    sys.exit(COULD_NOT_RUN)


def warn(*problems: "Problem") -> None:
    """Say on stderr what was asked for in vain, and kept nothing from running."""
    tell(*problems, severity="warning")


def tell(*problems: "Problem", severity: str = "error") -> None:
    """Say on stderr what could not be run."""
    from convlint.render.style import Style
    from convlint.render.text import render_problem

    style = Style(colour=coloured(sys.stderr))
    for problem in problems:
        text = render_problem(problem, style=style, severity=severity, width=columns_of(sys.stderr))
        say(text, sys.stderr)
