"""How each torch function is met: which rule answers it, which is let through, how it is written down."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from convlint.trace import ops
from convlint.trace.ops.registry import RULES, ShapeRule

ops.load()

_OPERATORS: dict[str, Callable[..., Any]] = {
    f"__{name}__": getattr(operator, name)
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "neg", "getitem", "setitem",
                 "lt", "le", "gt", "ge", "eq", "ne", "iadd", "isub", "imul", "itruediv")
}
_OPERATORS |= {"__and__": operator.and_, "__or__": operator.or_, "__invert__": operator.invert}

_NATIVE = frozenset({
    "dim", "ndimension", "is_floating_point", "is_complex", "is_tensor", "is_nonzero_", "element_size", "get_device",
    "get:dtype", "get:device", "get:ndim", "get:layout", "get:is_cuda", "get:is_cpu", "get:is_meta", "get:is_mps",
    "get:is_sparse", "get:is_quantized", "get:requires_grad", "set:requires_grad", "get:grad_fn", "get:is_leaf",
    "get:grad", "get:names", "get:is_xla", "get:is_nested", "get:is_mkldnn", "get:is_vulkan", "get:is_xpu",
    "get:is_ipu", "get:is_sparse_csr", "get:_version", "get:output_nr", "get:retains_grad", "has_names",
    "is_inference", "is_conj", "is_neg", "is_signed", "is_shared", "is_pinned", "__hash__", "__repr__", "__format__",
    "dim_order", "get:_base", "can_cast", "get_default_dtype", "set_default_dtype", "result_type", "_is_view",
    "is_distributed", "get:itemsize", "_assert",
})
NEEDS_DATA = frozenset({
    "item", "tolist", "numpy", "__bool__", "__float__", "__int__", "__index__", "__complex__", "equal", "allclose",
    "is_nonzero", "__array__", "__contains__", "nonzero", "unique", "masked_select", "unique_consecutive", "bincount",
})


@dataclass(frozen=True, slots=True)
class Entry:
    """How one torch function is answered and written down."""

    name: str
    rule: ShapeRule | None
    native: bool
    inplace: bool
    op: str
    target: Any


def _public_name(func: Any) -> str:
    name: str = getattr(func, "__name__", "")
    if name in ("__get__", "__set__"):
        return f"{name[2:5]}:{func.__self__.__name__}"
    return "F.unfold" if func is torch.nn.functional.unfold else name


def _is_method(func: Any, name: str) -> bool:
    """Whether ``func`` is the method of tensors of this name, or a wrapper of it, as ``**`` is of ``pow``."""
    method = getattr(torch.Tensor, name, None) if name else None
    return method is not None and (method is func or getattr(func, "__module__", None) == "torch._tensor")


def entry_of(func: Any) -> Entry:
    name = _public_name(func)
    base, inplace = name, False
    if name.startswith("__i") and name.endswith("__") and f"__{name[3:]}" in _OPERATORS and name != "__invert__":
        base, inplace = f"__{name[3:]}", True
    elif name.endswith("_") and not name.endswith("__") and name not in RULES:
        base, inplace = name[:-1], True
    is_overload = isinstance(func, (torch._ops.OpOverload, torch._ops.OpOverloadPacket))
    rule = None if is_overload else RULES.get(base)
    op: str
    target: Any
    if name in _OPERATORS:
        op, target = "call_function", _OPERATORS[name]
    elif name.startswith("get:"):
        op, target = "call_function", (getattr, name[4:])
    elif not is_overload and _is_method(func, name):
        op, target = "call_method", name
    else:
        op, target = "call_function", func
    return Entry(name, rule, name in _NATIVE, inplace, op, target)
