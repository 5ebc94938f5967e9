"""Which Python files lie at some paths."""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from convlint.discover.ignored import Ignored, is_left_out, of_directory, of_repository
from convlint.source.text import read_content

DEFAULT_EXCLUDE = (
    ".*/", "*.egg-info/", "__pycache__/", "build/", "dist/", "env/", "node_modules/", "site-packages/", "venv/",
    "virtualenv/",
)  # fmt: skip
"""Directories that hold copies or other people's code."""

_MARKS = (b"torch", b"nn.Module", b"lightning")
"""A file without any of these defines no model of its own."""


@dataclass(frozen=True, slots=True)
class FileFilter:
    """Which files below a directory are left out: globs that start from ``root``, and what git ignores.

    With ``force_exclude`` they are left out when they are named, too.
    """

    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    root: str = ""
    respect_gitignore: bool = True
    force_exclude: bool = False

    def above(self, directory: str) -> tuple[Ignored, ...]:
        """What is left out by the settings, and by git because of files above ``directory``."""
        git = of_repository(directory) if self.respect_gitignore else ()
        return *git, Ignored(os.path.abspath(self.root), self.exclude)


EVERYWHERE = FileFilter()


def python_files(
    paths: Iterable[str], on_error: Callable[[OSError], None] | None = None, files: FileFilter = EVERYWHERE
) -> Iterator[str]:
    """The ``.py`` files at ``paths`` in alphabetical order, each once; a file that is named is taken as it is.

    Below a directory, what ``files`` leaves out is left out, and virtual environments and links to nothing; links to
    directories are not followed.  ``on_error`` is told of directories that cannot be listed.
    """
    seen: set[str] = set()
    for path in paths:
        if files.force_exclude and _is_excluded(path, files):
            continue
        for found in _walk(path, on_error, files) if os.path.isdir(path) else (path,):
            key = os.path.realpath(found)
            if key not in seen:
                seen.add(key)
                yield found


def _walk(top: str, on_error: Callable[[OSError], None] | None, files: FileFilter) -> Iterator[str]:
    # The globs of the settings count for more than what git says, so they stay the last.
    *git, settings = (each.without_those_of(top) for each in files.above(top))
    if settings.root != os.path.abspath(top) and not _is_below(top, settings.root):
        settings = replace(settings, root=os.path.abspath(top))
    ignored: dict[str, tuple[Ignored, ...]] = {top: tuple(git)}
    for where, directories, names in os.walk(top, onerror=on_error):
        known = ignored.pop(where)
        own = of_directory(where) if files.respect_gitignore and ".gitignore" in names else None
        rules = (*known, own) if own else known
        kept = []
        for name in sorted(directories):
            path = os.path.join(where, name)
            if not _is_environment(path) and not _is_out(path, rules, settings, is_directory=True):
                kept.append(name)
                ignored[path] = rules
        directories[:] = kept
        for name in sorted(names):
            path = os.path.normpath(os.path.join(where, name))
            if name.endswith(".py") and not _holds_nothing(path) and not _is_out(path, rules, settings):
                yield path


def _is_out(path: str, git: Sequence[Ignored], settings: Ignored, *, is_directory: bool = False) -> bool:
    said = settings.says(path, is_directory=is_directory)
    return is_left_out(git, path, is_directory=is_directory) if said is None else said


def _is_excluded(path: str, files: FileFilter) -> bool:
    """Whether a path that was named is left out, or a directory that it is in."""
    directory = os.path.dirname(os.path.abspath(path))
    own = of_directory(directory) if files.respect_gitignore else None
    *git, settings = files.above(directory)
    return _is_out(path, [*git, own] if own else git, settings, is_directory=os.path.isdir(path))


def _holds_nothing(path: str) -> bool:
    """Whether this is no file at all: a link to nothing, such as an editor's lock, a pipe or a socket."""
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except OSError as error:
        return error.errno in {errno.ENOENT, errno.ELOOP}


def _is_environment(directory: str) -> bool:
    return os.path.isfile(os.path.join(directory, "pyvenv.cfg"))


def _is_below(path: str, root: str) -> bool:
    return not os.path.relpath(path, root).startswith(os.pardir)


def mentions_models(data: bytes) -> bool:
    """Whether a file's content may define or use a model: a test of text, which saves parsing most files."""
    return any(mark in data for mark in _MARKS)


def read_bytes(path: str) -> bytes | None:
    """What a file holds; None where it cannot be read."""
    try:
        return read_content(path)
    except OSError:
        return None
