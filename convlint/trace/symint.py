"""Sizes that PyTorch and the model's own Python take for ints: our `Dim` spoken as `torch.SymInt`.

`SizeInt`, `SizeFloat` and `SizeBool` are what user code sees.  They subclass torch's own symbolic scalars, so that
every torch function accepts them, but compute on `Dim` directly; ``isinstance(h, int)`` holds, as models expect.
`SizeNode` is the other side: the SymNode protocol by which torch's C++ code and meta kernels do arithmetic on our
sizes (``torch/fx/experimental/sym_node.py`` lists what torch expects; the protocol is private to torch, and this file
is the only one that speaks it).
"""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import torch

from convlint.symbolic import canonical, cases, rounding
from convlint.symbolic.comparison import divides, equal, greater, greater_equal, less, less_equal, negate, unequal
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.dim import Dim, Size
from convlint.symbolic.predicate import FALSE, TRUE, Predicate

if TYPE_CHECKING:
    from convlint.trace.session import Session

Number = int | Fraction | Dim

EXACT_DENOMINATOR = 1 << 12
"""A float factor whose exact denominator is at most this is treated as the rational that it is."""


class Expression:
    """How a size came about, so that the fx graph can compute it again: an operator and its operands.

    Leaves are ``(fx node, axis)`` pairs held as ``target=None``.
    """

    __slots__ = ("arguments", "emitted", "target")

    def __init__(self, target: Callable[..., Any] | None, *arguments: Any) -> None:
        self.target = target
        self.arguments = arguments
        self.emitted: Any = None


def dim_of(value: Any) -> Size:
    """The exact size behind an int, a size itself, a `SizeInt`, or a ``torch.SymInt`` that torch made of one."""
    if type(value) is int or isinstance(value, Dim):
        return value
    if isinstance(value, torch.SymInt):
        return canonical.as_size(value.node.value)
    return operator.index(value)


def number_of(value: Any) -> Number | None:
    """The exact number behind a Python or symbolic scalar, None where it has none."""
    if isinstance(value, (torch.SymInt, torch.SymFloat)):
        return value.node.value  # type: ignore[no-any-return]
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        exact = Fraction(value)
        return int(exact) if exact.denominator == 1 else exact
    return None


def _double(value: Any) -> float:
    """The double that a Python float was before `number_of` made it exact."""
    return float(value)


def _inexact(value: Number | None) -> bool:
    return isinstance(value, Fraction) and value.denominator > EXACT_DENOMINATOR



class SizeNode:
    """The SymNode protocol over one exact value: a size, a rational, or a truth value."""

    __slots__ = ("kind", "session", "value")

    def __init__(self, session: Session, value: Any, kind: str = "int") -> None:
        self.session = session
        self.value = value
        self.kind = kind

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"convlint's sizes do not implement the SymNode operation {name!r} of torch {torch.__version__}"
        )

    # what it is

    def is_int(self) -> bool:
        return self.kind == "int"

    def is_float(self) -> bool:
        return self.kind == "float"

    def is_bool(self) -> bool:
        return self.kind == "bool"

    def is_nested_int(self) -> bool:
        return False

    def nested_int(self) -> None:
        return None

    def is_constant(self) -> bool:
        return False

    def is_symbolic(self) -> bool:
        return True

    def has_hint(self) -> bool:
        return True

    @property
    def hint(self) -> Any:
        return self.session.nominal_value(self.value)

    @property
    def expr(self) -> Any:
        return self.value

    def maybe_as_int(self) -> int | None:
        return self.value if isinstance(self.value, int) and self.kind == "int" else None

    def maybe_as_float(self) -> float | None:
        return None

    def maybe_as_bool(self) -> bool | None:
        return True if self.value is TRUE else False if self.value is FALSE else None

    def clone(self) -> SizeNode:
        return self

    def with_shape_env(self, _shape_env: object) -> SizeNode:
        return self

    def str(self) -> str:
        return repr(self.value)

    __str__ = __repr__ = _graph_repr = str  # noqa: A003  (the method, as SymNode names it)

    # making others

    def _int(self, value: Any) -> SizeNode:
        return SizeNode(self.session, value, "int")

    def _float(self, value: Any) -> SizeNode:
        return SizeNode(self.session, value, "float")

    def _bool(self, value: Predicate) -> SizeNode:
        return SizeNode(self.session, self.session.settle(value), "bool")

    def wrap_int(self, value: int) -> SizeNode:
        return self._int(value)

    def wrap_float(self, value: float) -> SizeNode:
        return self._float(Fraction(value) if math.isfinite(value) else value)

    def wrap_bool(self, value: bool) -> SizeNode:
        return SizeNode(self.session, TRUE if value else FALSE, "bool")

    # arithmetic

    def _like(self, value: Any, other: SizeNode | None = None) -> SizeNode:
        kind = "float" if self.kind == "float" or (other is not None and other.kind == "float") else "int"
        return SizeNode(self.session, value, kind)

    def add(self, other: SizeNode) -> SizeNode:
        return self._like(self.value + other.value, other)

    def sub(self, other: SizeNode) -> SizeNode:
        return self._like(self.value - other.value, other)

    def mul(self, other: SizeNode) -> SizeNode:
        return self._like(self.value * other.value, other)

    def neg(self) -> SizeNode:
        return self._like(-self.value)

    def pos(self) -> SizeNode:
        return self

    def abs(self) -> SizeNode:
        return self._like(cases.maximum(self.value, -self.value))

    def int_floordiv(self, other: SizeNode) -> SizeNode:
        return self._int(self.session.floor_divide(self.value, other.value))

    floordiv = int_floordiv

    def mod(self, other: SizeNode) -> SizeNode:
        return self._like(self.session.modulo(self.value, other.value), other)

    def truediv(self, other: SizeNode) -> SizeNode:
        return self._float(_divide(self.session, self.value, other.value))

    int_truediv = float_truediv = truediv

    def pow_by_natural(self, other: SizeNode) -> SizeNode:
        return self._like(_power(self.session, self.value, other.value))

    pow = float_pow = pow_by_natural

    def floor(self) -> SizeNode:
        return self._int(rounding.floor(self.value))

    def ceil(self) -> SizeNode:
        return self._int(rounding.ceil(self.value))

    def trunc(self) -> SizeNode:
        return self._int(self.session.truncate(self.value))

    sym_int = trunc

    def round(self, _digits: int | None = None) -> SizeNode:
        return self._int(self.session.round(self.value))

    def sym_float(self) -> SizeNode:
        return self._float(self.value)

    def is_integer(self) -> SizeNode:
        return self._bool(divides(1, self.value) if isinstance(self.value, Dim) else TRUE)

    def sym_min(self, other: SizeNode) -> SizeNode:
        return self._like(self.session.minimum(self.value, other.value), other)

    def sym_max(self, other: SizeNode) -> SizeNode:
        return self._like(self.session.maximum(self.value, other.value), other)

    def sym_sum(self, nodes: list[SizeNode]) -> SizeNode:
        total: Any = 0
        for node in nodes:
            total = total + node.value
        return self._int(total)

    def sym_ite(self, then: SizeNode, otherwise: SizeNode) -> SizeNode:
        return then if self.guard_bool("", 0) else otherwise

    # comparison and logic

    def eq(self, other: SizeNode) -> SizeNode:
        return self._bool(equal(self.value, other.value))

    def ne(self, other: SizeNode) -> SizeNode:
        return self._bool(unequal(self.value, other.value))

    def lt(self, other: SizeNode) -> SizeNode:
        return self._bool(less(self.value, other.value))

    def le(self, other: SizeNode) -> SizeNode:
        return self._bool(less_equal(self.value, other.value))

    def gt(self, other: SizeNode) -> SizeNode:
        return self._bool(greater(self.value, other.value))

    def ge(self, other: SizeNode) -> SizeNode:
        return self._bool(greater_equal(self.value, other.value))

    def sym_and(self, other: SizeNode) -> SizeNode:
        return self._bool(all_of(self.value, other.value))

    def sym_or(self, other: SizeNode) -> SizeNode:
        return self._bool(any_of(self.value, other.value))

    and_ = bitwise_and = sym_and
    or_ = bitwise_or = sym_or

    def sym_not(self) -> SizeNode:
        return self._bool(negate(self.value))

    # being asked for one answer

    def guard_bool(self, _file: builtins.str, _line: int) -> bool:
        return self.session.branch(self.value)

    bool_ = evaluate = lambda self, *_: self.session.branch(self.value)

    def expect_true(self, _file: builtins.str, _line: int) -> bool:
        self.session.require(self.value, "shape-error", "PyTorch requires this of the sizes")
        return True

    expect_size = expect_true

    def guard_or_false(self, _file: builtins.str, _line: int) -> bool:
        return self.session.settle(self.value) is TRUE

    guard_size_oblivious = statically_known_true = guard_or_false

    def guard_or_true(self, _file: builtins.str, _line: int) -> bool:
        return self.session.settle(self.value) is not FALSE

    def guard_int(self, _file: builtins.str, _line: int) -> int:
        return int(self.session.specialise(self.value))

    def int_(self) -> int:
        return int(self.session.specialise(self.value))

    def guard_float(self, _file: builtins.str, _line: int) -> float:
        return float(self.session.specialise(self.value))

    # strides: every tensor that convlint hands to torch is contiguous

    def _contiguity(self, *_: object) -> SizeNode:
        return self.wrap_bool(True)

    def _other_layout(self, *_: object) -> SizeNode:
        return self.wrap_bool(False)

    is_contiguous = is_non_overlapping_and_dense = _contiguity
    is_channels_last_contiguous_2d = is_channels_last_contiguous_3d = _other_layout
    is_channels_last_strides_2d = is_channels_last_strides_3d = _other_layout

    def is_non_overlapping_and_dense_indicator(self, *_: object) -> SizeNode:
        return self.wrap_int(1)


def _divide(session: Session, a: Any, b: Any) -> Any:
    if isinstance(b, Dim):
        return session.true_divide(a, b)
    if b == 0:
        raise ZeroDivisionError("division by zero")
    return a / Fraction(b) if isinstance(a, Dim) else Fraction(a) / Fraction(b)


def _power(session: Session, a: Any, b: Any) -> Any:
    if isinstance(b, Dim):
        b = session.specialise(b)
    if isinstance(a, Dim) and isinstance(b, Fraction) and b == Fraction(1, 2):
        return session.square_root(a)
    if isinstance(b, Fraction) or b < 0:
        return session.float_power(a, float(b))
    result: Any = 1
    for _ in range(int(b)):
        result = result * a
    return result


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
        if _inexact(right) and target is operator.mul:
            value: Any = canonical.opaque("scaled", "mul_float", (left, _double(right)))
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
        return self._combine(other, self.node.session.floor_divide, operator.floordiv)

    def __rfloordiv__(self, other: Any) -> Any:
        return self._combine(other, self.node.session.floor_divide, operator.floordiv, swap=True)

    def __mod__(self, other: Any) -> Any:
        return self._combine(other, self.node.session.modulo, operator.mod)

    def __rmod__(self, other: Any) -> Any:
        if isinstance(other, str):
            return other % str(self)
        return self._combine(other, self.node.session.modulo, operator.mod, swap=True)

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
        if _inexact(b):
            value: Any = canonical.opaque("quotient", "div_float", (a, _double(b)))
        else:
            value = _divide(session, a, b)
        return session.scalar(value, Expression(operator.truediv, *operands), floating=True)

    def __pow__(self, other: Any, _modulus: Any = None) -> Any:
        right = number_of(other)
        if right is None:
            return NotImplemented
        session = self.node.session
        value = _power(session, self.node.value, right)
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
        value = session.maximum(self.node.value, -self.node.value)
        return session.scalar(value, Expression(operator.abs, self), floating=isinstance(self, SizeFloat))

    def __floor__(self) -> Any:
        return self.node.session.scalar(rounding.floor(self.node.value), Expression(math.floor, self))

    def __ceil__(self) -> Any:
        return self.node.session.scalar(rounding.ceil(self.node.value), Expression(math.ceil, self))

    def __trunc__(self) -> Any:
        return self.node.session.scalar(self.node.session.truncate(self.node.value), Expression(math.trunc, self))

    def __round__(self, digits: int | None = None) -> Any:
        if digits is not None and isinstance(self, SizeFloat):
            return round(float(self), digits)
        return self.node.session.scalar(self.node.session.round(self.node.value), Expression(round, self))

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
        return self.node.session.extreme("max", self, other)

    def __sym_min__(self, other: Any) -> Any:
        return self.node.session.extreme("min", self, other)

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


class SizeBool(torch.SymBool):
    """A truth value that depends on sizes; asking for its truth is a fork of the path."""

    def __init__(self, node: SizeNode, expression: Expression) -> None:
        self.node = node
        self.expression = expression

    def __bool__(self) -> bool:
        return bool(self.node.session.branch(self.node.value))

    def _logic(self, other: Any, function: Callable[..., Predicate], target: Any) -> Any:
        if isinstance(other, torch.SymBool):
            right = other.node.value
        elif isinstance(other, bool):
            right = TRUE if other else FALSE
        else:
            return NotImplemented
        return self.node.session.truth(function(self.node.value, right), Expression(target, self, other))

    def __and__(self, other: Any) -> Any:
        return self._logic(other, all_of, operator.and_)

    __rand__ = __and__

    def __or__(self, other: Any) -> Any:
        return self._logic(other, any_of, operator.or_)

    __ror__ = __or__

    def __invert__(self) -> Any:
        return self.node.session.truth(negate(self.node.value), Expression(operator.not_, self))

    __sym_not__ = __invert__

    def _as_int(self) -> Any:
        session = self.node.session
        return session.scalar(cases.select(self.node.value, 1, 0), Expression(int, self))

    def __add__(self, other: Any) -> Any:
        return self._as_int() + other

    def __radd__(self, other: Any) -> Any:
        return other + self._as_int()

    def __mul__(self, other: Any) -> Any:
        return self._as_int() * other

    def __rmul__(self, other: Any) -> Any:
        return other * self._as_int()

    def __eq__(self, other: object) -> Any:
        if isinstance(other, bool):
            return self if other else ~self
        return bool(self) == other

    def __ne__(self, other: object) -> Any:
        return not (self == other)

    def __hash__(self) -> int:
        return hash((id(self.node.session), self.node.value))

    def __int__(self) -> int:
        return int(bool(self))

    __index__ = __int__

    def __repr__(self) -> str:
        return repr(self.node.value)
