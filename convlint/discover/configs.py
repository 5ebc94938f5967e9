"""Classes that hold a configuration: the attributes that their bodies, their fields and their constructors give."""

import ast
from collections.abc import Callable, Iterator, Mapping

from convlint.discover.kinds import Kinds
from convlint.discover.module import ClassSyntax, dotted
from convlint.discover.project import Definition, External, Meaning
from convlint.discover.values import Constant, Value

Read = Callable[[ast.expr], Value | None]
"""Reads an expression of the class's file."""

_DECORATORS = frozenset({"dataclass", "define", "frozen", "mutable", "s", "attrs"})
_BASES = frozenset({"object", "NamedTuple", "BaseModel", "BaseSettings", "Protocol"})
_FIELDS = frozenset({"field", "Field", "ib", "attrib"})
_FACTORIES: Mapping[str, object] = {"list": [], "dict": {}, "tuple": ()}

_MOST_BASES = 6


def is_config(definition: Definition, kinds: Kinds) -> bool:
    """Whether the attributes of a class and its instances are what is written there: no enumeration, no model."""
    syntax = definition.class_syntax
    if syntax is None or syntax.node.keywords or kinds.is_module(definition):
        return False
    if not all(_last(each) in _DECORATORS for each in syntax.node.decorator_list):
        return False
    return all(
        each.key != definition.key and is_config(each, kinds)
        if isinstance(each, Definition)
        else name.rpartition(".")[2] in _BASES
        for name, each in zip(syntax.bases, kinds.bases(definition), strict=True)
    )


def is_built_of_fields(definition: Definition, kinds: Kinds, depth: int = _MOST_BASES) -> bool:
    """Whether a class has a constructor that takes its fields, in order and by name."""
    syntax = definition.class_syntax
    if syntax is None or depth == 0:
        return False
    return bool(syntax.node.decorator_list) or any(
        is_built_of_fields(each, kinds, depth - 1) if isinstance(each, Definition) else _is_of_fields(each)
        for each in kinds.bases(definition)
    )


def fields(syntax: ClassSyntax) -> Iterator[str]:
    """The names of the fields that a class declares itself."""
    for each in syntax.node.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            yield each.target.id


def defaults(syntax: ClassSyntax, read: Read) -> dict[str, Value | None]:
    """What the body of a class binds its attributes to."""
    found: dict[str, Value | None] = {}
    for each in syntax.node.body:
        match each:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found[name] = read(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=value):
                found[name] = _of_field(value, read) if value is not None else None
            case _:
                pass
    return found


def rebound(syntax: ClassSyntax) -> Iterator[str]:
    """The attributes that methods bind which a constructor does not stand for."""
    for name, method in syntax.methods.items():
        for node in ast.walk(method) if name != "__init__" else ():
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and dotted(node.value) == "self":
                yield node.attr


def _of_field(node: ast.expr, read: Read) -> Value | None:
    """The default of a field, which ``field(default=3)`` says in its own way."""
    if not (isinstance(node, ast.Call) and _last(node.func) in _FIELDS):
        return read(node)
    keywords = {each.arg: each.value for each in node.keywords}
    if "default" in keywords:
        return read(keywords["default"])
    match keywords.get("default_factory", keywords.get("factory")):
        case ast.Lambda(body=body):
            return read(body)
        case ast.Name(id=name) if name in _FACTORIES:
            return Constant(_FACTORIES[name])
        case ast.Name() | ast.Attribute() as factory:
            return read(ast.copy_location(ast.Call(factory, [], []), factory))
        case _:
            return read(node.args[0]) if node.args else None


def _is_of_fields(base: Meaning | None) -> bool:
    return isinstance(base, External) and base.last in _BASES - {"object", "Protocol"}


def _last(node: ast.expr) -> str:
    called = node.func if isinstance(node, ast.Call) else node
    return (dotted(called) or "").rpartition(".")[2]
