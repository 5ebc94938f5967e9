"""What operations on values give, as far as that can be told without running them."""

import ast
from collections.abc import Sequence

from convlint.discover.shapes import ExampleTensor
from convlint.discover.values import Constant, Group, Table, Value, plain

_NUMBERS = (int, float)
_MOST_ITEMS = 1000
"""Items of a list that is repeated; of more, nobody made an argument."""


def operation(operator: ast.operator, left: Value | None, right: Value | None) -> Value | None:
    """The value of an operation; None where it is none, or would be large."""
    if isinstance(left, Constant) and isinstance(right, Constant):
        return _of_constants(operator, left.value, right.value)
    for tensor, other in ((left, right), (right, left)):
        # Scaling the values of an example leaves its shape.
        if isinstance(tensor, ExampleTensor) and (other is None or isinstance(other, Constant)):
            return tensor
    return None


def item(owner: Value | None, index: Value | None) -> Value | None:
    """What stands at an index or a key."""
    if not isinstance(index, Constant):
        return None
    match owner, index.value:
        case Constant(value=(tuple() | list()) as items), int(position) if -len(items) <= position < len(items):
            return Constant(items[position])
        case Constant(value=dict() as table), key if isinstance(key, (str, int)) and key in table:
            return Constant(table[key])
        case Group(items=items), int(position) if -len(items) <= position < len(items):
            return items[position]
        case Table(items=items), str(key):
            return items.get(key)
        case _:
            return None


def table(keys: Sequence[object], values: Sequence[Value | None]) -> Value | None:
    """A dictionary of these keys, which are constants: a constant where all values are; None for keys of other kinds
    than strings beside values that are not known.
    """
    known = plain(values)
    if known is not None:
        try:
            return Constant(dict(zip(keys, known, strict=True)))
        except TypeError:
            return None
    if all(isinstance(key, str) for key in keys):
        return Table(dict(zip(map(str, keys), values, strict=True)))
    return None


def first_item(value: Value | None) -> object | None:
    """The first of a constant tuple or list; None where there is none."""
    if isinstance(value, Constant) and isinstance(value.value, (tuple, list)) and value.value:
        first: object = value.value[0]
        return first
    return None


def _of_constants(operator: ast.operator, left: object, right: object) -> Constant | None:
    match operator, left, right:
        case ast.Add(), tuple() as a, tuple() as b:
            return Constant(a + b)
        case ast.Add(), list() as a, list() as b:
            return Constant(a + b)
        case ast.Mult(), list() as a, int(b) if len(a) * b < _MOST_ITEMS:
            return Constant(a * b)
    if not (isinstance(left, _NUMBERS) and isinstance(right, _NUMBERS)):
        return None
    try:
        match operator:
            case ast.Add():
                return Constant(left + right)
            case ast.Sub():
                return Constant(left - right)
            case ast.Mult():
                return Constant(left * right)
            case ast.Div():
                return Constant(left / right)
            case ast.FloorDiv():
                return Constant(left // right)
            case ast.Mod():
                return Constant(left % right)
            case ast.Pow() if abs(right) <= 64 and abs(left) <= 2**16:
                return Constant(left**right)
    except (ArithmeticError, ValueError):
        return None
    return None
