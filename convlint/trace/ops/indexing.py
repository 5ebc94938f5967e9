"""Reading and writing parts of a tensor, by numbers and slices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import torch

from convlint.symbolic import cases
from convlint.symbolic.comparison import greater, greater_equal, less, less_equal
from convlint.symbolic.connectives import all_of
from convlint.symbolic.dim import Size
from convlint.trace.exact import dim_of
from convlint.trace.layout import UNKNOWN, Layout, strided, strides_of
from convlint.trace.ops.broadcast import broadcast, expandable
from convlint.trace.ops.parameters import normal_axis
from convlint.trace.ops.registry import Lays, shape_rule
from convlint.trace.python_arithmetic import maximum, minimum
from convlint.trace.session import Session
from convlint.trace.tensor import Value, layout_of, shape_of


def _bound(session: Session, value: Any, size: Size, default: Size) -> Size:
    """One end of a slice as Python counts it: from the back where negative, clipped to the tensor."""
    if value is None:
        return default
    bound = dim_of(value)
    if isinstance(bound, int):
        bound = bound if bound >= 0 else maximum(session, bound + size, 0)
    elif session.holds(greater_equal(bound, 0)):
        pass
    elif session.branch(less(bound, 0)):
        bound = maximum(session, bound + size, 0)
    end: Size = minimum(session, bound, size)
    return end


def sliced(session: Session, size: Size, part: slice) -> tuple[Size, Size, Size]:
    """How many entries a slice takes of ``size``, from which on, and in which steps."""
    step = 1 if part.step is None else dim_of(part.step)
    if session.refuted(greater(step, 0)):
        raise ValueError("step must be greater than zero")
    start = _bound(session, part.start, size, 0)
    stop = _bound(session, part.stop, size, size)
    length: Size = maximum(session, stop - start, 0)
    return (length if isinstance(step, int) and step == 1 else -(-length // step)), start, step


@shape_rule("__getitem__", kind="index", lays=Lays.ITSELF)
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
            if not isinstance(item, torch.Tensor):
                _require_inside(session, _extremes(item), axis, shape[axis])
            split = split or (place is not None and place != len(result))
            place = len(result) if place is None else place
            advanced.append(tensor_shape)
            axis += 1
        else:
            _require_inside(session, [dim_of(item)], axis, shape[axis])
            axis += 1
    if advanced:
        common = broadcast(session, advanced)
        where = 0 if split else place or 0
        result[where:where] = list(common)
    kind = "crop" if crops and not advanced else "index"
    session.describe(kind, "getitem", slices=None if advanced else tuple(slices))
    return Value(tuple(result), input.dtype, UNKNOWN if advanced else _part_layout(input, result, slices))


def _part_layout(
    input: torch.Tensor, result: Sequence[Size], slices: Sequence[tuple[int, Size, Size] | None]
) -> Layout:
    """How the part lies that is made of these slices of axes, None where there is a new one."""
    strides = strides_of(shape_of(input), layout_of(input))
    if strides is None:
        return UNKNOWN
    found: list[Size] = []
    for part in reversed(slices):
        if part is not None:
            found.insert(0, strides[part[0]] * part[2])
        else:
            found.insert(0, found[0] * result[len(result) - len(found)] if found else 1)
    return strided(result, found)


def _extremes(indices: Iterable[Any]) -> list[Size]:
    """The smallest and the largest of the numbers, and every size: what must lie inside, lest the others do not."""
    numbers = [dim_of(index) for index in indices]
    known = [number for number in numbers if isinstance(number, int)]
    sizes: list[Size] = [number for number in numbers if not isinstance(number, int)]
    return [min(known), max(known), *sizes] if known else sizes


def _require_inside(session: Session, numbers: Iterable[Size], axis: int, size: Size) -> None:
    for number in numbers:
        session.require(
            all_of(less(number, size), greater_equal(number, -size)), "shape-error",
            partial(_outside, number, axis, size),
        )


def _outside(number: Size, axis: int, size: Size) -> str:
    return f"index {number} is out of bounds for dimension {axis} with size {size}"


def _consumes(item: Any) -> int:
    if item is None or item is Ellipsis or isinstance(item, bool):
        return 0
    if isinstance(item, torch.Tensor) and item.dtype in (torch.bool, torch.uint8):
        return item.dim()
    return 1


def _index_shape(item: Any) -> tuple[Size, ...] | None:
    """Shape of an integer index; None for masks, whose result depends on data."""
    if isinstance(item, torch.Tensor):
        return shape_of(item) if item.dtype in (torch.int64, torch.int32) else None
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
            expandable(size, room), "shape-error", partial(_does_not_fit, size, room)
        )


def _does_not_fit(size: Size, room: Size) -> str:
    return f"cannot write size {size} into a part of size {room}"


@shape_rule("select", kind="index", lays=Lays.ITSELF)
def select(session: Session, input: torch.Tensor, dim: int, index: Any) -> Any:
    shape = list(shape_of(input))
    axis = normal_axis(session, dim, len(shape))
    return getitem(session, input, (*(slice(None),) * axis, index))


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
