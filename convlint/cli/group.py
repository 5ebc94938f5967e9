"""The commands, by name, and what all of them have in common."""

import difflib
import importlib
import os
import sys
from typing import NoReturn

import click

import convlint
from convlint.cli.options import fail
from convlint.cli.shown import Shown
from convlint.cli.terminal import UnwritableError, spell_out
from convlint.filesystem import why_refused
from convlint.report import Problem

_COMMANDS = {
    "check": "Find mistakes in models and report them.",
    "clean": "Remove the cache.",
    "config": "Explain the settings.",
    "contract": "Say which input sizes a model accepts.",
    "merge": "Put what several runs kept into one cache.",
    "rule": "Explain a rule.",
    "rules": "List the rules.",
    "server": "Serve an editor, by the Language Server Protocol.",
    "shapes": "Show the sizes in a model, layer by layer.",
}


_INTERRUPTED = 130
"""What shells give a process that Ctrl-C ended."""


class LazyGroup(click.Group):
    """A group whose commands are the modules of this package, imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the alphabet."""
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called ``cmd_name``, imported now."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"convlint.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; a mistyped one is answered with the nearest."""
        near = difflib.get_close_matches(args[0], _COMMANDS, 1) if args[0] not in _COMMANDS else []
        if near:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        if args[0] not in _COMMANDS and (os.path.exists(args[0]) or ":" in args[0]):
            ctx.fail(f"No such command {args[0]!r}. Did you mean 'convlint check {args[0]}'?")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; Ctrl-C is no finding, so it has an exit code of its own.

        What keeps every command from running ends it with 2: a working directory that is gone, a full disk behind the
        output.
        """
        try:
            os.getcwd()
        except OSError as error:
            fail(Problem(f"the working directory cannot be read: {why_refused(error)}", help=("go to another one",)))
        try:
            return super().invoke(ctx)
        except UnwritableError as error:
            fail(Problem(str(error)))
        except KeyboardInterrupt:
            click.echo("\ninterrupted", err=True)
            ctx.exit(_INTERRUPTED)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing one."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(convlint.__version__, "-V", "--version", prog_name="convlint", message="%(prog)s %(version)s")
def cli() -> None:
    """Lint PyTorch convolutional networks: exact size arithmetic, for every input size at once.

    Exit codes: 0 nothing found, 1 findings, 2 could not run.
    """


def run(shown: Shown | None) -> NoReturn:
    """Run the command line and exit; a report that is printed as a whole is kept in ``shown``."""
    for stream in (sys.stdout, sys.stderr):
        spell_out(stream)
    cli(prog_name="convlint", obj=shown)
    raise SystemExit(0)
