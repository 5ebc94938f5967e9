"""Patches of a map as channels and back, and windows along one axis as a new one."""

from __future__ import annotations

from typing import Any

import torch

from convlint.arithmetic import fold as folding
from convlint.arithmetic import window as sliding
from convlint.arithmetic.window import Window
from convlint.symbolic.comparison import greater, greater_equal
from convlint.symbolic.connectives import all_of
from convlint.trace.exact import dim_of
from convlint.trace.layout import UNKNOWN, strided, strides_of
from convlint.trace.ops.parameters import normal_axis, per_axis
from convlint.trace.ops.registry import Lays, shape_rule
from convlint.trace.ops.windows import check_rank, slide, windows_of
from convlint.trace.session import Session
from convlint.trace.tensor import Value, layout_of, shape_of


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
    windows = windows_of(2, kernel_size, stride, padding, dilation)
    session.describe("shuffle", "unfold", kernel_size=per_axis(kernel_size, 2), stride=per_axis(stride, 2),
                     padding=tuple(window.padding for window in windows), dilation=per_axis(dilation, 2))
    leading = check_rank(session, shape, 2, "unfold")
    spatial = shape[leading:]
    slide(session, spatial, windows, "unfold")
    channels, blocks = folding.unfold_size(shape[leading - 1], spatial, windows)
    return Value((*shape[: leading - 1], channels, blocks), input.dtype)


@shape_rule("fold", kind="shuffle")
def fold(session: Session, input: torch.Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1,
         padding: Any = 0, stride: Any = 1) -> Any:
    shape = shape_of(input)
    sizes = per_axis(output_size, 2)
    windows = windows_of(2, kernel_size, stride, padding, dilation)
    session.describe("shuffle", "fold", kernel_size=per_axis(kernel_size, 2), stride=per_axis(stride, 2))
    session.require(
        folding.fold_fits(shape[-2], shape[-1], sizes, windows), "shuffle-mismatch",
        f"fold of {shape[-1]} blocks of {shape[-2]} does not give {sizes[0]} by {sizes[1]}",
    )
    return Value((*shape[:-2], folding.fold_channels(shape[-2], windows), *sizes), input.dtype)
