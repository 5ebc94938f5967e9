"""Comments written into files: where they stand, and that all other bytes stay."""

import pytest

from convlint.diagnostics import Span
from convlint.fixes.ignores import NoPlaceError, with_ignores
from convlint.fixes.sourcefile import SourceFile
from convlint.source.directives import read_directives
from convlint.source.text import SourceError, unify


def written(text, *findings, reason="", encoding="utf-8"):
    """The text with comments for findings at (first line, last line, rule)."""
    spans = [(Span("net.py", first, 1, last, 2), rule) for first, last, rule in findings]
    return with_ignores(SourceFile.of("net.py", text.encode(encoding)), spans, reason).data.decode(encoding)


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("x = 1\ny = 2\n", 2, "x = 1\ny = 2  # convlint: ignore[a]\n"),
        ("x = 1", 1, "x = 1  # convlint: ignore[a]"),
        ("x = 1  # noqa\n", 1, "x = 1  # noqa  # convlint: ignore[a]\n"),
        ("x = 1\t \n", 1, "x = 1  # convlint: ignore[a]\t \n"),
        ("if x:\n\ty = 1\n", 2, "if x:\n\ty = 1  # convlint: ignore[a]\n"),
        ("x = 'ä'\x0c\r\ny = 2\r\n", 1, "x = 'ä'  # convlint: ignore[a]\x0c\r\ny = 2\r\n"),
        ("x = 1\ry = 2\r", 2, "x = 1\ry = 2  # convlint: ignore[a]\r"),
    ],
)
def test_a_comment_ends_the_line(text, line, expected):
    assert written(text, (line, line, "a")) == expected


@pytest.mark.parametrize(
    ("text", "span", "line"),
    [
        ("x = 1 + \\\n    f(2)\n", (1, 1), 2),
        ("x = f(1, \\\n  2, 3)\ny = 1\n", (1, 2), 2),
        ('x = f("""a\nb\n""", g(\n  1))\n', (1, 4), 4),
        ('x = g(\n  f("""a\nb"""), 1\n)\n', (2, 3), 3),
        ('x = g(\n  f("""a\nb""" + """c\nd""", 1)\n)\n', (3, 3), 1),
        ('x = """a\nb""" \\\n  + f(1)\n', (2, 2), 3),
    ],
)
def test_where_a_line_can_hold_none_another_of_the_statement_does(text, span, line):
    after = written(text, (*span, "a"))
    (found,) = read_directives("net.py", after).all
    assert found.span.line == line
    assert not found.lines.isdisjoint(span)
    assert after.replace("  # convlint: ignore[a]", "") == text


def test_findings_of_one_line_have_one_comment_with_the_reason():
    after = written("x = 1\n", (1, 1, "a"), (1, 1, "b"), (1, 1, "a"), reason="known, see #7")
    assert after == "x = 1  # convlint: ignore[a, b] -- known, see #7\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1  # convlint: ignore[b] -- why  # noqa\n", "x = 1  # convlint: ignore[b, a] -- why  # noqa\n"),
        ("x = 1  # convlint: ignore[ b ]\n", "x = 1  # convlint: ignore[ b, a ]\n"),
        ("# convlint: ignore[b]\nx = 1\n", "# convlint: ignore[b]\nx = 1  # convlint: ignore[a]\n"),
        ("x = 1  # convlint: ignore\n", "x = 1  # convlint: ignore  # convlint: ignore[a]\n"),
    ],
)
def test_a_comment_on_the_line_is_extended(before, after):
    line = before.count("\n")
    assert written(before, (line, line, "a")) == after


@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1"])
def test_the_encoding_stays(encoding):
    text = "# coding: latin-1\nx = 'ü'\n" if encoding == "latin-1" else "x = 'ü'\n"
    line = text.count("\n")
    assert written(text, (line, line, "a"), encoding=encoding) == f"{text.rstrip()}  # convlint: ignore[a]\n"


@pytest.mark.parametrize(
    ("text", "error"), [("x = (\n", NoPlaceError), ("\n\nx = 1\n", NoPlaceError), ("# coding: ascii\n", SourceError)]
)
def test_where_none_can_be_written(text, error):
    with pytest.raises(error):
        written(text, (1, 1, "a"), reason="für später")


def test_every_comment_hides_at_a_line_of_its_finding():
    text = "x = [\n  f(1),\n  g(\n    2),\n]\n"
    after = written(text, (2, 2, "a"), (3, 4, "b"))
    lines = {each.items[0].text: each.lines for each in read_directives("net.py", unify(after)).all}
    assert lines == {"a": {2}, "b": {3}}
