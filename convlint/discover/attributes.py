"""Attributes that a class reads but nobody binds: what its subclasses, or the functions that build it, have to give."""

import ast
from collections.abc import Iterable, Iterator

from convlint.discover.kinds import Kinds
from convlint.discover.module import ClassSyntax, Function, dotted
from convlint.discover.project import Definition, External

_PLAIN_BASES = frozenset({"torch.nn.Module", "object", "abc.ABC", "typing.Generic", "typing.Protocol"})
"""Bases outside of the project whose attributes are known."""

_OF_MODULES = frozenset(
    "training dump_patches call_super_init T_destination register_buffer register_parameter add_module register_module "
    "get_submodule get_parameter get_buffer apply cuda ipu xpu cpu type float double half bfloat16 to_empty to forward "
    "state_dict load_state_dict parameters named_parameters buffers named_buffers children named_children modules "
    "named_modules train eval requires_grad_ zero_grad share_memory extra_repr compile device dtype".split()
)
"""What every module has; ``device`` and ``dtype``, which it has not, say nothing about its layers."""

_BINDERS = frozenset({"register_buffer", "register_parameter", "add_module", "register_module", "__setattr__"})


def lacks_attributes(definition: Definition, kinds: Kinds) -> bool:
    """Whether ``forward`` reads an attribute of ``self`` that neither the class nor a base of it binds.

    False wherever attributes may come from elsewhere: from a base that is not of the project, or by computed names.
    """
    family = _family(definition, kinds)
    if family is None:
        return False
    bound: set[str] = set(_OF_MODULES)
    methods: dict[str, Function] = {}
    for syntax in reversed(family):
        names = _bound(syntax)
        if names is None:
            return False
        bound |= names
        methods |= syntax.methods
    return any(name not in bound for name in _read(methods))


def _family(definition: Definition, kinds: Kinds) -> list[ClassSyntax] | None:
    """The class and its bases, nearest first; None where one of them is not of the project."""
    found: list[ClassSyntax] = []
    queue = [definition]
    while queue:
        current = queue.pop(0)
        syntax = current.class_syntax
        if syntax is None or syntax in found:
            return None
        found.append(syntax)
        for base in kinds.bases(current):
            match base:
                case Definition():
                    queue.append(base)
                case External(name=name) if name in _PLAIN_BASES:
                    pass
                case _:
                    return None
        if len(syntax.bases) < len(syntax.node.bases):
            return None
    return found


def _bound(syntax: ClassSyntax) -> set[str] | None:
    """The names that a class and its methods bind; None where some are computed."""
    names: set[str] = set()
    for each in syntax.node.body:
        match each:
            case ast.FunctionDef(name="__getattr__" | "__getattribute__"):
                return None
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names.update(target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case _:
                pass
    for node in ast.walk(syntax.node):
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr="__dict__"):
                return None
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                names.add(name)
            case ast.Call(func=function, args=arguments):
                named = _named(function, arguments)
                if named is None:
                    return None
                names |= named
            case _:
                pass
    return names


def _named(function: ast.expr, arguments: list[ast.expr]) -> set[str] | None:
    """The attributes that a call binds or asks for by name; None where the name is computed."""
    called = dotted(function) or ""
    if called in {"setattr", "hasattr", "getattr"} and arguments and dotted(arguments[0]) == "self":
        name = arguments[1] if len(arguments) > 1 else None
    elif called.startswith("self.") and called.rpartition(".")[2] in _BINDERS:
        name = arguments[0] if arguments else None
    else:
        return set()
    return {name.value} if isinstance(name, ast.Constant) and isinstance(name.value, str) else None


def _read(methods: dict[str, Function]) -> Iterator[str]:
    """The attributes of ``self`` that ``forward`` reads, and the methods that it calls."""
    queue, seen = ["forward"], {"forward"}
    while queue:
        node = methods.get(queue.pop())
        for name in _attributes(node.body) if node is not None else ():
            yield name
            if name not in seen:
                seen.add(name)
                queue.append(name)


def _attributes(body: Iterable[ast.stmt]) -> Iterator[str]:
    for statement in body:
        for node in ast.walk(statement):
            match node:
                case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Load()):
                    yield name
                case _:
                    pass
