"""Reductions over axes."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from convlint.symbolic.comparison import greater_equal, less_equal
from convlint.symbolic.connectives import all_of
from convlint.symbolic.dim import Size
from convlint.trace.exact import dim_of
from convlint.trace.ops.broadcast import broadcast, result_dtype, shapes_of
from convlint.trace.ops.parameters import normal_axes, normal_axis
from convlint.trace.ops.registry import shape_rule
from convlint.trace.session import Session
from convlint.trace.tensor import Value, shape_of


def _reduced(session: Session, shape: tuple[Size, ...], dim: Any, keepdim: bool) -> tuple[Size, ...]:
    if dim is None or (isinstance(dim, (list, tuple)) and not dim):
        return (1,) * len(shape) if keepdim else ()
    axes = normal_axes(session, dim, len(shape))
    if keepdim:
        return tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def _require_cells(session: Session, shape: tuple[Size, ...], dim: Any) -> None:
    """An extreme is one of the values, so that there must be one."""
    whole = dim is None or dim == ()
    for axis in range(len(shape)) if whole else normal_axes(session, dim, len(shape)):
        size = shape[axis] if shape else 1
        session.require(greater_equal(size, 1), "shape-error",
                        partial("dimension {} of size {} has no largest or smallest value".format, axis, size))


def _reduction(dtype_of: Any, *, extreme: bool = False) -> Any:
    def reduction(session: Session, input: torch.Tensor, dim: Any = None, keepdim: bool = False, *_: Any,
                  dtype: Any = None, axis: Any = None, **options: Any) -> Any:
        result = dtype if isinstance(dtype, torch.dtype) else dtype_of(input.dtype)
        if isinstance(dim, (bool, torch.dtype)) or result is None:
            return NotImplemented
        if extreme:
            _require_cells(session, shape_of(input), dim if axis is None else axis)
        keep = bool(options.get("keepdims", keepdim))
        return Value(_reduced(session, shape_of(input), dim if axis is None else axis, keep), result)

    return reduction


def _summed(dtype: torch.dtype) -> torch.dtype:
    return dtype if dtype.is_floating_point or dtype.is_complex else torch.int64


def _same(dtype: torch.dtype) -> torch.dtype:
    return dtype


def _of_floats(dtype: torch.dtype) -> torch.dtype | None:
    """Integers are left to PyTorch, which takes them for some of these and not for others."""
    return dtype if dtype.is_floating_point else None


shape_rule("mean", "logsumexp", "nanmean", "norm_except_dim", kind="reduce")(_reduction(_of_floats))
shape_rule("amax", "amin", kind="reduce")(_reduction(_same, extreme=True))
shape_rule("sum", "nansum", kind="reduce")(_reduction(_summed))
shape_rule("all", "any", kind="reduce")(_reduction(lambda dtype: None if dtype is torch.uint8 else torch.bool))
shape_rule("count_nonzero", kind="reduce")(_reduction(lambda _: torch.int64))


@shape_rule("argmax", "argmin", kind="reduce")
def argument(session: Session, input: torch.Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    _require_cells(session, shape_of(input), dim)
    return Value(_reduced(session, shape_of(input), dim, keepdim), torch.int64)


@shape_rule("var", "std", kind="reduce")
def spread(
    session: Session, input: torch.Tensor, dim: Any = None, *arguments: Any, keepdim: bool = False, **_: Any
) -> Any:
    if isinstance(dim, bool) or arguments or not input.dtype.is_floating_point:
        return NotImplemented
    return Value(_reduced(session, shape_of(input), dim, keepdim), input.dtype)


@shape_rule("var_mean", "std_mean", kind="reduce")
def spread_and_mean(
    session: Session, input: torch.Tensor, dim: Any = None, *arguments: Any, keepdim: bool = False, **_: Any
) -> Any:
    value = spread(session, input, dim, *arguments, keepdim=keepdim)
    return NotImplemented if value is NotImplemented else (value, value)


@shape_rule("norm", kind="reduce")
def norm(
    session: Session, input: torch.Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, **_: Any
) -> Any:
    if not input.dtype.is_floating_point:
        return NotImplemented
    return Value(_reduced(session, shape_of(input), dim, keepdim), input.dtype)


@shape_rule("linalg_norm", "linalg_vector_norm", kind="reduce")
def linalg_norm(
    session: Session, input: torch.Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, **_: Any
) -> Any:
    return Value(_reduced(session, shape_of(input), dim, keepdim), input.dtype)


@shape_rule("max", "min", kind="reduce")
def extreme(session: Session, input: torch.Tensor, dim: Any = None, keepdim: bool = False, **options: Any) -> Any:
    other = dim if isinstance(dim, torch.Tensor) else options.get("other")
    if isinstance(other, torch.Tensor):
        session.describe("join", "maximum")
        return Value(broadcast(session, shapes_of(input, other)), result_dtype(input, other))
    if dim is None:
        _require_cells(session, shape_of(input), None)
        return Value((), input.dtype)
    return mode(session, input, dim, keepdim)


@shape_rule("median", "nanmedian", kind="reduce")
def median(session: Session, input: torch.Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The median of nothing at all is not a number; along an empty axis there is none."""
    return Value((), input.dtype) if dim is None else mode(session, input, dim, keepdim)


@shape_rule("mode", kind="reduce")
def mode(session: Session, input: torch.Tensor, dim: Any = -1, keepdim: bool = False) -> Any:
    """One of the values along an axis, and where it stands."""
    _require_cells(session, shape_of(input), dim)
    shape = _reduced(session, shape_of(input), dim, keepdim)
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
    axis, count = normal_axis(session, dim, len(shape)), dim_of(k)
    session.require(all_of(greater_equal(count, 0), less_equal(count, shape[axis])), "shape-error",
                    f"topk of {count} out of {shape[axis]}")
    shape[axis] = count
    return _Pair(Value(tuple(shape), input.dtype), Value(tuple(shape), torch.int64))


@shape_rule("sort", "cummax", "cummin", kind="other")
def sort(session: Session, input: torch.Tensor, *arguments: Any, **options: Any) -> Any:
    if arguments or "dim" in options:
        axis = options.get("dim", next((each for each in arguments if type(each) is int), -1))
        normal_axis(session, axis, input.dim())
    return _Pair(Value(shape_of(input), input.dtype), Value(shape_of(input), torch.int64))


@shape_rule("argsort", kind="other")
def argsort(session: Session, input: torch.Tensor, *arguments: Any, **options: Any) -> Any:
    return sort(session, input, *arguments, **options)[1]


@shape_rule("cosine_similarity", kind="reduce")
def cosine_similarity(session: Session, x1: torch.Tensor, x2: torch.Tensor, dim: int = 1, eps: float = 1e-8) -> Any:
    return Value(_reduced(session, broadcast(session, shapes_of(x1, x2)), dim, False), x1.dtype)


@shape_rule("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", kind="reduce")
def loss_of_differences(
    session: Session,
    input: torch.Tensor,
    target: torch.Tensor,
    *deprecated: Any,
    reduction: str = "mean",
    reduce: bool | None = None,
    **_: Any,
) -> Any:
    if deprecated or reduce is not None:
        return NotImplemented
    shape = broadcast(session, shapes_of(input, target))
    return Value(shape if reduction == "none" else (), result_dtype(input, target))


@shape_rule("cross_entropy", "nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "kl_div",
            kind="reduce")
def loss(_session: Session, input: torch.Tensor, *_: Any, reduction: str = "mean", **__: Any) -> Any:
    return Value((), input.dtype) if reduction != "none" else NotImplemented
