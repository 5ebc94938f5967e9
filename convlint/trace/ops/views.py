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
from convlint.trace.ops.registry import shape_rule
from convlint.trace.session import Session, product
from convlint.trace.symint import dim_of
from convlint.trace.tensor import Value, shape_of


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


@shape_rule("view", "reshape", "_unsafe_view", kind="view")
def view(session: Session, input: torch.Tensor, *shape: Any, **options: Any) -> Any:
    if "dtype" in options or (len(shape) == 1 and isinstance(shape[0], torch.dtype)):
        return NotImplemented
    wanted = sizes_of(shape or tuple(options.values()))
    return Value(viewed(session, shape_of(input), wanted), input.dtype)


@shape_rule("view_as", "reshape_as", kind="view")
def view_as(session: Session, input: torch.Tensor, other: torch.Tensor) -> Any:
    return Value(viewed(session, shape_of(input), shape_of(other)), input.dtype)


@shape_rule("flatten", kind="view")
def flatten(session: Session, input: torch.Tensor, start_dim: int = 0, end_dim: int = -1) -> Any:
    shape = shape_of(input)
    if not shape:
        return Value((1,), input.dtype)
    start, end = normal_axis(session, start_dim, len(shape)), normal_axis(session, end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    return Value((*shape[:start], product(shape[start : end + 1]), *shape[end + 1 :]), input.dtype)


@shape_rule("ravel", kind="view")
def ravel(_session: Session, input: torch.Tensor) -> Any:
    return Value((product(shape_of(input)),), input.dtype)


@shape_rule("unflatten", kind="view")
def unflatten(session: Session, input: torch.Tensor, dim: int, sizes: Any) -> Any:
    shape = shape_of(input)
    axis = normal_axis(session, dim, len(shape))
    return Value((*shape[:axis], *viewed(session, (shape[axis],), sizes_of((sizes,))), *shape[axis + 1 :]), input.dtype)


@shape_rule("squeeze", kind="view")
def squeeze(session: Session, input: torch.Tensor, dim: Any = None) -> Any:
    shape = shape_of(input)
    axes = range(len(shape)) if dim is None else normal_axes(session, dim, len(shape))
    kept = [
        size for axis, size in enumerate(shape)
        if axis not in axes or not (session.branch(equal(size, 1)) if isinstance(size, Dim) else size == 1)
    ]
    return Value(tuple(kept), input.dtype)


@shape_rule("unsqueeze", kind="view")
def unsqueeze(session: Session, input: torch.Tensor, dim: int) -> Any:
    shape = list(shape_of(input))
    shape.insert(normal_axis(session, dim, len(shape) + 1), 1)
    return Value(tuple(shape), input.dtype)


@shape_rule("permute", kind="permute")
def permute(session: Session, input: torch.Tensor, *dims: Any, **options: Any) -> Any:
    shape = shape_of(input)
    axes = [normal_axis(session, axis, len(shape)) for axis in sizes_of(dims or (options["dims"],))]
    if sorted(axes) != list(range(len(shape))):
        raise RuntimeError(
            f"permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {len(shape)} is not equal to len(dims) = {len(axes)}"
        )
    session.describe("permute", "permute", dims=tuple(axes))
    return Value(tuple(shape[axis] for axis in axes), input.dtype)


@shape_rule("transpose", "swapaxes", "swapdims", kind="permute")
def transpose(session: Session, input: torch.Tensor, dim0: int, dim1: int) -> Any:
    shape = list(shape_of(input))
    a, b = normal_axis(session, dim0, len(shape)), normal_axis(session, dim1, len(shape))
    session.describe("permute", "transpose", dim0=a, dim1=b)
    if shape:
        shape[a], shape[b] = shape[b], shape[a]
    return Value(tuple(shape), input.dtype)


@shape_rule("t", "get:T", kind="permute")
def transposed(_session: Session, input: torch.Tensor) -> Any:
    shape = shape_of(input)
    return Value(shape[::-1], input.dtype) if len(shape) <= 2 else NotImplemented


@shape_rule("get:mT", "get:mH", "get:H", "adjoint", kind="permute")
def matrix_transposed(_session: Session, input: torch.Tensor) -> Any:
    shape = shape_of(input)
    return Value((shape[1], shape[0]), input.dtype) if len(shape) == 2 else NotImplemented


@shape_rule("movedim", "moveaxis", kind="permute")
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
    return Value(tuple(shape[axis] for axis in order), input.dtype)


@shape_rule("expand", "broadcast_to", kind="view")
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
    return Value(tuple(result), input.dtype)


@shape_rule("expand_as", kind="view")
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


@shape_rule("narrow", kind="crop")
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
    return Value(tuple(shape), input.dtype)


@shape_rule("as_strided", kind="view")
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
    return Value(sizes, input.dtype)


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
