"""Inputs that are no tensors but lists, tuples or dicts of them: told by the code of ``forward`` (worker side).

Only what the code proves is told: an annotation and the number of items, a parameter that is unpacked into tensors, a
dict of which nothing but literal keys is read.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import nn

_LISTS = frozenset({"list", "List", "tuple", "Tuple", "Sequence", "MutableSequence", "Iterable", "Collection"})
_TENSORS = frozenset({"Tensor", "FloatTensor"})
_TAKERS = frozenset({"self", "torch", "F", "nn", "functional"})
"""What the functions belong to that take tensors."""


def places_of(module: nn.Module, parameter: str) -> tuple[str, ...]:
    """The places of the tensors that a parameter of ``forward`` holds; the parameter itself where it may be a tensor.

    ``features.0`` is an item of a list or tuple, ``batch.image`` a value of a dict.
    """
    code = _Code.of(module)
    if code is None or parameter in code.rebound:
        return (parameter,)
    keys = _keys(code, parameter)
    if keys:
        return tuple(f"{parameter}.{key}" for key in keys)
    annotation = code.annotations.get(parameter)
    if annotation is None:
        count = _unpacked(code, parameter)
    elif _holds_tensors(annotation):
        count = _annotated(annotation) or _counted(module, code, parameter)
    else:
        count = 0
    return tuple(f"{parameter}.{index}" for index in range(count)) or (parameter,)


@dataclass(frozen=True)
class _Code:
    """A ``forward``: its annotations, what each expression is directly part of, and the names that it binds."""

    annotations: Mapping[str, ast.expr]
    parents: Mapping[ast.AST, ast.AST]
    rebound: frozenset[str]

    @classmethod
    def of(cls, module: nn.Module) -> _Code | None:
        """The code of a module's ``forward``; None where it has no source."""
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(module.forward)))).body[0]
        except (OSError, TypeError, SyntaxError, IndexError):
            return None
        if not isinstance(tree, ast.FunctionDef):
            return None
        nodes = list(ast.walk(tree))
        arguments = (*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs)
        return cls(
            {each.arg: _unquoted(each.annotation) for each in arguments if each.annotation is not None},
            {child: node for node in nodes for child in ast.iter_child_nodes(node)},
            frozenset(each.id for each in nodes if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)),
        )

    def uses(self, name: str) -> Iterator[tuple[ast.Name, ast.AST]]:
        """Where a name is read, and what it is directly part of there."""
        for node, parent in self.parents.items():
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
                yield node, parent

    def is_tensor(self, name: str) -> bool:
        """Whether a name is used as a tensor is: given to a layer or to a function of torch, or asked for a method."""
        for node, parent in self.uses(name):
            if isinstance(parent, (ast.List, ast.Tuple)):
                parent = self.parents[parent]  # noqa: PLW2901
            match parent:
                case ast.Attribute():
                    return True
                case ast.Call(func=ast.Attribute(value=owner)) if _first(owner) in _TAKERS and node is not parent.func:
                    return True
                case _:
                    pass
        return False


def _keys(code: _Code, parameter: str) -> tuple[str, ...]:
    """The literal keys that are read, where nothing else is done with the parameter."""
    keys: dict[str, None] = {}
    for node, parent in code.uses(parameter):
        match parent:
            case ast.Subscript(value=value, slice=ast.Constant(value=str(key))) if value is node and key.isidentifier():
                keys[key] = None
            case ast.Compare(left=ast.Constant(value=str()), ops=[ast.In() | ast.NotIn()]) | ast.Attribute(attr="get"):
                pass  # what may be missing
            case _:
                return ()
    return tuple(keys)


def _unpacked(code: _Code, parameter: str) -> int:
    """Into how many names it is unpacked that are tensors, all of them; 0 where it is not."""
    for _, parent in code.uses(parameter):
        match parent:
            case ast.Assign(targets=[ast.Tuple(elts=targets) | ast.List(elts=targets)]):
                if all(isinstance(each, ast.Name) and code.is_tensor(each.id) for each in targets):
                    return len(targets)
            case _:
                pass
    return 0


def _annotated(annotation: ast.expr) -> int:
    """The number of items of ``tuple[Tensor, Tensor]``; 0 for what may have any."""
    match annotation:
        case ast.Subscript(value=owner, slice=ast.Tuple(elts=items)) if _last(owner) in {"tuple", "Tuple"}:
            return 0 if any(isinstance(item, ast.Constant) for item in items) else len(items)
        case _:
            return 0


def _counted(module: nn.Module, code: _Code, parameter: str) -> int:
    """How many items a list of tensors has by what is done with it; 0 where that tells none or different ones."""
    counts: set[int] = set()
    least = 0
    for node, parent in code.uses(parameter):
        match parent:
            case ast.Assign(targets=[ast.Tuple(elts=targets) | ast.List(elts=targets)]):
                counts.add(0 if any(isinstance(each, ast.Starred) for each in targets) else len(targets))
            case ast.Subscript(value=value, slice=ast.Constant(value=int(index))) if value is node:
                least = max(least, index + 1)
            case ast.Subscript(slice=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(index)))):
                least = max(least, index)
            case ast.Subscript(value=value, slice=ast.Name(id=index)) if value is node:
                counts.update(_loop(module, code, index))
            case ast.Call(func=ast.Name(id="zip"), args=arguments):
                counts.update(length for each in arguments if (length := _length(module, each)))
            case _:
                pass
    if not counts:
        return least
    return counts.pop() if len(counts) == 1 and max(counts) >= least else 0


def _loop(module: nn.Module, code: _Code, index: str) -> Iterator[int]:
    """How often a loop runs that counts with ``index``: ``for i, conv in enumerate(self.convs)``; 0 where unknown."""
    loops = [each for each in code.parents if isinstance(each, (ast.For, ast.comprehension))]
    for loop in loops:
        match loop.target, loop.iter:
            case (
                ast.Tuple(elts=[ast.Name(id=name), *_]),
                ast.Call(func=ast.Name(id="enumerate"), args=[layers]),
            ) if name == index:
                yield _length(module, layers)
                return
            case _:
                pass
    yield 0


def _length(module: nn.Module, node: ast.expr) -> int:
    """The number of layers in ``self.convs``; 0 for anything else."""
    match node:
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            layers = getattr(module, name, None)
            return len(layers) if isinstance(layers, (nn.ModuleList, nn.Sequential)) else 0
        case _:
            return 0


def _holds_tensors(annotation: ast.expr) -> bool:
    """Whether it says ``list[Tensor]``, ``tuple[Tensor, ...]`` or the like."""
    match annotation:
        case ast.Subscript(value=owner, slice=inner) if _last(owner) in _LISTS:
            items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return all(_last(item) in _TENSORS or getattr(item, "value", None) is ... for item in items)
        case _:
            return False


def _unquoted(annotation: ast.expr) -> ast.expr:
    match annotation:
        case ast.Constant(value=str(text)):
            try:
                return ast.parse(text, mode="eval").body
            except SyntaxError:
                return annotation
        case _:
            return annotation


def _last(node: ast.expr) -> str:
    """``Tensor`` of ``torch.Tensor``."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _first(node: ast.expr) -> str:
    """``self`` of ``self.up.conv``."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
