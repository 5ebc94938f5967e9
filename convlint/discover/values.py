"""What discovery knows of the values in the user's code: constants, example tensors, models."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convlint.discover.module import Import, ModuleSyntax, dotted
from convlint.discover.project import Definition
from convlint.discover.shapes import ExampleTensor


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, a string, a flag, None, or a nest of them."""

    value: object


@dataclass(frozen=True, slots=True)
class Text:
    """An expression that means something in the namespace of one file."""

    text: str
    path: str


@dataclass(frozen=True, slots=True)
class Construction:
    """A call that builds a model.

    ``target`` is what to call (the class, or a function that returns one), ``arguments`` those that could be read, by
    name or position; ``is_complete`` whether that was all.  ``place`` says where, in words; ``parts`` are the models
    that the call names among its arguments.
    """

    model: Definition
    target: Definition
    arguments: tuple[tuple[str, str], ...]
    is_complete: bool
    place: "Place"
    parts: tuple[Definition, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in the code something was seen: how much it counts (``rank``, low is better), file and line."""

    rank: int
    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.what}, line {self.line}"


@dataclass(frozen=True, slots=True)
class Group:
    """Values in order: a tuple or list that does not hold constants only."""

    items: "tuple[Value | None, ...]"


@dataclass(frozen=True, slots=True)
class Table:
    """Values by string keys."""

    items: "Mapping[str, Value | None]"


@dataclass(frozen=True, slots=True)
class Record:
    """An object by its attributes: an instance of a configuration's class, what a parser of arguments gives.

    ``text`` says in the file ``path`` how it is made, where one expression makes it.
    """

    items: "Mapping[str, Value | None]"
    text: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Parser:
    """An ``argparse.ArgumentParser``: its defaults so far, which everybody who has it adds to."""

    defaults: "dict[str, Value | None]"


@dataclass(frozen=True, slots=True)
class Partial:
    """A call of a model's class that lacks arguments: ``functools.partial(Net, 3)``, with ``positions`` of them."""

    construction: Construction
    positions: int


Value = Constant | Text | ExampleTensor | Construction | Group | Table | Record | Parser | Partial


_READABLE = (
    ast.Constant, ast.Name, ast.Attribute, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp,
    ast.Subscript, ast.Call, ast.keyword, ast.expr_context, ast.operator, ast.unaryop,
)  # fmt: skip
"""What the worker can evaluate in the namespace of the user's file."""


class _Inline(ast.NodeTransformer):
    def __init__(
        self,
        names: Mapping[str, "Value | None"],
        imports: Mapping[str, Import],
        module: ModuleSyntax,
        target: ModuleSyntax,
    ) -> None:
        self.names = names
        self.imports = imports
        self.module = module
        self.target = target
        self.is_readable = True

    def visit(self, node: ast.AST) -> ast.AST:
        if not isinstance(node, _READABLE):
            self.is_readable = False
            return node
        found: ast.AST = super().visit(node)
        return found

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        name = dotted(node)
        if name is not None and name in self.names:
            return self._replace(node, name)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.names:
            return self._replace(node, node.id)
        own = self.imports.get(node.id)
        if own is not None or (self.module.path != self.target.path and not _is_builtin(node.id)):
            same = own or self.module.imports.get(node.id)
            self.is_readable &= same is not None and same == self.target.imports.get(node.id)
        elif not self.target.binds(node.id) and not self.target.stars and not _is_builtin(node.id):
            self.is_readable = False
        return node

    def _replace(self, node: ast.expr, name: str) -> ast.expr:
        match self.names[name]:
            case Constant(value=value):
                return _parsed(repr(value), node)
            case (Text(text=text, path=path) | Record(text=text, path=path)) if path == self.target.path and text:
                return _parsed(text, node)
            case _:
                self.is_readable = False
                return node


def argument_text(
    node: ast.expr,
    names: Mapping[str, "Value | None"],
    imports: Mapping[str, Import],
    module: ModuleSyntax,
    target: ModuleSyntax,
) -> str | None:
    """Source that means in ``target`` what ``node`` means in ``module``, where ``names`` and ``imports`` are local.

    None where it depends on something that only running would tell.
    """
    inline = _Inline(names, imports, module, target)
    try:
        copied = ast.parse(ast.unparse(node), mode="eval").body
        text = ast.unparse(ast.fix_missing_locations(inline.visit(copied)))
    except (SyntaxError, ValueError, RecursionError):
        return None
    return text if inline.is_readable else None


def _parsed(text: str, fallback: ast.expr) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return fallback


_BUILTINS = frozenset(
    "list tuple dict set range int float bool str len min max sum abs round sorted reversed zip enumerate".split()
)


def _is_builtin(name: str) -> bool:
    return name in _BUILTINS


def plain(values: Sequence["Value | None"]) -> list[object] | None:
    """The values of constants; None where one is no constant."""
    found: list[object] = []
    for each in values:
        if not isinstance(each, Constant):
            return None
        found.append(each.value)
    return found


def size_tuple(value: object) -> tuple[int, ...] | None:
    """``value`` as a tensor's shape; None where it is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,) if value >= 0 else None
    if isinstance(value, (tuple, list)) and all(
        isinstance(each, int) and not isinstance(each, bool) and each >= 0 for each in value
    ):
        return tuple(value)
    return None
