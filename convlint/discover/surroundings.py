"""The files around those that are looked at: where their project shows how models are built and used.

Around a path lies the project that it is in, the nearest directories first; where nothing marks a project's root, only
the directory of a file, without those below it.
"""

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from convlint.discover.files import FileFilter, read_bytes, sources_by_directory
from convlint.filesystem import upwards
from convlint.project import marked_root

MOST_DIRECTORIES = 2_000
MOST_FILES = 4_000
MOST_BYTES = 40_000_000
"""What is looked through at most: more than projects have, and less than a second of work."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the files hold, by path; ``left`` is the directory of which the rest was left, empty where nothing was."""

    contents: dict[str, bytes]
    left: str = ""


def surroundings(paths: Iterable[str], files: FileFilter, known: Collection[str]) -> Surroundings:
    """The files around ``paths``, without those that are ``known`` by their real paths."""
    contents: dict[str, bytes] = {}
    size = 0
    directories = 0
    for top, sources in _directories(paths, files):
        directories += 1
        for path in sources:
            shown = _from_here(path)
            if shown in contents or os.path.realpath(path) in known:
                continue
            data = read_bytes(path) or b""
            size += len(data)
            if len(contents) == MOST_FILES or size > MOST_BYTES:
                return Surroundings(contents, top)
            contents[shown] = data
        if directories == MOST_DIRECTORIES:
            return Surroundings(contents, top)
    return Surroundings(contents)


def _directories(paths: Iterable[str], files: FileFilter) -> Iterator[tuple[str, list[str]]]:
    """The Python files of each directory around ``paths``, with the root of the project or the directory itself."""
    entered = {os.path.abspath(path) for path in paths if os.path.isdir(path)}
    for start in dict.fromkeys(os.path.abspath(path) for path in paths):
        here = start if os.path.isdir(start) else os.path.dirname(start)
        root = marked_root(here)
        if root is None:
            if here not in entered:
                entered.add(here)
                yield from ((here, sources) for sources in _first(sources_by_directory(here, files, ())))
            continue
        for top in upwards(here):
            if top not in entered:
                yield from ((root, sources) for sources in sources_by_directory(top, files, entered.copy()))
                entered.add(top)
            if top == root:
                break


def _first(found: Iterator[list[str]]) -> Iterator[list[str]]:
    yield from (each for each in [next(found, None)] if each is not None)


def _from_here(path: str) -> str:
    """``path`` as a walk of the working directory has it."""
    found = os.path.relpath(path)
    return path if found.startswith(os.pardir) else found
