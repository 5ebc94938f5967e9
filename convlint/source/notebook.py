"""A Jupyter notebook as Python source: its code cells one below the other, and which cell a line is in.

Cells count from 1 among all of the notebook.  Magics and shell commands leave a line without effect; cells in another
language (``%%bash``), and those that are no Python, leave empty lines.
"""

import ast
import json
import os
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from convlint.diagnostics import Span, cell_path, split_cell
from convlint.source.unsaved import held_content

SUFFIX = ".ipynb"

_OTHER_ENDING = "or give it another ending than .ipynb"

_PYTHON_CELLS = frozenset({"capture", "debug", "prun", "python", "python3", "time", "timeit"})
"""Magics whose cell is Python all the same."""

_MAGIC = re.compile(r"\s*([%!?]|[\w, ]+=\s*[%!]|[\w.*\[\]]+\?\??\s*$)")
"""A line that IPython rewrites: ``%matplotlib inline``, ``!pip install x``, ``files = !ls``, ``nn.Conv2d?``."""


class NotebookError(ValueError):
    """A file that is no notebook that can be read: why, the place (from 1) where that shows, and the way out."""

    def __init__(self, message: str, help_: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"this notebook cannot be read: {message}")
        self.help = f"{help_}, {_OTHER_ENDING}"
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell is no Python, and where in the notebook's text."""

    message: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell: its number, the line of the text that it begins at, its lines as they are written."""

    number: int
    first: int
    lines: tuple[str, ...]
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Notebook:
    """The text that its code cells make, these cells in order, and their language: those of others are left out."""

    text: str
    cells: tuple[Cell, ...]
    language: str = "python"

    def cell_at(self, line: int) -> Cell | None:
        """The cell that a line of the text is in; None without cells."""
        return next((each for each in reversed(self.cells) if each.first <= line), None)


def is_notebook(path: str) -> bool:
    """Whether a file is one by its name."""
    return path.endswith(SUFFIX)


@lru_cache(maxsize=16)
def read_notebook(data: bytes) -> Notebook:
    """The notebook in the content of a file; raises NotebookError."""
    document = _document(data)
    cells = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(cells, list):
        is_old = isinstance(document, dict) and "worksheets" in document
        why = "it is older than format 4" if is_old else "it has no cells"
        raise NotebookError(why, "open it in Jupyter and save it")
    language = _language(document)
    if language != "python":
        return Notebook("", (), language)
    found: list[Cell] = []
    lines: list[str] = []
    for number, cell in enumerate(cells, start=1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        written = _source(cell).split("\n")
        code, fault = _python(written)
        if fault is not None:
            fault = replace(fault, line=fault.line + len(lines))
        found.append(Cell(number, len(lines) + 1, tuple(written), fault))
        lines += code
    return Notebook("\n".join(lines), tuple(found))


def in_cell(span: Span) -> Span:
    """A range of a notebook's text as one of the cell that it begins in; any other as it is."""
    cell = _cell_at(span.path, span.line)
    if cell is None:
        return span
    before = cell.first - 1
    last = min(span.end_line - before, len(cell.lines))
    return replace(span, path=cell_path(span.path, cell.number), line=span.line - before, end_line=last)


def in_text(span: Span) -> Span:
    """A range of a cell as one of its notebook's text, the inverse of `in_cell`; any other as it is."""
    path, number = split_cell(span.path)
    before = next((each.first - 1 for each in _cells(path) if each.number == number), None)
    if before is None:
        return span
    return replace(span, path=path, line=span.line + before, end_line=span.end_line + before)


def line_in_words(path: str, line: int) -> str:
    """``line 12``, in a notebook ``line 12 of cell 3``."""
    cell = _cell_at(path, line)
    return f"line {line}" if cell is None else f"line {line - cell.first + 1} of cell {cell.number}"


def cell_lines(path: str, number: int) -> tuple[str, ...]:
    """The lines of a cell as they are written; none where there is no such cell."""
    cells = _cells(path)
    return next((each.lines for each in cells if each.number == number), ())


def _cell_at(path: str, line: int) -> Cell | None:
    if not is_notebook(path):
        return None
    return Notebook("", _cells(path)).cell_at(line)


def _cells(path: str) -> tuple[Cell, ...]:
    """The cells of the file at ``path``; none where it cannot be read."""
    try:
        held = held_content(path)
        if held is not None:
            return read_notebook(held).cells
        status = os.stat(path)
        return _cells_of(os.path.abspath(path), status.st_mtime_ns, status.st_size)
    except (OSError, NotebookError):
        return ()


@lru_cache(maxsize=16)
def _cells_of(path: str, changed: int, size: int) -> tuple[Cell, ...]:
    del changed, size  # what the cache is kept by
    with open(path, "rb") as file:
        return read_notebook(file.read()).cells


def _document(data: bytes) -> Any:
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        why = f"it is no JSON: {error.msg[:1].lower()}{error.msg[1:]}" if data.strip() else "it is empty"
        raise NotebookError(why, "restore what it was before", error.lineno, error.colno) from error
    except (ValueError, RecursionError) as error:
        raise NotebookError(f"it is no JSON: {error}", "restore what it was before") from error


def _language(document: dict[str, Any]) -> str:
    metadata = document.get("metadata")
    for place, key in (("language_info", "name"), ("kernelspec", "language")):
        found = metadata.get(place) if isinstance(metadata, dict) else None
        if isinstance(found, dict) and isinstance(found.get(key), str):
            return str(found[key]).lower()
    return "python"


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source or "")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _python(lines: list[str]) -> tuple[list[str], Fault | None]:
    """The lines of a cell as Python has them, as many as they were, and why they are none."""
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        if lines[first][2:].partition(" ")[0].strip() not in _PYTHON_CELLS:
            return [""] * len(lines), None
        lines = ["" if index == first else line for index, line in enumerate(lines)]
    plain = list(lines)
    # What looks like a magic may be a line of a string or in brackets: only what Python cannot read is taken for one.
    while (fault := _fault(plain)) is not None:
        magics = [index for index, line in enumerate(plain) if _MAGIC.match(line)]
        if not magics:
            return [""] * len(lines), fault
        _leave_out(plain, fault.line - 1 if fault.line - 1 in magics else magics[0])
    return plain, None


def _leave_out(lines: list[str], index: int) -> None:
    """Replace a magic by a statement without effect, and the lines that it goes on in by empty ones."""
    goes_on = lines[index].rstrip().endswith("\\")
    lines[index] = f"{lines[index][: -len(lines[index].lstrip())]}pass"
    while goes_on and index + 1 < len(lines):
        index += 1
        goes_on = lines[index].rstrip().endswith("\\")
        lines[index] = ""


def _fault(lines: list[str]) -> Fault | None:
    try:
        ast.parse("\n".join(lines))
    except SyntaxError as error:
        line = min(max(error.lineno or 1, 1), len(lines))
        return Fault(f"syntax error: {error.msg}", line, max(error.offset or 1, 1))
    except (ValueError, RecursionError, MemoryError) as error:
        return Fault(f"this cell is no Python: {error}", 1, 1)
    return None
