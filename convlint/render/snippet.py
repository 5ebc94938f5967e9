"""A line of source with a range underlined, in the manner of rustc."""

import unicodedata
from collections.abc import Callable, Sequence

from convlint.diagnostics import Span

_TAB = 4
_MOST_LINES = 5
"""A longer range is shown by its first and last lines."""

Paint = Callable[[str], str]


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


def underline(
    span: Span, lines: Sequence[str], gutter: int, *, mark: str, paint: Paint, label: str = "", edge: Paint = str
) -> list[str]:
    """The lines of ``span`` out of ``lines`` (a whole file), numbered, with ``mark`` below the range.

    ``gutter`` is the width of the line numbers; ``paint`` colours the marks and the label, ``edge`` the gutter.
    A span outside of the file gives no lines.
    """
    if not 1 <= span.line <= len(lines):
        return []
    bar = edge("|")
    blank = " " * gutter
    suffix = paint(f" {label}") if label else ""
    last = min(span.end_line, len(lines))
    first_line = lines[span.line - 1]
    start = _offset(first_line, span.column)

    def numbered(number: int, margin: str) -> str:
        return f"{edge(f'{number:>{gutter}}')} {bar} {margin}{_flatten(lines[number - 1])}".rstrip()

    if last <= span.line:
        end = max(_offset(first_line, span.end_column), start + 1)
        return [numbered(span.line, ""), f"{blank} {bar} {' ' * start}{paint(mark * (end - start))}{suffix}"]

    end = max(_offset(lines[last - 1], span.end_column) - 1, 0)
    shown = list(range(span.line + 1, last + 1))
    elided = len(shown) + 1 > _MOST_LINES
    if elided:
        shown = [*shown[:2], *shown[-1:]]
    side = paint("|")
    out: list[str] = []
    if first_line[: span.column - 1].strip():
        out.append(numbered(span.line, "  "))
        out.append(f"{blank} {bar}  {paint('_' * (start + 1) + mark)}")
    else:
        out.append(numbered(span.line, f"{paint('/')} "))
    for position, number in enumerate(shown):
        if elided and position == len(shown) - 1:
            out.append(f"{edge('...')}{' ' * gutter}{side}")
        out.append(numbered(number, f"{side} "))
    out.append(f"{blank} {bar} {paint('|' + '_' * (end + 1) + mark)}{suffix}")
    return out
