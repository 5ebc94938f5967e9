"""Poolings: maximum, average and norm over windows, adaptive poolings, and the unpooling of maxima."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import torch

from convlint.arithmetic import pool as pooling
from convlint.arithmetic import window as sliding
from convlint.arithmetic.window import Window
from convlint.graph import own_numbers
from convlint.symbolic.connectives import all_of
from convlint.symbolic.dim import Size
from convlint.trace.exact import dim_of
from convlint.trace.ops.parameters import per_axis
from convlint.trace.ops.registry import shape_rule
from convlint.trace.ops.windows import check_rank, slide, windows_of
from convlint.trace.session import Session
from convlint.trace.tensor import Value, shape_of


def _windows(
    axes: int, kernel_size: Any, stride: Any, padding: Any = 0, dilation: Any = 1, *, ceil_mode: bool = False
) -> list[Window]:
    """Its windows: without a stride they lie side by side."""
    kernels = per_axis(kernel_size, axes)
    strides = per_axis(stride, axes, default=kernels)
    return windows_of(axes, kernels, strides, padding, dilation, ceil_mode=bool(ceil_mode))


def _pool(
    session: Session, kind: str, operation: str, input: torch.Tensor, windows: list[Window], *, average: bool = False
) -> Value:
    axes, shape = len(windows), shape_of(input)
    session.describe(
        kind, operation, kernel_size=tuple(w.kernel_size for w in windows), stride=tuple(w.stride for w in windows),
        padding=tuple(w.padding for w in windows), dilation=tuple(w.dilation for w in windows),
        ceil_mode=windows[0].ceil_mode,
    )
    leading = check_rank(session, shape, axes, operation)
    for window in windows:
        session.require(
            sliding.valid_pooling(window), "invalid-layer", partial(own_numbers.no_pooling, window)
        )
    spatial = slide(session, shape[leading:], windows, operation, average=average)
    return Value((*shape[:leading], *spatial), input.dtype)


def _max_pool_rule(axes: int) -> Any:
    def max_pool(session: Session, input: torch.Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
                 dilation: Any = 1, ceil_mode: bool = False, return_indices: bool = False) -> Any:
        value = _pool(session, "max_pool", f"max_pool{axes}d", input,
                      _windows(axes, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode))
        return (value, Value(value.shape, torch.int64)) if return_indices else value

    return max_pool


def _max_pool_with_indices_rule(axes: int) -> Any:
    plain = _max_pool_rule(axes)

    def max_pool_with_indices(session: Session, input: torch.Tensor, kernel_size: Any, stride: Any = None,
                              padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
                              return_indices: bool = True) -> Any:
        return plain(session, input, kernel_size, stride, padding, dilation, ceil_mode, True)

    return max_pool_with_indices


def _avg_pool_rule(axes: int) -> Any:
    def avg_pool(session: Session, input: torch.Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
                 ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: Any = None) -> Any:
        if divisor_override is not None and dim_of(divisor_override) == 0:
            session.refuse("invalid-layer", "the divisor must not be zero")
        return _pool(session, "avg_pool", f"avg_pool{axes}d", input,
                     _windows(axes, kernel_size, stride, padding, ceil_mode=ceil_mode), average=True)

    return avg_pool


def _lp_pool_rule(axes: int) -> Any:
    def lp_pool(session: Session, input: torch.Tensor, norm_type: Any, kernel_size: Any, stride: Any = None,
                ceil_mode: bool = False) -> Any:
        windows = _windows(axes, kernel_size, stride, ceil_mode=ceil_mode)
        return _pool(session, "lp_pool", f"lp_pool{axes}d", input, windows, average=abs(norm_type) != math.inf)

    return lp_pool


def _adaptive_rule(axes: int, *, indices: bool, average: bool = False) -> Any:
    def adaptive_pool(session: Session, input: torch.Tensor, output_size: Any, return_indices: bool = False) -> Any:
        shape = shape_of(input)
        session.describe("adaptive_pool", f"adaptive_pool{axes}d")
        leading = check_rank(session, shape, axes, f"adaptive_pool{axes}d")
        wanted = output_size if isinstance(output_size, (list, tuple)) else (output_size,) * axes
        wanted = tuple(wanted) * axes if len(wanted) == 1 else tuple(wanted)
        sizes = tuple(
            size if entry is None else dim_of(entry) for size, entry in zip(shape[leading:], wanted, strict=True)
        )
        session.describe("adaptive_pool", f"adaptive_pool{axes}d", output_size=sizes)
        fits = (
            pooling.adaptive_average_fits(shape[leading:], sizes)
            if average
            else all_of(*(pooling.adaptive_fits(i, o) for i, o in zip(shape[leading:], sizes, strict=True)))
        )
        session.require(fits, "window-exceeds-input", "adaptive pooling of an empty input")
        value = Value((*shape[:leading], *sizes), input.dtype)
        return (value, Value(value.shape, torch.int64)) if indices or return_indices else value

    return adaptive_pool


def _unpool_rule(axes: int) -> Any:
    def max_unpool(session: Session, input: torch.Tensor, indices: torch.Tensor, kernel_size: Any, stride: Any = None,
                   padding: Any = 0, output_size: Any = None) -> Any:
        shape = shape_of(input)
        windows = _windows(axes, kernel_size, stride, padding)
        session.describe(
            "max_unpool", f"max_unpool{axes}d", kernel_size=tuple(w.kernel_size for w in windows),
            stride=tuple(w.stride for w in windows), padding=tuple(w.padding for w in windows),
        )
        leading = check_rank(session, shape, axes, f"max_unpool{axes}d")
        for a, b in zip(shape, shape_of(indices), strict=True):
            session.require_equal(a, b, "shape-error", f"indices of size {b} do not match the input of size {a}")
        if output_size is None:
            spatial: tuple[Size, ...] = tuple(
                pooling.unpool_size(size, window) for size, window in zip(shape[leading:], windows, strict=True)
            )
        else:
            spatial = tuple(dim_of(entry) for entry in output_size)[-axes:]
            for size, entry, window in zip(shape[leading:], spatial, windows, strict=True):
                session.require(
                    pooling.unpool_size_allowed(size, entry, window), "shape-error",
                    f"output_size {entry} is not one that unpooling {size} can give",
                )
        for size, made in zip(shape[leading:], spatial, strict=True):
            session.require(
                pooling.unpool_fits(size, made), "shape-error", f"unpooling {size} cells to {made} is not possible"
            )
        return Value((*shape[:leading], *spatial), input.dtype)

    return max_unpool


for _axes in (1, 2, 3):
    shape_rule(f"max_pool{_axes}d", kind="max_pool")(_max_pool_rule(_axes))
    shape_rule(f"max_pool{_axes}d_with_indices", kind="max_pool")(_max_pool_with_indices_rule(_axes))
    shape_rule(f"avg_pool{_axes}d", kind="avg_pool")(_avg_pool_rule(_axes))
    shape_rule(f"lp_pool{_axes}d", kind="lp_pool")(_lp_pool_rule(_axes))
    shape_rule(f"adaptive_avg_pool{_axes}d", kind="adaptive_pool")(_adaptive_rule(_axes, indices=False, average=True))
    shape_rule(f"adaptive_max_pool{_axes}d", kind="adaptive_pool")(_adaptive_rule(_axes, indices=False))
    shape_rule(f"adaptive_max_pool{_axes}d_with_indices", kind="adaptive_pool")(_adaptive_rule(_axes, indices=True))
    shape_rule(f"max_unpool{_axes}d", kind="max_unpool")(_unpool_rule(_axes))
