"""Where a number that is not written in a call comes from: the variable, and the line that binds it."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from convlint.diagnostics import Span
from convlint.source.notebook import line_in_words
from convlint.source.text import SourceText

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (*_FUNCTIONS, ast.ClassDef)

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why an argument is not edited, and where its number comes from, as a help."""

    reason: str


def whence(source: SourceText, call: Span, argument: str, expression: str) -> str:
    """Where ``argument`` of the call at ``call``, which is ``expression`` there, is to be changed.

    ``` `in_channels` is `width`, a parameter of `__init__` (line 7), 16 by default: change it there ```

    A name is changed where it is bound.  An expression is changed itself, since other layers may use its names, but
    an entry of a table is changed in the table.
    """
    shown = " ".join(expression.split())
    try:
        tree = ast.parse(source.text)
        value = ast.parse(f"({expression})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return f"`{argument}` is `{shown}`: change it there"
    around = list(_around(source, tree, call))
    if isinstance(value, ast.Name | ast.Attribute):
        bound = _bound(around, call, value)
        return f"`{argument}` is `{shown}`{bound and f', {bound}'}: change it there"
    names = {ast.unparse(each): each for each in ast.walk(value) if isinstance(each, ast.Name)}
    known = [f"`{name}` is {bound}" for name, each in names.items() if (bound := _bound(around, call, each))]
    where = f", where {', '.join(known)}" if known else ""
    what = "what it reads" if isinstance(value, ast.Subscript) else "the expression"
    return f"`{argument}` is the expression `{shown}`{where}: change {what}"


def real_name(source: SourceText, name: str) -> str:
    """What ``name`` was called where it is imported or assigned from: ``Conv2d`` of ``Conv = nn.Conv2d``."""
    try:
        tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError):
        return name
    for node in tree.body:
        match node:
            case ast.ImportFrom(names=aliases):
                for alias in aliases:
                    if alias.asname == name:
                        return alias.name
            case ast.Assign(targets=[ast.Name(id=bound)], value=ast.Attribute(attr=meant)) if bound == name:
                return meant
            case ast.Assign(targets=[ast.Name(id=bound)], value=ast.Name(id=meant)) if bound == name:
                return meant
            case _:
                pass
    return name


def _around(source: SourceText, tree: ast.AST, call: Span) -> Iterator[ast.AST]:
    """The nodes that hold the call, the innermost first."""
    for child in ast.iter_child_nodes(tree):
        if not hasattr(child, "lineno") or _holds(source.span(child), call):
            yield from _around(source, child, call)
    if isinstance(tree, (ast.Module, *_SCOPES, *_COMPREHENSIONS)):
        yield tree


def _holds(outer: Span, inner: Span) -> bool:
    return (outer.line, outer.column) <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= (
        outer.end_line,
        outer.end_column,
    )


def _bound(around: Sequence[ast.AST], call: Span, name: ast.expr) -> str:
    """What binds a name or an attribute, and in which line; empty where that is not seen."""
    if isinstance(name, ast.Attribute):
        owner = next((each for each in around if isinstance(each, ast.ClassDef)), None)
        line = _assigned(owner, ast.unparse(name), call.line) if owner is not None else None
        return f"assigned in {line_in_words(call.path, line)}" if line else ""
    assert isinstance(name, ast.Name)
    for depth, scope in enumerate(around):
        if isinstance(scope, ast.ClassDef) and depth:
            continue  # methods do not see the names of their class
        found = _bound_in(scope, name.id, call)
        if found:
            return found
    return ""


def _bound_in(scope: ast.AST, name: str, call: Span) -> str:
    if isinstance(scope, _COMPREHENSIONS):
        for part in scope.generators:
            if any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(part.target)):
                return f"which the comprehension binds ({line_in_words(call.path, part.target.lineno)})"
        return ""
    line = _assigned(scope, name, call.line)
    if line:
        return f"assigned in {line_in_words(call.path, line)}"
    return _parameter(scope, name, call) if isinstance(scope, _FUNCTIONS) else _imported(scope, name, call)


def _parameter(function: Function, name: str, call: Span) -> str:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    pairs = [
        *zip(positional, [*defaults, *arguments.defaults], strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        *((each, None) for each in (arguments.vararg, arguments.kwarg) if each is not None),
    ]
    for parameter, default in pairs:
        if parameter.arg == name:
            of = f"`{function.name}`" if not isinstance(function, ast.Lambda) else "a lambda"
            given = f", {ast.unparse(default)} by default" if default is not None else ""
            return f"a parameter of {of} ({line_in_words(call.path, parameter.lineno)}){given}"
    return ""


def _imported(scope: ast.AST, name: str, call: Span) -> str:
    for node in ast.iter_child_nodes(scope):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                if name == (alias.asname or alias.name.partition(".")[0]):
                    return f"imported in {line_in_words(call.path, node.lineno)}"
    return ""


def _assigned(scope: ast.AST, name: str, before: int) -> int | None:
    """The last line up to ``before`` that assigns to ``name`` in a scope (for an attribute, in its methods too)."""
    lines = [
        node.lineno
        for node in _own(scope, everything="." in name)
        if isinstance(node, ast.Name | ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and ast.unparse(node) == name
    ]
    return max((line for line in lines if line <= before), default=min(lines, default=None))


def _own(scope: ast.AST, *, everything: bool) -> Iterator[ast.AST]:
    """The nodes of a scope, without those of scopes inside of it unless ``everything``."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if everything or not isinstance(child, (*_SCOPES, *_COMPREHENSIONS)):
            yield from _own(child, everything=everything)
