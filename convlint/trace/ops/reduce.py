"""Reductions over axes."""

from __future__ import annotations

from typing import Any

import torch

from convlint.symbolic import predicate as pred
from convlint.symbolic.dim import Size
from convlint.trace.ops.broadcast import broadcast, result_dtype, shapes_of
from convlint.trace.ops.registry import shape_rule
from convlint.trace.ops.views import normal_axis
from convlint.trace.session import Session
from convlint.trace.symint import dim_of
from convlint.trace.tensor import Value, shape_of


def _reduced(shape: tuple[Size, ...], dim: Any, keepdim: bool) -> tuple[Size, ...]:
    if dim is None or (isinstance(dim, (list, tuple)) and not dim):
        return (1,) * len(shape) if keepdim else ()
    axes = {normal_axis(axis, len(shape)) for axis in (dim if isinstance(dim, (list, tuple)) else (dim,))}
    if keepdim:
        return tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def _reduction(dtype_of: Any) -> Any:
    def reduction(_session: Session, input: torch.Tensor, dim: Any = None, keepdim: bool = False, *_: Any,
                  dtype: Any = None, axis: Any = None, **options: Any) -> Any:
        if isinstance(dim, (bool, torch.dtype)):
            return NotImplemented
        keep = bool(options.get("keepdims", keepdim))
        return Value(_reduced(shape_of(input), dim if axis is None else axis, keep), dtype or dtype_of(input.dtype))

    return reduction


def _summed(dtype: torch.dtype) -> torch.dtype:
    return dtype if dtype.is_floating_point or dtype.is_complex else torch.int64


shape_rule("mean", "logsumexp", "nanmean", "amax", "amin", "nansum", "norm_except_dim", kind="reduce")(
    _reduction(lambda d: d)
)
shape_rule("sum", kind="reduce")(_reduction(_summed))
shape_rule("all", "any", kind="reduce")(_reduction(lambda _: torch.bool))
shape_rule("count_nonzero", kind="reduce")(_reduction(lambda _: torch.int64))


@shape_rule("argmax", "argmin", kind="reduce")
def argument(_session: Session, input: torch.Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    return Value(_reduced(shape_of(input), dim, keepdim), torch.int64)


@shape_rule("var", "std", kind="reduce")
def spread(
    _session: Session, input: torch.Tensor, dim: Any = None, *arguments: Any, keepdim: bool = False, **_: Any
) -> Any:
    if isinstance(dim, bool) or arguments:
        return NotImplemented
    return Value(_reduced(shape_of(input), dim, keepdim), input.dtype)


@shape_rule("var_mean", "std_mean", kind="reduce")
def spread_and_mean(
    session: Session, input: torch.Tensor, dim: Any = None, *arguments: Any, keepdim: bool = False, **_: Any
) -> Any:
    value = spread(session, input, dim, *arguments, keepdim=keepdim)
    return NotImplemented if value is NotImplemented else (value, value)


@shape_rule("norm", kind="reduce")
def norm(
    _session: Session, input: torch.Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, **_: Any
) -> Any:
    return Value(_reduced(shape_of(input), dim, keepdim), input.dtype)


@shape_rule("linalg_norm", "linalg_vector_norm", kind="reduce")
def linalg_norm(
    _session: Session, input: torch.Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, **_: Any
) -> Any:
    return Value(_reduced(shape_of(input), dim, keepdim), input.dtype)


@shape_rule("max", "min", "median", "mode", kind="reduce")
def extreme(session: Session, input: torch.Tensor, dim: Any = None, keepdim: bool = False, **options: Any) -> Any:
    other = dim if isinstance(dim, torch.Tensor) else options.get("other")
    if isinstance(other, torch.Tensor):
        session.describe("join", "maximum")
        return Value(broadcast(session, shapes_of(input, other)), result_dtype(input, other))
    if dim is None:
        return Value((), input.dtype)
    shape = _reduced(shape_of(input), dim, keepdim)
    return _Pair(Value(shape, input.dtype), Value(shape, torch.int64))


class _Pair(tuple):  # type: ignore[type-arg]
    """``(values, indices)`` with names, as torch.return_types have."""

    __slots__ = ()
    _fields = ("values", "indices")

    def __new__(cls, values: Any, indices: Any) -> _Pair:
        return super().__new__(cls, (values, indices))

    @property
    def values(self) -> Any:
        return self[0]

    @property
    def indices(self) -> Any:
        return self[1]


@shape_rule("topk", kind="reduce")
def topk(session: Session, input: torch.Tensor, k: Any, dim: int = -1, *_: Any, **__: Any) -> Any:
    shape = list(shape_of(input))
    axis, count = normal_axis(dim, len(shape)), dim_of(k)
    session.require(pred.less_equal(count, shape[axis]), "shape-error", f"topk of {count} out of {shape[axis]}")
    shape[axis] = count
    return _Pair(Value(tuple(shape), input.dtype), Value(tuple(shape), torch.int64))


@shape_rule("sort", "cummax", "cummin", kind="other")
def sort(_session: Session, input: torch.Tensor, *_: Any, **__: Any) -> Any:
    return _Pair(Value(shape_of(input), input.dtype), Value(shape_of(input), torch.int64))


@shape_rule("argsort", kind="other")
def argsort(_session: Session, input: torch.Tensor, *_: Any, **__: Any) -> Any:
    return Value(shape_of(input), torch.int64)


@shape_rule("cosine_similarity", kind="reduce")
def cosine_similarity(session: Session, x1: torch.Tensor, x2: torch.Tensor, dim: int = 1, eps: float = 1e-8) -> Any:
    return Value(_reduced(broadcast(session, shapes_of(x1, x2)), dim, False), x1.dtype)


@shape_rule("cross_entropy", "nll_loss", "mse_loss", "l1_loss", "smooth_l1_loss", "binary_cross_entropy",
            "binary_cross_entropy_with_logits", "kl_div", kind="reduce")
def loss(_session: Session, input: torch.Tensor, *_: Any, reduction: str = "mean", **__: Any) -> Any:
    return Value((), input.dtype) if reduction != "none" else NotImplemented
