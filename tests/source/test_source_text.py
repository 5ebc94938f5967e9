import ast
import os

import pytest

from convlint.source.text import SourceError, decode_source, read_source, shown_lines


def test_a_file_is_utf8_unless_it_says_otherwise():
    assert decode_source("a.py", "x = 'ü'\n".encode()).lines == ("x = 'ü'", "")


def test_a_coding_comment_and_a_byte_order_mark_are_obeyed():
    assert decode_source("a.py", "# coding: latin-1\nx = 'ü'".encode("latin-1")).lines[1] == "x = 'ü'"
    assert decode_source("a.py", b"\xef\xbb\xbfx = 1").text == "x = 1"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_python_ends_them(end):
    assert decode_source("a.py", f"a{end}b\x0cc\u2028d{end}".encode()).lines == ("a", "b\x0cc\u2028d", "")


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"a = 1\nb = '\xfc'\n", 2, "byte 0xfc is not utf-8"),
        (b"a = 1\n\nb = '\xfc'\n", 3, "byte 0xfc is not utf-8"),
        (b"# coding: klingon\n", 1, "unknown encoding: klingon"),
        (b"a = 1\nb = '\0'\n", 2, "null bytes"),
    ],
)
def test_what_python_cannot_read_is_named_with_its_line(data, line, message):
    with pytest.raises(SourceError, match=message) as caught:
        decode_source("a.py", data)
    assert caught.value.line == line


def test_spans_count_characters_from_one():
    source = decode_source("a.py", "é = (1,\n  2)".encode())
    node = ast.parse(source.text).body[0].value
    span = source.span(node)
    assert (span.line, span.column, span.end_line, span.end_column) == (1, 5, 2, 5)
    assert source.lines[0][span.column - 1 :] == "(1,"


def test_the_span_of_a_name_is_that_of_the_definition():
    source = decode_source("a.py", b"@ decorated\nclass  Net ( Base ) :\n    pass\n")
    node = ast.parse(source.text).body[0]
    span = source.name_span(node)
    assert source.lines[span.line - 1][span.column - 1 : span.end_column - 1] == "Net"


def test_lines_for_showing_never_fail(tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_bytes(b"a = '\xfc'\r\nb")
    assert shown_lines(str(broken)) == ("a = '\ufffd'", "b")
    assert shown_lines(str(tmp_path / "absent.py")) == ()


def test_a_file_that_is_not_there_is_an_os_error(tmp_path):
    with pytest.raises(OSError, match="absent"):
        read_source(str(tmp_path / "absent.py"))


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.py")
    assert shown_lines(str(tmp_path / "pipe.py")) == ()
