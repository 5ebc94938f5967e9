"""Operations that repeat a tensor: without copying its elements, or with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from convlint.symbolic.comparison import greater_equal
from convlint.symbolic.connectives import all_of
from convlint.symbolic.dim import Size
from convlint.trace.exact import dim_of
from convlint.trace.layout import UNKNOWN, Layout, strided, strides_of
from convlint.trace.ops.broadcast import expandable
from convlint.trace.ops.parameters import normal_axis, sizes_of
from convlint.trace.ops.registry import Lays, shape_rule
from convlint.trace.session import Session
from convlint.trace.tensor import Value, layout_of, shape_of


@shape_rule("expand", "broadcast_to", kind="view", lays=Lays.ITSELF)
def expand(session: Session, input: torch.Tensor, *sizes: Any, **options: Any) -> Any:
    options.pop("implicit", None)
    shape, wanted = shape_of(input), sizes_of(sizes or tuple(options.values()))
    offset = len(wanted) - len(shape)
    if offset < 0:
        session.refuse("shape-error", f"{len(shape)} dimensions cannot be expanded to {len(wanted)}")
    result: list[Size] = []
    for axis, size in enumerate(wanted):
        own: Size = shape[axis - offset] if axis >= offset else 1
        if isinstance(size, int) and size == -1:
            if axis < offset:
                session.refuse("shape-error", f"-1 is not allowed in the new dimension {axis}")
            result.append(own)
        else:
            session.require(
                all_of(expandable(own, size), greater_equal(size, 0)),
                "shape-error",
                f"dimension {axis} of size {own} cannot be expanded to {size}",
            )
            result.append(size)
    return Value(tuple(result), input.dtype, _expanded(input, result))


def _expanded(input: torch.Tensor, sizes: Sequence[Size]) -> Layout:
    """An axis that is repeated is one of stride 0."""
    layout, shape = layout_of(input), shape_of(input)
    if tuple(sizes) == shape:
        return layout
    own = strides_of(shape, layout)
    if own is None:
        return UNKNOWN
    new = len(sizes) - len(shape)
    strides: list[Size] = [0] * new
    for size, extent, stride in zip(shape, sizes[new:], own, strict=True):
        if size not in (extent, 1):
            return UNKNOWN  # it depends on the sizes whether it is repeated
        strides.append(stride if size == extent else 0)
    return strided(sizes, strides)


@shape_rule("expand_as", kind="view", lays=Lays.ITSELF)
def expand_as(session: Session, input: torch.Tensor, other: torch.Tensor) -> Any:
    return expand(session, input, shape_of(other))


@shape_rule("repeat", kind="other")
def repeat(session: Session, input: torch.Tensor, *sizes: Any, **options: Any) -> Any:
    counts = sizes_of(sizes or tuple(options.values()))
    rank = len(shape_of(input))
    if len(counts) < rank:
        session.refuse("shape-error", f"repeat expects at least {rank} numbers, not {len(counts)}")
    return tile(session, input, counts)


@shape_rule("tile", kind="other")
def tile(session: Session, input: torch.Tensor, *sizes: Any, **options: Any) -> Any:
    shape, counts = shape_of(input), sizes_of(sizes or tuple(options.values()))
    for count in counts:
        session.require(greater_equal(count, 0), "shape-error", partial("cannot repeat {} times".format, count))
    rank = max(len(counts), len(shape))
    shape, counts = (1,) * (rank - len(shape)) + shape, (1,) * (rank - len(counts)) + counts
    return Value(tuple(size * count for size, count in zip(shape, counts, strict=True)), input.dtype)


@shape_rule("repeat_interleave", kind="other")
def repeat_interleave(
    session: Session, input: torch.Tensor, repeats: Any, dim: int | None = None, *, output_size: Any = None
) -> Any:
    if isinstance(repeats, torch.Tensor):
        return NotImplemented
    shape = list(shape_of(input))
    count = dim_of(repeats)
    session.require(greater_equal(count, 0), "shape-error", lambda: f"cannot repeat {count} times")
    if dim is None:
        total: Any = count
        for size in shape:
            total = total * size
        return Value((total,), input.dtype)
    axis = normal_axis(session, dim, len(shape))
    shape[axis] = shape[axis] * count
    return Value(tuple(shape), input.dtype)
