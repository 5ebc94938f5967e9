"""Lines of source with ranges underlined, in the manner of rustc."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from convlint.diagnostics import Span

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


def width(text: str) -> int:
    """Columns that ``text`` takes in a terminal."""
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _flatten(line: str) -> str:
    """``line`` with tabs as spaces and without what would move the cursor."""
    spread = line.rstrip("\r\n").replace("\t", " " * _TAB)
    return "".join(character if character.isprintable() else " " for character in spread)


def _offset(line: str, column: int) -> int:
    """Where on the screen the 1-based ``column`` of ``line`` begins."""
    return width(_flatten(line[: max(column - 1, 0)]))


def excerpt(marks: Sequence[Mark], lines: Sequence[str], gutter: int, edge: Paint = str) -> list[str]:
    """The lines of one file (``lines``, all of it) that have marks, in order, with the marks below them.

    ``gutter`` is the width of the line numbers, ``edge`` the colour of the margin.  Marks at the same range are one,
    with the labels of all; a mark outside of the file is left out.
    """
    out: list[str] = []
    last = 0
    for mark in _combined(mark for mark in marks if 1 <= mark.span.line <= len(lines)):
        first, end = mark.span.line, min(mark.span.end_line, len(lines))
        if first == last and first == end:
            out += _underline(mark, lines[first - 1], gutter, edge)
            continue
        if last and first == last + 2:
            out.append(_numbered(last + 1, lines, gutter, edge))
        elif last and first != last + 1:
            out.append(edge("..."))
        if first == end:
            out.append(_numbered(first, lines, gutter, edge))
            out += _underline(mark, lines[first - 1], gutter, edge)
        else:
            out += _bracket(mark, lines, end, gutter, edge)
        last = max(last, end)
    return out


def _combined(marks: Iterator[Mark]) -> Iterator[Mark]:
    """The marks in the order of the file, those of one range as one: the first with all labels."""
    ordered = sorted(marks, key=lambda mark: mark.span)
    for _, group in groupby(ordered, key=lambda mark: mark.span):
        first, *others = group
        labels = dict.fromkeys([*first.labels, *(label for other in others for label in other.labels)])
        yield replace(first, labels=tuple(labels))


def _numbered(number: int, lines: Sequence[str], gutter: int, edge: Paint, margin: str = "") -> str:
    return f"{edge(f'{number:>{gutter}}')} {edge('|')} {margin}{_flatten(lines[number - 1])}".rstrip()


def _labels(mark: Mark) -> list[str]:
    """The labels that are shown, and how many are not."""
    if len(mark.labels) <= _MOST_LABELS:
        return list(mark.labels)
    shown = mark.labels[: _MOST_LABELS - 1]
    return [*shown, f"and {len(mark.labels) - len(shown)} more like these"]


def _underline(mark: Mark, line: str, gutter: int, edge: Paint) -> list[str]:
    """The row below a line, and a row for each further label."""
    start = _offset(line, mark.span.column)
    length = max(_offset(line, mark.span.end_column) - start, 1)
    first, *others = _labels(mark) or [""]
    row = f"{' ' * gutter} {edge('|')} {' ' * start}"
    below = [f"{row}{' ' * length} {mark.paint(label)}" for label in others]
    return [f"{row}{mark.paint(mark.character * length + (f' {first}' if first else ''))}", *below]


def _bracket(mark: Mark, lines: Sequence[str], end: int, gutter: int, edge: Paint) -> list[str]:
    """The lines of a range that goes over several, tied together in the margin."""
    span, paint = mark.span, mark.paint
    side = paint("|")
    blank = f"{' ' * gutter} {edge('|')}"
    first_line = lines[span.line - 1]
    if first_line[: span.column - 1].strip():
        corner = "_" * (_offset(first_line, span.column) + 1)
        out = [_numbered(span.line, lines, gutter, edge, "  "), f"{blank}  {paint(corner + mark.character)}"]
    else:
        out = [_numbered(span.line, lines, gutter, edge, f"{paint('/')} ")]
    shown = list(range(span.line + 1, end + 1))
    if len(shown) >= _MOST_LINES:
        out += [_numbered(number, lines, gutter, edge, f"{side} ") for number in shown[:2]]
        out.append(f"{edge('...')}{' ' * gutter}{side}")
        shown = shown[-1:]
    out += [_numbered(number, lines, gutter, edge, f"{side} ") for number in shown]
    corner = "|" + "_" * (max(_offset(lines[end - 1], span.end_column) - 1, 0) + 1)
    first, *others = _labels(mark) or [""]
    out.append(f"{blank} {paint(corner + mark.character + (f' {first}' if first else ''))}")
    out += [f"{blank} {' ' * (len(corner) + 1)} {paint(label)}" for label in others]
    return out
