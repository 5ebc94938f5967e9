"""Sliding windows: convolutions, transposed convolutions, poolings (arXiv:1603.07285, and PyTorch's own additions)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from convlint.arithmetic import fold as folding
from convlint.arithmetic import pool as pooling
from convlint.arithmetic import transposed as transposing
from convlint.arithmetic import window as sliding
from convlint.arithmetic.transposed import Transposed
from convlint.arithmetic.window import Window
from convlint.graph import own_numbers
from convlint.symbolic.comparison import greater, greater_equal
from convlint.symbolic.connectives import all_of
from convlint.symbolic.dim import Size
from convlint.symbolic.division import quotient
from convlint.trace.exact import dim_of
from convlint.trace.layout import UNKNOWN, strided, strides_of
from convlint.trace.ops.broadcast import same_dtype
from convlint.trace.ops.registry import Lays, shape_rule
from convlint.trace.ops.views import normal_axis
from convlint.trace.session import Session
from convlint.trace.tensor import Value, layout_of, shape_of

_NAMES = ("width", "height", "depth")


def axis_name(axis: int, axes: int) -> str:
    """How messages call a spatial axis: length; height, width; depth, height, width."""
    return "length" if axes == 1 else _NAMES[axes - 1 - axis]


def per_axis(value: Any, axes: int, default: Any = None) -> tuple[Any, ...]:
    """A parameter of a spatial operation as one entry an axis."""
    if value is None or (isinstance(value, (list, tuple)) and not value):
        value = default
    if isinstance(value, (list, tuple)):
        entries = tuple(dim_of(entry) if entry is not None else None for entry in value)
        if len(entries) not in (1, axes):
            raise RuntimeError(f"expected 1 or {axes} numbers, not {len(entries)}")
        return entries * axes if len(entries) == 1 else entries
    return (dim_of(value),) * axes


def _check_rank(session: Session, shape: Sequence[Size], axes: int, operation: str) -> int:
    """The number of leading axes (batch and channels, or channels alone)."""
    if len(shape) not in (axes + 1, axes + 2):
        session.refuse(
            "shape-error", f"{operation} expects {axes + 1} or {axes + 2} dimensions, its input has {len(shape)}",
            expected=axes + 2, found=len(shape),
        )
    return len(shape) - axes


def convolution(
    session: Session, axes: int, operation: str, input: torch.Tensor, weight: torch.Tensor, bias: Any = None,
    stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: Size = 1,
) -> Value:
    """``F.conv1d`` to ``F.conv3d``: R15 on each axis; weights and groups may be as many as the batch."""
    shape, kernel = shape_of(input), shape_of(weight)
    groups = dim_of(groups)
    if len(kernel) != axes + 2:
        session.refuse("shape-error", f"{operation} expects weights of {axes + 2} dimensions, not {len(kernel)}")
    same_dtype(session, operation, input, weight, bias)
    strides, dilations = per_axis(stride, axes), per_axis(dilation, axes)
    kernel_size = kernel[2:]
    if isinstance(padding, str):
        if padding == "same" and any(entry != 1 for entry in strides):
            session.refuse("invalid-layer", own_numbers.SAME_WITH_STRIDE)
        pads = tuple(sliding.resolve_padding(padding, k, d) for k, d in zip(kernel_size, dilations, strict=True))
    else:
        pads = tuple((entry, entry) for entry in per_axis(padding, axes))
    session.describe(
        "conv", operation, in_channels=kernel[1] * groups, out_channels=kernel[0], kernel_size=kernel_size,
        stride=strides, padding=pads, dilation=dilations, groups=groups,
    )
    leading = _check_rank(session, shape, axes, operation)
    _check_groups(session, kernel[0], groups)
    channels = shape[leading - 1]
    session.require_equal(
        channels, kernel[1] * groups, "channel-mismatch",
        f"expected {kernel[1] * groups} input channels, got {channels}", expected=kernel[1] * groups, found=channels,
    )
    _check_bias(session, bias, kernel[0])
    windows = [
        Window(k, s, p, d) for k, s, p, d in zip(kernel_size, strides, pads, dilations, strict=True)
    ]
    _check_windows(session, windows)
    spatial = _slide(session, shape[leading:], windows, operation)
    batch = shape[: leading - 1]
    return Value((*batch, kernel[0], *spatial), input.dtype)


def _check_bias(session: Session, bias: Any, out_channels: Size) -> None:
    if isinstance(bias, torch.Tensor):
        shape = shape_of(bias)
        if len(shape) != 1:
            session.refuse("shape-error", f"expected a bias of 1 dimension, not {len(shape)}")
        session.require_equal(
            shape[0], out_channels, "shape-error", lambda: f"expected a bias of {out_channels} channels, got {shape[0]}"
        )


def _check_windows(session: Session, windows: Sequence[Window]) -> None:
    for window in windows:
        session.require(
            sliding.valid_convolution(window), "invalid-layer", partial(own_numbers.no_convolution, window)
        )


def _check_groups(session: Session, out_channels: Size, groups: Size) -> None:
    if isinstance(out_channels, int) and isinstance(groups, int) and groups > 0 and out_channels % groups == 0:
        return
    exact = quotient(out_channels, groups, session.domain)[1]
    session.require(
        all_of(greater_equal(groups, 1), exact), "invalid-layer",
        lambda: own_numbers.no_groups("out_channels", out_channels, groups),
    )


def _slide(
    session: Session, sizes: Sequence[Size], windows: Sequence[Window], operation: str, *, average: bool = False
) -> tuple[Size, ...]:
    axes = len(windows)
    for axis, (size, window) in enumerate(zip(sizes, windows, strict=True)):
        fits = sliding.average_pool_fits(size, window, axes=axes) if average else sliding.window_fits(size, window)
        session.require(
            fits, "window-exceeds-input", partial(_too_large, window, axis_name(axis, len(sizes)), size),
            axis=axis, size=size, minimum=sliding.minimum_input(window), operation=operation,
        )
    return tuple(sliding.output_size(size, window) for size, window in zip(sizes, windows, strict=True))


def _too_large(window: Window, axis: str, size: Size) -> str:
    return f"the window of {window.effective_kernel} does not fit the {axis} {size}"


def _convolution_rule(axes: int) -> Any:
    def conv(session: Session, input: torch.Tensor, weight: torch.Tensor, bias: Any = None, stride: Any = 1,
             padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Any:
        return convolution(session, axes, f"conv{axes}d", input, weight, bias, stride, padding, dilation, groups)

    return conv


def _transposed_rule(axes: int) -> Any:
    def conv_transpose(session: Session, input: torch.Tensor, weight: torch.Tensor, bias: Any = None, stride: Any = 1,
                       padding: Any = 0, output_padding: Any = 0, groups: int = 1, dilation: Any = 1) -> Any:
        shape, kernel = shape_of(input), shape_of(weight)
        layers = [
            Transposed(*entries)
            for entries in zip(
                kernel[2:], per_axis(stride, axes), per_axis(padding, axes), per_axis(dilation, axes),
                per_axis(output_padding, axes), strict=True,
            )
        ]
        session.describe(
            "conv_transpose", f"conv_transpose{axes}d", in_channels=kernel[0], out_channels=kernel[1] * groups,
            kernel_size=kernel[2:], stride=per_axis(stride, axes),
            padding=tuple((entry, entry) for entry in per_axis(padding, axes)), dilation=per_axis(dilation, axes),
            output_padding=per_axis(output_padding, axes), groups=groups,
        )
        leading = _check_rank(session, shape, axes, f"conv_transpose{axes}d")
        same_dtype(session, f"conv_transpose{axes}d", input, weight, bias)
        _check_groups(session, kernel[0], groups)
        _check_bias(session, bias, kernel[1] * groups)
        _check_windows(session, [Window(e.kernel_size, e.stride, (e.padding,) * 2, e.dilation) for e in layers])
        for layer in layers:
            session.require(greater_equal(layer.output_padding, 0), "invalid-output-padding",
                            own_numbers.NEGATIVE_OUTPUT_PADDING)
            session.require(transposing.valid_output_padding(layer), "invalid-output-padding",
                            partial(own_numbers.no_output_padding, layer))
        session.require_equal(
            shape[leading - 1],
            kernel[0],
            "channel-mismatch",
            f"expected {kernel[0]} input channels, got {shape[leading - 1]}",
            expected=kernel[0],
            found=shape[leading - 1],
        )
        for axis, (size, layer) in enumerate(zip(shape[leading:], layers, strict=True)):
            session.require(
                transposing.transposed_fits(size, layer), "window-exceeds-input",
                f"the {axis_name(axis, axes)} {size} is too small: the output would be empty", axis=axis, size=size,
            )
        spatial = [transposing.output_size(size, layer) for size, layer in zip(shape[leading:], layers, strict=True)]
        return Value((*shape[: leading - 1], kernel[1] * groups, *spatial), input.dtype)

    return conv_transpose


def _windows(kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool, axes: int) -> list[Window]:
    kernels = per_axis(kernel_size, axes)
    strides = per_axis(stride, axes, default=kernels)
    return [
        Window(k, s, (p, p), d, bool(ceil_mode))
        for k, s, p, d in zip(kernels, strides, per_axis(padding, axes), per_axis(dilation, axes), strict=True)
    ]


def _pool(
    session: Session, kind: str, operation: str, input: torch.Tensor, windows: list[Window], *, average: bool = False
) -> Value:
    axes, shape = len(windows), shape_of(input)
    session.describe(
        kind, operation, kernel_size=tuple(w.kernel_size for w in windows), stride=tuple(w.stride for w in windows),
        padding=tuple(w.padding for w in windows), dilation=tuple(w.dilation for w in windows),
        ceil_mode=windows[0].ceil_mode,
    )
    leading = _check_rank(session, shape, axes, operation)
    for window in windows:
        session.require(
            sliding.valid_pooling(window), "invalid-layer", partial(own_numbers.no_pooling, window)
        )
    spatial = _slide(session, shape[leading:], windows, operation, average=average)
    return Value((*shape[:leading], *spatial), input.dtype)


def _max_pool_rule(axes: int) -> Any:
    def max_pool(session: Session, input: torch.Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
                 dilation: Any = 1, ceil_mode: bool = False, return_indices: bool = False) -> Any:
        value = _pool(session, "max_pool", f"max_pool{axes}d", input,
                      _windows(kernel_size, stride, padding, dilation, ceil_mode, axes))
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
                     _windows(kernel_size, stride, padding, 1, ceil_mode, axes), average=True)

    return avg_pool


def _lp_pool_rule(axes: int) -> Any:
    def lp_pool(session: Session, input: torch.Tensor, norm_type: Any, kernel_size: Any, stride: Any = None,
                ceil_mode: bool = False) -> Any:
        windows = _windows(kernel_size, stride, 0, 1, ceil_mode, axes)
        return _pool(session, "lp_pool", f"lp_pool{axes}d", input, windows, average=abs(norm_type) != math.inf)

    return lp_pool


def _adaptive_rule(axes: int, *, indices: bool, average: bool = False) -> Any:
    def adaptive_pool(session: Session, input: torch.Tensor, output_size: Any, return_indices: bool = False) -> Any:
        shape = shape_of(input)
        session.describe("adaptive_pool", f"adaptive_pool{axes}d")
        leading = _check_rank(session, shape, axes, f"adaptive_pool{axes}d")
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
        windows = _windows(kernel_size, stride, padding, 1, False, axes)
        session.describe(
            "max_unpool", f"max_unpool{axes}d", kernel_size=tuple(w.kernel_size for w in windows),
            stride=tuple(w.stride for w in windows), padding=tuple(w.padding for w in windows),
        )
        leading = _check_rank(session, shape, axes, f"max_unpool{axes}d")
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
        return Value((*shape[:leading], *spatial), input.dtype)

    return max_unpool


for _axes in (1, 2, 3):
    shape_rule(f"conv{_axes}d", kind="conv")(_convolution_rule(_axes))
    shape_rule(f"conv_transpose{_axes}d", kind="conv_transpose")(_transposed_rule(_axes))
    shape_rule(f"max_pool{_axes}d", kind="max_pool")(_max_pool_rule(_axes))
    shape_rule(f"max_pool{_axes}d_with_indices", kind="max_pool")(_max_pool_with_indices_rule(_axes))
    shape_rule(f"avg_pool{_axes}d", kind="avg_pool")(_avg_pool_rule(_axes))
    shape_rule(f"lp_pool{_axes}d", kind="lp_pool")(_lp_pool_rule(_axes))
    shape_rule(f"adaptive_avg_pool{_axes}d", kind="adaptive_pool")(_adaptive_rule(_axes, indices=False, average=True))
    shape_rule(f"adaptive_max_pool{_axes}d", kind="adaptive_pool")(_adaptive_rule(_axes, indices=False))
    shape_rule(f"adaptive_max_pool{_axes}d_with_indices", kind="adaptive_pool")(_adaptive_rule(_axes, indices=True))
    shape_rule(f"max_unpool{_axes}d", kind="max_unpool")(_unpool_rule(_axes))


@shape_rule("unfold", kind="view", lays=Lays.ITSELF)
def strided_view(session: Session, input: torch.Tensor, dimension: int, size: Any, step: Any) -> Any:
    """``Tensor.unfold``: windows along one axis as a new last axis."""
    shape = list(shape_of(input))
    dimension = normal_axis(session, dimension, len(shape))
    window = Window(dim_of(size), dim_of(step))
    extent = shape[dimension]
    session.require(all_of(greater(window.stride, 0), greater_equal(window.kernel_size, 0)),
                    "shape-error", f"unfold of {size} by {step}: the step must be positive, the size not negative")
    session.require(greater_equal(extent, window.kernel_size), "window-exceeds-input",
                    f"unfold of {size} does not fit dimension {dimension} of size {extent}")
    shape[dimension] = sliding.output_size(extent, window)
    result, strides = (*shape, dim_of(size)), strides_of(shape_of(input), layout_of(input))
    if strides is None:
        return Value(result, input.dtype, UNKNOWN)
    steps = (*strides[:dimension], strides[dimension] * window.stride, *strides[dimension + 1 :], strides[dimension])
    return Value(result, input.dtype, strided(result, steps))


@shape_rule("F.unfold", kind="shuffle")
def unfold(session: Session, input: torch.Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0,
            stride: Any = 1) -> Any:
    shape = shape_of(input)
    kernels = per_axis(kernel_size, 2)
    windows = [
        Window(k, s, (p, p), d)
        for k, s, p, d in zip(kernels, per_axis(stride, 2), per_axis(padding, 2), per_axis(dilation, 2), strict=True)
    ]
    session.describe("shuffle", "unfold", kernel_size=kernels, stride=per_axis(stride, 2),
                     padding=tuple(w.padding for w in windows), dilation=per_axis(dilation, 2))
    leading = _check_rank(session, shape, 2, "unfold")
    spatial = shape[leading:]
    _slide(session, spatial, windows, "unfold")
    channels, blocks = folding.unfold_size(shape[leading - 1], spatial, windows)
    return Value((*shape[: leading - 1], channels, blocks), input.dtype)


@shape_rule("fold", kind="shuffle")
def fold(session: Session, input: torch.Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1,
         padding: Any = 0, stride: Any = 1) -> Any:
    shape = shape_of(input)
    sizes = per_axis(output_size, 2)
    windows = [
        Window(k, s, (p, p), d)
        for k, s, p, d in zip(per_axis(kernel_size, 2), per_axis(stride, 2), per_axis(padding, 2),
                              per_axis(dilation, 2), strict=True)
    ]
    session.describe("shuffle", "fold", kernel_size=per_axis(kernel_size, 2), stride=per_axis(stride, 2))
    session.require(
        folding.fold_fits(shape[-2], shape[-1], sizes, windows), "shuffle-mismatch",
        f"fold of {shape[-1]} blocks of {shape[-2]} does not give {sizes[0]} by {sizes[1]}",
    )
    return Value((*shape[:-2], folding.fold_channels(shape[-2], windows), *sizes), input.dtype)
