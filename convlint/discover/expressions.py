"""What an expression in the user's code stands for, as far as its syntax tells."""

import ast
from typing import Any

from convlint.discover.calls import Calls
from convlint.discover.module import dotted
from convlint.discover.operations import item, operation, table
from convlint.discover.shapes import ExampleTensor
from convlint.discover.values import Constant, Construction, Group, Value, plain


class Expressions(Calls):
    """The expressions in one body of code, each read once until `_values` is cleared."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._values: dict[int, Value | None] = {}

    def value(self, node: ast.expr) -> Value | None:
        """The value of an expression; None where it cannot be read."""
        key = id(node)
        if key not in self._values:
            self._values[key] = None
            self._values[key] = self._value(node)
        return self._values[key]

    def _value(self, node: ast.expr) -> Value | None:
        match node:
            case ast.Constant(value=value):
                return Constant(value)
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.Name(id=name):
                return self.world.global_value(name) if name not in self.imports else None
            case ast.Attribute():
                return self._attribute(node)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                values = [self.value(each) for each in items]
                known = plain(values)
                if known is None:
                    return Group(tuple(values))
                return Constant(tuple(known) if isinstance(node, ast.Tuple) else known)
            case ast.Dict(keys=keys, values=items):
                if not all(isinstance(key, ast.Constant) for key in keys):
                    return None
                return table([key.value for key in keys if isinstance(key, ast.Constant)], [*map(self.value, items)])
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self.constant(operand)
                if isinstance(inner, Constant) and isinstance(inner.value, (int, float)):
                    return Constant(-inner.value)
                return None
            case ast.BinOp(left=left, op=operator, right=right):
                return operation(operator, self.value(left), self.value(right))
            case ast.Subscript(value=owner, slice=index):
                return item(self.value(owner), self.value(index))
            case ast.IfExp(body=body, orelse=orelse):
                return self.value(body) or self.value(orelse)
            case ast.Call():
                return self.called(node)
            case ast.NamedExpr(target=target, value=value):
                self.bind(target, value)
                return self.value(value)
            case _:
                return None

    def _attribute(self, node: ast.Attribute) -> Value | None:
        name = dotted(node)
        if name is not None and name in self.names:
            return self.names[name]
        owner = self.value(node.value) if not isinstance(node.value, ast.Name) or node.value.id in self.names else None
        if isinstance(owner, ExampleTensor) and node.attr == "shape":
            return Constant(owner.shape)
        if isinstance(owner, Construction) and node.attr == "module":
            return owner
        return None

    def bind(self, target: ast.expr, value: ast.expr) -> None:
        """Have the names of ``target`` mean what ``value`` stands for."""
        match target, value:
            case (ast.Tuple(elts=targets) | ast.List(elts=targets)), (ast.Tuple(elts=values) | ast.List(elts=values)):
                if len(targets) == len(values) and not any(isinstance(each, ast.Starred) for each in targets):
                    for each in values:
                        self.value(each)  # all of them before the first name changes: ``a, b = b, a``
                    for inner, given in zip(targets, values, strict=True):
                        self.bind(inner, given)
                    return
            case (ast.Tuple(elts=targets) | ast.List(elts=targets)), _:
                known = self.constant(value)
                if isinstance(known, Constant) and isinstance(known.value, (tuple, list)):
                    for inner, result in zip(targets, known.value, strict=False):
                        self.set(inner, Constant(result))
                    return
                self.forget(target)
                return
            case _:
                pass
        self.set(target, self.given(value, self.world.module))

    def set(self, target: ast.expr, value: Value | None) -> None:
        """Have a name, or an attribute of one, mean ``value``."""
        name = dotted(target)
        if name is not None:
            self.names[name] = value
            self.imports.pop(name, None)

    def forget(self, target: ast.expr) -> None:
        """Know nothing any more of the names in ``target``."""
        for each in ast.walk(target):
            if isinstance(each, (ast.Name, ast.Attribute)):
                self.set(each, None)
