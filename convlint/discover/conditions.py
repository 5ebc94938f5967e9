"""Which way a condition goes, where the values in it are known."""

import ast
from collections.abc import Callable

from convlint.discover.values import Constant, Value


def holds(test: ast.expr, constant: Callable[[ast.expr], Value | None]) -> bool | None:
    """Whether a condition is true; None where that is not known.  ``constant`` reads an expression that is one."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            known = holds(inner, constant)
            return None if known is None else not known
        case ast.BoolOp(op=operator, values=values):
            decisive = isinstance(operator, ast.Or)
            each_known = [holds(each, constant) for each in values]
            if decisive in each_known:
                return decisive
            return None if None in each_known else not decisive
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            match constant(left), constant(right):
                case Constant(value=a), Constant(value=b):
                    return _compared(a, operator, b)
            return None
        case _:
            found = constant(test)
            return bool(found.value) if isinstance(found, Constant) else None


def _compared(left: object, operator: ast.cmpop, right: object) -> bool | None:
    match operator:
        case ast.Eq():
            return left == right
        case ast.NotEq():
            return left != right
        case ast.Is() if right is None or isinstance(right, bool):
            return left is right
        case ast.IsNot() if right is None or isinstance(right, bool):
            return left is not right
        case ast.In() if isinstance(right, (tuple, list, dict)):
            return left in list(right)
        case ast.NotIn() if isinstance(right, (tuple, list, dict)):
            return left not in list(right)
    if not (isinstance(left, (int, float)) and isinstance(right, (int, float))):
        return None
    match operator:
        case ast.Lt():
            return left < right
        case ast.LtE():
            return left <= right
        case ast.Gt():
            return left > right
        case ast.GtE():
            return left >= right
        case _:
            return None
