"""What an expression in the user's code stands for, as far as its syntax tells."""

import ast
from collections.abc import Sequence
from typing import Any

from convlint.discover.calls import Calls
from convlint.discover.conditions import holds
from convlint.discover.module import dotted
from convlint.discover.operations import item, operation, table
from convlint.discover.project import Definition
from convlint.discover.records import attributes, items_of, with_item
from convlint.discover.shapes import ExampleTensor
from convlint.discover.values import Constant, Construction, Group, Record, Table, Value, plain


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
                if name in self.imports:
                    return self.world.imported_value(name, self.imports)
                return self.world.global_value(name)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                values = [self.value(each) for each in items]
                known = plain(values)
                if known is None:
                    return Group(tuple(values))
                return Constant(tuple(known) if isinstance(node, ast.Tuple) else known)
            case ast.Dict(keys=keys, values=items):
                return self._table(keys, items)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self.constant(operand)
                if isinstance(inner, Constant) and isinstance(inner.value, (int, float)):
                    return Constant(-inner.value)
                return None
            case ast.BinOp(left=left, op=operator, right=right):
                return operation(operator, self.value(left), self.value(right))
            case ast.Subscript(value=owner, slice=index):
                return item(self.value(owner), self.value(index))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                is_true = holds(test, self.constant)
                if is_true is None:
                    return self.value(body) or self.value(orelse)
                return self.value(body if is_true else orelse)
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
        owner = self.value(node.value)
        if isinstance(owner, ExampleTensor) and node.attr == "shape":
            return Constant(owner.shape)
        if isinstance(owner, Construction) and node.attr == "module":
            return owner
        if isinstance(owner, Record):
            return attributes(owner) if node.attr == "__dict__" else owner.items.get(node.attr)
        return self._of_file(name) if name is not None and name.partition(".")[0] not in self.names else None

    def _of_file(self, name: str) -> Value | None:
        """What a dotted name means that begins with a module or a class."""
        known = self.world.imported_value(name, self.imports)
        if known is not None:
            return known
        owner, _, attribute = name.rpartition(".")
        meaning = self.meaning(owner)
        if not isinstance(meaning, Definition) or meaning.class_syntax is None:
            return None
        record = self.world.configured(meaning, None, self)
        return record.items.get(attribute) if record is not None else None

    def _table(self, keys: Sequence[ast.expr | None], items: Sequence[ast.expr]) -> Value | None:
        found: dict[object, Value | None] = {}
        for key, each in zip(keys, items, strict=True):
            inside = items_of(self.value(each)) if key is None else None
            if inside is not None:
                found.update(inside)
            elif isinstance(key, ast.Constant):
                found[key.value] = self.given(each, self.world.module)
            else:
                return None
        return table([*found], [*found.values()])

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
                known = self.value(value)
                if isinstance(known, Constant) and isinstance(known.value, (tuple, list)):
                    known = Group(tuple(map(Constant, known.value)))
                if isinstance(known, Group):
                    for inner, result in zip(targets, known.items, strict=False):
                        self.set(inner, result)
                    return
                self.forget(target)
                return
            case _:
                pass
        self.set(target, self.given(value, self.world.module))

    def set(self, target: ast.expr, value: Value | None) -> None:
        """Have a name, or an attribute or an item of one, mean ``value``."""
        match target:
            case ast.Attribute(value=inner, attr="__dict__") | ast.Call(func=ast.Name(id="vars"), args=[inner]):
                items = items_of(value) if isinstance(self.value(inner), Record) else None
                if items is None:
                    self.forget_attributes(inner)
                else:
                    self.set(inner, Record(items))
                return
            case ast.Attribute(value=inner, attr=attribute) if isinstance(owner := self.value(inner), Record):
                self.set(inner, with_item(owner, attribute, value))
                return
            case ast.Subscript(value=inner, slice=key):
                owner, index = self.value(inner), self.value(key)
                if isinstance(owner, (Constant, Table, Group, Record)):
                    known = with_item(owner, index.value, value) if isinstance(index, Constant) else None
                    self.set(inner, known)
                return
        name = dotted(target)
        if name is not None:
            self.names[name] = value
            self.imports.pop(name, None)

    def forget_attributes(self, owner: ast.expr) -> None:
        """Know nothing any more of an object whose attributes are set in a way that is not followed."""
        name = dotted(owner)
        if name is not None and (name in self.names or name in self.imports):
            self.set(owner, None)
        for each in self.names:
            if name is not None and each.startswith(f"{name}."):
                self.names[each] = None

    def forget(self, target: ast.expr) -> None:
        """Know nothing any more of the names in ``target``."""
        for each in ast.walk(target):
            if isinstance(each, (ast.Name, ast.Attribute)):
                self.set(each, None)
