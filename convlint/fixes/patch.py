"""Edited files on their way to the user: as a unified diff, or written in place of the old ones."""

import difflib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from convlint.diagnostics import cell_path
from convlint.filesystem import write_whole
from convlint.source.notebook import Cell, is_notebook, read_notebook
from convlint.source.text import decode, lines_with_breaks


class StaleError(OSError):
    """A file is no longer what the edits were made for."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """What a file has, and what it is to have."""

    path: str
    before: bytes
    after: bytes

    def diff(self) -> str:
        """A unified diff with three lines of context, in the file's own line breaks; of a notebook, one a cell."""
        if is_notebook(self.path):
            return "".join(_of_cells(self.path, read_notebook(self.before).cells, read_notebook(self.after).cells))
        return "".join(_unified(self.path, _lines(self.before), _lines(self.after)))

    def write(self) -> None:
        """Replace the file at once; raises OSError, and then it is as it was."""
        if not os.access(self.path, os.W_OK):
            raise PermissionError("it is read-only")
        with open(self.path, "rb") as file:
            if file.read() != self.before:
                raise StaleError("it was changed meanwhile")
        write_whole(self.path, self.after, lasting=True)


@dataclass(frozen=True, slots=True)
class Patch:
    """The files that some fixes change, and how many findings go away with them."""

    files: tuple[FileChange, ...] = ()
    fixed: int = 0

    @property
    def contents(self) -> dict[str, bytes]:
        """What the files are to have, by path."""
        return {file.path: file.after for file in self.files}

    def then(self, later: "Patch") -> "Patch":
        """The patch that does this one and then another of the files that it leaves."""
        files = {file.path: file for file in self.files}
        for file in later.files:
            before = files[file.path].before if file.path in files else file.before
            files[file.path] = FileChange(file.path, before, file.after)
        return Patch(tuple(files[path] for path in sorted(files)), self.fixed + later.fixed)

    def diff(self) -> str:
        """The unified diff of all files; empty without any."""
        return "".join(file.diff() for file in self.files)


def _lines(data: bytes) -> list[str]:
    """The lines of a file with their breaks."""
    text, _ = decode(data)
    return lines_with_breaks(text)


def _of_cells(path: str, before: Iterable[Cell], after: Iterable[Cell]) -> Iterator[str]:
    for one, other in zip(before, after, strict=True):
        old, new = ([f"{line}\n" for line in cell.lines] for cell in (one, other))
        yield from _unified(cell_path(path, one.number), old, new)


def _unified(path: str, before: list[str], after: list[str]) -> Iterator[str]:
    for line in difflib.unified_diff(before, after, path, path):
        yield line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n"
