"""A tensor without data whose sizes are exact symbolic sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch

from convlint.graph.model import TensorValue
from convlint.symbolic.dim import Size
from convlint.trace.exact import dim_of
from convlint.trace.layout import Layout, strided


@dataclass(frozen=True, slots=True)
class Value:
    """What a shape rule answers for one output tensor: sizes and dtype, and its layout where the rule knows it."""

    shape: tuple[Size, ...]
    dtype: torch.dtype
    layout: Layout = None


class SymbolicTensor(torch.Tensor):
    """A real ``torch.Tensor`` for ``isinstance``, its dtype, device and rank true, its sizes ours.

    PyTorch's own view of it is a meta tensor of ones: no kernel may see it, so reaching one raises.  All that user code
    does with it passes through the tracer's ``TorchFunctionMode`` first.
    """

    sizes: tuple[Size, ...]
    source: Any
    """The fx node that yields it."""
    lies: Layout = None
    """How its elements lie in memory (``layout`` is torch's name for something else)."""

    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @staticmethod
    def of(shape: tuple[Size, ...], dtype: torch.dtype, source: Any = None) -> SymbolicTensor:
        """A tensor of these sizes."""
        tensor: SymbolicTensor = torch.Tensor._make_wrapper_subclass(
            SymbolicTensor,
            (1,) * len(shape),
            dtype=dtype,
            device="meta",  # type: ignore[arg-type]
        )
        tensor.sizes = shape
        tensor.source = source
        return tensor

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        raise NotImplementedError(f"{func} reached a kernel with symbolic sizes")


def shape_of(tensor: torch.Tensor) -> tuple[Size, ...]:
    """The sizes of a tensor, symbolic or real."""
    if type(tensor) is SymbolicTensor:
        return tensor.sizes
    return tuple(dim_of(size) for size in tensor.shape)


def layout_of(tensor: torch.Tensor) -> Layout:
    """How the elements of a tensor, symbolic or real, lie in memory."""
    if type(tensor) is SymbolicTensor:
        return tensor.lies
    return None if tensor.is_contiguous() else strided(shape_of(tensor), [dim_of(each) for each in tensor.stride()])


def all_contiguous(values: Iterable[Any]) -> bool:
    """Whether the symbolic tensors among these values, and in lists of theirs, are contiguous.

    Parameters are taken to be.
    """
    for value in values:
        kind = type(value)
        if kind is SymbolicTensor:
            if value.lies is not None:
                return False
        elif (kind is list or kind is tuple) and value and type(value[0]) is SymbolicTensor:
            if not all_contiguous(value):
                return False
    return True


def value_of(tensor: torch.Tensor) -> Value:
    """Sizes and dtype of a tensor, symbolic or real."""
    return Value(shape_of(tensor), tensor.dtype)


def tensors_in(value: Any) -> Iterator[torch.Tensor]:
    """Every tensor inside nested tuples, lists, dicts and dataclass-like outputs."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors_in(item)
    elif hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        for name in value.__dataclass_fields__:
            yield from tensors_in(getattr(value, name))


def tensor_values(result: Any) -> tuple[TensorValue, ...]:
    """The tensors of what a call gave back, as the rules see them."""
    return tuple(TensorValue(shape_of(t), _dtype_name(t.dtype)) for t in tensors_in(result))


@cache
def _dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
