"""Where the lines of an earlier text are now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from itertools import takewhile

from convlint.diagnostics import Span


@dataclass(frozen=True)
class Moves:
    """From the lines of one text to those of a later one; ``moved`` is None where the texts are the same."""

    moved: dict[int, int] | None = field(default=None)

    @classmethod
    def between(cls, before: Sequence[str], after: Sequence[str]) -> "Moves":
        """From ``before`` to ``after``."""
        return cls(None if before == after else dict(_pairs(before, after)))

    def before(self, line: int) -> int | None:
        """Where a line was that is there now; None where it was not there."""
        if self.moved is None:
            return line
        return next((old for old, new in self.moved.items() if new == line), None)

    def span(self, span: Span) -> Span | None:
        """Where a range is now; None where one of its lines is not as it was."""
        if self.moved is None:
            return span
        lines = [self.moved.get(line) for line in range(span.line, span.end_line + 1)]
        first = lines[0]
        if first is None or lines != list(range(first, first + len(lines))):
            return None
        return replace(span, line=first, end_line=first + len(lines) - 1)


def _pairs(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The lines, from 1, that both texts have.

    What is alike at both ends is not compared any further, which is nearly all of a text that somebody types in.
    """
    head = _alike(zip(before, after, strict=False))
    rest = min(len(before), len(after)) - head
    tail = min(_alike(zip(reversed(before), reversed(after), strict=False)), rest)
    yield from ((line, line) for line in range(1, head + 1))
    middle = before[head : len(before) - tail], after[head : len(after) - tail]
    for block in SequenceMatcher(None, *middle, autojunk=False).get_matching_blocks():
        for offset in range(1, block.size + 1):
            yield head + block.a + offset, head + block.b + offset
    yield from ((len(before) - offset, len(after) - offset) for offset in range(tail))


def _alike(pairs: "zip[tuple[str, str]]") -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
