"""``convlint server``: a language server for editors."""

import importlib.util
import sys

import click

from convlint.cli.options import COULD_NOT_RUN, config_option, interpreter_option


@click.command(name="server")
@interpreter_option
@config_option
@click.option("--stdio", is_flag=True, hidden=True, help="What some clients say; there is no other way.")
def command(python: str | None, config: tuple[str, ...], stdio: bool) -> None:
    """Serve an editor over standard input and output, by the Language Server Protocol.

    The text that the editor holds is checked whenever its user pauses, with the settings of the folder that it lies in.
    """
    del stdio
    if importlib.util.find_spec("pygls") is None:
        click.echo('error: the server needs pygls: pip install "convlint[lsp]"', err=True)
        sys.exit(COULD_NOT_RUN)
    from convlint.lsp.projects import Projects
    from convlint.lsp.server import serve

    serve(Projects(python=python, config=config))
