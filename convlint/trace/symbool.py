"""Truth values that depend on sizes: our predicates spoken as ``torch.SymBool``."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import torch

from convlint.symbolic import cases
from convlint.symbolic.comparison import negate
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.predicate import FALSE, TRUE, Predicate
from convlint.trace.expression import Expression
from convlint.trace.symnode import SizeNode


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
