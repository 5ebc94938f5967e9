"""Answering ``convlint check`` from what an earlier run kept, before anything of the engine is imported."""

import os
from collections.abc import Callable
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import click

from convlint.cache import place
from convlint.cli.present import Keep, present
from convlint.cli.shown import Shown
from convlint.interpreter import project_python

if TYPE_CHECKING:
    from convlint.cache.snapshot import Snapshot

_UNKEPT = ("fix", "diff", "show_settings", "show_files", "no_cache", "no_exec")
"""Options of runs that do something else than report, or want nothing kept."""

_MANNER = ("output_file", "statistics", "show_suppressed", "unsafe_fixes", "verbose", "jobs", "cache_dir", "add_ignore",
           *_UNKEPT)  # fmt: skip
"""Options that change no report, but how it is made and shown."""


def answered_from_cache(command: Callable[..., None]) -> Callable[..., None]:
    """Show the report of an earlier run if nothing has changed since; else run the command.

    The command is given ``runs``, to keep its report in; None where it keeps none.
    """

    @wraps(command)
    def from_cache(**options: Any) -> None:
        is_for_git_to_say = options["affected"] and not options["targets"]
        if is_for_git_to_say or options["add_ignore"] is not None or any(options[name] for name in _UNKEPT):
            command(runs=None, **options)
            return
        from convlint.cache.runs import Runs
        from convlint.cache.store import Store

        asked = {name: value for name, value in options.items() if name not in _MANNER}
        python = options["python"] or project_python(os.getcwd())
        directory = place.directory(options["cache_dir"] or place.stated(os.getcwd()))
        runs = Runs(Store(directory), asked, python)
        known = runs.known()
        if known is not None:
            present(known.report, options, known.settings, keeping(directory, known.snapshot))
        command(runs=runs.making(), **options)

    return from_cache


def keeping(directory: str, snapshot: "Snapshot | None") -> Keep | None:
    """What keeps that which is printed in the cache at ``directory``; None where nothing is to be kept."""
    shown = click.get_current_context().find_object(Shown)
    return partial(shown.keep, directory, snapshot) if shown is not None and snapshot is not None else None
