"""Where the code of a notebook stands in its file: the place of each character of a cell in the JSON around it."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from convlint.diagnostics import Span, cell_path, split_cell
from convlint.source.text import read_content

_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\n\r]*")
_CHARACTER = re.compile(
    r"\\r\\n|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\"\\]"
)
"""One character of a JSON string: a line break of two and a surrogate pair are one."""

_BREAKS = frozenset({"\\n", "\\r", "\\r\\n"})


@dataclass(frozen=True, slots=True)
class WrittenCell:
    """The source of a cell in the text of its file.

    ``code`` is the source itself, its lines ended by line feeds, and ``offsets`` are those of its characters and, last,
    of its end; each lies inside of a JSON string.  ``between`` is what stands between two strings where each line is
    one, as Jupyter writes them; None where one string has all.
    """

    code: str
    offsets: tuple[int, ...]
    between: str | None = None


@dataclass(frozen=True, slots=True)
class PlacedCell:
    """For each line of a cell the lines and columns, both from 1, that its characters and its end have in the file.

    ``between`` is as for `WrittenCell`.
    """

    lines: tuple[tuple[tuple[int, int], ...], ...]
    between: str | None = None

    def in_file(self, span: Span) -> Span:
        """A range of this cell as one of its file."""
        file, _ = split_cell(span.path)
        return Span(file, *self._position(span.line, span.column), *self._position(span.end_line, span.end_column))

    def _position(self, line: int, column: int) -> tuple[int, int]:
        there = self.lines[min(line, len(self.lines)) - 1]
        return there[min(column, len(there)) - 1]


def encoded(content: str, between: str | None) -> str:
    """``content`` as it stands inside of the strings of a cell, with ``between`` where it begins a line."""
    lines = (json.dumps(line, ensure_ascii=False)[1:-1] for line in content.split("\n"))
    return ("\\n" if between is None else f'\\n"{between}"').join(lines)


def text_of(data: bytes) -> str:
    """The text of a JSON file; raises ValueError."""
    return data.decode(json.detect_encoding(data), "surrogatepass")


def written_cells(text: str) -> dict[int, WrittenCell]:
    """The cells of a notebook that have a source, by their numbers; raises ValueError where the text is no JSON."""
    found: dict[int, WrittenCell] = {}
    try:
        members = dict(_members(text, _skipped(text, 0)))
        for number, (_, at) in enumerate(_members(text, members["cells"]), start=1):
            source = dict(_members(text, at)).get("source") if text[at] == "{" else None
            cell = _written(text, source) if source is not None else None
            if cell is not None:
                found[number] = cell
    except (IndexError, KeyError) as error:
        raise ValueError("this is no notebook") from error
    return found


def placed_cells(paths: Iterable[str]) -> Mapping[str, PlacedCell]:
    """Those of ``paths`` that are cells of notebooks which can be read, with their places there."""
    wanted: dict[str, set[int]] = {}
    for file, number in map(split_cell, paths):
        if number is not None:
            wanted.setdefault(file, set()).add(number)
    found: dict[str, PlacedCell] = {}
    for file, numbers in wanted.items():
        try:
            text = text_of(read_content(file))
            cells = written_cells(text)
        except (OSError, ValueError, RecursionError):
            continue
        starts = [0, *(match.end() for match in re.finditer("\n", text))]
        found |= {cell_path(file, number): _placed(cells[number], starts) for number in numbers & cells.keys()}
    return found


def _placed(cell: WrittenCell, starts: Sequence[int]) -> PlacedCell:
    """A cell with the places of its characters, where the lines of its file begin at ``starts``."""
    lines: list[list[tuple[int, int]]] = [[]]
    for character, offset in zip(f"{cell.code}\0", cell.offsets, strict=True):
        line = bisect_right(starts, offset)
        lines[-1].append((line, offset - starts[line - 1] + 1))
        if character == "\n":
            lines.append([])
    return PlacedCell(tuple(map(tuple, lines)), cell.between)


def _written(text: str, at: int) -> WrittenCell | None:
    """The source whose JSON begins at ``at``; None where it is neither a string nor a list of some."""
    literals = [at] if text[at] == '"' else [each for _, each in _members(text, at)] if text[at] == "[" else []
    if not literals or any(text[each] != '"' for each in literals):
        return None
    characters: list[str] = []
    offsets: list[int] = []
    end = at
    for each in literals:
        end = each + 1
        while found := _CHARACTER.match(text, end):
            characters.append("\n" if found[0] in _BREAKS else json.loads(f'"{found[0]}"'))
            offsets.append(end)
            end = found.end()
    before = text[at + 1 : literals[0]] if literals[0] != at else None
    return WrittenCell("".join(characters), (*offsets, end), None if before is None else f",{before}")


def _members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """Name and offset of each value in the JSON object or array at ``at``; in an array, the names are empty.

    Raises ValueError or IndexError where there is no JSON.
    """
    if text[at] not in "[{":
        raise ValueError("neither an array nor an object")
    is_object = text[at] == "{"
    at = _skipped(text, at + 1)
    while text[at] not in "]}":
        name = ""
        if is_object:
            name, at = _DECODER.raw_decode(text, at)
            at = _skipped(text, _skipped(text, at) + len(":"))
        yield name, at
        _, at = _DECODER.raw_decode(text, at)
        at = _skipped(text, at)
        if text[at] == ",":
            at = _skipped(text, at + 1)


def _skipped(text: str, at: int) -> int:
    """The offset of what follows the blanks at ``at``."""
    found = _BLANK.match(text, at)
    return at if found is None else found.end()
