"""Operations that give the same elements another shape, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import torch

from convlint.symbolic.comparison import equal, greater_equal, less, unequal
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.dim import Dim, Size
from convlint.symbolic.division import quotient
from convlint.trace.exact import dim_of
from convlint.trace.layout import UNKNOWN, Layout, strided, strides_of, viewable, viewed_strides
from convlint.trace.ops.parameters import normal_axes, normal_axis, sizes_of
from convlint.trace.ops.registry import Lays, shape_rule
from convlint.trace.session import Session
from convlint.trace.tensor import Value, layout_of, shape_of


def viewed(
    session: Session, shape: tuple[Size, ...], wanted: Sequence[Size], rule: str = "shuffle-mismatch"
) -> tuple[Size, ...]:
    """The shape that ``view(wanted)`` gives, with at most one -1; requires that the numbers of elements agree."""
    inferred = [axis for axis, size in enumerate(wanted) if isinstance(size, int) and size == -1]
    if len(inferred) > 1:
        session.refuse("shape-error", "only one dimension can be inferred")
    left, right = _without_common(session, shape, wanted)
    total = prod(left)
    known = prod([size for size in right if not (isinstance(size, int) and size == -1)])
    def text() -> str:
        return f"shape {_shape_text(wanted)} is invalid for an input of shape {_shape_text(shape)}"

    if not inferred:
        session.require_equal(total, known, rule, text, shape=shape, wanted=tuple(wanted))
        return tuple(wanted)
    if isinstance(known, Dim):
        session.require(unequal(known, 0), rule, text)
    elif known == 0:
        session.refuse(rule, text)
    size, exact = quotient(total, known, session.domain)
    session.require(exact, rule, text, shape=shape, wanted=tuple(wanted))
    if isinstance(size, Dim):
        session.require(greater_equal(size, 0), rule, text)
    result = list(wanted)
    result[inferred[0]] = size
    return tuple(result)


def _without_common(
    session: Session, shape: Sequence[Size], wanted: Sequence[Size]
) -> tuple[list[Size], list[Size]]:
    """Sizes that both sides have cancel, whatever they are, unless they may be zero."""
    left: list[Size] = list(shape)
    right: list[Size] = []
    for size in wanted:
        if size in left and session.holds(greater_equal(size, 1)):
            left.remove(size)
        else:
            right.append(size)
    return left, right


def _shape_text(shape: Sequence[Size]) -> str:
    return "(" + ", ".join(str(size) for size in shape) + ")"


def view_layout(session: Session, input: torch.Tensor, wanted: tuple[Size, ...], *, may_copy: bool = False) -> Layout:
    """The layout of ``input`` viewed in the shape ``wanted``; requires that it can be, unless it may be copied."""
    layout = layout_of(input)
    if layout is None:
        return None
    shape = shape_of(input)
    strides = strides_of(shape, layout)
    fits = None if strides is None else viewable(session.domain, shape, strides, wanted)
    if strides is None or fits is None:
        return UNKNOWN
    if may_copy and not session.holds(fits):
        return None if session.refuted(fits) else UNKNOWN
    session.require(fits, "shape-error", lambda: _not_viewable(shape, strides, wanted), strides=strides)
    found = viewed_strides(session.domain, shape, strides, wanted)
    return UNKNOWN if found is None else strided(wanted, found)


def _not_viewable(shape: tuple[Size, ...], strides: tuple[Size, ...], wanted: tuple[Size, ...]) -> str:
    return (
        f"a view of shape {_shape_text(wanted)} is not compatible with the shape {_shape_text(shape)} and the strides "
        f"{_shape_text(strides)} of its input"
    )


@shape_rule("view", "_unsafe_view", kind="view", lays=Lays.ITSELF)
def view(session: Session, input: torch.Tensor, *shape: Any, **options: Any) -> Any:
    return _viewed(session, input, shape, options, may_copy=False)


@shape_rule("reshape", kind="view", lays=Lays.ITSELF)
def reshape(session: Session, input: torch.Tensor, *shape: Any, **options: Any) -> Any:
    return _viewed(session, input, shape, options, may_copy=True)


def _viewed(session: Session, input: torch.Tensor, shape: Any, options: Any, *, may_copy: bool) -> Any:
    if "dtype" in options or (len(shape) == 1 and isinstance(shape[0], torch.dtype)):
        return NotImplemented
    wanted = viewed(session, shape_of(input), sizes_of(shape or tuple(options.values())))
    return Value(wanted, input.dtype, view_layout(session, input, wanted, may_copy=may_copy))


@shape_rule("view_as", kind="view", lays=Lays.ITSELF)
def view_as(session: Session, input: torch.Tensor, other: torch.Tensor) -> Any:
    return view(session, input, shape_of(other))


@shape_rule("reshape_as", kind="view", lays=Lays.ITSELF)
def reshape_as(session: Session, input: torch.Tensor, other: torch.Tensor) -> Any:
    return reshape(session, input, shape_of(other))


@shape_rule("flatten", kind="view", lays=Lays.ITSELF)
def flatten(session: Session, input: torch.Tensor, start_dim: int = 0, end_dim: int = -1) -> Any:
    shape = shape_of(input)
    if not shape:
        return Value((1,), input.dtype)
    start, end = normal_axis(session, start_dim, len(shape)), normal_axis(session, end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    flat = (*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :])
    layout = layout_of(input) if start == end else view_layout(session, input, flat, may_copy=True)
    return Value(flat, input.dtype, layout)


@shape_rule("ravel", kind="view", lays=Lays.CONTIGUOUS)
def ravel(_session: Session, input: torch.Tensor) -> Any:
    return Value((prod(shape_of(input)),), input.dtype)


@shape_rule("unflatten", kind="view", lays=Lays.ITSELF)
def unflatten(session: Session, input: torch.Tensor, dim: int, sizes: Any) -> Any:
    shape = shape_of(input)
    axis = normal_axis(session, dim, len(shape))
    wanted = (*shape[:axis], *viewed(session, (shape[axis],), sizes_of((sizes,))), *shape[axis + 1 :])
    return Value(wanted, input.dtype, view_layout(session, input, wanted))


@shape_rule("squeeze", kind="view", lays=Lays.ITSELF)
def squeeze(session: Session, input: torch.Tensor, dim: Any = None) -> Any:
    shape = shape_of(input)
    axes = range(len(shape)) if dim is None else normal_axes(session, dim, len(shape))
    kept = [
        axis for axis, size in enumerate(shape)
        if axis not in axes or not (session.branch(equal(size, 1)) if isinstance(size, Dim) else size == 1)
    ]
    return Value(tuple(shape[axis] for axis in kept), input.dtype, _squeezed(input, kept))


@shape_rule("unsqueeze", kind="view", lays=Lays.ITSELF)
def unsqueeze(session: Session, input: torch.Tensor, dim: int) -> Any:
    shape = shape_of(input)
    axis = normal_axis(session, dim, len(shape) + 1)
    return Value((*shape[:axis], 1, *shape[axis:]), input.dtype, _with_axis(input, axis))


def _squeezed(input: torch.Tensor, axes: Sequence[int]) -> Layout:
    """The layout of the tensor that keeps these of its axes, the others being of size 1."""
    layout = layout_of(input)
    strides = None if layout is None else strides_of(shape_of(input), layout)
    if strides is None:
        return layout
    return strided([shape_of(input)[axis] for axis in axes], [strides[axis] for axis in axes])


def _with_axis(input: torch.Tensor, axis: int) -> Layout:
    """The layout with a new axis of size 1 there."""
    layout, shape = layout_of(input), shape_of(input)
    strides = None if layout is None else strides_of(shape, layout)
    if strides is None:
        return layout
    step = strides[axis] * shape[axis] if axis < len(shape) else 1
    return strided((*shape[:axis], 1, *shape[axis:]), (*strides[:axis], step, *strides[axis:]))


@shape_rule("as_strided", kind="view", lays=Lays.ITSELF)
def as_strided(
    session: Session, input: torch.Tensor, size: Any, stride: Any, storage_offset: Any = None, **_: Any
) -> Any:
    """Any shape over the elements of a tensor, which must hold the last one that is read."""
    shape, sizes, strides = shape_of(input), sizes_of((size,)), sizes_of((stride,))
    if len(sizes) != len(strides):
        session.refuse("shape-error", f"{len(sizes)} sizes do not go with {len(strides)} strides")
    last: Size = 0 if storage_offset is None else dim_of(storage_offset)
    for extent, step in zip(sizes, strides, strict=True):
        session.require(all_of(greater_equal(extent, 0), greater_equal(step, 0)), "shape-error",
                        "sizes and strides must not be negative")
        last = last + (extent - 1) * step
    session.require(
        any_of(less(last, prod(shape)), equal(prod(sizes), 0)), "shape-error",
        lambda: f"sizes {_shape_text(sizes)} and strides {_shape_text(strides)} reach beyond {_shape_text(shape)}",
    )
    return Value(sizes, input.dtype, strided(sizes, strides))
