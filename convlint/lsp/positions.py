"""Lines and columns of convlint (from 1, in characters) as positions of the protocol (from 0, in code units)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from lsprotocol import types

from convlint.diagnostics import Span
from convlint.source.text import lines_with_breaks

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
"""What ends a line in the protocol, and in Python."""

_BEYOND_UTF_16 = 0xFFFF
"""The last character that UTF-16 writes in one unit."""


def units(text: str, encoding: str) -> int:
    """The length of ``text`` in the code units of ``encoding``: ``utf-8``, ``utf-16`` or ``utf-32``."""
    if encoding == types.PositionEncodingKind.Utf8:
        return len(text.encode("utf-8", "surrogatepass"))
    if encoding == types.PositionEncodingKind.Utf32:
        return len(text)
    return len(text) + sum(ord(character) > _BEYOND_UTF_16 for character in text)


def characters(text: str, count: int, encoding: str) -> int:
    """How many characters of ``text`` lie in its first ``count`` units; one that they end inside of counts."""
    taken = 0
    for index, character in enumerate(text):
        if taken >= count:
            return index
        taken += units(character, encoding)
    return len(text)


@dataclass(frozen=True)
class Lines:
    """The lines of a text, and how the client counts the columns in them."""

    text: str
    encoding: str = types.PositionEncodingKind.Utf16

    @cached_property
    def all(self) -> tuple[str, ...]:
        """The lines without their breaks."""
        return tuple(_LINE_BREAK.split(self.text))

    @cached_property
    def line_break(self) -> str:
        """The break of the first line, a line feed where there is none."""
        found = _LINE_BREAK.search(self.text)
        return found[0] if found else "\n"

    def with_breaks(self, text: str) -> str:
        """A text whose lines end in line feeds with those of this one."""
        return text.replace("\n", self.line_break)

    def position(self, line: int, column: int) -> types.Position:
        """A line and column from 1; what is behind the end of the text is its end."""
        if line > len(self.all):
            return types.Position(len(self.all) - 1, units(self.all[-1], self.encoding))
        return types.Position(line - 1, units(self.all[line - 1][: column - 1], self.encoding))

    def range(self, span: Span) -> types.Range:
        """A range of source."""
        return types.Range(self.position(span.line, span.column), self.position(span.end_line, span.end_column))

    def place(self, position: types.Position) -> tuple[int, int]:
        """The line and column, both from 1, of a position."""
        if position.line >= len(self.all):
            return len(self.all), len(self.all[-1]) + 1
        return position.line + 1, characters(self.all[position.line], position.character, self.encoding) + 1

    def changed(self, change: types.TextDocumentContentChangeEvent) -> "Lines":
        """The lines after a change of the client's, of a part or of all of the text."""
        if not isinstance(change, types.TextDocumentContentChangePartial):
            return Lines(change.text, self.encoding)
        start, end = self._offset(change.range.start), self._offset(change.range.end)
        return Lines(self.text[:start] + change.text + self.text[end:], self.encoding)

    def _offset(self, position: types.Position) -> int:
        """How many characters of the text are before a position."""
        line, column = self.place(position)
        return sum(map(len, lines_with_breaks(self.text)[: line - 1])) + column - 1


def is_inside(span: Span, line: int, column: int) -> bool:
    """Whether a place is in a range of source, or at its end."""
    return (span.line, span.column) <= (line, column) <= (span.end_line, span.end_column)


def innermost(spans: Iterable[Span], line: int, column: int) -> Span | None:
    """The smallest of the ranges around a place; None where there is none."""
    around = (each for each in spans if is_inside(each, line, column))
    return max(around, key=lambda each: (each.line, each.column, -each.end_line, -each.end_column), default=None)
