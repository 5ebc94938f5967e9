"""Which range of the source the interpreter is at."""

from __future__ import annotations

import linecache
from functools import cache
from types import CodeType

from convlint.diagnostics import Span


def span_at(code: CodeType, instruction: int, fallback_line: int) -> Span:
    """The exact range of the expression at an instruction (a frame's ``f_lasti``, a traceback's ``tb_lasti``).

    The whole line where the interpreter keeps no positions.
    """
    line, end_line, column, end_column = _positions(code)[instruction // 2]
    path = code.co_filename
    if line is None or end_line is None or column is None or end_column is None:
        return line_span(path, line or fallback_line)
    return Span(path, line, _column(path, line, column), end_line, _column(path, end_line, end_column))


def line_span(path: str, line: int) -> Span:
    """A whole line without its indentation and its end."""
    text = linecache.getline(path, line).rstrip()
    start = len(text) - len(text.lstrip())
    return Span(path, line, start + 1, line, max(len(text), start + 1) + 1)


@cache
def _positions(code: CodeType) -> list[tuple[int | None, int | None, int | None, int | None]]:
    return list(code.co_positions())


def _column(path: str, line: int, offset: int) -> int:
    """The 1-based column of a 0-based offset in UTF-8 bytes, which is how Python counts."""
    text = linecache.getline(path, line)
    if text.isascii():
        return offset + 1
    return len(text.encode(errors="surrogateescape")[:offset].decode(errors="replace")) + 1
