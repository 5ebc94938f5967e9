"""Lines of source with ranges underlined, in the manner of rustc."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from convlint.diagnostics import Span
from convlint.render.wrap import LEAST_ROOM, Frame, columns, wrap

_TAB = 4
_MOST_LINES = 5
"""A longer range is shown by its first and last lines."""

_MOST_LABELS = 4
"""More labels at one range are counted."""

Paint = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Mark:
    """A range of a file, the character that underlines it, its colour, and what is said there."""

    span: Span
    character: str
    paint: Paint = str
    labels: tuple[str, ...] = ()


def _flatten(line: str) -> str:
    """``line`` with tabs as spaces and without what would move the cursor."""
    spread = line.rstrip("\r\n").replace("\t", " " * _TAB)
    return "".join(character if character.isprintable() else " " for character in spread)


def _offset(line: str, column: int) -> int:
    """Where on the screen the 1-based ``column`` of ``line`` begins."""
    return columns(_flatten(line[: max(column - 1, 0)]))


def excerpt(
    marks: Sequence[Mark], lines: Sequence[str], gutter: int, edge: Paint = str, width: int | None = None
) -> list[str]:
    """The lines of one file (``lines``, all of it) that have marks, in order, with the marks below them.

    ``gutter`` is the width of the line numbers, ``edge`` the colour of the margin.  Marks at the same range are one,
    with the labels of all; a mark outside of the file is left out.  Lines are cut around their marks, and labels
    broken, so that all of it fits in ``width`` columns.
    """
    page = _Page(lines, gutter, edge, None if width is None else max(width - gutter - len(" | "), LEAST_ROOM))
    out: list[str] = []
    last = 0
    found = list(_combined(mark for mark in marks if 1 <= mark.span.line <= len(lines)))
    for mark in found:
        first, end = mark.span.line, min(mark.span.end_line, len(lines))
        frame = page.frame(first, [each for each in found if each.span.line == first == each.span.end_line])
        if first == last and first == end:
            out += page.underline(mark, frame)
            continue
        if last and first == last + 2:
            out.append(page.numbered(last + 1, page.frame(last + 1)))
        elif last and first != last + 1:
            out.append(edge("..."))
        if first == end:
            out.append(page.numbered(first, frame))
            out += page.underline(mark, frame)
        else:
            out += page.bracket(mark, end)
        last = max(last, end)
    return out


def _combined(marks: Iterator[Mark]) -> Iterator[Mark]:
    """The marks in the order of the file, those of one range as one: the first with all labels."""
    ordered = sorted(marks, key=lambda mark: mark.span)
    for _, group in groupby(ordered, key=lambda mark: mark.span):
        first, *others = group
        labels = dict.fromkeys([*first.labels, *(label for other in others for label in other.labels)])
        yield replace(first, labels=tuple(labels))


def _labels(mark: Mark) -> list[str]:
    """The labels that are shown, and how many are not."""
    if len(mark.labels) <= _MOST_LABELS:
        return list(mark.labels)
    shown = mark.labels[: _MOST_LABELS - 1]
    return [*shown, f"and {len(mark.labels) - len(shown)} more like these"]


@dataclass(frozen=True, slots=True)
class _Page:
    """The lines of a file, and how they are set: ``room`` is what there is for text beside the numbers, or None."""

    lines: Sequence[str]
    gutter: int
    edge: Paint
    room: int | None

    @property
    def blank(self) -> str:
        """The margin of a row without a number."""
        return f"{' ' * self.gutter} {self.edge('|')}"

    def frame(self, number: int, marks: Sequence[Mark] = (), margin: int = 0) -> Frame:
        """What is shown of a line with these marks: the one that is spoken of, else the first, is in it."""
        line = self.lines[number - 1]
        mark = next((each for each in marks if each.character == "^"), next(iter(marks), None))
        start, end = (0, 0) if mark is None else (_offset(line, mark.span.column), _offset(line, mark.span.end_column))
        return Frame.around(start, end, columns(_flatten(line)), None if self.room is None else self.room - margin)

    def numbered(self, number: int, frame: Frame, margin: str = "") -> str:
        """A line of the file."""
        text = frame.cut(_flatten(self.lines[number - 1]))
        return f"{self.edge(f'{number:>{self.gutter}}')} {self.edge('|')} {margin}{text}".rstrip()

    def underline(self, mark: Mark, frame: Frame) -> list[str]:
        """The row below a line, and rows for labels that do not fit in it."""
        line = self.lines[mark.span.line - 1]
        start = _offset(line, mark.span.column)
        start, end = frame.place(start, max(_offset(line, mark.span.end_column), start + 1))
        return self._marked(mark, mark.character * (end - start), start)

    def bracket(self, mark: Mark, end: int) -> list[str]:
        """The lines of a range that goes over several, tied together in the margin."""
        span, paint = mark.span, mark.paint
        side = paint("|")
        first_line = self.lines[span.line - 1]
        first = self.frame(span.line, margin=2)
        if first_line[: span.column - 1].strip():
            corner = "_" * (first.place(_offset(first_line, span.column), 0)[0] + 1)
            out = [self.numbered(span.line, first, "  "), f"{self.blank}  {paint(corner + mark.character)}"]
        else:
            out = [self.numbered(span.line, first, f"{paint('/')} ")]
        shown = list(range(span.line + 1, end + 1))
        if len(shown) >= _MOST_LINES:
            out += [self.numbered(number, self.frame(number, margin=2), f"{side} ") for number in shown[:2]]
            out.append(f"{self.edge('...')}{' ' * self.gutter}{side}")
            shown = shown[-1:]
        out += [self.numbered(number, self.frame(number, margin=2), f"{side} ") for number in shown]
        last = max(_offset(self.lines[end - 1], span.end_column) - 1, 0)
        corner = "|" + "_" * (self.frame(end, margin=2).place(last, last + 1)[0] + 1)
        return [*out, *self._marked(mark, corner + mark.character, 0)]

    def _marked(self, mark: Mark, line: str, start: int) -> list[str]:
        """A mark in a row, with its labels behind it where they all fit, else below."""
        row = f"{self.blank} {' ' * start}"
        labels = _labels(mark)
        taken = start + len(line) + 1
        if self.room is None or all(taken + columns(label) <= self.room for label in labels):
            first, *others = labels or [""]
            below = [f"{row}{' ' * len(line)} {mark.paint(label)}" for label in others]
            return [f"{row}{mark.paint(line + (f' {first}' if first else ''))}", *below]
        indent = " " * max(min(start, self.room - LEAST_ROOM), 0)
        folded = (part for label in labels for part in wrap(label, self.room - len(indent), "  "))
        return [f"{row}{mark.paint(line)}", *(f"{self.blank} {indent}{mark.paint(part)}" for part in folded)]
