"""Notebooks for programs that know files only: what stands in a cell is pointed at in the file, and names the cell."""

from convlint.diagnostics import Edit, Span, split_cell
from convlint.report import Report
from convlint.source.written import encoded


def in_file(span: Span, report: Report) -> Span:
    """A range of a cell as one of its notebook's file; any other as it is."""
    file, cell = split_cell(span.path)
    if cell is None:
        return span
    placed = report.cells.get(span.path)
    return placed.in_file(span) if placed is not None else Span(file, 1, 1, 1, 1)


def written(edit: Edit, report: Report) -> str:
    """What an edit writes, as the file of a notebook has it."""
    placed = report.cells.get(edit.span.path)
    return edit.content if placed is None else encoded(edit.content, placed.between)


def named(span: Span, text: str) -> str:
    """What is said of a range, with its cell and the line in it where it is in one."""
    _, cell = split_cell(span.path)
    return text if cell is None else f"cell {cell}, line {span.line}: {text}"
