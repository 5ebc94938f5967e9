"""Padding, interpolation and moving channels into space."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from convlint.arithmetic import pad as padding_arithmetic
from convlint.arithmetic import resize
from convlint.symbolic.dim import Size
from convlint.trace.exact import dim_of, number_of
from convlint.trace.ops.parameters import per_axis, sizes_of
from convlint.trace.ops.registry import shape_rule
from convlint.trace.session import Session
from convlint.trace.tensor import Value, shape_of


@shape_rule("pad", kind="pad")
def pad(session: Session, input: torch.Tensor, pad: Any, mode: str = "constant", value: Any = None) -> Any:
    shape = list(shape_of(input))
    cells = sizes_of((pad,))
    axes = len(cells) // 2
    if len(cells) % 2 or axes > len(shape):
        session.refuse("shape-error", f"{len(cells)} numbers of padding do not fit {len(shape)} dimensions")
    if mode != "constant" and len(shape) not in (axes + 1, axes + 2):
        session.refuse("shape-error", f"padding {axes} axes by {mode} does not take {len(shape)} dimensions")
    pairs = [(cells[2 * axis], cells[2 * axis + 1]) for axis in range(axes)][::-1]
    first = len(shape) - axes
    session.describe("pad", "pad", pad=tuple(pairs), mode=mode, first_axis=first)
    fits = padding_arithmetic.pad_fits(shape[first:], pairs, mode)  # type: ignore[arg-type]
    before = tuple(shape)
    session.require(fits, "shape-error", lambda: f"padding {tuple(cells)} does not fit an input of shape {before}")
    for axis, (left, right) in enumerate(pairs, first):
        shape[axis] = padding_arithmetic.padded_size(shape[axis], left, right)
    return Value(tuple(shape), input.dtype)


@shape_rule("interpolate", "upsample", "upsample_nearest", "upsample_bilinear", kind="resize")
def interpolate(
    session: Session, input: torch.Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
    align_corners: Any = None, recompute_scale_factor: Any = None, antialias: bool = False,
) -> Any:
    shape = shape_of(input)
    axes = len(shape) - 2
    if axes < 1:
        session.refuse("shape-error", f"interpolate expects at least 3 dimensions, got {len(shape)}")
    if mode == "lanczos":
        return NotImplemented
    _check_mode(session, mode, axes, align_corners, antialias)
    if (size is None) == (scale_factor is None):
        raise ValueError("only one of size or scale_factor should be defined")
    wanted: tuple[Size, ...]
    manner = {"mode": mode, "align_corners": align_corners, "antialias": antialias}
    if size is not None:
        wanted = per_axis(size, axes)
        session.describe("resize", "interpolate", size=wanted, **manner)
    else:
        factors = tuple(scale_factor) if isinstance(scale_factor, (list, tuple)) else (scale_factor,) * axes
        if len(factors) != axes:
            session.refuse("shape-error", f"{len(factors)} factors do not fit {axes} spatial dimensions")
        wanted = tuple(
            resize.scaled_size(extent, _scale(factor)) for extent, factor in zip(shape[2:], factors, strict=True)
        )
        numbers = tuple(number_of(each) if isinstance(each, torch.SymFloat) else each for each in factors)
        session.describe(
            "resize", "interpolate", scale_factor=numbers, recompute_scale_factor=recompute_scale_factor, **manner
        )
    if len(wanted) != axes:
        session.refuse("shape-error", f"{len(wanted)} sizes do not fit {axes} spatial dimensions")
    if mode != "area":
        for extent, target in zip(shape[2:], wanted, strict=True):
            session.require(
                resize.interpolation_fits(extent, target), "window-exceeds-input",
                f"interpolation from {extent} to {target}: sizes must be greater than zero",
            )
    return Value((*shape[:2], *wanted), input.dtype)


_AXES_OF_MODE = {
    "nearest": (1, 2, 3), "nearest-exact": (1, 2, 3), "area": (1, 2, 3), "linear": (1,), "bilinear": (2,),
    "bicubic": (2,), "trilinear": (3,),
}
"""How many spatial axes each way of interpolation takes."""


def _check_mode(session: Session, mode: str, axes: int, align_corners: Any, antialias: bool) -> None:
    if axes not in _AXES_OF_MODE.get(mode, ()):
        session.refuse("shape-error", f"interpolation by {mode} does not take {axes} spatial dimensions")
    if align_corners is not None and mode in ("nearest", "nearest-exact", "area"):
        session.refuse("shape-error", f"interpolation by {mode} has no align_corners")
    if antialias and mode not in ("bilinear", "bicubic"):
        session.refuse("shape-error", f"interpolation by {mode} has no antialias")


def _scale(factor: Any) -> Any:
    number = number_of(factor)
    return number if not isinstance(number, int) else float(number)


@shape_rule("pixel_shuffle", kind="shuffle")
def pixel_shuffle(session: Session, input: torch.Tensor, upscale_factor: int) -> Any:
    shape = shape_of(input)
    session.describe("shuffle", "pixel_shuffle", upscale_factor=upscale_factor)
    session.require(
        resize.pixel_shuffle_fits(shape[-3], upscale_factor), "shuffle-mismatch",
        f"{shape[-3]} channels are not divisible by {upscale_factor}² = {upscale_factor * upscale_factor}",
    )
    return Value(
        (*shape[:-3], resize.pixel_shuffle_channels(shape[-3], upscale_factor),
         *(resize.pixel_shuffle_size(size, upscale_factor) for size in shape[-2:])), input.dtype,
    )


@shape_rule("pixel_unshuffle", kind="shuffle")
def pixel_unshuffle(session: Session, input: torch.Tensor, downscale_factor: int) -> Any:
    shape = shape_of(input)
    session.describe("shuffle", "pixel_unshuffle", downscale_factor=downscale_factor)
    for size in shape[-2:]:
        session.require(
            resize.pixel_unshuffle_fits(size, downscale_factor), "shuffle-mismatch",
            f"size {size} is not divisible by {downscale_factor}",
        )
    return Value(
        (*shape[:-3], resize.pixel_unshuffle_channels(shape[-3], downscale_factor),
         *(resize.pixel_unshuffle_size(size, downscale_factor) for size in shape[-2:])), input.dtype,
    )


@shape_rule("channel_shuffle", "native_channel_shuffle", kind="shuffle")
def channel_shuffle(session: Session, input: torch.Tensor, groups: int) -> Any:
    shape = shape_of(input)
    session.describe("shuffle", "channel_shuffle", groups=groups)
    if len(shape) < 3:
        session.refuse("shape-error", f"channel_shuffle expects at least 3 dimensions, got {len(shape)}")
    session.require(
        resize.channel_shuffle_fits(shape[1], groups), "shuffle-mismatch",
        f"{shape[1]} channels are not divisible by {groups} groups",
    )
    return Value(shape, input.dtype)


@shape_rule("grid_sample", kind="resize")
def grid_sample(session: Session, input: torch.Tensor, grid: torch.Tensor, *_: Any, **__: Any) -> Any:
    shape, points = shape_of(input), shape_of(grid)
    axes = len(shape) - 2
    if axes not in (2, 3) or len(points) != len(shape):
        session.refuse(
            "shape-error", f"an input of {len(shape)} dimensions cannot be sampled on a grid of {len(points)}"
        )
    session.require_equal(points[-1], axes, "shape-error", lambda: f"a grid of {points[-1]} coordinates, not {axes}")
    session.require_equal(shape[0], points[0], "shape-error", f"batch {shape[0]} of the input, {points[0]} of the grid")
    return Value((*shape[:2], *points[1:-1]), input.dtype)


@shape_rule("affine_grid", kind="resize")
def affine_grid(session: Session, theta: torch.Tensor, size: Any, align_corners: Any = None) -> Any:
    sizes, matrices = tuple(dim_of(each) for each in size), shape_of(theta)
    axes = len(sizes) - 2
    if axes not in (2, 3) or len(matrices) != 3:
        session.refuse("shape-error", f"affine_grid of {len(sizes)} sizes and matrices of {len(matrices)} dimensions")
    for found, expected in zip(matrices, (sizes[0], axes, axes + 1), strict=True):
        session.require_equal(found, expected, "shape-error",
                              partial("affine matrices of size {} where {} is expected".format, found, expected))
    return Value((sizes[0], *sizes[2:], len(sizes) - 2), theta.dtype)
