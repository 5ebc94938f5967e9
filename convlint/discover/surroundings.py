"""The files around those that are looked at: where their project shows how models are built and used.

Around a path lies the project that it is in, the nearest directories first; where nothing marks a project's root, only
the directory of a file, without those below it.
"""

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from convlint.discover.files import FileFilter, is_below, read_bytes, sources_by_directory
from convlint.filesystem import upwards
from convlint.project import marked_root
from convlint.source.unsaved import held_contents

MOST_DIRECTORIES = 2_000
MOST_FILES = 4_000
MOST_BYTES = 32_000_000
"""What is looked through at most: more than projects have, and less than a second of work."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the files below ``root`` hold, by path; ``is_whole`` unless a bound was met."""

    contents: dict[str, bytes]
    root: str = ""
    is_whole: bool = True


def surroundings(paths: Iterable[str], files: FileFilter, known: Collection[str]) -> Surroundings:
    """The files around ``paths``, without those that are ``known`` by their real paths."""
    paths = tuple(paths)
    contents: dict[str, bytes] = {}
    size = 0
    root = ""
    for count, (root, sources) in enumerate(_directories(paths, files)):
        if count == MOST_DIRECTORIES:
            return Surroundings(contents, root, is_whole=False)
        directory = _Directory(os.path.dirname(sources[0]) if sources else root)
        for path in sources:
            shown = directory.shown(path)
            if shown in contents or directory.real(path) in known:
                continue
            data = read_bytes(path) or b""
            size += len(data)
            if len(contents) == MOST_FILES or size > MOST_BYTES:
                return Surroundings(contents, root, is_whole=False)
            contents[shown] = data
    return Surroundings(contents | _unwritten(paths, known), root)


def _unwritten(paths: Iterable[str], known: Collection[str]) -> dict[str, bytes]:
    """The files around ``paths`` that only an editor holds."""
    starts = {path if os.path.isdir(path) else os.path.dirname(path) for path in map(os.path.abspath, paths)}
    tops = {os.path.realpath(marked_root(start) or start) for start in starts}
    new = (path for path in held_contents() if path not in known and not os.path.exists(path))
    return {path: held_contents()[path] for path in new if any(is_below(path, top) for top in tops)}


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


class _Directory:
    """A directory whose files are named in several ways, which is dear to find out for each of them."""

    def __init__(self, path: str) -> None:
        self._real = os.path.realpath(path)
        inside = os.path.relpath(path)
        self._shown = path if inside.startswith(os.pardir) else os.path.normpath(inside)

    def real(self, path: str) -> str:
        """The path of a file in it without links."""
        return os.path.realpath(path) if os.path.islink(path) else os.path.join(self._real, os.path.basename(path))

    def shown(self, path: str) -> str:
        """The same as a walk of the working directory has it."""
        return os.path.normpath(os.path.join(self._shown, os.path.basename(path)))
