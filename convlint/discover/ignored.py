"""Globs as git has them: what a pattern leaves out, and what the ``.gitignore`` files of a repository do.

Only here pathspec is imported, and only where there is something to match.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_GITIGNORE = ".gitignore"
_EXCLUDE = os.path.join("info", "exclude")


class GlobError(ValueError):
    """A pattern that git would not take."""


@lru_cache(maxsize=256)
def _spec(patterns: tuple[str, ...]) -> "GitIgnoreSpec":
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(patterns)
    except ValueError as error:
        raise GlobError(str(error)) from error


def check_glob(pattern: str) -> None:
    """That a pattern can be read; raises GlobError."""
    if not pattern.strip().removeprefix("!"):
        raise GlobError("an empty glob matches nothing")
    _spec((pattern,))


def matches(pattern: str, root: str, path: str) -> bool:
    """Whether ``path`` is meant by a glob that starts from ``root``; with ``!`` before it, whether it is not."""
    inside = _inside(path, root)
    if inside is None:
        return False
    if pattern.startswith("!"):
        return not _spec((pattern[1:],)).match_file(inside)
    return _spec((pattern,)).match_file(inside)


@dataclass(frozen=True, slots=True)
class Ignored:
    """Patterns that start from ``root``, the later ones counting for more."""

    root: str
    patterns: tuple[str, ...]

    def says(self, path: str, *, is_directory: bool = False) -> bool | None:
        """Whether these patterns leave ``path`` out; None where none of them speaks of it."""
        inside = _inside(path, self.root)
        if inside is None or not self.patterns:
            return None
        return _spec(self.patterns).check_file(inside + "/" * is_directory).include

    def without_those_of(self, directory: str) -> "Ignored":
        """Without the patterns that leave out ``directory`` itself: who names it wants to see what is in it."""
        inside = _inside(directory, self.root)
        if inside in {None, "."}:
            return self
        kept = tuple(each for each in self.patterns if not _spec((each,)).match_file(f"{inside}/"))
        return Ignored(self.root, kept)


def is_left_out(rules: Sequence[Ignored], path: str, *, is_directory: bool = False) -> bool:
    """What the last of ``rules`` says that speaks of ``path``."""
    for each in reversed(rules):
        said = each.says(path, is_directory=is_directory)
        if said is not None:
            return said
    return False


def of_repository(directory: str) -> tuple[Ignored, ...]:
    """What git ignores by the files above ``directory``, the farthest first; nothing outside of a repository."""
    above: list[str] = []
    parent = os.path.abspath(directory)
    while not os.path.exists(os.path.join(parent, ".git")):
        parent, below = os.path.dirname(parent), parent
        if parent == below:
            return ()
        above.insert(0, parent)
    exclude = os.path.join(_git_directory(os.path.join(parent, ".git")), _EXCLUDE)
    return tuple(filter(None, [_read(exclude, parent), *map(of_directory, above)]))


def of_directory(directory: str) -> Ignored | None:
    """What the ``.gitignore`` of a directory says; None where there is none."""
    return _read(os.path.join(directory, _GITIGNORE), os.path.abspath(directory))


def _read(path: str, root: str) -> Ignored | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return None
    patterns = tuple(_readable(lines))
    return Ignored(root, patterns) if patterns else None


def _readable(lines: Iterable[str]) -> Iterator[str]:
    """The patterns among the lines of a file; git passes over what it cannot read, too."""
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        try:
            _spec((line,))
        except GlobError:
            continue
        yield line


def _git_directory(path: str) -> str:
    """The directory that a repository's work trees share; ``.git`` is a file in all but the first of them."""
    if os.path.isdir(path):
        return path
    try:
        with open(path, encoding="utf-8") as file:
            own = os.path.join(os.path.dirname(path), file.read().removeprefix("gitdir:").strip())
        with open(os.path.join(own, "commondir"), encoding="utf-8") as file:
            return os.path.join(own, file.read().strip())
    except (OSError, UnicodeDecodeError):
        return path


def _inside(path: str, root: str) -> str | None:
    """``path`` from ``root`` as git writes it; None where it is not below it."""
    if path.startswith(root + os.sep) and root:
        return path[len(root) + 1 :].replace(os.sep, "/")
    inside = os.path.relpath(path, root or os.curdir).replace(os.sep, "/")
    return None if inside == ".." or inside.startswith("../") else inside
