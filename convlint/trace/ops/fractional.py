"""Fractional max pooling: windows at random places, as many as asked for."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from convlint.arithmetic.pool import fractional_fits
from convlint.arithmetic.resize import scaled_size
from convlint.symbolic.comparison import greater_equal
from convlint.symbolic.connectives import all_of
from convlint.symbolic.dim import Size
from convlint.trace.exact import dim_of
from convlint.trace.ops.registry import shape_rule
from convlint.trace.ops.windows import axis_name
from convlint.trace.session import Session
from convlint.trace.tensor import Value, shape_of


def _rule(axes: int, *, indices: bool) -> Any:
    operation = f"fractional_max_pool{axes}d"

    def fractional_max_pool(
        session: Session, input: torch.Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
        return_indices: bool = False, _random_samples: Any = None,
    ) -> Any:
        shape = shape_of(input)
        if len(shape) not in (axes + 1, axes + 2):
            session.refuse(
                "shape-error", f"{operation} expects {axes + 1} or {axes + 2} dimensions, its input has {len(shape)}"
            )
        leading, spatial = shape[:-axes], shape[-axes:]
        if output_size is not None:
            sizes = _numbers(session, operation, output_size, axes)
        elif output_ratio is None:
            raise ValueError(f"{operation} requires an output_size or an output_ratio")
        elif axes == 2 and len(output_ratio) > 2:
            raise ValueError(f"{operation} requires an output_ratio of one or two numbers")
        else:
            ratios = output_ratio if isinstance(output_ratio, (list, tuple)) else (output_ratio,) * axes
            sizes = tuple(scaled_size(size, ratios[axis]) for axis, size in enumerate(spatial))
        kernels = _numbers(session, operation, kernel_size, axes)
        session.describe("other", operation, kernel_size=kernels, output_size=sizes)
        session.require(greater_equal(leading[-1], 1), "shape-error", f"{operation} of no channels")
        if _random_samples is not None:
            _check_samples(session, operation, leading, shape_of(_random_samples), axes)
        for axis, (size, kernel, wanted) in enumerate(zip(spatial, kernels, sizes, strict=True)):
            session.require(
                all_of(fractional_fits(size, kernel, wanted, axes=axes), greater_equal(wanted, 0)),
                "window-exceeds-input",
                partial("{} windows of {} do not fit the {} {}".format, wanted, kernel, axis_name(axis, axes), size),
                axis=axis, size=size,
            )
        value = Value((*leading, *sizes), input.dtype)
        return (value, Value(value.shape, torch.int64)) if indices or return_indices else value

    return fractional_max_pool


def _numbers(session: Session, operation: str, given: Any, axes: int) -> tuple[Size, ...]:
    """A parameter as one number an axis; one number in a tuple does not serve all axes here."""
    entries = tuple(given) if isinstance(given, (list, tuple)) else (given,) * axes
    if len(entries) != axes:
        session.refuse("invalid-layer", f"{operation} expects one number or {axes}, not {len(entries)}")
    return tuple(dim_of(entry) for entry in entries)


def _check_samples(
    session: Session, operation: str, leading: tuple[Size, ...], samples: tuple[Size, ...], axes: int
) -> None:
    """Random numbers of the caller's own: at least as many as the batch, for each channel, one an axis."""
    if len(samples) != 3:
        session.refuse("shape-error", f"{operation} expects random samples of 3 dimensions, not {len(samples)}")
    batch = leading[0] if len(leading) == 2 else 1
    text = f"{operation} of {batch} by {leading[-1]} maps cannot take random samples of {samples}"
    session.require(greater_equal(samples[0], batch), "shape-error", text)
    session.require_equal(samples[1], leading[-1], "shape-error", text)
    session.require_equal(samples[2], axes, "shape-error", text)


for _axes in (2, 3):
    shape_rule(f"fractional_max_pool{_axes}d")(_rule(_axes, indices=False))
    shape_rule(f"fractional_max_pool{_axes}d_with_indices")(_rule(_axes, indices=True))
