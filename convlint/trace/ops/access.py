"""Reading a tensor's sizes and attributes: no node of its own, the numbers are sizes."""

from __future__ import annotations

from math import prod
from typing import Any

import torch

from convlint.symbolic.comparison import equal
from convlint.symbolic.connectives import all_of
from convlint.trace.expression import Expression
from convlint.trace.layout import ORDERS, contiguous_where, strides_of
from convlint.trace.ops.registry import shape_rule
from convlint.trace.session import Session
from convlint.trace.size_tuple import SizeTuple
from convlint.trace.tensor import SymbolicTensor, Value, shape_of


def _size(session: Session, tensor: Any, axis: int) -> Any:
    return session.scalar(shape_of(tensor)[axis], Expression(None, getattr(tensor, "source", None), axis))


@shape_rule("get:shape", recorded=False)
def shape(session: Session, tensor: torch.Tensor) -> Any:
    if type(tensor) is not SymbolicTensor:
        return NotImplemented
    return SizeTuple([_size(session, tensor, axis) for axis in range(len(tensor.sizes))])


@shape_rule("size", recorded=False)
def size(session: Session, tensor: torch.Tensor, dim: int | None = None) -> Any:
    if type(tensor) is not SymbolicTensor:
        return NotImplemented
    if dim is None:
        return shape(session, tensor)
    rank = len(tensor.sizes)
    if not -rank <= dim < rank:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}], but got {dim})")
    return _size(session, tensor, dim % rank)


@shape_rule("__len__", recorded=False)
def length(session: Session, tensor: torch.Tensor) -> Any:
    if type(tensor) is not SymbolicTensor:
        return NotImplemented
    if not tensor.sizes:
        raise TypeError("len() of a 0-d tensor")
    return session.specialise(tensor.sizes[0])


@shape_rule("numel", "nelement", recorded=False)
def numel(session: Session, tensor: torch.Tensor) -> Any:
    if type(tensor) is not SymbolicTensor:
        return NotImplemented
    return session.scalar(prod(tensor.sizes), Expression(torch.numel, tensor))


@shape_rule("stride", recorded=False)
def stride(session: Session, tensor: torch.Tensor, dim: int | None = None) -> Any:
    """Where the layout is not known, as if it were contiguous."""
    if type(tensor) is not SymbolicTensor:
        return NotImplemented
    strides = strides_of(tensor.sizes, tensor.lies) or strides_of(tensor.sizes, None) or ()
    values = tuple(session.scalar(each, Expression(None)) for each in strides)
    return values if dim is None else values[dim]


@shape_rule("is_contiguous", recorded=False)
def is_contiguous(session: Session, tensor: torch.Tensor, memory_format: Any = torch.contiguous_format) -> Any:
    """Where the layout is not known, as if it were contiguous."""
    if type(tensor) is not SymbolicTensor:
        return NotImplemented
    order = ORDERS.get(memory_format)
    if order is not None and len(order) != len(tensor.sizes):
        return False
    is_so = contiguous_where(tensor.sizes, tensor.lies, order)
    return memory_format is torch.contiguous_format if is_so is None else session.branch(is_so)


@shape_rule("storage_offset", recorded=False)
def storage_offset(_session: Session, tensor: torch.Tensor) -> Any:
    return 0 if type(tensor) is SymbolicTensor else NotImplemented


@shape_rule("requires_grad_", "retain_grad", "register_hook", "__setstate__", recorded=False)
def no_effect(_session: Session, tensor: torch.Tensor, *_: Any, **__: Any) -> Any:
    return tensor


@shape_rule("__iter__", recorded=False)
def iterate(session: Session, tensor: torch.Tensor) -> Any:
    """Rows of a tensor: as many as the first size, which must become a number."""
    if type(tensor) is not SymbolicTensor:
        return NotImplemented
    return iter(tensor.unbind(0)) if session.specialise(tensor.sizes[0]) else iter(())


@shape_rule("is_same_size", recorded=False)
def is_same_size(session: Session, a: torch.Tensor, b: torch.Tensor) -> Any:
    left, right = shape_of(a), shape_of(b)
    if len(left) != len(right):
        return False
    return session.branch(all_of(*(equal(x, y) for x, y in zip(left, right, strict=True))))


@shape_rule("type")
def type_(_session: Session, tensor: torch.Tensor, dtype: Any = None, *_: Any, **__: Any) -> Any:
    if dtype is None:
        return "torch.FloatTensor"
    if not isinstance(dtype, torch.dtype):  # "torch.DoubleTensor", torch.DoubleTensor
        dtype = torch.empty(0).type(dtype).dtype
    return Value(shape_of(tensor), dtype)
