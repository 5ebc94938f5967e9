"""``convlint merge``: put what several runs kept into one cache."""

import os

import click

from convlint.cli.options import cache_dir, fail
from convlint.cli.terminal import say


@click.command(name="merge")
@click.argument("caches", nargs=-1, required=True, metavar="CACHE...")
@cache_dir
def command(caches: tuple[str, ...], cache_dir: str | None) -> None:
    """Put what the runs of a CI matrix kept into one cache.

    Each job of the matrix runs `convlint check --shard I/N --cache-dir DIRECTORY` and hands its DIRECTORY on; where
    these are merged, `convlint check` gives the report of the whole. It runs a model again only to try a fix in a file
    that another part uses, too. All of it needs the same paths, Python and torch, as the jobs of one matrix have.
    """
    from convlint.cache import place
    from convlint.cache.store import Store
    from convlint.filesystem import why_refused
    from convlint.render.counts import counted
    from convlint.report import Problem
    from convlint.settings import SettingsError, resolve

    try:
        store = Store(place.directory(cache_dir or resolve(os.getcwd()).settings.cache_dir))
    except SettingsError as error:
        fail(*error.problems)
    foreign = [path for path in caches if not place.is_ours(path)]
    if foreign:
        words = {True: "this is no cache of convlint's", False: "there is no such directory"}
        fail(*(Problem(words[os.path.exists(path)], "", path, 0, len(path)) for path in foreign))
    try:
        count = sum(store.adopt(path) for path in caches)
    except OSError as error:
        fail(Problem(f"the caches cannot be merged: {why_refused(error)}: {error.filename}"))
    say(f"Merged {counted(count, 'result')} into {store.directory}.\n")
