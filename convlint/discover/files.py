"""Which Python files and notebooks lie at some paths."""

import errno
import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from convlint.discover.ignored import Ignored, is_left_out, of_directory, of_repository
from convlint.source.notebook import SUFFIX
from convlint.source.text import read_content
from convlint.source.unsaved import held_content

DEFAULT_EXCLUDE = (
    ".*/", "*.egg-info/", "__pycache__/", "build/", "dist/", "env/", "node_modules/", "site-packages/", "venv/",
    "virtualenv/",
)  # fmt: skip
"""Directories that hold copies or other people's code."""

_ENDINGS = (".py", ".pyw", SUFFIX)
_SHEBANG = re.compile(rb"#!.*\bpython")

_MARKS = (b"torch", b"nn.Module", b"lightning")
"""A file without any of these defines no model of its own."""


@dataclass(frozen=True, slots=True)
class FileFilter:
    """Which files below a directory are left out: globs that start from ``root``, and what git ignores.

    With ``force_exclude`` they are left out when they are named, too.  Below the root of one of ``nested`` that one
    holds instead.
    """

    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    root: str = ""
    respect_gitignore: bool = True
    force_exclude: bool = False
    nested: "tuple[FileFilter, ...]" = ()

    def at(self, path: str) -> "FileFilter":
        """What holds for a file or directory."""
        return nearest_root(path, (self, *self.nested))

    def globs(self, top: str) -> Ignored:
        """The globs as they hold below ``top``, which is looked at because somebody named it."""
        root = os.path.abspath(self.root)
        is_near = is_below(top, root) or is_below(root, top)
        return Ignored(root if is_near else top, self.exclude).without_those_of(top)


EVERYWHERE = FileFilter()


class Rooted(Protocol):
    """What holds at and below a directory."""

    @property
    def root(self) -> str:
        """The absolute path of the directory."""


R = TypeVar("R", bound=Rooted)


def nearest_root(path: str, candidates: Sequence[R]) -> R:
    """The one of ``candidates`` whose root is the nearest at or above ``path``; the first where none is."""
    if len(candidates) == 1:
        return candidates[0]
    absolute = os.path.abspath(path)
    above = [each for each in candidates if is_below(absolute, each.root)]
    return max(above, key=lambda each: len(each.root), default=candidates[0])


def is_below(path: str, root: str) -> bool:
    """Whether an absolute path is ``root`` or below it."""
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)


def python_files(
    paths: Iterable[str], on_error: Callable[[OSError], None] | None = None, files: FileFilter = EVERYWHERE
) -> Iterator[str]:
    """The Python files and notebooks at ``paths`` in alphabetical order, each once.

    A file that is named is taken as it is.  Below a directory, what ``files`` leaves out is left out, and virtual
    environments and links to nothing; links to directories are not followed.  ``on_error`` is told of directories that
    cannot be listed.
    """
    seen: set[str] = set()
    for path in paths:
        if files.at(path).force_exclude and _is_excluded(path, files.at(path)):
            continue
        for found in _below(path, on_error, files) if os.path.isdir(path) else (path,):
            key = os.path.realpath(found)
            if key not in seen:
                seen.add(key)
                yield found


def directories(top: str, files: FileFilter = EVERYWHERE) -> Iterator[str]:
    """The directory ``top`` and those below it in which `python_files` looks for files."""
    for where, _, _ in _walk(top, None, files):
        yield where


def sources_by_directory(top: str, files: FileFilter, apart: Collection[str]) -> Iterator[list[str]]:
    """The Python files and notebooks of each directory at and below ``top``, as `python_files` looks for them.

    The directories ``apart``, which are absolute paths, are not entered.
    """
    for where, names, rules in _walk(top, None, files, apart):
        yield list(_sources(where, names, rules))


def _below(top: str, on_error: Callable[[OSError], None] | None, files: FileFilter) -> Iterator[str]:
    for where, names, rules in _walk(top, on_error, files):
        yield from _sources(where, names, rules)


def _sources(where: str, names: Iterable[str], rules: Sequence[Ignored]) -> Iterator[str]:
    for name in sorted(names):
        path = os.path.normpath(os.path.join(where, name))
        is_source = name.endswith((".py", SUFFIX)) and not _holds_nothing(path)
        if is_source and not is_left_out(rules, os.path.abspath(path)):
            yield path


def _walk(
    top: str, on_error: Callable[[OSError], None] | None, files: FileFilter, apart: Collection[str] = ()
) -> Iterator[tuple[str, list[str], tuple[Ignored, ...]]]:
    """The directories at and below ``top`` that are not left out, their files, and what leaves out some of these."""
    absolute = os.path.abspath(top)
    globs = {each: each.globs(absolute) for each in (files, *files.nested)}
    git = {top: tuple(each.without_those_of(absolute) for each in of_repository(absolute))}
    for where, below, names in os.walk(top, onerror=on_error):
        here = files.at(where)
        own = of_directory(where)
        known = git.pop(where)
        known = (*known, own) if own else known
        # The globs of the settings count for more than what git says, so they stand last.
        rules = (*(known if here.respect_gitignore else ()), globs[here])
        place = os.path.abspath(where)
        below[:] = [
            name
            for name in sorted(below)
            if os.path.join(place, name) not in apart
            and not _is_environment(os.path.join(where, name))
            and not is_left_out(rules, os.path.join(place, name), is_directory=True)
        ]
        git.update((os.path.join(where, name), known) for name in below)
        yield where, names, rules


def _is_excluded(path: str, files: FileFilter) -> bool:
    """Whether a path that was named is left out, or a directory that it is in."""
    absolute = os.path.abspath(path)
    directory = os.path.dirname(absolute)
    own = of_directory(directory)
    git = (*of_repository(directory), *filter(None, [own])) if files.respect_gitignore else ()
    rules = (*git, Ignored(os.path.abspath(files.root), files.exclude))
    return is_left_out(rules, absolute, is_directory=os.path.isdir(path))


def _holds_nothing(path: str) -> bool:
    """Whether this is no file at all: a link to nothing, such as an editor's lock, a pipe or a socket."""
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except OSError as error:
        return error.errno in {errno.ENOENT, errno.ELOOP}


def _is_environment(directory: str) -> bool:
    return os.path.isfile(os.path.join(directory, "pyvenv.cfg"))


def is_source(path: str) -> bool:
    """Whether a file is Python: by its name, by the interpreter that its first line names, or for who has it open.

    A file that cannot be read counts as one: why it cannot is another question.
    """
    if path.endswith(_ENDINGS) or held_content(path) is not None:
        return True
    try:
        return not os.path.splitext(path)[1] and _SHEBANG.match(read_content(path)) is not None
    except OSError:
        return True


def mentions_models(data: bytes) -> bool:
    """Whether a file's content may define or use a model: a test of text, which saves parsing most files."""
    return any(mark in data for mark in _MARKS)


def read_bytes(path: str) -> bytes | None:
    """What a file holds; None where it cannot be read."""
    try:
        return read_content(path)
    except OSError:
        return None
