"""Lines and columns of convlint are those of the protocol, in every unit that clients count in."""

import pytest

pytest.importorskip("pygls")

from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from convlint.diagnostics import Span
from convlint.lsp.edits import edits_to
from convlint.lsp.positions import Lines, units

TEXT = 'x = "é𝔸"  # ⌈H/2⌉\r\ny = 1\rz = 2\n'


@pytest.mark.parametrize(
    ("encoding", "character"), [("utf-8", 12), ("utf-16", 9), ("utf-32", 8)]
)
def test_columns_are_counted_in_the_units_of_the_client(encoding, character):
    lines = Lines(TEXT, encoding)
    assert lines.position(1, 9) == types.Position(0, character)
    assert lines.place(types.Position(0, character)) == (1, 9)


def test_lines_end_as_they_do_in_python():
    lines = Lines(TEXT + "a\x0cb\u2028c\n")
    assert lines.all[1:] == ("y = 1", "z = 2", "a\x0cb\u2028c", "")
    assert lines.line_break == "\r\n"


def test_what_is_behind_the_end_is_the_end():
    lines = Lines("one\ntwo")
    assert lines.range(Span("x", 2, 1, 9, 1)).end == types.Position(1, 3)
    assert lines.place(types.Position(7, 0)) == (2, 4)


def test_a_position_inside_of_a_character_is_behind_it():
    assert Lines("𝔸b", "utf-16").place(types.Position(0, 1)) == (1, 2)


def applied(text, edits, encoding):
    """The text after the edits, as a client makes them."""
    lines = Lines(text, encoding)
    starts = [0]
    for line in lines.all:
        end = starts[-1] + len(line)
        starts.append(end + (2 if text[end : end + 2] == "\r\n" else 1))

    def offset(position):
        line, column = lines.place(position)
        return starts[line - 1] + column - 1

    for edit in sorted(edits, key=lambda each: (each.range.start.line, each.range.start.character), reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


ENDING = st.sampled_from(["\n", "\r\n"])
LINE = st.text(st.sampled_from("ab#é𝔸 "), max_size=4)


@given(ENDING, st.lists(LINE), st.lists(LINE), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_edits_make_one_text_of_the_other(ending, before, after, encoding):
    old, new = ending.join(before), ending.join(after)
    assert applied(old, edits_to(Lines(old, encoding), new), encoding) == new


def test_an_edit_is_as_short_as_can_be():
    (edit,) = edits_to(Lines("a = 1\nb = 2\n"), "a = 1\nb = 2  # why\n")
    assert edit == types.TextEdit(types.Range(types.Position(1, 5), types.Position(1, 5)), "  # why")


@given(ENDING, st.lists(LINE), st.lists(LINE), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_changes_of_a_client_make_one_text_of_the_other(ending, before, after, encoding):
    lines, new = Lines(ending.join(before), encoding), ending.join(after)
    edits = edits_to(lines, new)
    for edit in sorted(edits, key=lambda each: (each.range.start.line, each.range.start.character), reverse=True):
        lines = lines.changed(types.TextDocumentContentChangePartial(edit.range, edit.new_text))
    assert lines == Lines(new, encoding)
    assert lines.changed(types.TextDocumentContentChangeWholeDocument("x")) == Lines("x", encoding)


@given(st.text())
def test_units_are_those_of_the_encoded_text(text):
    encoded = text.encode("utf-16-le", "surrogatepass")
    assert units(text, "utf-16") == len(encoded) // 2
