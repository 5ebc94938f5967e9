"""Reading and writing where another tensor says."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import Any

import torch

from convlint.symbolic.comparison import less_equal
from convlint.symbolic.dim import Size
from convlint.trace.ops.broadcast import broadcast, join_size
from convlint.trace.ops.parameters import normal_axis
from convlint.trace.ops.registry import shape_rule
from convlint.trace.session import Session
from convlint.trace.tensor import Value, shape_of


@shape_rule("index_select", kind="index")
def index_select(session: Session, input: torch.Tensor, dim: int, index: torch.Tensor) -> Any:
    shape = list(shape_of(input))
    count = shape_of(index)
    if len(count) > 1:
        session.refuse("shape-error", f"index_select expects a vector of indices, not {len(count)} dimensions")
    shape[normal_axis(session, dim, len(shape))] = count[0] if count else 1
    return Value(tuple(shape), input.dtype)


@shape_rule("gather", kind="index")
def gather(session: Session, input: torch.Tensor, dim: int, index: torch.Tensor, **_: Any) -> Any:
    _check_indices(session, "gather", shape_of(input), dim, index)
    return Value(shape_of(index), input.dtype)


@shape_rule("take_along_dim", kind="index")
def take_along_dim(session: Session, input: torch.Tensor, indices: torch.Tensor, dim: int | None = None) -> Any:
    """`gather` of indices that broadcast on the other axes; of a flat tensor without an axis."""
    shape, wanted = shape_of(input), shape_of(indices)
    if dim is None:
        return Value((prod(wanted),), input.dtype)
    if len(shape) != len(wanted):
        session.refuse("shape-error", f"indices of {len(wanted)} dimensions do not fit {len(shape)}")
    axis = normal_axis(session, dim, len(shape))
    result = [
        size if place == axis else join_size(session, own, size, 0, 0)
        for place, (own, size) in enumerate(zip(shape, wanted, strict=True))
    ]
    return Value(tuple(result), input.dtype)


def _check_indices(
    session: Session, operation: str, shape: tuple[Size, ...], dim: Any, index: Any, source: Any = None
) -> None:
    """Indices have the rank of the tensor, reach no further on its other axes, nor beyond what is written."""
    if index.dtype not in (torch.int64, torch.int32):
        session.refuse("shape-error", f"{operation} expects indices of 64-bit integers")
    wanted = shape_of(index)
    axis = normal_axis(session, dim, len(shape))
    limits = [(shape, axis)]
    if isinstance(source, torch.Tensor):
        limits.append((shape_of(source), -1))
    for sizes, free in limits:
        if len(sizes) != len(wanted):
            session.refuse("shape-error", f"{operation}: indices of {len(wanted)} dimensions do not fit {len(sizes)}")
        for place, (size, room) in enumerate(zip(wanted, sizes, strict=True)):
            if place != free:
                session.require(less_equal(size, room), "shape-error",
                                partial(_too_many_indices, operation, size, place, room))


def _too_many_indices(operation: str, size: Size, axis: int, room: Size) -> str:
    return f"{operation}: {size} indices in dimension {axis} of size {room}"


@shape_rule("scatter", "scatter_add", "scatter_reduce", kind="index")
def scatter(
    session: Session, input: torch.Tensor, dim: int, index: torch.Tensor, src: Any = None, *_: Any, **options: Any
) -> Any:
    _check_indices(session, "scatter", shape_of(input), dim, index, src)
    return Value(shape_of(input), input.dtype)


@shape_rule("index_add", "index_copy", kind="index")
def index_add(
    session: Session, input: torch.Tensor, dim: int, index: torch.Tensor, source: torch.Tensor, **_: Any
) -> Any:
    """One slice of the source for each index."""
    shape, given, count = shape_of(input), shape_of(source), shape_of(index)
    if len(given) != len(shape) or len(count) > 1:
        return NotImplemented
    wanted = list(shape)
    wanted[normal_axis(session, dim, len(shape))] = count[0] if count else 1
    for size, expected in zip(given, wanted, strict=True):
        session.require_equal(size, expected, "shape-error",
                              partial("a source of size {} where {} is expected".format, size, expected))
    return Value(shape, input.dtype)


@shape_rule("masked_scatter", kind="index")
def masked_scatter(session: Session, input: torch.Tensor, mask: torch.Tensor, source: torch.Tensor) -> Any:
    return Value(broadcast(session, (shape_of(input), shape_of(mask))), input.dtype)


@shape_rule("index_fill", kind="index")
def index_fill(session: Session, input: torch.Tensor, dim: int, index: torch.Tensor, value: Any) -> Any:
    normal_axis(session, dim, input.dim())
    return Value(shape_of(input), input.dtype)


@shape_rule("embedding", kind="embedding")
def embedding(session: Session, input: torch.Tensor, weight: torch.Tensor, *_: Any, **__: Any) -> Any:
    table = shape_of(weight)
    if input.dtype not in (torch.int64, torch.int32) or len(table) != 2:
        session.refuse("shape-error", "embedding expects integers, and a table of 2 dimensions")
    session.describe("embedding", "embedding", num_embeddings=table[0], embedding_dim=table[1])
    return Value((*shape_of(input), table[1]), weight.dtype)


@shape_rule("one_hot", kind="index")
def one_hot(_session: Session, input: torch.Tensor, num_classes: int = -1) -> Any:
    if num_classes <= 0 or input.dtype is not torch.int64:
        return NotImplemented
    return Value((*shape_of(input), num_classes), torch.int64)
