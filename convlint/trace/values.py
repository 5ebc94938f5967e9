"""Walking the nested tuples, lists and dicts that torch functions take and give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from convlint.trace.exact import dim_of
from convlint.trace.layout import UNKNOWN, Layout
from convlint.trace.size_tuple import SizeTuple
from convlint.trace.symbool import SizeBool
from convlint.trace.symint import SizeFloat, SizeInt
from convlint.trace.tensor import SymbolicTensor, Value


def is_symbolic(values: Any) -> bool:
    """Whether any of these arguments is, or holds, a symbolic tensor or size."""
    for value in values:
        kind = type(value)
        if kind is SymbolicTensor or kind is SizeInt or kind is SizeFloat or kind is SizeBool:
            return True
        if kind in (tuple, list, SizeTuple, torch.Size):
            if is_symbolic(value):
                return True
        elif kind is slice:
            if is_symbolic((value.start, value.stop, value.step)):
                return True
        elif kind is dict and is_symbolic(value.values()):
            return True
    return False


def map_nested(value: Any, convert: Callable[[Any], Any]) -> Any:
    """The same structure with its leaves converted."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(map_nested(item, convert) for item in value))
    if isinstance(value, (tuple, list)):
        items = [map_nested(item, convert) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, dict):
        return {key: map_nested(item, convert) for key, item in value.items()}
    if isinstance(value, slice):
        return slice(convert(value.start), convert(value.stop), convert(value.step))
    return convert(value)


def with_tensors(result: Any, layout: Layout = None) -> Any:
    """What a shape rule answered, each `Value` a tensor; ``layout`` is that of values that tell none."""
    if type(result) is Value:
        tensor = SymbolicTensor.of(result.shape, result.dtype)
        if result.layout is not None:
            tensor.lies = result.layout
        elif layout is not None:
            tensor.lies = layout
        return tensor
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        return type(result)(*(with_tensors(item, layout) for item in result))
    if type(result) in (tuple, list):
        return type(result)(with_tensors(item, layout) for item in result)
    return result


def without_data(result: Any) -> Any:
    """What a kernel answered, its meta tensors made symbolic ones."""

    def convert(item: Any) -> Any:
        if isinstance(item, torch.Tensor) and type(item) is not SymbolicTensor:
            tensor = SymbolicTensor.of(tuple(dim_of(size) for size in item.shape), item.dtype)
            tensor.lies = UNKNOWN
            return tensor
        return item

    if isinstance(result, tuple) and type(result).__module__ == "torch.return_types":
        return tuple(convert(item) for item in result)
    return map_nested(result, convert)
