"""Operations that give the same elements another shape."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from convlint.symbolic import cases
from convlint.symbolic.comparison import equal, greater_equal, less, less_equal, unequal
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.dim import Dim, Size
from convlint.symbolic.division import quotient
from convlint.trace.exact import dim_of
from convlint.trace.layout import UNKNOWN, Layout, permuted, strided, strides_of, viewable, viewed_strides
from convlint.trace.ops.registry import Lays, shape_rule
from convlint.trace.session import Session, product
from convlint.trace.tensor import Value, layout_of, shape_of


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


def viewed(
    session: Session, shape: tuple[Size, ...], wanted: Sequence[Size], rule: str = "shuffle-mismatch"
) -> tuple[Size, ...]:
    """The shape that ``view(wanted)`` gives, with at most one -1; requires that the numbers of elements agree."""
    inferred = [axis for axis, size in enumerate(wanted) if isinstance(size, int) and size == -1]
    if len(inferred) > 1:
        session.refuse("shape-error", "only one dimension can be inferred")
    left, right = _without_common(session, shape, wanted)
    total = product(left)
    known = product([size for size in right if not (isinstance(size, int) and size == -1)])
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
    flat = (*shape[:start], product(shape[start : end + 1]), *shape[end + 1 :])
    layout = layout_of(input) if start == end else view_layout(session, input, flat, may_copy=True)
    return Value(flat, input.dtype, layout)


@shape_rule("ravel", kind="view", lays=Lays.CONTIGUOUS)
def ravel(_session: Session, input: torch.Tensor) -> Any:
    return Value((product(shape_of(input)),), input.dtype)


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


def _permuted(input: torch.Tensor, axes: Sequence[int]) -> Value:
    shape = shape_of(input)
    return Value(tuple(shape[axis] for axis in axes), input.dtype, permuted(shape, layout_of(input), axes))


@shape_rule("permute", kind="permute", lays=Lays.ITSELF)
def permute(session: Session, input: torch.Tensor, *dims: Any, **options: Any) -> Any:
    shape = shape_of(input)
    axes = [normal_axis(session, axis, len(shape)) for axis in sizes_of(dims or (options["dims"],))]
    if sorted(axes) != list(range(len(shape))):
        raise RuntimeError(
            f"permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {len(shape)} is not equal to len(dims) = {len(axes)}"
        )
    session.describe("permute", "permute", dims=tuple(axes))
    return _permuted(input, axes)


@shape_rule("transpose", "swapaxes", "swapdims", kind="permute", lays=Lays.ITSELF)
def transpose(session: Session, input: torch.Tensor, dim0: int, dim1: int) -> Any:
    rank = len(shape_of(input))
    a, b = normal_axis(session, dim0, rank), normal_axis(session, dim1, rank)
    session.describe("permute", "transpose", dim0=a, dim1=b)
    axes = list(range(rank))
    if axes:
        axes[a], axes[b] = b, a
    return _permuted(input, axes)


@shape_rule("t", "get:T", kind="permute", lays=Lays.ITSELF)
def transposed(_session: Session, input: torch.Tensor) -> Any:
    rank = len(shape_of(input))
    return _permuted(input, range(rank)[::-1]) if rank <= 2 else NotImplemented


@shape_rule("get:mT", "get:mH", "get:H", "adjoint", kind="permute", lays=Lays.ITSELF)
def matrix_transposed(_session: Session, input: torch.Tensor) -> Any:
    return _permuted(input, (1, 0)) if len(shape_of(input)) == 2 else NotImplemented


@shape_rule("movedim", "moveaxis", kind="permute", lays=Lays.ITSELF)
def movedim(session: Session, input: torch.Tensor, source: Any, destination: Any) -> Any:
    shape = shape_of(input)
    sources = normal_axes(session, source, len(shape))
    targets = normal_axes(session, destination, len(shape))
    if len(sources) != len(targets):
        session.refuse("shape-error", f"movedim of {len(sources)} dimensions to {len(targets)} places")
    order = [axis for axis in range(len(shape)) if axis not in sources]
    for target, origin in sorted(zip(targets, sources, strict=True)):
        order.insert(target, origin)
    session.describe("permute", "movedim", dims=tuple(order))
    return _permuted(input, order)


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
                any_of(equal(own, size), all_of(equal(own, 1), greater_equal(size, 0))),
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


@shape_rule("narrow", kind="crop", lays=Lays.ITSELF)
def narrow(session: Session, input: torch.Tensor, dim: int, start: Any, length: Any) -> Any:
    shape = list(shape_of(input))
    axis = normal_axis(session, dim, len(shape))
    if isinstance(start, torch.Tensor):
        return NotImplemented
    size, first, count = shape[axis], dim_of(start), dim_of(length)
    first = first + cases.select(less(first, 0), size, 0)
    session.require(
        all_of(greater_equal(first, 0), greater_equal(count, 0), less_equal(first + count, size)),
        "shape-error", f"start {start} and length {length} exceed dimension {axis} of size {size}",
    )
    shape[axis] = count
    begins = [first if each == axis else 0 for each in range(len(shape))]
    session.describe("crop", "narrow", slices=tuple((each, begin, 1) for each, begin in enumerate(begins)))
    return Value(tuple(shape), input.dtype, same_strides(input, shape))


def same_strides(input: torch.Tensor, shape: Sequence[Size]) -> Layout:
    """The layout of a part of a tensor, of this shape."""
    strides = strides_of(shape_of(input), layout_of(input))
    return UNKNOWN if strides is None else strided(shape, strides)


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
        any_of(less(last, product(shape)), equal(product(sizes), 0)), "shape-error",
        lambda: f"sizes {_shape_text(sizes)} and strides {_shape_text(strides)} reach beyond {_shape_text(shape)}",
    )
    return Value(sizes, input.dtype, strided(sizes, strides))


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
