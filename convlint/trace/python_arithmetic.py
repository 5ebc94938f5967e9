"""Python's arithmetic on exact numbers, as exact as the sizes that are in play on a path allow."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from convlint.symbolic import canonical, cases, rounding
from convlint.symbolic.comparison import equal, greater, greater_equal, less_equal
from convlint.symbolic.connectives import all_of
from convlint.symbolic.dim import Dim
from convlint.symbolic.division import quotient
from convlint.symbolic.roots import square_root

if TYPE_CHECKING:
    from convlint.trace.session import Session


def floor_divide(session: Session, a: Any, b: Any) -> Any:
    """``a // b``."""
    if not isinstance(b, Dim):
        return rounding.floor(a // b) if isinstance(a, Dim) else math.floor(a / b)
    exact = quotient(a, b, session.domain)
    if session.holds(exact[1]):
        return exact[0]
    return a // b


def modulo(session: Session, a: Any, b: Any) -> Any:
    """``a % b``."""
    if isinstance(b, Dim):
        exact = quotient(a, b, session.domain)
        if session.holds(exact[1]):
            return 0
    return a % b


def divide(session: Session, a: Any, b: Any) -> Any:
    """``a / b``; raises ZeroDivisionError, at the sizes where ``b`` is 0."""
    if isinstance(b, Dim):
        return _divide_by_size(session, a, b)
    if b == 0:
        raise ZeroDivisionError("division by zero")
    return a / Fraction(b) if isinstance(a, Dim) else Fraction(a) / Fraction(b)


def _divide_by_size(session: Session, a: Any, b: Dim) -> Any:
    exact = quotient(a, b, session.domain)
    if session.holds(exact[1]):
        return exact[0]
    if session.branch(equal(b, 0)):
        raise ZeroDivisionError("division by zero")
    return a / b


def power(session: Session, a: Any, b: Any) -> Any:
    """``a ** b``; an exponent that is a size becomes one number."""
    if isinstance(b, Dim):
        b = session.specialise(b)
    if isinstance(a, Dim) and isinstance(b, Fraction) and b == Fraction(1, 2):
        return _square_root(session, a)
    if isinstance(b, Fraction) or b < 0:
        return _float_power(session, a, float(b))
    result: Any = 1
    for _ in range(int(b)):
        result = result * a
    return result


def _square_root(session: Session, value: Dim) -> Any:
    """The root where the size is a square, else the double that Python computes."""
    root = square_root(value)
    if root is not None and session.holds(greater_equal(value, 0)):
        return root
    return _float_power(session, value, 0.5)


def _float_power(session: Session, value: Any, exponent: float) -> Any:
    """``value ** exponent`` in doubles."""
    if isinstance(value, Dim) and session.holds(greater(value, 0)):
        return canonical.opaque("power", "pow_float", (value, exponent))
    return float(session.specialise(value)) ** exponent


def truncate(session: Session, value: Any) -> Any:
    """``int(value)``: towards 0."""
    if not isinstance(value, Dim):
        return math.trunc(value)
    if session.holds(greater_equal(value, 0)):
        return rounding.floor(value)
    return cases.select(greater_equal(value, 0), rounding.floor(value), rounding.ceil(value))


def round_half_even(session: Session, value: Any) -> Any:
    """``round(value)``: half to even."""
    if not isinstance(value, Dim):
        return round(value)
    up = rounding.floor(value + Fraction(1, 2))
    tie = all_of(equal(value + Fraction(1, 2), up), equal(up % 2, 1))
    return up if session.refuted(tie) else cases.select(tie, up - 1, up)


def maximum(session: Session, a: Any, b: Any) -> Any:
    """``max(a, b)``; forks the path where it depends on several symbols."""
    if not isinstance(a, Dim) and not isinstance(b, Dim):
        return max(a, b)
    if session.holds(greater_equal(a, b)):
        return a
    if session.holds(less_equal(a, b)):
        return b
    if len(_symbols(a) | _symbols(b)) > 1:
        return a if session.branch(greater_equal(a, b)) else b
    return cases.maximum(a, b)


def minimum(session: Session, a: Any, b: Any) -> Any:
    """``min(a, b)``, as `maximum`."""
    if not isinstance(a, Dim) and not isinstance(b, Dim):
        return min(a, b)
    return -maximum(session, -a, -b)


def _symbols(value: Any) -> frozenset[str]:
    return value.symbols if isinstance(value, Dim) else frozenset()
