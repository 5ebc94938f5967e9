"""Normalisation layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from convlint.symbolic.comparison import divides, unequal
from convlint.symbolic.connectives import any_of
from convlint.symbolic.dim import Size
from convlint.trace.ops.parameters import sizes_of
from convlint.trace.ops.registry import shape_rule
from convlint.trace.session import Session
from convlint.trace.tensor import Value, shape_of


@shape_rule("batch_norm", kind="norm")
def batch_norm(
    session: Session, input: torch.Tensor, running_mean: Any = None, running_var: Any = None, weight: Any = None,
    bias: Any = None, training: bool = False, *arguments: Any, **options: Any,
) -> Any:
    shape = shape_of(input)
    if training:
        _require_several(session, (shape[0], *shape[2:]), "value per channel when training")
    return _by_feature(session, input, running_mean, weight, bias)


@shape_rule("instance_norm", kind="norm")
def instance_norm(
    session: Session, input: torch.Tensor, running_mean: Any = None, running_var: Any = None, weight: Any = None,
    bias: Any = None, use_input_stats: bool = True, *arguments: Any, **options: Any,
) -> Any:
    if use_input_stats:
        _require_several(session, shape_of(input)[2:], "spatial element when training")
    return _by_feature(session, input, running_mean, weight, bias)


def _require_several(session: Session, sizes: Sequence[Size], what: str) -> None:
    """PyTorch takes no statistics of one value, in ``eval`` mode neither."""
    several = any_of(*(unequal(size, 1) for size in sizes))
    session.require(several, "shape-error", f"expected more than 1 {what}")


def _by_feature(session: Session, input: torch.Tensor, running_mean: Any, weight: Any, bias: Any) -> Value:
    shape = shape_of(input)
    statistics = [each for each in (running_mean, weight, bias) if isinstance(each, torch.Tensor)]
    features = shape_of(statistics[0])[0] if statistics else None
    session.describe("norm", "batch_norm", num_features=features)
    if len(shape) < 2:
        session.refuse("norm-mismatch", f"expected at least 2 dimensions, got {len(shape)}")
    if features is not None:
        session.require_equal(
            shape[1], features, "norm-mismatch", f"expected {features} features, got {shape[1]}",
            expected=features, found=shape[1],
        )
    return Value(shape, input.dtype)


@shape_rule("group_norm", kind="norm")
def group_norm(session: Session, input: torch.Tensor, num_groups: int, weight: Any = None, bias: Any = None,
               eps: float = 1e-5) -> Any:
    shape = shape_of(input)
    session.describe("norm", "group_norm", num_groups=num_groups)
    if isinstance(weight, torch.Tensor):
        expected = shape_of(weight)[0]
        session.require_equal(
            shape[1], expected, "norm-mismatch", f"expected {expected} channels, got {shape[1]}", expected=expected,
            found=shape[1],
        )
    session.require(divides(num_groups, shape[1]), "norm-mismatch",
                    f"{shape[1]} channels cannot be divided into {num_groups} groups")
    # What PyTorch counts: the batch times the channels of a group, and the spatial axes.
    _require_several(session, (shape[0] * shape[1] // num_groups, *shape[2:]), "value per channel when training")
    return Value(shape, input.dtype)


@shape_rule("layer_norm", "rms_norm", kind="norm")
def layer_norm(session: Session, input: torch.Tensor, normalized_shape: Any, weight: Any = None, bias: Any = None,
               eps: Any = 1e-5) -> Any:
    shape, wanted = shape_of(input), sizes_of((normalized_shape,))
    session.describe("norm", "layer_norm", normalized_shape=wanted)
    if len(shape) < len(wanted):
        session.refuse("norm-mismatch", f"normalised over {len(wanted)} dimensions, the input has {len(shape)}")
    for size, expected in zip(shape[len(shape) - len(wanted) :], wanted, strict=True):
        session.require_equal(
            size, expected, "norm-mismatch", f"expected a normalised size of {expected}, got {size}", expected=expected,
            found=size,
        )
    return Value(shape, input.dtype)


@shape_rule("local_response_norm", kind="norm")
def local_response_norm(session: Session, input: torch.Tensor, *_: Any, **__: Any) -> Any:
    if input.dim() < 3:
        session.refuse("norm-mismatch", f"expected at least 3 dimensions, got {input.dim()}")
    return Value(shape_of(input), input.dtype)


