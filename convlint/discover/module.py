"""One file's syntax as discovery reads it: its imports, its classes, its functions, its constants."""

import ast
import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeGuard

from convlint.diagnostics import Span
from convlint.source.notebook import is_notebook
from convlint.source.text import SAVE_AS_TEXT, SourceError, SourceText, decode_source

Function = ast.FunctionDef | ast.AsyncFunctionDef


class UnparsableError(ValueError):
    """A file that is no Python; `help` is the way out."""

    def __init__(self, message: str, span: Span, *help_: str) -> None:
        super().__init__(message)
        self.span = span
        self.help = help_


@dataclass(frozen=True, slots=True)
class Import:
    """What a name is bound to by an import: ``from ..blocks import Conv as C`` is (2, "blocks", "Conv").

    ``name`` is None where the module itself is bound.
    """

    level: int
    module: str
    name: str | None

    @property
    def dotted(self) -> str:
        """The full name without the dots of a relative import."""
        return f"{self.module}.{self.name}" if self.name else self.module


@dataclass(frozen=True)
class ClassSyntax:
    """A class that a file defines at its top level or inside another such class."""

    qualname: str
    node: ast.ClassDef

    @cached_property
    def methods(self) -> Mapping[str, Function]:
        """The methods that it defines itself."""
        return {each.name: each for each in self.node.body if isinstance(each, Function)}

    @cached_property
    def bases(self) -> tuple[str, ...]:
        """Its bases as dotted names; those that are calls or subscripts by what is called or subscripted."""
        return tuple(filter(None, (dotted(_bare(base)) for base in self.node.bases)))


@dataclass(frozen=True, eq=False)
class ModuleSyntax:
    """A parsed file, equal to itself only."""

    source: SourceText
    tree: ast.Module
    imports: Mapping[str, Import] = field(default_factory=dict)
    stars: tuple[Import, ...] = ()
    classes: Mapping[str, ClassSyntax] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    assigned: Mapping[str, ast.expr] = field(default_factory=dict)
    """Names that one plain top-level assignment binds, with its value."""

    @property
    def path(self) -> str:
        """The file, as it was given."""
        return self.source.path

    def binds(self, name: str) -> bool:
        """Whether ``name`` means something in the namespace of the imported module."""
        return name in self.imports or name in self.classes or name in self.functions or name in self.assigned


def parse_module(path: str, data: bytes) -> ModuleSyntax:
    """Parse a file; raises UnparsableError with the place."""
    try:
        source = decode_source(path, data)
    except SourceError as error:
        span = Span(path, error.line, error.column, error.line, error.column + 1)
        message = str(error) if is_notebook(path) else f"this file is no Python: {error}"
        raise UnparsableError(message, span, error.help) from error
    try:
        tree = ast.parse(source.text)
    except SyntaxError as error:
        line = min(max(error.lineno or 1, 1), len(source.lines))
        column = max(error.offset or 1, 1)
        end = error.end_offset if error.end_lineno == line and (error.end_offset or 0) > column else column + 1
        span = Span(path, line, column, line, end or column + 1)
        reader = (
            f"convlint itself runs Python {platform.python_version()}: where the syntax is that of a newer one, "
            f"name the model, {path}:Class, and `--python` reads it"
        )
        raise UnparsableError(f"syntax error: {error.msg}", span, reader) from error
    except (RecursionError, MemoryError) as error:
        message = "this file is nested too deeply for Python to read it"
        out = "put its long expressions and tables into data files"
        raise UnparsableError(message, Span(path, 1, 1, 1, 1), out) from error
    except ValueError as error:
        raise UnparsableError(f"this file is no Python: {error}", Span(path, 1, 1, 1, 1), SAVE_AS_TEXT) from error
    return _collect(source, tree)


def _collect(source: SourceText, tree: ast.Module) -> ModuleSyntax:
    imports: dict[str, Import] = {}
    stars: list[Import] = []
    classes: dict[str, ClassSyntax] = {}
    functions: dict[str, Function] = {}
    assigned: dict[str, ast.expr] = {}
    for node in statements(tree.body):
        match node:
            case ast.Import() | ast.ImportFrom():
                imports.update(bindings(node))
                stars.extend(each for each in imported([node]) if each.name == "*")
            case ast.ClassDef():
                classes.update(_classes(node, ""))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                functions[node.name] = node
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                assigned[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                assigned[name] = value
            case _:
                pass
    return ModuleSyntax(source, tree, imports, tuple(stars), classes, functions, assigned)


def _classes(node: ast.ClassDef, prefix: str) -> Iterator[tuple[str, ClassSyntax]]:
    qualname = f"{prefix}{node.name}"
    yield qualname, ClassSyntax(qualname, node)
    for each in node.body:
        if isinstance(each, ast.ClassDef):
            yield from _classes(each, f"{qualname}.")


def bindings(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Import]]:
    """The names that an import statement binds; none for ``*``."""
    for each in node.names:
        if isinstance(node, ast.ImportFrom):
            if each.name != "*":
                yield each.asname or each.name, Import(node.level, node.module or "", each.name)
        else:
            module = each.name if each.asname else each.name.partition(".")[0]
            yield each.asname or module, Import(0, module, None)


def inner_imports(nodes: Iterable[ast.AST]) -> dict[str, Import]:
    """What the import statements in ``nodes`` bind, at any depth."""
    found: dict[str, Import] = {}
    for node in nodes:
        for each in (node, *all_statements(node)):
            if isinstance(each, (ast.Import, ast.ImportFrom)):
                found.update(bindings(each))
    return found


def all_statements(node: ast.AST) -> Iterator[ast.AST]:
    """The statements in ``node``, those of functions and classes too: few of all the nodes of a file."""
    for name in ("body", "handlers", "cases", "orelse", "finalbody"):
        inside = getattr(node, name, ())
        for each in inside if isinstance(inside, list) else ():
            yield each
            yield from all_statements(each)


def imported(nodes: Iterable[ast.AST]) -> Iterator[Import]:
    """What those of ``nodes`` import that are import statements, each module by its whole name."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (Import(0, each.name, None) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (Import(node.level, node.module or "", each.name) for each in node.names)


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of ``body`` and of the ``if``, ``try``, ``with`` and loops in it, that an import executes.

    So neither those of functions and classes nor those under ``if __name__ == "__main__"``.
    """
    for node in body:
        if _is_main_guard(node):
            yield from statements(node.orelse)
            continue
        yield node
        if isinstance(node, (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar)):
            for inner in ("body", "orelse", "finalbody"):
                yield from statements(getattr(node, inner, ()))
            for handler in getattr(node, "handlers", ()):
                yield from statements(handler.body)


def _is_main_guard(node: ast.stmt) -> TypeGuard[ast.If]:
    match node:
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
        case _:
            return False


def dotted(node: ast.expr) -> str | None:
    """``torch.nn.Module`` for the attribute access of that name; None for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])


def _bare(node: ast.expr) -> ast.expr:
    match node:
        case ast.Call(func=inner) | ast.Subscript(value=inner):
            return _bare(inner)
        case _:
            return node
