"""The integer that an expression of literals comes to, worked out from its text: nothing is run."""

import ast
import operator
from collections.abc import Callable, Mapping

_OPERATORS: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.LShift: operator.lshift,
    ast.Pow: operator.pow,
}
_LARGEST_SHIFT = 64
"""Beyond it, a power or a shift is no size of a layer, and may take forever."""


def value_of(expression: str) -> int | None:
    """What ``8 * 32 * 32`` or ``2**8 - 1`` comes to; None for anything but integers and signs between them."""
    try:
        return _value(ast.parse(f"({expression})", mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError):
        return None


def _value(node: ast.expr) -> int:
    match node:
        case ast.Constant(value=bool()):
            raise ValueError("no number")
        case ast.Constant(value=int() as number):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
            one, other = _value(left), _value(right)
            if isinstance(sign, ast.LShift | ast.Pow) and not 0 <= other <= _LARGEST_SHIFT:
                raise ValueError("too large")
            return _OPERATORS[type(sign)](one, other)
        case _:
            raise ValueError("not of literals")
