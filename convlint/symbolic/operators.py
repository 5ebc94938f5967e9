"""The operators of sizes, bound to `Dim` here: the arithmetic is built on top of the class that it computes with."""

from collections.abc import Callable

from convlint.symbolic.arithmetic import add, divide, multiply, subtract
from convlint.symbolic.canonical import opaque
from convlint.symbolic.dim import EXACT, Argument, Dim, Number, Size
from convlint.symbolic.rounding import floor_divide, modulo

Operator = Callable[[Dim, Argument], Size]


def _power(base: Dim, exponent: Argument) -> Size:
    """A non-negative integer exponent is exact."""
    if isinstance(exponent, int) and exponent >= 0:
        result: Size = 1
        for _ in range(exponent):
            result = result * base
        return result
    return opaque("pow", "pow", (base, exponent))


def _operator(compute: Callable[[Dim, Number | Dim], Size]) -> Operator:
    def operator(self: Dim, other: Argument) -> Size:
        return compute(self, other) if isinstance(other, EXACT) else NotImplemented

    return operator


def _reflected(compute: Callable[[Number | Dim, Dim], Size]) -> Operator:
    def operator(self: Dim, other: Argument) -> Size:
        return compute(other, self) if isinstance(other, EXACT) else NotImplemented

    return operator


def _bind(name: str, method: Callable[..., Size]) -> None:
    setattr(Dim, f"__{name}__", method)


_bind("add", _operator(add))
_bind("radd", _operator(add))
_bind("sub", _operator(subtract))
_bind("rsub", _reflected(subtract))
_bind("mul", _operator(multiply))
_bind("rmul", _operator(multiply))
_bind("truediv", _operator(divide))
_bind("rtruediv", _reflected(divide))
_bind("floordiv", _operator(floor_divide))
_bind("rfloordiv", _reflected(floor_divide))
_bind("mod", _operator(modulo))
_bind("rmod", _reflected(modulo))
_bind("pow", _power)
_bind("neg", lambda size: multiply(size, -1))
