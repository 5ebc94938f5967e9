"""The SymNode protocol: what torch's C++ code and meta kernels ask of a size to do arithmetic on it.

``torch/fx/experimental/sym_node.py`` lists what torch expects.  The protocol is private to torch, and this file is the
only one that speaks it.
"""

from __future__ import annotations

import builtins
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import torch

from convlint.symbolic import cases, rounding
from convlint.symbolic.comparison import divides, equal, greater, greater_equal, less, less_equal, negate, unequal
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.dim import Dim
from convlint.symbolic.predicate import FALSE, TRUE, Predicate
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

if TYPE_CHECKING:
    from convlint.trace.session import Session


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
        return self._int(floor_divide(self.session, self.value, other.value))

    floordiv = int_floordiv

    def mod(self, other: SizeNode) -> SizeNode:
        return self._like(modulo(self.session, self.value, other.value), other)

    def truediv(self, other: SizeNode) -> SizeNode:
        return self._float(divide(self.session, self.value, other.value))

    int_truediv = float_truediv = truediv

    def pow_by_natural(self, other: SizeNode) -> SizeNode:
        return self._like(power(self.session, self.value, other.value))

    pow = float_pow = pow_by_natural

    def floor(self) -> SizeNode:
        return self._int(rounding.floor(self.value))

    def ceil(self) -> SizeNode:
        return self._int(rounding.ceil(self.value))

    def trunc(self) -> SizeNode:
        return self._int(truncate(self.session, self.value))

    sym_int = trunc

    def round(self, _digits: int | None = None) -> SizeNode:
        return self._int(round_half_even(self.session, self.value))

    def sym_float(self) -> SizeNode:
        return self._float(self.value)

    def is_integer(self) -> SizeNode:
        return self._bool(divides(1, self.value) if isinstance(self.value, Dim) else TRUE)

    def sym_min(self, other: SizeNode) -> SizeNode:
        return self._like(minimum(self.session, self.value, other.value), other)

    def sym_max(self, other: SizeNode) -> SizeNode:
        return self._like(maximum(self.session, self.value, other.value), other)

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
