"""Sizes that PyTorch and the model's own Python take for numbers: our `Dim` spoken as ``torch.SymInt``.

`SizeInt` and `SizeFloat` are what user code sees.  They subclass torch's own symbolic scalars, so that every torch
function accepts them, but compute on `Dim` directly; ``isinstance(h, int)`` holds, as models expect.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from convlint.symbolic import canonical, rounding
from convlint.symbolic.comparison import equal, greater, greater_equal, less, less_equal, unequal
from convlint.symbolic.predicate import Predicate
from convlint.trace.exact import is_rounded, number_of
from convlint.trace.expression import Expression
from convlint.trace.python_arithmetic import (
    divide,
    floor_divide,
    maximum,
    minimum,
    modulo,
    power,
    round_half_even,
    truncate,
)
from convlint.trace.symnode import SizeNode

if TYPE_CHECKING:
    from convlint.trace.session import Session


class _Scalar:
    """What `SizeInt` and `SizeFloat` share: operators on exact numbers, each remembering how it came about."""

    node: SizeNode
    expression: Expression

    def _combine(self, other: Any, function: Callable[[Any, Any], Any], target: Any, swap: bool = False) -> Any:
        right = number_of(other)
        if right is None:
            return NotImplemented
        session, left = self.node.session, self.node.value
        a, b = (right, left) if swap else (left, right)
        floating = isinstance(self, SizeFloat) or isinstance(other, (float, torch.SymFloat))
        operands = (other, self) if swap else (self, other)
        if is_rounded(right) and target is operator.mul:
            value: Any = canonical.opaque("scaled", "mul_float", (left, float(right)))
        else:
            value = function(a, b)
        return session.scalar(value, Expression(target, *operands), floating=floating)

    def __add__(self, other: Any) -> Any:
        return self._combine(other, operator.add, operator.add)

    def __radd__(self, other: Any) -> Any:
        return self._combine(other, operator.add, operator.add, swap=True)

    def __sub__(self, other: Any) -> Any:
        return self._combine(other, operator.sub, operator.sub)

    def __rsub__(self, other: Any) -> Any:
        return self._combine(other, operator.sub, operator.sub, swap=True)

    def __mul__(self, other: Any) -> Any:
        return self._combine(other, operator.mul, operator.mul)

    def __rmul__(self, other: Any) -> Any:
        if isinstance(other, (list, tuple, str)):
            return other * self.__index__()
        return self._combine(other, operator.mul, operator.mul, swap=True)

    def __floordiv__(self, other: Any) -> Any:
        return self._combine(other, partial(floor_divide, self.node.session), operator.floordiv)

    def __rfloordiv__(self, other: Any) -> Any:
        return self._combine(other, partial(floor_divide, self.node.session), operator.floordiv, swap=True)

    def __mod__(self, other: Any) -> Any:
        return self._combine(other, partial(modulo, self.node.session), operator.mod)

    def __rmod__(self, other: Any) -> Any:
        if isinstance(other, str):
            return other % str(self)
        return self._combine(other, partial(modulo, self.node.session), operator.mod, swap=True)

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __truediv__(self, other: Any) -> Any:
        return self._true_division(other, swap=False)

    def __rtruediv__(self, other: Any) -> Any:
        return self._true_division(other, swap=True)

    def _true_division(self, other: Any, *, swap: bool) -> Any:
        right = number_of(other)
        if right is None:
            return NotImplemented
        session, left = self.node.session, self.node.value
        a, b = (right, left) if swap else (left, right)
        operands = (other, self) if swap else (self, other)
        if is_rounded(b):
            value: Any = canonical.opaque("quotient", "div_float", (a, float(b)))
        else:
            value = divide(session, a, b)
        return session.scalar(value, Expression(operator.truediv, *operands), floating=True)

    def __pow__(self, other: Any, _modulus: Any = None) -> Any:
        right = number_of(other)
        if right is None:
            return NotImplemented
        session = self.node.session
        value = power(session, self.node.value, right)
        floating = isinstance(self, SizeFloat) or isinstance(other, (float, torch.SymFloat))
        if isinstance(value, float):
            return value
        return session.scalar(value, Expression(operator.pow, self, other), floating=floating)

    def __rpow__(self, other: Any, _modulus: Any = None) -> Any:
        return other ** self.node.session.specialise(self.node.value)

    def __neg__(self) -> Any:
        return self.node.session.scalar(
            -self.node.value, Expression(operator.neg, self), floating=isinstance(self, SizeFloat)
        )

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        session = self.node.session
        value = maximum(session, self.node.value, -self.node.value)
        return session.scalar(value, Expression(operator.abs, self), floating=isinstance(self, SizeFloat))

    def __floor__(self) -> Any:
        return self.node.session.scalar(rounding.floor(self.node.value), Expression(math.floor, self))

    def __ceil__(self) -> Any:
        return self.node.session.scalar(rounding.ceil(self.node.value), Expression(math.ceil, self))

    def __trunc__(self) -> Any:
        session = self.node.session
        return session.scalar(truncate(session, self.node.value), Expression(math.trunc, self))

    def __round__(self, digits: int | None = None) -> Any:
        if digits is not None and isinstance(self, SizeFloat):
            return round(float(self), digits)
        session = self.node.session
        return session.scalar(round_half_even(session, self.node.value), Expression(round, self))

    def _compare(self, other: Any, function: Callable[[Any, Any], Predicate], target: Any) -> Any:
        right = number_of(other)
        if right is None:
            if isinstance(other, float):  # infinities and nan
                return target(float(self.node.session.nominal_value(self.node.value)), other)
            return NotImplemented
        return self.node.session.truth(function(self.node.value, right), Expression(target, self, other))

    def __eq__(self, other: object) -> Any:
        return self._compare(other, equal, operator.eq)

    def __ne__(self, other: object) -> Any:
        return self._compare(other, unequal, operator.ne)

    def __lt__(self, other: Any) -> Any:
        return self._compare(other, less, operator.lt)

    def __le__(self, other: Any) -> Any:
        return self._compare(other, less_equal, operator.le)

    def __gt__(self, other: Any) -> Any:
        return self._compare(other, greater, operator.gt)

    def __ge__(self, other: Any) -> Any:
        return self._compare(other, greater_equal, operator.ge)

    def __sym_max__(self, other: Any) -> Any:
        return extreme(self.node.session, "max", self, other)

    def __sym_min__(self, other: Any) -> Any:
        return extreme(self.node.session, "min", self, other)

    def __bool__(self) -> bool:
        return self.node.session.branch(unequal(self.node.value, 0))

    def __hash__(self) -> int:
        # Structural, and of this path only: a cache keyed by sizes must not hand one path's tensors to the next.
        return hash((id(self.node.session), self.node.value))

    def __int__(self) -> int:
        return int(self.node.session.specialise(self.node.value))

    def __index__(self) -> int:
        return int(self.node.session.specialise(self.node.value))

    def __float__(self) -> float:
        return float(self.node.session.specialise(self.node.value))

    def __repr__(self) -> str:
        return repr(self.node.value)

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self.node.value)

    def __reduce__(self) -> Any:
        return (int, (int(self.node.session.nominal_value(self.node.value)),))

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, _memo: object) -> Any:
        return self

    def item(self) -> Any:
        return self


class SizeInt(_Scalar, torch.SymInt):
    """A size of the traced model, for user code an int."""

    def __init__(self, node: SizeNode, expression: Expression) -> None:
        self.node = node
        self.expression = expression

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return int

    @property
    def real(self) -> SizeInt:
        return self

    numerator = real

    def is_integer(self) -> bool:
        return True

    def __lshift__(self, other: Any) -> Any:
        return self * (1 << operator.index(other))

    def __rshift__(self, other: Any) -> Any:
        return self // (1 << operator.index(other))

    def __and__(self, other: Any) -> Any:
        if isinstance(other, int) and (other + 1) & other == 0:  # a mask of low bits is a remainder
            return self % (other + 1)
        return int(self) & other

    __rand__ = __and__

    def __or__(self, other: Any) -> Any:
        return int(self) | other

    __ror__ = __or__

    def bit_length(self) -> int:
        return int(self).bit_length()


class SizeFloat(_Scalar, torch.SymFloat):
    """A rational number made of sizes (``h / 2``), for user code a float."""

    def __init__(self, node: SizeNode, expression: Expression) -> None:
        self.node = node
        self.expression = expression

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return float

    def is_integer(self) -> Any:
        value = self.node.value
        return self.node.session.truth(equal(rounding.floor(value), value), Expression(float.is_integer, self))


def extreme(session: Session, name: str, a: Any, b: Any) -> Any:
    """``max`` or ``min`` of two numbers as user code sees them."""
    left, right = number_of(a), number_of(b)
    best = maximum if name == "max" else minimum
    value = best(session, left, right)
    floating = isinstance(a, float) if value is left else isinstance(b, float)
    return session.scalar(value, Expression(max if name == "max" else min, a, b), floating=floating)
