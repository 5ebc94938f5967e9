"""What sliding windows share: convolutions, poolings and patches (arXiv:1603.07285, and PyTorch's own additions)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from convlint.arithmetic import window as sliding
from convlint.arithmetic.window import Window
from convlint.symbolic.dim import Size
from convlint.trace.ops.parameters import per_axis
from convlint.trace.session import Session

_NAMES = ("width", "height", "depth")


def axis_name(axis: int, axes: int) -> str:
    """How messages call a spatial axis: length; height, width; depth, height, width."""
    return "length" if axes == 1 else _NAMES[axes - 1 - axis]


def check_rank(session: Session, shape: Sequence[Size], axes: int, operation: str) -> int:
    """The number of leading axes (batch and channels, or channels alone)."""
    if len(shape) not in (axes + 1, axes + 2):
        session.refuse(
            "shape-error", f"{operation} expects {axes + 1} or {axes + 2} dimensions, its input has {len(shape)}",
            expected=axes + 2, found=len(shape),
        )
    return len(shape) - axes


def windows_of(
    axes: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, *, ceil_mode: bool = False
) -> list[Window]:
    """The windows that these parameters mean, one an axis, with one padding on both sides."""
    entries = (per_axis(value, axes) for value in (kernel_size, stride, padding, dilation))
    return [Window(k, s, (p, p), d, ceil_mode) for k, s, p, d in zip(*entries, strict=True)]


def slide(
    session: Session, sizes: Sequence[Size], windows: Sequence[Window], operation: str, *, average: bool = False
) -> tuple[Size, ...]:
    """The size of each axis after its window; requires that it fits, as averages have it where ``average``."""
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
