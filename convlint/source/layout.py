"""Where a file's comments stand, and between which lines its statements: what its syntax tree does not tell."""

import io
import tokenize
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

_NO_CODE = frozenset(
    {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER, tokenize.COMMENT}
)


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment: its line and column, both from 1, and its text from the ``#`` on.

    ``is_alone``: no code stands before it on its line.  ``is_inside``: brackets are open around it.
    """

    line: int
    column: int
    text: str
    is_alone: bool
    is_inside: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """The lines of a simple statement, or of the head of a compound one, with brackets and continuations.

    ``column`` counts from 1; ``keyword`` is the text it begins with: ``class``, ``@``, a name.
    """

    first: int
    last: int
    column: int
    keyword: str
    is_string: bool
    """Whether it is nothing but a string, as docstrings are."""

    @property
    def lines(self) -> range:
        """All lines of it."""
        return range(self.first, self.last + 1)


@dataclass(frozen=True)
class Layout:
    """The comments and statements of a file, in order.

    ``code_lines`` are the lines on which some code begins.  ``closed`` are those whose end is inside of a string or
    continues with a backslash, so that no comment can stand there.
    """

    comments: tuple[Comment, ...] = ()
    statements: tuple[Statement, ...] = ()
    code_lines: tuple[int, ...] = ()
    closed: frozenset[int] = frozenset()

    @cached_property
    def _firsts(self) -> list[int]:
        return [each.first for each in self.statements]

    def statement_at(self, line: int) -> Statement | None:
        """The last statement that has ``line``; None where there is none."""
        before = self.before(line + 1)
        return before[-1] if before and line <= before[-1].last else None

    def next_code(self, line: int) -> int | None:
        """The first line of code behind ``line``; None where there is none."""
        index = bisect_right(self.code_lines, line)
        return self.code_lines[index] if index < len(self.code_lines) else None

    def before(self, line: int) -> tuple[Statement, ...]:
        """The statements that begin before ``line``."""
        return self.statements[: bisect_left(self._firsts, line)]

    def decorated(self, statement: Statement) -> tuple[Statement, ...]:
        """``statement``; where it is a decorator, those too up to the class or function that it decorates."""
        rest = self.statements[bisect_left(self._firsts, statement.first) :]
        decorators = tuple(takewhile(lambda each: each.keyword == "@", rest))
        return rest[: len(decorators) + 1]


def read_layout(text: str) -> Layout:
    """The layout of a text whose lines end in line feeds; of one that is no Python, as far as it can be read."""
    return _layout(list(_tokens(text)), text.split("\n"))


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.generate_tokens(io.StringIO(text, newline="\n").readline)
    except (tokenize.TokenError, SyntaxError):
        return


def _layout(tokens: list[tokenize.TokenInfo], lines: list[str]) -> Layout:
    comments: list[Comment] = []
    statements: list[Statement] = []
    code: set[int] = set()
    closed: set[int] = set()
    begun: list[tokenize.TokenInfo] = []
    depth = 0
    for token in tokens:
        line, column = token.start
        if token.type == tokenize.COMMENT:
            is_alone = not lines[line - 1][:column].strip()
            comments.append(Comment(line, column + 1, token.string, is_alone, depth > 0))
        if token.type == tokenize.NEWLINE and begun:
            statements.append(_statement(begun))
            begun = []
        if token.type in _NO_CODE:
            continue
        code.add(line)
        begun.append(token)
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        if token.type == tokenize.STRING:
            closed.update(range(line, token.end[0]))
    closed.update(_inside_templates(tokens))
    commented = {each.line for each in comments}
    closed.update(at for at, each in enumerate(lines, 1) if each.endswith("\\") and at not in commented)
    return Layout(tuple(comments), tuple(statements), tuple(sorted(code)), frozenset(closed))


def _statement(tokens: list[tokenize.TokenInfo]) -> Statement:
    first, last = tokens[0], tokens[-1]
    is_string = all(each.type == tokenize.STRING for each in tokens)
    return Statement(first.start[0], last.end[0], first.start[1] + 1, first.string, is_string)


def _inside_templates(tokens: Iterable[tokenize.TokenInfo]) -> Iterator[int]:
    """The lines that end inside of an f-string: Python 3.12 and later make several tokens of one."""
    begun: list[int] = []
    for token in tokens:
        name = tokenize.tok_name[token.type]
        if name.endswith("STRING_START"):
            begun.append(token.start[0])
        elif name.endswith("STRING_END") and begun:
            yield from range(begun.pop(), token.end[0])
