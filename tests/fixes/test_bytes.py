"""All bytes of a file but those of the edit stay as they were, however the file is written."""

import os
import re
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlint.fixes.patch import FileChange, Patch, StaleError
from convlint.fixes.sourcefile import ConflictError, SourceFile, Splice, original, then
from convlint.source.text import SourceError

CALL = "nn.Conv2d(3,\t8 , kernel_size = 3)"
AFTER = "nn.Conv2d(16,\t8 , kernel_size = 3)"
PLAIN = f"from torch import nn\n\n\nclass A:\n    def __init__(self):\n        self.é = 'ü'; self.conv = {CALL}  # ∑\n"

FILES = {
    "CRLF": PLAIN.replace("\n", "\r\n").encode(),
    "CR": PLAIN.replace("\n", "\r").encode(),
    "line breaks of several kinds": PLAIN.replace("\n", "\r\n", 2).encode(),
    "tabs": PLAIN.replace("    ", "\t").encode(),
    "form feeds": PLAIN.replace("\n\nclass", "\n\x0c\nclass").replace("        self", "    \x0c        self").encode(),
    "a form feed first": b"\x0c" + PLAIN.encode(),
    "a separator that is no line break": PLAIN.replace("ü", "\u2028\x85\x0b\x1c").encode(),
    "a byte order mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "a byte order mark and CRLF": b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n").encode(),
    "latin-1": f"# -*- coding: latin-1 -*-\n{PLAIN.replace('∑', 'ß')}".encode("latin-1"),
    "cp1252": f"#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\n{PLAIN.replace('∑', '€')}".encode("cp1252"),
    "shift_jis": f"# coding: shift_jis\n{PLAIN}".translate({0xE9: "あ", 0xFC: "日本", 0x2211: ""}).encode("shift_jis"),
    "no line break at the end": PLAIN.rstrip("\n").encode(),
    "blanks at the ends of lines": PLAIN.replace("\n", "  \t\n").encode(),
    "characters of four bytes": PLAIN.replace("ü", "𝛑🙂").encode(),
    "a line that goes on": PLAIN.replace("self.conv = ", "self.conv = \\\n    ").encode(),
}


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_all_other_bytes_stay(edited, data):
    assert data.count(CALL.encode()) == 1
    assert edited(data, CALL, ("in_channels", 3, 16)) == data.replace(CALL.encode(), AFTER.encode())


def test_a_file_whose_text_is_not_its_bytes_is_refused():
    with pytest.raises(SourceError):  # utf-7 writes one text in many ways
        SourceFile.of("net.py", b"# coding: utf-7\nx = '+AGE-'\n")


def test_what_the_encoding_has_not_is_refused():
    file = SourceFile.of("net.py", b"# coding: ascii\nx = 1\n")
    with pytest.raises(SourceError):
        file.edited([Splice(16, 17, "π")])


def test_edits_of_the_same_characters_conflict_and_equal_ones_are_one():
    file = SourceFile.of("net.py", b"abcdef")
    assert file.edited([Splice(1, 3, "X"), Splice(1, 3, "X"), Splice(3, 4, "Y")]).data == b"aXYef"
    for other in (Splice(1, 3, "Z"), Splice(2, 5, "Z"), Splice(1, 1, "Z")):
        with pytest.raises(ConflictError):
            file.edited([Splice(1, 3, "X"), other])


def test_an_edit_of_an_edit_is_a_conflict():
    with pytest.raises(ConflictError):
        then([Splice(1, 2, "XYZ")], [Splice(2, 3, "-")])


@given(
    st.lists(st.integers(0, 30), min_size=2, max_size=8, unique=True).map(sorted),
    st.lists(st.integers(1, 3), min_size=4, max_size=4),
    st.data(),
)
def test_edits_after_edits_are_edits_of_the_first_text(points, lengths, data):
    text = "".join(chr(ord("a") + index % 26) for index in range(31))
    file = SourceFile.of("net.py", text.encode())
    pairs = zip(points[::2], points[1::2], strict=False)
    first = tuple(Splice(a, b, "#" * n) for (a, b), n in zip(pairs, lengths, strict=False))
    middle = file.edited(first)
    kept = [index for index, character in enumerate(middle.text) if character != "#"]
    for index in kept:
        assert text[original(first, index)] == middle.text[index]
    if kept:
        index = data.draw(st.sampled_from(kept))
        later = Splice(index, index + 1, "!")
        assert file.edited(then(first, [later])).text == middle.edited([later]).text


def test_positions_are_counted_in_characters_and_lines_as_python_does():
    file = SourceFile.of("net.py", "a\x0cb\r\nü𝛑c\rd\u2028e\nf".encode())
    for offset in range(len(file.text) + 1):
        if file.text[offset - 1 : offset + 1] == "\r\n":
            continue
        span = file.span(offset, offset)
        assert file.offset(span.line, span.column) == offset
    assert (file.span(7, 8).line, file.span(7, 8).column) == (2, 3)
    assert file.text.split("\n")[-1] == "f"
    assert file.span(len(file.text) - 1, len(file.text)).line == 4


@pytest.fixture
def net(tmp_path):
    path = tmp_path / "net.py"
    path.write_bytes(b"x = 1\r\n")
    return path


def test_writing_keeps_the_mode_and_leaves_nothing_else(net):
    net.chmod(0o751)
    FileChange(str(net), b"x = 1\r\n", b"x = 2\r\n").write()
    assert net.read_bytes() == b"x = 2\r\n"
    assert stat.S_IMODE(net.stat().st_mode) == 0o751
    assert os.listdir(net.parent) == ["net.py"]


def test_a_link_stays_a_link(net):
    link = net.with_name("link.py")
    link.symlink_to(net)
    FileChange(str(link), b"x = 1\r\n", b"x = 2\r\n").write()
    assert link.is_symlink()
    assert net.read_bytes() == b"x = 2\r\n"


def test_a_file_that_was_changed_meanwhile_is_left_alone(net):
    with pytest.raises(StaleError):
        FileChange(str(net), b"x = 0\r\n", b"x = 2\r\n").write()
    assert net.read_bytes() == b"x = 1\r\n"


def test_a_write_that_fails_leaves_the_file_and_nothing_else(net, monkeypatch):
    def refuse(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        FileChange(str(net), b"x = 1\r\n", b"x = 2\r\n").write()
    assert net.read_bytes() == b"x = 1\r\n"
    assert os.listdir(net.parent) == ["net.py"]


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_the_diff_is_of_the_one_line_that_changes(data):
    after = data.replace(CALL.encode(), AFTER.encode())
    diff = FileChange("net.py", data, after).diff()
    body = re.split(r"(?<=\n)|(?<=\r)(?!\n)", diff)[2:]
    assert [line[0] for line in body if line[:1] in {"+", "-"}] == ["-", "+"]


def test_the_diff_is_unified_and_says_where_the_last_line_has_no_break():
    change = FileChange("net.py", b"a\r\nx = 1", b"a\r\nx = 2")
    end = "\\ No newline at end of file\n"
    assert Patch((change,)).diff() == (
        f"--- net.py\n+++ net.py\n@@ -1,2 +1,2 @@\n a\r\n-x = 1\n{end}+x = 2\n{end}"
    )
