"""Expressions, conditions and shapes as people write them in settings and on the command line."""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from convlint.symbolic.canonical import as_size, symbol
from convlint.symbolic.cases import maximum, minimum, select
from convlint.symbolic.comparison import equal, greater, greater_equal, less, less_equal, negate, unequal
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.dim import Dim, Size
from convlint.symbolic.predicate import FALSE, TRUE, Predicate
from convlint.symbolic.rounding import ceil, floor

_MAX_EXPONENT = 8


@dataclass(frozen=True)
class ExpressionError(ValueError):
    """An expression that cannot be read; `column` counts from 1 and points at the part that is at fault."""

    message: str
    text: str
    column: int

    def __str__(self) -> str:
        """The message with the text and the place."""
        return f"{self.message}: `{self.text}`, column {self.column}"


def parse_size(text: str) -> Size:
    """The size that an expression such as `S//2+1` stands for; it may be rational (`H/2`).

    Raises:
        ExpressionError: when it is no size.
    """
    try:
        return _Reader(text).size(_tree(text))
    except RecursionError:
        raise ExpressionError("too long", text, 1) from None


def parse_condition(text: str) -> Predicate:
    """The statement that a condition such as `S % 2 == 0 and 32 <= S <= 1024` stands for.

    Raises:
        ExpressionError: when it is no condition.
    """
    try:
        return _Reader(text).condition(_tree(text))
    except RecursionError:
        raise ExpressionError("too long", text, 1) from None


def parse_shape(text: str) -> tuple[Size, ...]:
    """The sizes of a shape such as `N 3 H W`: separated by blanks, each an expression without blanks.

    Raises:
        ExpressionError: when an item is no size of integers.
    """
    sizes: list[Size] = []
    for match in re.finditer(r"\S+", text):
        item, offset = match.group(), match.start()
        try:
            size = parse_size(item)
        except ExpressionError as error:
            raise ExpressionError(error.message, text, offset + error.column) from None
        if isinstance(size, Dim) and not size.is_integer:
            raise ExpressionError("a size has to be an integer", text, offset + 1)
        if not isinstance(size, Dim) and size < 0:
            raise ExpressionError("a size has to be at least 0", text, offset + 1)
        sizes.append(size)
    return tuple(sizes)


def _tree(text: str) -> ast.expr:
    if not text.strip():
        raise ExpressionError("nothing to read", text, 1)
    leading = len(text) - len(text.lstrip())
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        # no offset: the text ended too early
        raise ExpressionError("cannot be read", text, leading + (error.offset or len(text.strip()) + 1)) from None
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError("cannot be read", text, 1) from None
    return tree


def _floor_of(size: Size) -> Size:
    return floor(size)


_FUNCTIONS: Mapping[str, Callable[..., Size]] = MappingProxyType(
    {"max": maximum, "min": minimum, "floor": _floor_of, "ceil": ceil, "int": _floor_of}
)

_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Size, Size], Predicate]] = MappingProxyType(
    {
        ast.Eq: equal,
        ast.NotEq: unequal,
        ast.Lt: less,
        ast.LtE: less_equal,
        ast.Gt: greater,
        ast.GtE: greater_equal,
    }
)


class _Reader:
    """Walks the syntax tree; `text` is for the messages."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.leading = len(text) - len(text.lstrip())

    def error(self, message: str, node: ast.AST) -> ExpressionError:
        offset = getattr(node, "col_offset", 0)
        characters = len(self.text.lstrip().encode()[:offset].decode(errors="ignore"))
        return ExpressionError(message, self.text, self.leading + characters + 1)

    def size(self, node: ast.expr) -> Size:
        match node:
            case ast.Constant(value=bool()):
                raise self.error("a size is expected here, not a condition", node)
            case ast.Constant(value=int(value)):
                return value
            case ast.Constant(value=float(value)):
                return as_size(Fraction(str(value)))
            case ast.Name(id=name):
                return symbol(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.size(operand)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.size(operand)
            case ast.BinOp(left=left, op=op, right=right):
                return self.operation(node, self.size(left), op, self.size(right))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
                return self.call(node, name, [self.size(argument) for argument in arguments])
            case ast.Call(func=ast.Name(id=name)):
                raise self.error(f"unknown function `{name}`; there are {', '.join(sorted(_FUNCTIONS))}", node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return select(self.condition(test), self.size(body), self.size(orelse))
            case ast.Compare() | ast.BoolOp():
                raise self.error("a size is expected here, not a condition", node)
        raise self.error("a size is expected here", node)

    def operation(self, node: ast.expr, left: Size, op: ast.operator, right: Size) -> Size:
        try:
            match op:
                case ast.Add():
                    return left + right
                case ast.Sub():
                    return left - right
                case ast.Mult():
                    return left * right
                case ast.FloorDiv():
                    return left // right
                case ast.Mod():
                    return left % right
                case ast.Div():
                    return as_size(Fraction(left, right)) if _are_ints(left, right) else left / right  # type: ignore[arg-type, return-value]
                case ast.Pow() if isinstance(right, int) and 0 <= right <= _MAX_EXPONENT:
                    return left**right
        except ZeroDivisionError:
            raise self.error("division by zero", node) from None
        raise self.error("only + - * / // % and small powers are understood", node)

    def call(self, node: ast.expr, name: str, arguments: list[Size]) -> Size:
        if not arguments or (name not in ("max", "min") and len(arguments) != 1):
            raise self.error(f"`{name}` takes {'one argument' if name not in ('max', 'min') else 'arguments'}", node)
        function = _FUNCTIONS[name]
        if name not in ("max", "min"):
            return function(arguments[0])
        result = arguments[0]
        for argument in arguments[1:]:
            result = function(result, argument)
        return result

    def condition(self, node: ast.expr) -> Predicate:
        match node:
            case ast.Constant(value=bool(value)):
                return TRUE if value else FALSE
            case ast.BoolOp(op=ast.And(), values=values):
                return all_of(*[self.condition(value) for value in values])
            case ast.BoolOp(op=ast.Or(), values=values):
                return any_of(*[self.condition(value) for value in values])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return negate(self.condition(operand))
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                found: list[Predicate] = []
                for op, right in zip(ops, comparators, strict=True):
                    found.append(self.comparison(left, op, right))
                    left = right
                return all_of(*found)
        raise self.error("a condition such as `H % 2 == 0` is expected here", node)

    def comparison(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Predicate:
        size = self.size(left)
        if isinstance(op, ast.In | ast.NotIn):
            if not isinstance(right, ast.Set | ast.Tuple | ast.List):
                raise self.error("a set such as `{0, 31}` is expected after `in`", right)
            among = any_of(*[equal(size, self.size(element)) for element in right.elts])
            return among if isinstance(op, ast.In) else negate(among)
        law = _COMPARISONS.get(type(op))
        if law is None:
            raise self.error("only == != < <= > >= in are understood", left)
        return law(size, self.size(right))


def _are_ints(left: Size, right: Size) -> bool:
    return not isinstance(left, Dim) and not isinstance(right, Dim)
