"""Tensors made out of nothing but sizes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from convlint.symbolic import rounding
from convlint.symbolic.comparison import greater_equal
from convlint.symbolic.dim import Dim, Size
from convlint.trace.exact import dim_of, number_of
from convlint.trace.ops.parameters import sizes_of
from convlint.trace.ops.registry import shape_rule
from convlint.trace.session import Session
from convlint.trace.tensor import Value, shape_of


def _counted(session: Session, sizes: tuple[Size, ...]) -> tuple[Size, ...]:
    """Sizes of a new tensor, none of them negative."""
    for size in sizes:
        session.require(greater_equal(size, 0), "shape-error", partial("{} is no size of a tensor".format, size))
    return sizes


def _dtype(options: Any, default: torch.dtype | None = None) -> torch.dtype:
    dtype = options.get("dtype")
    return dtype if isinstance(dtype, torch.dtype) else default or torch.get_default_dtype()


@shape_rule("zeros", "ones", "empty", "rand", "randn", kind="factory")
def filled(session: Session, *size: Any, **options: Any) -> Any:
    return Value(_counted(session, sizes_of(size or (options["size"],))), _dtype(options))


@shape_rule("full", kind="factory")
def full(session: Session, size: Any, fill_value: Any, **options: Any) -> Any:
    default = torch.bool if isinstance(fill_value, bool) else torch.int64 if isinstance(fill_value, int) else None
    return Value(_counted(session, sizes_of((size,))), _dtype(options, default))


@shape_rule("new_zeros", "new_ones", "new_empty", "new", kind="factory")
def new_filled(session: Session, input: torch.Tensor, *size: Any, **options: Any) -> Any:
    if any(isinstance(each, torch.Tensor) for each in size):
        return NotImplemented
    return Value(_counted(session, sizes_of(size or (options["size"],))), _dtype(options, input.dtype))


@shape_rule("new_full", kind="factory")
def new_full(session: Session, input: torch.Tensor, size: Any, fill_value: Any, **options: Any) -> Any:
    return Value(_counted(session, sizes_of((size,))), _dtype(options, input.dtype))


@shape_rule("zeros_like", "ones_like", "empty_like", "rand_like", "randn_like", "full_like", kind="factory")
def like(_session: Session, input: torch.Tensor, *_: Any, **options: Any) -> Any:
    return Value(shape_of(input), _dtype(options, input.dtype))


@shape_rule("arange", kind="factory")
def arange(session: Session, *bounds: Any, **options: Any) -> Any:
    start, end, step = 0, options.get("end"), options.get("step", 1)
    if len(bounds) == 1:
        end = bounds[0]
    elif len(bounds) >= 2:
        start, end = bounds[0], bounds[1]
        step = bounds[2] if len(bounds) > 2 else step
    start = options.get("start", start)
    if any(isinstance(each, torch.Tensor) for each in (start, end, step)):
        return NotImplemented
    first, last, by = (number_of(each) for each in (start, end, step))
    if first is None or last is None or by is None or isinstance(by, Dim):
        return NotImplemented
    span: Any = last - first
    length = rounding.ceil(span / by) if isinstance(span, Dim) else -(-span // by)
    if isinstance(length, Dim):
        session.require(
            greater_equal(length, 0), "shape-error", "arange: upper bound and lower bound are inconsistent"
        )
    floating = any(isinstance(each, float) for each in (start, end, step))
    return Value((length,), _dtype(options, None if floating else torch.int64))


@shape_rule("linspace", "logspace", kind="factory")
def linspace(session: Session, start: Any, end: Any, steps: Any, **options: Any) -> Any:
    return Value(_counted(session, (dim_of(steps),)), _dtype(options))


@shape_rule("eye", kind="factory")
def eye(session: Session, n: Any, m: Any = None, **options: Any) -> Any:
    return Value(_counted(session, (dim_of(n), dim_of(n if m is None else m))), _dtype(options))


@shape_rule("randperm", kind="factory")
def randperm(session: Session, n: Any, **options: Any) -> Any:
    return Value(_counted(session, (dim_of(n),)), _dtype(options, torch.int64))


@shape_rule("randint", kind="factory")
def randint(session: Session, low: Any, high: Any = None, size: Any = None, **options: Any) -> Any:
    return Value(_counted(session, sizes_of((high if size is None else size,))), _dtype(options, torch.int64))


@shape_rule("meshgrid", kind="factory")
def meshgrid(session: Session, *tensors: Any, indexing: str = "ij") -> Any:
    parts = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else list(tensors)
    if any(part.dim() > 1 for part in parts) or len({part.dtype for part in parts}) != 1:
        session.refuse("shape-error", "meshgrid expects vectors of one dtype")
    sizes = [shape_of(part)[0] if shape_of(part) else 1 for part in parts]
    if indexing == "xy" and len(sizes) > 1:
        sizes[0], sizes[1] = sizes[1], sizes[0]
    return tuple(Value(tuple(sizes), part.dtype) for part in parts)


@shape_rule("tensor", "as_tensor", kind="factory")
def tensor(_session: Session, data: Any, dtype: Any = None, **_: Any) -> Any:
    """Numbers that are sizes become a tensor whose values nobody may ask for."""
    if isinstance(data, torch.Tensor):
        return Value(shape_of(data), dtype or data.dtype)
    shape: list[int] = []
    items = [data]
    while isinstance(items[0], (list, tuple)):
        shape.append(len(items[0]))
        items = [item for row in items for item in row]
        if not items:
            break
    return Value(tuple(shape), dtype or _dtype_of_numbers(items))


def _dtype_of_numbers(numbers: Sequence[Any]) -> torch.dtype:
    if not numbers or any(isinstance(number, float) for number in numbers):
        return torch.get_default_dtype()
    return torch.bool if all(isinstance(number, (bool, torch.SymBool)) for number in numbers) else torch.int64
