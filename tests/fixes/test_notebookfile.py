"""Edits of a notebook's code: they are read back from its cells, and all other bytes stay."""

import json

import pytest

from convlint.fixes.notebookfile import NotebookFile, read_file
from convlint.fixes.patch import FileChange
from convlint.fixes.sourcefile import Splice
from convlint.source.text import SourceError

FIRST = "%cd x\na = 1\nb = '\"é'"
SECOND = "c = 3\nd = 4\n"


def notebook(*codes, in_lines=True, **style):
    cells = [{"cell_type": "markdown", "source": "no code"}]
    for code in codes:
        source = code.splitlines(keepends=True) if in_lines else code
        cells.append({"source": source, "cell_type": "code", "outputs": [{"text": ["c = 3\n"]}]})
    return json.dumps({"nbformat": 4, "metadata": {"b": 1.50}, "cells": cells}, **style).replace("1.5", "1.50").encode()


STYLES = [{"indent": 1, "ensure_ascii": False}, {"indent": None}, {"indent": 1, "in_lines": False}]


def edited(data, old, new):
    """The notebook with the first ``old`` of its text replaced."""
    file = NotebookFile.of("net.ipynb", data)
    start = file.text.index(old)
    return file.edited([Splice(start, start + len(old), new)])


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1", "16"),
        ('"é', "\\n' + 'ü"),
        ("3", '3  # convlint: ignore[a] -- "why"'),
        ("3\nd = 4", "(\n    3\n)\nd = 5"),
        ("c = 3\n", ""),
        ("\nd = 4\n", ""),
        ("\nb = '\"é'", ""),
        ("d = 4\n", "d = 4\n\ne = 5"),
    ],
)
def test_a_file_is_as_if_it_had_been_written_so(style, old, new):
    after = edited(notebook(FIRST, SECOND, **style), old, new)
    whole = f"{FIRST}\0{SECOND}".replace(old, new)
    assert json.loads(after.data) == json.loads(notebook(*whole.split("\0"), **style))
    assert after == NotebookFile.of("net.ipynb", after.data)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_all_other_bytes_stay(mark):
    data = mark + notebook(FIRST, SECOND, indent=3).replace(b"\n", b"\r\n") + b" \n\n"
    assert edited(data, "a = 1", "a = 2").data == data.replace(b"a = 1", b"a = 2")


def test_a_notebook_keeps_its_encoding():
    text = notebook(FIRST, SECOND, ensure_ascii=False).decode()
    assert edited(text.encode("utf-16-le"), "a = 1", "a = 2").data == text.replace("a = 1", "a = 2").encode("utf-16-le")


@pytest.mark.parametrize(("old", "new"), [("pass", "x"), ("'\nc", "'c"), ("a = 1", "a = = 1")])
def test_neither_magics_nor_the_ends_of_cells_are_edited_nor_python_made_none(old, new):
    with pytest.raises(SourceError):
        edited(notebook(FIRST, SECOND), old, new)


@pytest.mark.parametrize("data", [b"{", b"[]", "{}".encode("utf-16"), b'{"cells": ["\xff"]}'])
def test_what_cannot_be_read_cannot_be_edited(data, tmp_path):
    path = tmp_path / "net.ipynb"
    path.write_bytes(data)
    with pytest.raises(SourceError):
        read_file(str(path))


def test_the_diff_is_one_of_cells():
    data = notebook(FIRST, SECOND, indent=None)
    diff = FileChange("net.ipynb", data, edited(data, "a = 1", "a = 2").data).diff()
    assert diff.splitlines() == [
        "--- net.ipynb:cell 2", "+++ net.ipynb:cell 2", "@@ -1,3 +1,3 @@", " %cd x", "-a = 1", "+a = 2", " b = '\"é'",
    ]  # fmt: skip
