"""The exact number behind whatever Python, torch or a model takes for one."""

from __future__ import annotations

import math
import operator
from fractions import Fraction
from typing import Any, TypeGuard

import torch

from convlint.symbolic import canonical
from convlint.symbolic.dim import Dim, Size

Number = int | Fraction | Dim

EXACT_DENOMINATOR = 1 << 12
"""A float factor whose exact denominator is at most this is treated as the rational that it is."""


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


def is_rounded(value: Number | None) -> TypeGuard[Fraction]:
    """Whether it is a double that is no simple ratio: what is computed with it is rounded."""
    return isinstance(value, Fraction) and value.denominator > EXACT_DENOMINATOR
