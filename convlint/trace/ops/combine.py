"""Putting tensors together and taking them apart along one axis."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import torch

from convlint.symbolic import rounding
from convlint.symbolic.comparison import equal, greater, greater_equal
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.dim import Dim, Size
from convlint.trace.exact import dim_of
from convlint.trace.layout import UNKNOWN, strided, strides_of
from convlint.trace.ops.broadcast import result_dtype
from convlint.trace.ops.indexing import same_strides, sliced
from convlint.trace.ops.parameters import normal_axis
from convlint.trace.ops.registry import Lays, shape_rule
from convlint.trace.python_arithmetic import floor_divide, maximum
from convlint.trace.session import Session
from convlint.trace.tensor import Value, layout_of, shape_of

MAX_COUNTS = 8
"""Numbers of parts, depending on the size, that are each followed; of more, only that of the sizes at hand."""


def _mismatch_rule(axis: int, rank: int) -> str:
    return "skip-channel-mismatch" if axis == 1 and rank >= 3 else "skip-size-mismatch" if rank >= 3 else "shape-error"


@shape_rule("cat", "concat", "concatenate", kind="cat")
def cat(session: Session, tensors: Any, dim: int = 0, *, axis: int | None = None, **_: Any) -> Any:
    parts = list(tensors)
    if not parts:
        raise ValueError("expected a non-empty list of tensors")
    shapes = [shape for part in parts if (shape := shape_of(part)) != (0,)]
    if not shapes:
        return Value((0,), result_dtype(*parts))
    first, rank = shapes[0], len(shapes[0])
    if not rank:
        session.refuse("shape-error", "tensors of no dimension cannot be concatenated")
    along = normal_axis(session, dim if axis is None else axis, rank)
    session.describe("cat", "cat", dim=along)
    total: Size = 0
    common = list(first)
    for shape in shapes:
        if len(shape) != rank:
            session.refuse("shape-error", f"tensors of {rank} and {len(shape)} dimensions cannot be concatenated")
        total = total + shape[along]
        for position, (a, b) in enumerate(zip(first, shape, strict=True)):
            if position != along:
                _require_same(session, a, b, position, shapes)
                common[position] = a if isinstance(a, int) else b
    common[along] = total
    return Value(tuple(common), result_dtype(*parts))


@shape_rule("vstack", "row_stack", kind="cat")
def vstack(session: Session, tensors: Any, **_: Any) -> Any:
    return _cat_of_rank(session, tensors, 0, 2)


@shape_rule("hstack", "column_stack", kind="cat")
def hstack(session: Session, tensors: Any, **_: Any) -> Any:
    return _cat_of_rank(session, tensors, 1, 2)


@shape_rule("dstack", kind="cat")
def dstack(session: Session, tensors: Any, **_: Any) -> Any:
    return _cat_of_rank(session, tensors, 2, 3)


def _cat_of_rank(session: Session, tensors: Any, dim: int, rank: int) -> Any:
    """``cat`` along ``dim`` of tensors that have ``rank`` dimensions or more; those with fewer are given some first."""
    parts = list(tensors)
    return cat(session, parts, dim) if parts and all(len(shape_of(part)) >= rank for part in parts) else NotImplemented


def _require_same(session: Session, a: Size, b: Size, axis: int, shapes: Sequence[tuple[Size, ...]]) -> None:
    session.require_equal(
        a, b, _mismatch_rule(axis, len(shapes[0])), lambda: f"sizes {a} and {b} of dimension {axis} do not match",
        axis=axis, sizes=(a, b), shapes=tuple(shapes),
    )


@shape_rule("stack", kind="stack")
def stack(session: Session, tensors: Any, dim: int = 0, **_: Any) -> Any:
    parts = list(tensors)
    if not parts:
        raise RuntimeError("stack expects a non-empty list of tensors")
    shapes = [shape_of(part) for part in parts]
    along = normal_axis(session, dim, len(shapes[0]) + 1)
    session.describe("stack", "stack", dim=along)
    for shape in shapes[1:]:
        if len(shape) != len(shapes[0]):
            session.refuse("shape-error", "stack expects tensors of equal rank")
        for position, (a, b) in enumerate(zip(shapes[0], shape, strict=True)):
            _require_same(session, a, b, position, shapes)
    result = list(shapes[0])
    result.insert(along, len(parts))
    return Value(tuple(result), result_dtype(*parts))


@shape_rule("chunk", "unsafe_chunk", kind="split", lays=Lays.ITSELF)
def chunk(session: Session, input: torch.Tensor, chunks: int, dim: int = 0) -> Any:
    """Parts of ``⌈n / chunks⌉``; fewer parts than asked for where that covers the axis sooner."""
    shape = shape_of(input)
    axis = normal_axis(session, dim, len(shape))
    size = shape[axis]
    if chunks <= 0:
        session.refuse("shape-error", f"chunk expects a positive number of chunks, not {chunks}")
    part = rounding.ceil(size / chunks) if isinstance(size, Dim) else -(-size // chunks)
    if session.branch(equal(size, 0)):
        return _parts(input, axis, [0] * chunks)
    return _split_every(session, input, axis, part, chunks)


def _split_every(session: Session, input: torch.Tensor, axis: int, part: Size, most: int = MAX_COUNTS) -> Any:
    """Parts of ``part`` cells, the last one shorter; each number of parts up to ``most`` is a path of its own."""
    shape = shape_of(input)
    size = shape[axis]
    session.require(
        any_of(greater(part, 0), all_of(equal(part, 0), equal(size, 0))), "shape-error",
        lambda: f"cannot split dimension {axis} of size {size} into parts of {part}",
    )
    if session.branch(equal(part, 0)):
        count = 1
    else:
        count = _choose(session, maximum(session, floor_divide(session, size + part - 1, part), 1), most)
    sizes: list[Size] = [part] * (count - 1)
    sizes.append(size - part * (count - 1))
    return _parts(input, axis, sizes)


def _choose(session: Session, count: Size, most: int) -> int:
    """The number of parts, which Python needs to know: each up to ``most`` is a path of its own."""
    if isinstance(count, int):
        return count
    for number in range(1, most + 1):
        if session.branch(equal(count, number)):
            return number
    return int(session.specialise(count, "the number of parts"))


def _parts(input: torch.Tensor, axis: int, sizes: Sequence[Size]) -> tuple[Value, ...]:
    shape = shape_of(input)
    parts = [(*shape[:axis], size, *shape[axis + 1 :]) for size in sizes]
    return tuple(Value(part, input.dtype, same_strides(input, part)) for part in parts)


@shape_rule("tensor_split", kind="split", lays=Lays.ITSELF)
def tensor_split(
    session: Session, input: torch.Tensor, indices_or_sections: Any = None, dim: int = 0, **options: Any
) -> Any:
    """As many parts as asked for, the first ones a cell longer; or the parts between indices."""
    wanted = (
        indices_or_sections
        if indices_or_sections is not None
        else options.get("sections", options.get("indices"))
    )
    shape = shape_of(input)
    if isinstance(wanted, torch.Tensor) or not shape:
        return NotImplemented
    axis = normal_axis(session, dim, len(shape))
    size = shape[axis]
    if isinstance(wanted, (list, tuple)):
        bounds = [0, *wanted, None]
        parts = [sliced(session, size, slice(*pair))[0] for pair in pairwise(bounds)]
    else:
        count = session.specialise(dim_of(wanted))
        if count <= 0:
            session.refuse("shape-error", f"tensor_split expects a positive number of sections, not {count}")
        parts = [(size + count - 1 - index) // count for index in range(count)]
    return _parts(input, axis, parts)


@shape_rule("split", "split_with_sizes", "unsafe_split", kind="split", lays=Lays.ITSELF)
def split(
    session: Session, input: torch.Tensor, split_size_or_sections: Any = None, dim: int = 0, **options: Any
) -> Any:
    wanted = (
        split_size_or_sections
        if split_size_or_sections is not None
        else options.get("split_size", options.get("split_sizes"))
    )
    shape = shape_of(input)
    axis = normal_axis(session, dim, len(shape))
    if not isinstance(wanted, (list, tuple)):
        return _split_every(session, input, axis, dim_of(wanted))
    sizes = [dim_of(each) for each in wanted]
    total: Size = 0
    for each in sizes:
        session.require(greater_equal(each, 0), "shape-error", partial("a part of negative size {}".format, each))
        total = total + each
    session.require_equal(
        total, shape[axis], "shape-error", lambda: f"split sizes sum to {total}, dimension {axis} has {shape[axis]}"
    )
    return _parts(input, axis, sizes)


@shape_rule("unbind", kind="split", lays=Lays.ITSELF)
def unbind(session: Session, input: torch.Tensor, dim: int = 0) -> Any:
    shape = shape_of(input)
    axis = normal_axis(session, dim, len(shape))
    rest = [each for each in range(len(shape)) if each != axis]
    row = tuple(shape[each] for each in rest)
    strides = strides_of(shape, layout_of(input))
    layout = UNKNOWN if strides is None else strided(row, [strides[each] for each in rest])
    return (Value(row, input.dtype, layout),) * session.specialise(shape[axis])
