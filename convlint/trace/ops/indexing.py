"""Reading and writing parts of a tensor."""

from __future__ import annotations

from typing import Any

import torch

from convlint.symbolic import predicate as pred
from convlint.symbolic.dim import Dim, Size
from convlint.trace.ops.broadcast import broadcast
from convlint.trace.ops.registry import shape_rule
from convlint.trace.ops.views import normal_axis
from convlint.trace.session import Session
from convlint.trace.symint import dim_of
from convlint.trace.tensor import Value, shape_of


def _bound(session: Session, value: Any, size: Size, default: Size) -> Size:
    """One end of a slice as Python counts it: from the back where negative, clipped to the tensor."""
    if value is None:
        return default
    bound = dim_of(value)
    if isinstance(bound, int):
        bound = bound if bound >= 0 else session.maximum(bound + size, 0)
    elif session.holds(pred.greater_equal(bound, 0)):
        pass
    elif session.branch(pred.less(bound, 0)):
        bound = session.maximum(bound + size, 0)
    end: Size = session.minimum(bound, size)
    return end


def sliced(session: Session, size: Size, part: slice) -> tuple[Size, Size, Size]:
    """How many entries a slice takes of ``size``, from which on, and in which steps."""
    step = 1 if part.step is None else dim_of(part.step)
    start = _bound(session, part.start, size, 0)
    stop = _bound(session, part.stop, size, size)
    length: Size = session.maximum(stop - start, 0)
    return (length if isinstance(step, int) and step == 1 else -(-length // step)), start, step


@shape_rule("__getitem__", kind="index")
def getitem(session: Session, input: torch.Tensor, index: Any) -> Any:
    shape = shape_of(input)
    items = list(index) if isinstance(index, tuple) else [index]
    consumed = sum(_consumes(item) for item in items)
    if consumed > len(shape):
        raise IndexError("too many indices for tensor of dimension " + str(len(shape)))
    if any(item is Ellipsis for item in items):
        at = next(i for i, item in enumerate(items) if item is Ellipsis)
        items[at : at + 1] = [slice(None)] * (len(shape) - consumed)
    else:
        items += [slice(None)] * (len(shape) - consumed)
    result: list[Size] = []
    advanced: list[tuple[Size, ...]] = []
    place: int | None = None
    split = False
    axis = 0
    crops = False
    slices: list[tuple[int, Size, Size] | None] = []
    """For each axis of the result the axis that it was, where it starts there, and the step."""
    for item in items:
        if item is None:
            result.append(1)
            slices.append(None)
            continue
        if isinstance(item, slice):
            kept, start, step = sliced(session, shape[axis], item)
            crops = crops or kept != shape[axis]
            result.append(kept)
            slices.append((axis, start, step))
            axis += 1
        elif isinstance(item, bool):
            return NotImplemented
        elif isinstance(item, (list, range, torch.Tensor)):
            tensor_shape = _index_shape(item)
            if tensor_shape is None:
                return NotImplemented
            split = split or (place is not None and place != len(result))
            place = len(result) if place is None else place
            advanced.append(tensor_shape)
            axis += 1
        else:
            number, size = dim_of(item), shape[axis]
            if isinstance(number, Dim) or isinstance(size, Dim):
                session.require(
                    pred.all_of(pred.less(number, size), pred.greater_equal(number, -size)), "shape-error",
                    f"index {number} is out of bounds for dimension {axis} with size {size}",
                )
            elif not -size <= number < size:
                raise IndexError(f"index {number} is out of bounds for dimension {axis} with size {size}")
            axis += 1
    if advanced:
        common = broadcast(session, advanced)
        where = 0 if split else place or 0
        result[where:where] = list(common)
    kind = "crop" if crops and not advanced else "index"
    session.describe(kind, "getitem", slices=None if advanced else tuple(slices))
    return Value(tuple(result), input.dtype)


def _consumes(item: Any) -> int:
    if item is None or item is Ellipsis or isinstance(item, bool):
        return 0
    if isinstance(item, torch.Tensor) and item.dtype in (torch.bool, torch.uint8):
        return item.dim()
    return 1


def _index_shape(item: Any) -> tuple[Size, ...] | None:
    """Shape of an integer index; None for masks, whose result depends on data."""
    if isinstance(item, torch.Tensor):
        return None if item.dtype in (torch.bool, torch.uint8) else shape_of(item)
    if isinstance(item, list) and item and isinstance(item[0], (list, bool, torch.Tensor)):
        return None
    return (len(item),)


@shape_rule("__setitem__", kind="index")
def setitem(session: Session, input: torch.Tensor, index: Any, value: Any) -> Any:
    part = getitem(session, input, index)
    if isinstance(part, Value) and isinstance(value, torch.Tensor):
        broadcast_into(session, shape_of(value), part.shape)
    session.describe("index", "setitem")
    return None


def broadcast_into(session: Session, source: tuple[Size, ...], target: tuple[Size, ...]) -> None:
    """Require that ``source`` can be written into ``target``."""
    extra = len(source) - len(target)
    for size in source[: max(extra, 0)]:
        session.require_equal(size, 1, "shape-error", f"cannot write shape {source} into {target}")
    trimmed = source[max(extra, 0) :]
    for size, room in zip(reversed(trimmed), reversed(target), strict=False):
        session.require(
            pred.any_of(pred.equal(size, room), pred.equal(size, 1)), "shape-error",
            f"cannot write size {size} into a part of size {room}",
        )


@shape_rule("select", kind="index")
def select(session: Session, input: torch.Tensor, dim: int, index: Any) -> Any:
    shape = list(shape_of(input))
    axis = normal_axis(dim, len(shape))
    return getitem(session, input, (*(slice(None),) * axis, index))


@shape_rule("index_select", kind="index")
def index_select(_session: Session, input: torch.Tensor, dim: int, index: torch.Tensor) -> Any:
    shape = list(shape_of(input))
    count = shape_of(index)
    shape[normal_axis(dim, len(shape))] = count[0] if count else 1
    return Value(tuple(shape), input.dtype)


@shape_rule("gather", "take_along_dim", kind="index")
def gather(_session: Session, input: torch.Tensor, dim: int, index: torch.Tensor, **_: Any) -> Any:
    return Value(shape_of(index), input.dtype)


@shape_rule(
    "scatter", "scatter_add", "scatter_reduce", "index_add", "index_copy", "index_fill", "masked_scatter", kind="index"
)
def scatter(_session: Session, input: torch.Tensor, *_: Any, **__: Any) -> Any:
    return Value(shape_of(input), input.dtype)


@shape_rule("embedding", kind="embedding")
def embedding(session: Session, input: torch.Tensor, weight: torch.Tensor, *_: Any, **__: Any) -> Any:
    table = shape_of(weight)
    session.describe("embedding", "embedding", num_embeddings=table[0], embedding_dim=table[1])
    return Value((*shape_of(input), table[1]), weight.dtype)


@shape_rule("one_hot", kind="index")
def one_hot(_session: Session, input: torch.Tensor, num_classes: int = -1) -> Any:
    return Value((*shape_of(input), num_classes), torch.int64) if num_classes > 0 else NotImplemented
