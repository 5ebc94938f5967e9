"""Comments that hide findings, written into a file: all else in it stays as it is."""

import ast
from collections.abc import Iterable

from convlint.diagnostics import Span
from convlint.fixes.sourcefile import SourceFile, Splice
from convlint.source.directives import Directive, Kind, read_directives
from convlint.source.layout import Layout, read_layout
from convlint.source.notebook import line_in_words
from convlint.source.text import unify


class NoPlaceError(ValueError):
    """A comment cannot be written there."""


def with_ignores(file: SourceFile, findings: Iterable[tuple[Span, str]], reason: str = "") -> SourceFile:
    """The file with an ``ignore`` for each finding: its place, and the name of its rule.

    A comment that stands on the line already is extended; ``reason`` is that of new ones.  Raises NoPlaceError, or
    SourceError where the encoding of the file has not all characters of the reason.
    """
    text = unify(file.text)
    lines = text.split("\n")
    layout = read_layout(text)
    there = {each.span.line: each for each in read_directives(file.path, text).all if each.kind is Kind.IGNORE}
    wanted: dict[int, dict[str, None]] = {}
    for span, name in findings:
        wanted.setdefault(_line(span, layout, lines), {})[name] = None
    splices: list[Splice] = []
    for line, names in wanted.items():
        if line in there:
            splices.append(_extended(file, there[line], names))
        else:
            end = file.offset(line, len(lines[line - 1].rstrip()) + 1)
            why = f" -- {reason}" if reason else ""
            splices.append(Splice(end, end, f"  # convlint: ignore[{', '.join(names)}]{why}"))
    edited = file.edited(splices)
    if _syntax(edited) != _syntax(file):
        raise NoPlaceError("a comment would change what its code means")
    return edited


def _line(span: Span, layout: Layout, lines: list[str]) -> int:
    """The first line of those where a comment hides a finding that can hold one; raises NoPlaceError."""
    statement = layout.statement_at(span.line)
    ends: tuple[int, ...] = (statement.first, statement.last) if statement is not None else ()
    for line in (span.line, span.end_line, *ends):
        if line <= len(lines) and line not in layout.closed and lines[line - 1].strip():
            return line
    raise NoPlaceError(f"{line_in_words(span.path, span.line)} can hold no comment")


def _extended(file: SourceFile, directive: Directive, names: Iterable[str]) -> Splice:
    known = {each.text for each in directive.items}
    last = directive.items[-1].span
    end = file.offset(last.end_line, last.end_column)
    return Splice(end, end, "".join(f", {each}" for each in names if each not in known))


def _syntax(file: SourceFile) -> str:
    """The syntax tree of a file, which comments are no part of; raises NoPlaceError where it is no Python."""
    try:
        return ast.dump(ast.parse(unify(file.text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NoPlaceError("it is no Python") from error
