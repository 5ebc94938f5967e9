"""Directives: comments that speak to convlint.

``# convlint: ignore[rule, ...] -- why`` hides findings of its line, ``file-ignore[...]`` those of its file, and
``input(...)``, ``where(...)`` and ``arg(...)`` say how the class that they stand at is built and run.  What stands in
the brackets is only taken apart here: which rules there are, and what a shape is, is known elsewhere.

A directive behind code speaks of its line, one on a line of its own of the next line of code, as those of type checkers
do.  On the first or the last line of a statement it speaks of all of the statement, so that a formatter which breaks a
line takes nothing away from it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from convlint.diagnostics import Edit, Span
from convlint.source.grammar import Brackets, Unreadable, read_segment, segments
from convlint.source.layout import Comment, Layout, read_layout

_MENTION = re.compile(rb"conv[-_ ]?lint", re.IGNORECASE)


class Kind(StrEnum):
    """What a directive does, by the word that it begins with."""

    IGNORE = "ignore"
    FILE_IGNORE = "file-ignore"
    INPUT = "input"
    WHERE = "where"
    ARG = "arg"

    @property
    def is_suppression(self) -> bool:
        """Whether it hides findings; the others say how a model is run."""
        return self in {Kind.IGNORE, Kind.FILE_IGNORE}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in the brackets of a directive: ``text`` stands at ``span``; ``name`` is what is set before ``=``."""

    text: str
    span: Span
    name: str = ""


@dataclass(frozen=True, slots=True)
class Directive:
    """One word of a comment with what stands in its brackets.

    ``span`` is the word with its brackets, ``reason`` what follows ``--`` in the comment.  ``lines`` are those on which
    a finding is hidden by an ``ignore``; ``class_line`` is that of the class which a declaration stands at.
    ``removal`` is the range of source that goes away with it.
    """

    kind: Kind
    items: tuple[Item, ...]
    span: Span
    removal: Span
    reason: str = ""
    lines: frozenset[int] = frozenset()
    class_line: int | None = None

    def without(self, items: frozenset[Item]) -> tuple[Edit, ...]:
        """The edits that take ``items`` away, and the directive with them where no other is left."""
        if items.issuperset(self.items):
            return (Edit(self.removal, ""),)
        return tuple(Edit(span, "") for span in self._ranges(items))

    def _ranges(self, items: frozenset[Item]) -> Iterator[Span]:
        """Each run of items with a comma next to it."""
        position = 0
        while position < len(self.items):
            end = position
            while end < len(self.items) and self.items[end] in items:
                end += 1
            if end > position:
                first, last = self.items[position].span, self.items[end - 1].span
                if end < len(self.items):
                    yield replace(first, end_column=self.items[end].span.column)
                else:
                    yield replace(last, column=self.items[position - 1].span.end_column)
            position = max(end, position + 1)


@dataclass(frozen=True, slots=True)
class Mistake:
    """What of a directive cannot be read or followed, and the way out."""

    message: str
    span: Span
    help: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Directives:
    """The directives of one file, in order, and what is wrong with others."""

    path: str
    all: tuple[Directive, ...] = ()
    mistakes: tuple[Mistake, ...] = ()

    @property
    def suppressions(self) -> tuple[Directive, ...]:
        """Those that hide findings."""
        return tuple(each for each in self.all if each.kind.is_suppression)

    def at_class(self, line: int) -> tuple[Directive, ...]:
        """Those that speak of the class whose ``class`` stands on ``line``."""
        return tuple(each for each in self.all if each.class_line == line)


def mentions_directives(data: bytes) -> bool:
    """Whether a file's content may have directives: a test of bytes, which saves reading most files."""
    return _MENTION.search(data) is not None


def read_directives(path: str, text: str, cells: Sequence[int] = ()) -> Directives:
    """The directives of a file's text, whose lines end in line feeds; ``cells`` are the first lines of a notebook's."""
    layout = read_layout(text)
    lines = text.split("\n")
    found: list[Directive] = []
    mistakes: list[Mistake] = []
    for comment in layout.comments:
        if not mentions_directives(comment.text.encode("utf-8", "surrogatepass")):
            continue
        for each in _in_comment(path, comment, lines, cells or (1,)):
            placed = _placed(each, comment, layout, cells) if isinstance(each, Directive) else each
            if isinstance(placed, Directive):
                found.append(placed)
            else:
                mistakes.append(placed)
    return Directives(path, tuple(found), tuple(mistakes))


def _in_comment(
    path: str, comment: Comment, lines: Sequence[str], cells: Sequence[int]
) -> Iterator[Directive | Mistake]:
    """What one comment in these lines of a file says, wherever it stands."""

    def span(start: int, end: int) -> Span:
        return Span(path, comment.line, comment.column + start, comment.line, comment.column + end)

    parts = segments(comment.text)
    for index, part in enumerate(parts):
        read = read_segment(comment.text, part)
        if isinstance(read, Unreadable):
            yield Mistake(read.message, span(read.start, read.end), read.help)
            continue
        if part.stop < len(comment.text):
            whole = span(part.start, part.stop)
        elif index or not comment.is_alone:
            code_end = len(lines[comment.line - 1][: comment.column - 1 + part.start].rstrip())
            whole = Span(path, comment.line, code_end + 1, comment.line, comment.column + part.stop)
        else:
            whole = _whole_line(path, comment.line, lines, cells)
        for position, word in enumerate(read.words):
            directive = Directive(
                Kind(word.kind),
                tuple(Item(each.text, span(each.start, each.end), each.name) for each in word.items),
                span(word.start, word.end),
                whole if len(read.words) == 1 else span(*_with_blanks(read.words, position)),
                read.reason,
            )
            yield directive
        if read.mistake is not None:
            yield Mistake(read.mistake.message, span(read.mistake.start, read.mistake.end), read.mistake.help)


def _whole_line(path: str, line: int, lines: Sequence[str], cells: Sequence[int]) -> Span:
    """The range of a line with its break; of the last of a file or cell, which has none, with the break before it."""
    if line < len(lines) and line + 1 not in cells:
        return Span(path, line, 1, line + 1, 1)
    begin = (line, 1) if line in cells else (line - 1, len(lines[line - 2]) + 1)
    return Span(path, *begin, line, len(lines[line - 1]) + 1)


def _with_blanks(words: tuple[Brackets, ...], position: int) -> tuple[int, int]:
    """The range of one of several words with the blanks between it and the next, or the last."""
    if position + 1 < len(words):
        return words[position].start, words[position + 1].start
    return words[position - 1].end, words[position].end


def _placed(
    directive: Directive, comment: Comment, layout: Layout, cells: Sequence[int]
) -> Directive | Mistake:
    """The directive with what it speaks of; a mistake where that is nothing."""
    if directive.kind is Kind.FILE_IGNORE:
        if comment.is_alone and comment.column == 1 and not comment.is_inside:
            return directive
        return Mistake(
            "`file-ignore` speaks of the whole file, and does not stand at its top level",
            directive.span,
            ("put it on a line of its own that is not indented, or write `ignore[...]` for this line",),
        )
    if directive.kind is Kind.IGNORE:
        lines = _lines(comment, layout, cells)
        if lines is not None:
            return replace(directive, lines=lines)
        return Mistake(
            "there is no code behind this line, so `ignore` applies to nothing",
            directive.span,
            ("put it at the end of the line that it speaks of, or on a line of its own before that",),
        )
    line = _class_line(comment, layout, cells)
    if line is not None:
        return replace(directive, class_line=line)
    return Mistake(
        f"`{directive.kind}` stands at no class",
        directive.span,
        ("put it on the line of the `class`, on a line of its own above, or on the first of its body",),
    )


def _next_code(comment: Comment, layout: Layout, cells: Sequence[int]) -> int | None:
    """The first line of code behind a comment, in its cell; None where there is none."""
    line = layout.next_code(comment.line)
    return None if line is None or any(comment.line < first <= line for first in cells) else line


def _lines(comment: Comment, layout: Layout, cells: Sequence[int]) -> frozenset[int] | None:
    """The lines that an ``ignore`` speaks of: its own, the next with code, and the statement that begins or ends there.

    None where it speaks of no code.
    """
    line = _next_code(comment, layout, cells) if comment.is_alone else comment.line
    if line is None:
        return None
    found = {comment.line, line}
    statement = layout.statement_at(line)
    if statement is not None and line in {statement.first, statement.last}:
        statements = layout.decorated(statement) if comment.is_alone else (statement,)
        found.update(at for each in statements for at in each.lines)
    return frozenset(found)


def _class_line(comment: Comment, layout: Layout, cells: Sequence[int]) -> int | None:
    """The line of the class that a comment stands at: on its head, first in its body, or above it."""
    if comment.is_inside or not comment.is_alone:
        statement = layout.statement_at(comment.line)
        return statement.first if statement is not None and statement.keyword == "class" else None
    before = layout.before(comment.line)
    if before and before[-1].is_string:
        before = before[:-1]  # the docstring of a class comes before what else its body begins with
    if before and before[-1].keyword == "class" and comment.column > before[-1].column:
        return before[-1].first
    line = _next_code(comment, layout, cells)
    statement = layout.statement_at(line) if line is not None else None
    if statement is None:
        return None
    decorated = layout.decorated(statement)[-1]
    return decorated.first if decorated.keyword == "class" else None
