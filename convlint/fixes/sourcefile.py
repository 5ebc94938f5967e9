"""A source file that is edited in place of its characters: whatever is not edited keeps its bytes."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from convlint.diagnostics import Span
from convlint.source.text import SourceError, decode, read_content

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
"""What Python ends a line at: neither a form feed nor a Unicode separator."""


@dataclass(frozen=True, slots=True, order=True)
class Splice:
    """The characters from offset ``start`` up to ``end`` become ``content``."""

    start: int
    end: int
    content: str


class ConflictError(ValueError):
    """Two edits change the same characters."""


@dataclass(frozen=True)
class SourceFile:
    """The content of a file: its bytes, and the text with the file's own line breaks."""

    path: str
    data: bytes
    text: str
    encoding: str

    @classmethod
    def read(cls, path: str) -> "SourceFile":
        """The file at ``path``; raises OSError, or SourceError where its text would not give back its bytes."""
        return cls.of(path, read_content(path))

    @classmethod
    def of(cls, path: str, data: bytes) -> "SourceFile":
        """A file with this content; raises SourceError where its text would not give back its bytes."""
        text, encoding = decode(data)
        if text.encode(encoding) != data:
            raise SourceError(f"its text in {encoding} can be written in several ways")
        return cls(path, data, text, encoding)

    @cached_property
    def _starts(self) -> list[int]:
        """The offset at which each line begins."""
        return [0, *(match.end() for match in _LINE_BREAK.finditer(self.text))]

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column, both from 1; raises IndexError where the file has no such line."""
        return min(self._starts[line - 1] + column - 1, len(self.text))

    def range(self, span: Span) -> tuple[int, int]:
        """The offsets of a span; raises IndexError."""
        return self.offset(span.line, span.column), self.offset(span.end_line, span.end_column)

    def span(self, start: int, end: int) -> Span:
        """The span of a range of offsets."""
        return Span(self.path, *self.position(start), *self.position(end))

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column, both from 1, of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def edited(self, splices: Iterable[Splice]) -> "SourceFile":
        """The file after edits; raises ConflictError, or SourceError where the encoding has not their characters."""
        text = spliced(self.text, splices)
        try:
            return SourceFile(self.path, text.encode(self.encoding), text, self.encoding)
        except UnicodeEncodeError as error:
            raise SourceError(f"{self.encoding} has not all characters of the edit") from error


def ordered(splices: Iterable[Splice]) -> list[Splice]:
    """The edits in the order of the file, equal ones once; raises ConflictError where two touch the same characters."""
    found = sorted(set(splices))
    for one, other in pairwise(found):
        if other.start < one.end or other.start == one.start:
            raise ConflictError(f"two edits at offset {other.start}")
    return found


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """A text after edits; raises ConflictError."""
    pieces: list[str] = []
    position = 0
    for splice in ordered(splices):
        pieces += [text[position : splice.start], splice.content]
        position = splice.end
    return "".join([*pieces, text[position:]])


def original(splices: Iterable[Splice], offset: int) -> int | None:
    """Where a character of the edited text was before; None where an edit has written it."""
    moved = 0
    for splice in ordered(splices):
        first = splice.start + moved
        if offset <= first:
            break
        if offset < first + len(splice.content):
            return None
        moved += len(splice.content) - (splice.end - splice.start)
    return offset - moved


def then(splices: Iterable[Splice], later: Iterable[Splice]) -> tuple[Splice, ...]:
    """Edits, and then edits of the text which that gives, as edits of the first text; raises ConflictError."""
    first = ordered(splices)
    found = list(first)
    for splice in later:
        start, end = original(first, splice.start), original(first, splice.end)
        if start is None or end is None:
            raise ConflictError("an edit of an edit")
        found.append(Splice(start, end, splice.content))
    return tuple(ordered(found))
