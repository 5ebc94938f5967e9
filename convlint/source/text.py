"""A Python source file as text: decoded as Python decodes it, with lines and columns as people count them."""

import ast
import errno
import io
import os
import re
import stat
import tokenize
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from convlint.diagnostics import Span, split_cell
from convlint.source.notebook import NotebookError, cell_lines, is_notebook, read_notebook
from convlint.source.unsaved import held_content

_COOKIE = re.compile(rb"coding[:=]\s*[-\w.]+")
_LINE = re.compile(r".*?(?:\r\n|\r|\n)|.+", re.DOTALL)


SAVE_AS_TEXT = "save it as UTF-8, or declare its encoding in its first line: `# -*- coding: latin-1 -*-`"
"""The way out for a file whose bytes are not what its encoding says."""


class SourceError(ValueError):
    """A file that Python cannot read: what is wrong, the line (from 1) where it begins to be, and the way out."""

    def __init__(self, message: str, line: int = 1, column: int = 1, help_: str = SAVE_AS_TEXT) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.help = help_


@dataclass(frozen=True)
class SourceText:
    """One file: its path as it was given, and its text with a line feed for every line break."""

    path: str
    text: str

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines without their breaks; line ``n`` of a span is ``lines[n - 1]``."""
        return tuple(self.text.split("\n"))

    def span(self, node: ast.AST) -> Span:
        """The range of a syntax node: `ast` counts columns in UTF-8 bytes from 0, spans count characters from 1."""
        line, end_line = getattr(node, "lineno", 1), getattr(node, "end_lineno", None)
        first = self.column(line, getattr(node, "col_offset", 0))
        if end_line is None:
            return Span(self.path, line, first, line, first)
        return Span(self.path, line, first, end_line, self.column(end_line, getattr(node, "end_col_offset", 0)))

    def name_span(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> Span:
        """The range of the name that a ``class`` or ``def`` statement binds."""
        text = self.lines[node.lineno - 1] if node.lineno <= len(self.lines) else ""
        start = text.find(node.name, self.column(node.lineno, node.col_offset) + len("def"))
        if start < 0:
            return self.span(node)
        return Span(self.path, node.lineno, start + 1, node.lineno, start + 1 + len(node.name))

    def column(self, line: int, offset: int) -> int:
        """The column, from 1 in characters, of the UTF-8 byte ``offset`` of ``line``."""
        if not 1 <= line <= len(self.lines):
            return offset + 1
        return len(self.lines[line - 1].encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace")) + 1


def read_content(path: str) -> bytes:
    """The bytes of a file, or what an editor holds of it.

    Raises OSError, also for a pipe, which would be waited for.
    """
    held = held_content(path)
    if held is not None:
        return held
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", path)
    return Path(path).read_bytes()


def read_source(path: str) -> SourceText:
    """The text of a file, decoded by its byte order mark, its ``coding`` comment, or as UTF-8.

    Raises SourceError where Python could not read it either, OSError where nobody can.
    """
    return decode_source(path, read_content(path))


def decode_source(path: str, data: bytes) -> SourceText:
    """The text of ``data``, the content of ``path``, of a notebook that of its code cells; raises SourceError."""
    if is_notebook(path):
        try:
            return SourceText(path, read_notebook(data).text)
        except NotebookError as error:
            raise SourceError(str(error), error.line, error.column, error.help) from error
    return SourceText(path, unify(decode(data)[0]))


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file with its own line breaks and without a byte order mark, and the encoding that gives ``data``
    back; raises SourceError.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        raise SourceError(_not_utf8(data) or error.msg or "unknown encoding") from error
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(f"byte 0x{data[error.start]:02x} is not {encoding}", line) from error
    zero = text.find("\0")
    if zero >= 0:
        line = text.count("\n", 0, zero) + 1
        raise SourceError(
            "null bytes: this is no text file", line, zero - text.rfind("\n", 0, zero),
            "take the null bytes out, or give the file another ending than .py",
        )
    return text, encoding


def shown_lines(path: str) -> tuple[str, ...]:
    """The lines of a file or cell for showing a span, undecodable bytes replaced; nothing where it cannot be read."""
    file, cell = split_cell(path)
    if cell is not None:
        return cell_lines(file, cell)
    try:
        return read_source(path).lines
    except SourceError:
        return tuple(unify(read_content(path).decode("utf-8-sig", "replace")).split("\n"))
    except OSError:
        return ()


def lines_with_breaks(text: str) -> list[str]:
    """The lines of a text, each with the line break that ends it, as Python knows them."""
    return _LINE.findall(text)


def unify(text: str) -> str:
    """``text`` with a line feed for every line break that Python knows."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _not_utf8(data: bytes) -> str | None:
    """A plain word for a file that declares no encoding and is not UTF-8 in its first lines."""
    first = b"\n".join(data.split(b"\n")[:2])
    try:
        first.decode("utf-8")
    except UnicodeDecodeError as error:
        if not _COOKIE.search(first):
            return f"byte 0x{first[error.start]:02x} is not utf-8"
    return None
