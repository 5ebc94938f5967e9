"""One version of a document that the client has open."""

import io
import tokenize
from dataclasses import dataclass, replace
from functools import cached_property

from convlint.diagnostics import Span, cell_path, split_cell
from convlint.lsp.positions import Lines
from convlint.source.notebook import in_cell, in_text
from convlint.source.unsaved import unsaved


@dataclass(frozen=True)
class Document:
    """A file, a notebook, or one of its cells.

    ``path`` is absolute and without links, whether the file is written or not; of a cell it is the URI.  ``notebook``
    is the path of the notebook that a cell is in.  The ``lines`` of a notebook are those of the file that its
    ``cells`` make.
    """

    uri: str
    path: str
    version: int | None
    lines: Lines
    notebook: str = ""
    cells: tuple["Document", ...] = ()

    @cached_property
    def content(self) -> bytes:
        """The text as Python reads it from a file: in the encoding that it declares."""
        data = self.lines.text.encode("utf-8", "surrogatepass")
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            return data if encoding.startswith("utf-8") else self.lines.text.encode(encoding)
        except (SyntaxError, UnicodeError):
            return data  # what is wrong with it is a finding

    def in_cell(self, span: Span) -> Span:
        """A range of the notebook's text as one of a cell by its number (see `convlint.source.notebook.in_cell`)."""
        with unsaved({self.path: self.content}):
            return in_cell(replace(span, path=self.path))

    def in_text(self, span: Span) -> Span:
        """A range of a cell of the notebook as one of its text, the inverse of `shown`."""
        number = next(number for number, each in enumerate(self.cells, start=1) if each.path == span.path)
        with unsaved({self.path: self.content}):
            return in_text(replace(span, path=cell_path(self.path, number)))

    def shown(self, span: Span) -> Span:
        """A range of the notebook's text, or of a cell by its number, as one of the cell's document."""
        inside = span if split_cell(span.path)[1] is not None else self.in_cell(span)
        number = split_cell(inside.path)[1]
        is_known = number is not None and 0 < number <= len(self.cells)
        return replace(inside, path=self.cells[number - 1].path) if is_known and number is not None else inside
