"""Text that fits a terminal: its width in columns, lines that are broken between words, and lines that are cut."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

ELLIPSIS = "…"
LEAST_ROOM = 24
"""Columns that text gets, even where the terminal is narrower."""

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_WORD = re.compile(r" *[^ ]+")


def columns(text: str) -> int:
    """Columns that ``text`` takes in a terminal; colours take none."""
    return sum(_character_columns(character) for character in _ANSI.sub("", text))


def wrap(text: str, width: int | None, indent: str = "") -> list[str]:
    """``text`` in lines of up to ``width`` columns, all but the first behind ``indent``.

    A word that is wider has a line of its own.  Without a width it is one line.
    """
    if width is None or columns(text) <= width:
        return [text]
    lines = [""]
    for word in _WORD.findall(text):
        if lines[-1].strip() and columns(lines[-1] + word) > width:
            lines.append(indent + word.lstrip(" "))
        else:
            lines[-1] += word
    return lines


@dataclass(frozen=True, slots=True)
class Frame:
    """The columns of one line that are shown: from ``left`` to before ``right``, of ``total``."""

    left: int
    right: int
    total: int

    @classmethod
    def around(cls, start: int, end: int, total: int, room: int | None) -> Self:
        """As much as there is ``room`` for, with the columns from ``start`` to ``end`` in the middle.

        The beginning of the line stays where they are near to it, their own where there is no room for all of them.
        """
        if room is None or total <= room:
            return cls(0, total, total)
        if end < room:
            return cls(0, room, total)
        spare = room - (end - start)
        left = max(start - max(spare // 2, 2), 0)
        left = min(left, max(total - room, 0))
        return cls(left, left + room, total)

    def cut(self, text: str) -> str:
        """``text`` as it is shown, with an ellipsis in the place of what is not."""
        if self.left == 0 and self.right >= self.total:
            return text
        shown = ""
        position = 0
        for character in text:
            size = _character_columns(character)
            if self.left <= position and position + size <= self.right:
                shown += character
            elif self.left < position + size and position < self.right:
                shown += " " * (min(position + size, self.right) - max(position, self.left))
            position += size
        if self.left > 0:
            shown = ELLIPSIS + _without_first_column(shown)
        if self.right < self.total:
            shown = _without_first_column(shown[::-1])[::-1] + ELLIPSIS
        return shown

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where the columns from ``start`` to ``end`` are shown: at least one, at the edge if they are beyond it."""
        room = self.right - self.left
        if self.right >= self.total:
            room = max(room, end - self.left)  # the place behind the last character of the line
        first = min(max(start - self.left, 0), max(room - 1, 0))
        return first, max(min(end - self.left, room), first + 1)


def _without_first_column(text: str) -> str:
    return " " * (_character_columns(text[0]) - 1) + text[1:] if text else text


def _character_columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
