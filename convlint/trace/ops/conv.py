"""Convolutions, and the transposed ones that undo their sizes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from convlint.arithmetic import transposed as transposing
from convlint.arithmetic import window as sliding
from convlint.arithmetic.transposed import Transposed
from convlint.arithmetic.window import Window
from convlint.graph import own_numbers
from convlint.symbolic.comparison import greater_equal
from convlint.symbolic.connectives import all_of
from convlint.symbolic.dim import Size
from convlint.symbolic.division import quotient
from convlint.trace.exact import dim_of
from convlint.trace.ops.broadcast import same_dtype
from convlint.trace.ops.parameters import per_axis
from convlint.trace.ops.registry import shape_rule
from convlint.trace.ops.windows import axis_name, check_rank, slide
from convlint.trace.session import Session
from convlint.trace.tensor import Value, shape_of


def _convolution_rule(axes: int) -> Any:
    """R15 on each axis; weights and groups may be as many as the batch."""
    operation = f"conv{axes}d"

    def conv(session: Session, input: torch.Tensor, weight: torch.Tensor, bias: Any = None, stride: Any = 1,
             padding: Any = 0, dilation: Any = 1, groups: Any = 1) -> Any:
        shape, kernel, groups = shape_of(input), shape_of(weight), dim_of(groups)
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
        leading = check_rank(session, shape, axes, operation)
        _check_groups(session, kernel[0], groups)
        _check_channels(session, shape[leading - 1], kernel[1] * groups)
        _check_bias(session, bias, kernel[0])
        windows = [Window(k, s, p, d) for k, s, p, d in zip(kernel_size, strides, pads, dilations, strict=True)]
        _check_windows(session, windows)
        spatial = slide(session, shape[leading:], windows, operation)
        return Value((*shape[: leading - 1], kernel[0], *spatial), input.dtype)

    return conv


def _transposed_rule(axes: int) -> Any:
    """R14 on each axis, and what PyTorch adds to it."""
    operation = f"conv_transpose{axes}d"

    def conv_transpose(session: Session, input: torch.Tensor, weight: torch.Tensor, bias: Any = None, stride: Any = 1,
                       padding: Any = 0, output_padding: Any = 0, groups: int = 1, dilation: Any = 1) -> Any:
        shape, kernel = shape_of(input), shape_of(weight)
        strides, paddings, dilations = per_axis(stride, axes), per_axis(padding, axes), per_axis(dilation, axes)
        output_paddings = per_axis(output_padding, axes)
        layers = [
            Transposed(*entries)
            for entries in zip(kernel[2:], strides, paddings, dilations, output_paddings, strict=True)
        ]
        session.describe(
            "conv_transpose", operation, in_channels=kernel[0], out_channels=kernel[1] * groups,
            kernel_size=kernel[2:], stride=strides, padding=tuple((entry, entry) for entry in paddings),
            dilation=dilations, output_padding=output_paddings, groups=groups,
        )
        leading = check_rank(session, shape, axes, operation)
        same_dtype(session, operation, input, weight, bias)
        _check_groups(session, kernel[0], groups)
        _check_bias(session, bias, kernel[1] * groups)
        _check_windows(session, [layer.window for layer in layers])
        for layer in layers:
            session.require(greater_equal(layer.output_padding, 0), "invalid-output-padding",
                            own_numbers.NEGATIVE_OUTPUT_PADDING)
            session.require(transposing.valid_output_padding(layer), "invalid-output-padding",
                            partial(own_numbers.no_output_padding, layer))
        _check_channels(session, shape[leading - 1], kernel[0])
        for axis, (size, layer) in enumerate(zip(shape[leading:], layers, strict=True)):
            session.require(
                transposing.transposed_fits(size, layer), "window-exceeds-input",
                f"the {axis_name(axis, axes)} {size} is too small: the output would be empty", axis=axis, size=size,
            )
        spatial = [transposing.output_size(size, layer) for size, layer in zip(shape[leading:], layers, strict=True)]
        return Value((*shape[: leading - 1], kernel[1] * groups, *spatial), input.dtype)

    return conv_transpose


def _check_channels(session: Session, found: Size, expected: Size) -> None:
    session.require_equal(
        found, expected, "channel-mismatch", f"expected {expected} input channels, got {found}",
        expected=expected, found=found,
    )


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


for _axes in (1, 2, 3):
    shape_rule(f"conv{_axes}d", kind="conv")(_convolution_rule(_axes))
    shape_rule(f"conv_transpose{_axes}d", kind="conv_transpose")(_transposed_rule(_axes))
