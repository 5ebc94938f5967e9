"""Parameters of torch functions in one form: sizes, axes, and one entry for each spatial axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convlint.symbolic.dim import Size
from convlint.trace.exact import dim_of
from convlint.trace.session import Session


def sizes_of(arguments: Sequence[Any]) -> tuple[Size, ...]:
    """Sizes given as ``f(2, 3)``, ``f((2, 3))`` or ``f(torch.Size([2, 3]))``."""
    if len(arguments) == 1 and isinstance(arguments[0], (list, tuple)):
        arguments = arguments[0]
    return tuple(dim_of(argument) for argument in arguments)


def normal_axis(session: Session, axis: Any, rank: int) -> int:
    """An axis counted from the front; refused where the tensor has no such axis (a scalar has 0 and -1)."""
    number = int(session.specialise(dim_of(axis)))
    if not -max(rank, 1) <= number < max(rank, 1):
        session.refuse("shape-error", f"there is no dimension {number} in a tensor of {rank} dimensions")
    return number % rank if rank else 0


def normal_axes(session: Session, axes: Any, rank: int) -> list[int]:
    """One axis or several, counted from the front; refused where one is named twice."""
    found = [normal_axis(session, axis, rank) for axis in (axes if isinstance(axes, (list, tuple)) else (axes,))]
    if len(set(found)) != len(found):
        session.refuse("shape-error", f"a dimension appears twice in {tuple(axes)}")
    return found


def per_axis(value: Any, axes: int, default: Any = None) -> tuple[Any, ...]:
    """A parameter of a spatial operation as one entry an axis."""
    if value is None or (isinstance(value, (list, tuple)) and not value):
        value = default
    if isinstance(value, (list, tuple)):
        entries = tuple(dim_of(entry) if entry is not None else None for entry in value)
        if len(entries) not in (1, axes):
            raise RuntimeError(f"expected 1 or {axes} numbers, not {len(entries)}")
        return entries * axes if len(entries) == 1 else entries
    return (dim_of(value),) * axes
