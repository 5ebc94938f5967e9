"""Operations that give the same elements another shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from convlint.symbolic import predicate as pred
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


def normal_axis(axis: Any, rank: int) -> int:
    """An axis counted from the front; raises IndexError as PyTorch does."""
    number = dim_of(axis)
    if not isinstance(number, int) or not -max(rank, 1) <= number < max(rank, 1):
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got {number})"
        )
    return number % rank if rank else 0


def viewed(
    session: Session, shape: tuple[Size, ...], wanted: Sequence[Size], rule: str = "shuffle-mismatch"
) -> tuple[Size, ...]:
    """The shape that ``view(wanted)`` gives, with at most one -1; requires that the numbers of elements agree."""
    inferred = [axis for axis, size in enumerate(wanted) if isinstance(size, int) and size == -1]
    if len(inferred) > 1:
        session.refuse("shape-error", "only one dimension can be inferred")
    left, right = _without_common(shape, wanted)
    total = product(left)
    known = product([size for size in right if not (isinstance(size, int) and size == -1)])
    def text() -> str:
        return f"shape {_shape_text(wanted)} is invalid for an input of shape {_shape_text(shape)}"

    if not inferred:
        session.require_equal(total, known, rule, text, shape=shape, wanted=tuple(wanted))
        return tuple(wanted)
    if isinstance(known, Dim):
        session.require(pred.unequal(known, 0), rule, text)
    elif known == 0:
        session.refuse(rule, text)
    size, exact = quotient(total, known, session.domain)
    session.require(exact, rule, text, shape=shape, wanted=tuple(wanted))
    if isinstance(size, Dim):
        session.require(pred.greater_equal(size, 0), rule, text)
    result = list(wanted)
    result[inferred[0]] = size
    return tuple(result)


def _without_common(shape: Sequence[Size], wanted: Sequence[Size]) -> tuple[list[Size], list[Size]]:
    """Sizes that both sides have cancel, whatever they are (none is zero)."""
    left: list[Size] = list(shape)
    right: list[Size] = []
    for size in wanted:
        if size in left and not (isinstance(size, int) and size in (0, -1)):
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
def flatten(_session: Session, input: torch.Tensor, start_dim: int = 0, end_dim: int = -1) -> Any:
    shape = shape_of(input)
    if not shape:
        return Value((1,), input.dtype)
    start, end = normal_axis(start_dim, len(shape)), normal_axis(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    return Value((*shape[:start], product(shape[start : end + 1]), *shape[end + 1 :]), input.dtype)


@shape_rule("ravel", kind="view")
def ravel(_session: Session, input: torch.Tensor) -> Any:
    return Value((product(shape_of(input)),), input.dtype)


@shape_rule("unflatten", kind="view")
def unflatten(session: Session, input: torch.Tensor, dim: int, sizes: Any) -> Any:
    shape = shape_of(input)
    axis = normal_axis(dim, len(shape))
    return Value((*shape[:axis], *viewed(session, (shape[axis],), sizes_of((sizes,))), *shape[axis + 1 :]), input.dtype)


@shape_rule("squeeze", kind="view")
def squeeze(session: Session, input: torch.Tensor, dim: Any = None) -> Any:
    shape = shape_of(input)
    if dim is None:
        axes = set(range(len(shape)))
    else:
        axes = {normal_axis(axis, len(shape)) for axis in (dim if isinstance(dim, (list, tuple)) else (dim,))}
    kept = [
        size for axis, size in enumerate(shape)
        if axis not in axes or not (session.branch(pred.equal(size, 1)) if isinstance(size, Dim) else size == 1)
    ]
    return Value(tuple(kept), input.dtype)


@shape_rule("unsqueeze", kind="view")
def unsqueeze(_session: Session, input: torch.Tensor, dim: int) -> Any:
    shape = list(shape_of(input))
    shape.insert(normal_axis(dim, len(shape) + 1), 1)
    return Value(tuple(shape), input.dtype)


@shape_rule("permute", kind="permute")
def permute(session: Session, input: torch.Tensor, *dims: Any, **options: Any) -> Any:
    shape = shape_of(input)
    axes = [normal_axis(axis, len(shape)) for axis in sizes_of(dims or (options["dims"],))]
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
    a, b = normal_axis(dim0, len(shape)), normal_axis(dim1, len(shape))
    session.describe("permute", "transpose", dim0=a, dim1=b)
    if shape:
        shape[a], shape[b] = shape[b], shape[a]
    return Value(tuple(shape), input.dtype)


@shape_rule("t", "get:T", "get:mT", "get:mH", "get:H", "adjoint", kind="permute")
def transposed(_session: Session, input: torch.Tensor) -> Any:
    shape = shape_of(input)
    return Value((*shape[:-2], *reversed(shape[-2:])), input.dtype) if len(shape) <= 2 else NotImplemented


@shape_rule("movedim", "moveaxis", kind="permute")
def movedim(session: Session, input: torch.Tensor, source: Any, destination: Any) -> Any:
    shape = shape_of(input)
    sources = [normal_axis(axis, len(shape)) for axis in (source if isinstance(source, (list, tuple)) else (source,))]
    targets = [
        normal_axis(axis, len(shape))
        for axis in (destination if isinstance(destination, (list, tuple)) else (destination,))
    ]
    order = [axis for axis in range(len(shape)) if axis not in sources]
    for target, origin in sorted(zip(targets, sources, strict=True)):
        order.insert(target, origin)
    session.describe("permute", "movedim", dims=tuple(order))
    return Value(tuple(shape[axis] for axis in order), input.dtype)


@shape_rule("expand", "broadcast_to", kind="view")
def expand(session: Session, input: torch.Tensor, *sizes: Any, **_: Any) -> Any:
    shape, wanted = shape_of(input), sizes_of(sizes)
    offset = len(wanted) - len(shape)
    result: list[Size] = []
    for axis, size in enumerate(wanted):
        own: Size = shape[axis - offset] if axis >= offset else 1
        if isinstance(size, int) and size == -1:
            result.append(own)
        else:
            session.require(
                pred.any_of(pred.equal(own, size), pred.equal(own, 1)), "shape-error",
                f"dimension {axis} of size {own} cannot be expanded to {size}",
            )
            result.append(size)
    return Value(tuple(result), input.dtype)


@shape_rule("expand_as", kind="view")
def expand_as(session: Session, input: torch.Tensor, other: torch.Tensor) -> Any:
    return expand(session, input, shape_of(other))


@shape_rule("repeat", "tile", kind="other")
def repeat(_session: Session, input: torch.Tensor, *sizes: Any, **options: Any) -> Any:
    shape, counts = shape_of(input), sizes_of(sizes or tuple(options.values()))
    rank = max(len(counts), len(shape))
    shape, counts = (1,) * (rank - len(shape)) + shape, (1,) * (rank - len(counts)) + counts
    return Value(tuple(size * count for size, count in zip(shape, counts, strict=True)), input.dtype)


@shape_rule("narrow", kind="crop")
def narrow(session: Session, input: torch.Tensor, dim: int, start: Any, length: Any) -> Any:
    shape = list(shape_of(input))
    axis = normal_axis(dim, len(shape))
    session.require(
        pred.less_equal(dim_of(start) + dim_of(length), shape[axis]), "shape-error",
        f"start {start} and length {length} exceed dimension {axis} of size {shape[axis]}",
    )
    shape[axis] = dim_of(length)
    begins = [dim_of(start) if each == axis else 0 for each in range(len(shape))]
    session.describe("crop", "narrow", slices=tuple((each, begin, 1) for each, begin in enumerate(begins)))
    return Value(tuple(shape), input.dtype)
