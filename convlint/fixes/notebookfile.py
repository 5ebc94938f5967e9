"""A notebook that is edited as the Python of its cells: in its file, whatever is not edited keeps its bytes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from convlint.fixes.sourcefile import SourceFile, Splice, ordered, spliced
from convlint.source.notebook import NotebookError, is_notebook, line_in_words, read_notebook
from convlint.source.text import SourceError
from convlint.source.written import WrittenCell, encoded, text_of, written_cells


def read_file(path: str) -> SourceFile:
    """The file at ``path`` for editing; raises OSError, SourceError."""
    return NotebookFile.read(path) if is_notebook(path) else SourceFile.read(path)


@dataclass(frozen=True)
class NotebookFile(SourceFile):
    """The content of a notebook: the bytes of its file, and the text that its code cells make."""

    @classmethod
    def of(cls, path: str, data: bytes) -> "NotebookFile":
        """A notebook with this content; raises SourceError where it cannot be read, or its text not be given back."""
        encoding = json.detect_encoding(data)
        try:
            text = read_notebook(data).text
            if data.decode(encoding).encode(encoding) != data:
                raise SourceError("its text can be written in several ways")
        except (NotebookError, UnicodeDecodeError) as error:
            raise SourceError(str(error)) from error
        return cls(path, data, text, encoding)

    def edited(self, splices: Iterable[Splice]) -> "NotebookFile":
        """The notebook after edits of its text; raises ConflictError, or SourceError where its cells cannot be so."""
        found = ordered(splices)
        document = spliced(text_of(self.data), map(self._in_file, found))
        after = NotebookFile.of(self.path, document.encode(self.encoding))
        if after.text != spliced(self.text, found):
            raise SourceError("a cell of it would not be the Python that is meant")
        return after

    @cached_property
    def _cells(self) -> Mapping[int, WrittenCell]:
        return written_cells(text_of(self.data))

    def _in_file(self, splice: Splice) -> Splice:
        """An edit of the text as one of the file."""
        cell, start = self._place(splice.start)
        last, end = self._place(splice.end)
        if cell is not last:
            raise SourceError("an edit goes over the end of a cell")
        return Splice(start, end, encoded(splice.content, cell.between))

    def _place(self, offset: int) -> tuple[WrittenCell, int]:
        """The cell that a character of the text is in, and its offset in the file; raises SourceError for magics."""
        line, column = self.position(offset)
        cell = read_notebook(self.data).cell_at(line)
        inside = line - cell.first if cell is not None else 0
        written = self._cells.get(cell.number) if cell is not None else None
        if cell is None or written is None or cell.lines[inside] != self.text.split("\n")[line - 1]:
            raise SourceError(f"{line_in_words(self.path, line)} is no Python")
        before = sum(len(each) + 1 for each in cell.lines[:inside])
        return written, written.offsets[before + column - 1]
