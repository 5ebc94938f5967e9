"""``convlint clean``: remove what earlier runs kept."""

import os

import click

from convlint.cli.options import cache_dir, fail
from convlint.cli.terminal import say


@click.command(name="clean")
@cache_dir
def command(cache_dir: str | None) -> None:
    """Remove the cache.

    Only a directory that convlint made and marked (CACHEDIR.TAG) is removed.
    """
    from convlint.cache import place
    from convlint.filesystem import why_refused
    from convlint.report import Problem
    from convlint.settings import SettingsError, resolve

    try:
        path = place.directory(cache_dir or resolve(os.getcwd()).settings.cache_dir)
    except SettingsError as error:
        fail(*error.problems)
    try:
        was_there = place.remove(path)
    except place.NotOursError:
        fail(Problem("this is no cache of convlint's, and is left as it is", "", path, 0, len(path)))
    except OSError as error:
        fail(Problem(f"the cache cannot be removed: {why_refused(error)}: {error.filename}"))
    say(f"Removed {path}.\n" if was_there else f"There is no cache at {path}.\n")
