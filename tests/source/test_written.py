"""Where the characters of a cell stand in the file of its notebook."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlint.diagnostics import Span
from convlint.source.notebook import read_notebook
from convlint.source.written import encoded, placed_cells, text_of, written_cells

TEXT = st.text(st.one_of(st.sampled_from('\n\r\t"\\/é漢𝔸'), st.characters(exclude_categories=["Cs"])), max_size=30)
CODE = st.lists(TEXT, min_size=1, max_size=3)


def notebook(codes, *, in_lines=True, more=(), **style):
    """A notebook of these code cells; with ``in_lines``, each line is a string of its own."""
    sources = [code.splitlines(keepends=True) if in_lines else code for code in codes]
    cells = [{"cell_type": "code", "outputs": [{"source": "not this"}], "source": each} for each in sources]
    return json.dumps({"cells": [*more, *cells], "metadata": {}, "nbformat": 4}, **style)


@given(CODE, st.booleans(), st.sampled_from([None, 0, 1, "\t"]), st.booleans())
def test_every_character_is_where_it_is_said_to_be(codes, in_lines, indent, ensure_ascii):
    text = notebook(codes, in_lines=in_lines, indent=indent, ensure_ascii=ensure_ascii)
    read = read_notebook(text.encode())
    cells = written_cells(text)
    for cell in read.cells:
        code = "\n".join(cell.lines)
        if not code:
            continue
        found = cells[cell.number]
        assert found.code == code
        for character, start in zip(found.code, found.offsets, strict=False):
            ends = (start + length for length in (1, 2, 6, 12))
            assert any(_character(text[start:end]) == character for end in ends)
        assert text[found.offsets[-1]] == '"'


def _character(raw):
    try:
        return json.loads(f'"{raw}"').replace("\r", "\n").replace("\n\n", "\n")
    except ValueError:
        return None


@given(TEXT)
def test_what_is_encoded_is_read_back(content):
    assert json.loads(f'"{encoded(content, None)}"') == content
    assert "".join(json.loads(f'["{encoded(content, ", ")}"]')) == content


@pytest.mark.parametrize("data", ["", "[", "[]", "{}", '{"cells": 1}', '{"cells": [1', '{"cells": {"a"'])
def test_what_is_no_notebook_is_said(data):
    with pytest.raises(ValueError, match=r"."):
        written_cells(data)


def test_cells_without_a_source_are_none():
    text = json.dumps({"cells": [{}, 7, {"source": None}, {"source": []}, {"source": [1]}, {"source": "a"}]})
    assert list(written_cells(text)) == [6]


def test_ranges_of_a_cell_are_ranges_of_the_file(tmp_path):
    path = tmp_path / "net.ipynb"
    text = notebook(['a = "é"\nb = (\n  2)'], indent=1, ensure_ascii=True)
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    (placed,) = placed_cells([f"{path}:cell 1", str(path), f"{path}:cell 2"]).values()
    lines = text.split("\n")

    def shown(*places):
        found = placed.in_file(Span(f"{path}:cell 1", *places))
        assert found.path == str(path)
        if found.line == found.end_line:
            return lines[found.line - 1][found.column - 1 : found.end_column - 1]
        return lines[found.line - 1][found.column - 1 :], lines[found.end_line - 1][: found.end_column - 1].lstrip()

    assert shown(1, 5, 1, 8) == r"\"\u00e9\""
    assert shown(2, 5, 3, 5) == (r'(\n",', '"  2)')
    assert shown(3, 1, 9, 9) == "  2)"  # a place behind the end is the end


def test_a_file_that_is_no_longer_there_has_no_cells(tmp_path):
    assert placed_cells([f"{tmp_path}/net.ipynb:cell 1"]) == {}


def test_a_byte_order_mark_is_no_text():
    assert text_of("\ufeff{}".encode()) == "{}"
    assert text_of("{}".encode("utf-16")) == "{}"
