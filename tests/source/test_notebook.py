"""Notebooks are read as the Python of their cells, and lines of it are lines of cells."""

import json

import pytest

from convlint.diagnostics import Span
from convlint.source.notebook import NotebookError, cell_lines, in_cell, in_text, line_in_words, read_notebook


def notebook(*cells, **metadata):
    """A notebook of code cells; those that begin with ``#`` are text."""
    found = [
        {"cell_type": "markdown" if cell.startswith("# ") else "code", "source": cell.splitlines(keepends=True)}
        for cell in cells
    ]
    return json.dumps({"cells": found, "metadata": metadata, "nbformat": 4}).encode()


def test_code_cells_are_one_text():
    assert read_notebook(notebook("# Title", "a = 1", "b = 2\nc = 3")).text == "a = 1\nb = 2\nc = 3"


def test_a_source_may_be_one_string():
    data = json.dumps({"cells": [{"cell_type": "code", "source": "a = 1\r\nb = 2"}]}).encode()
    assert read_notebook(data).text == "a = 1\nb = 2"


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("%matplotlib inline", "pass"),
        ("!pip install torch", "pass"),
        ("nn.Conv2d?", "pass"),
        ("?nn.Conv2d", "pass"),
        ("files = !ls", "pass"),
        ("if a:\n    !ls", "if a:\n    pass"),
        ("!ls \\\n  -l\na = 2", "pass\n\na = 2"),
        ("text = '''\n%s\n!'''", "text = '''\n%s\n!'''"),
        ("a = 7 \\\n% 2", "a = 7 \\\n% 2"),
        ("%cd a\nclass Net:  # really?\n    pass", "pass\nclass Net:  # really?\n    pass"),
        ("%cd a\nb = (7\n  % 2)\nc = '''\n!d\n'''", "pass\nb = (7\n  % 2)\nc = '''\n!d\n'''"),
        ("%%time\na = 1", "\na = 1"),
        ("%%bash\nls -l", "\n"),
        ("%%writefile net.py\na = 1", "\n"),
    ],
)
def test_what_only_ipython_knows_keeps_its_lines(line, becomes):
    assert read_notebook(notebook(line)).text == becomes


def test_a_cell_that_is_no_python_is_left_out_and_said():
    found = read_notebook(notebook("a = 1\n", "b = = 2", "c = 3"))
    assert found.text.split("\n") == ["a = 1", "", "", "c = 3"]
    (fault,) = [cell.fault for cell in found.cells if cell.fault is not None]
    assert (fault.message, fault.line, fault.column) == ("syntax error: invalid syntax", 3, 5)


def test_cells_in_another_language_hold_nothing():
    assert read_notebook(notebook("x <- 1", language_info={"name": "R"})).cells == ()


@pytest.mark.parametrize("data", [b"", b"[1", b"[]", b'{"worksheets": []}', b"\xff"])
def test_what_is_no_notebook_is_said(data):
    with pytest.raises(NotebookError):
        read_notebook(data)


def test_lines_are_those_of_their_cell(tmp_path):
    path = tmp_path / "net.ipynb"
    path.write_bytes(notebook("# Title", "a = 1", "b = 2\nc = (\n  3)"))
    span = in_cell(Span(str(path), 3, 1, 4, 5))
    assert str(span) == f"{path}:cell 3:2:1"
    assert (span.end_line, span.end_column) == (3, 5)
    assert in_text(span) == Span(str(path), 3, 1, 4, 5)
    assert line_in_words(str(path), 3) == "line 2 of cell 3"
    assert cell_lines(str(path), 3) == ("b = 2", "c = (", "  3)")


def test_other_files_have_no_cells(tmp_path):
    span = Span(str(tmp_path / "net.py"), 3, 1, 3, 5)
    assert in_cell(span) is span
    assert in_text(span) is span
    assert line_in_words(span.path, 3) == "line 3"


def test_a_changed_notebook_is_read_again(tmp_path):
    path = tmp_path / "net.ipynb"
    path.write_bytes(notebook("a = 1"))
    assert cell_lines(str(path), 1) == ("a = 1",)
    path.write_bytes(notebook("a = 100"))
    assert cell_lines(str(path), 1) == ("a = 100",)
