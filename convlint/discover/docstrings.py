"""Code in docstrings: interactive sessions (``>>>``) and fenced blocks."""

import ast
import re
import textwrap
from collections.abc import Iterator

_PROMPT = re.compile(r"^[ \t]*(?:>>>|\.\.\.)(?: (.*))?$", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]*```[ \t]*(?:python|py|pycon)?[ \t]*\n(.*?)^[ \t]*```", re.MULTILINE | re.DOTALL)


def docstring_code(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.Module]:
    """The parsed examples of a docstring, their lines counted as in the file; what does not parse is left out."""
    body = node.body
    if not (body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)):
        return
    text = body[0].value.value
    if not isinstance(text, str) or (">>>" not in text and "```" not in text):
        return
    first = body[0].lineno
    session = [(text.count("\n", 0, match.start()), match[1] or "") for match in _PROMPT.finditer(text)]
    if session:
        last = session[-1][0]
        lines = [""] * (last + 1)
        for number, line in session:
            lines[number] = line
        yield from _parsed("\n".join(lines), first)
    for match in _FENCE.finditer(text):
        if ">>>" not in match[1]:
            yield from _parsed(textwrap.dedent(match[1]), first + text.count("\n", 0, match.start(1)))


def _parsed(code: str, first: int) -> Iterator[ast.Module]:
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return
    ast.increment_lineno(tree, first - 1)
    yield tree
