"""Operations that put the axes of a tensor in another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from convlint.trace.layout import permuted
from convlint.trace.ops.parameters import normal_axes, normal_axis, sizes_of
from convlint.trace.ops.registry import Lays, shape_rule
from convlint.trace.session import Session
from convlint.trace.tensor import Value, layout_of, shape_of


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


def _permuted(input: torch.Tensor, axes: Sequence[int]) -> Value:
    shape = shape_of(input)
    return Value(tuple(shape[axis] for axis in axes), input.dtype, permuted(shape, layout_of(input), axes))
