"""PyTorch's own meta kernels for what has no shape rule: on symbolic sizes where they can, else at one size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch._dispatch.python import enable_python_dispatcher

from convlint.trace.expression import Expression
from convlint.trace.session import Refused, Session, Untraceable
from convlint.trace.tensor import SymbolicTensor, shape_of, tensors_in
from convlint.trace.values import map_nested, without_data


def call_kernel(session: Session, name: str, func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """The result of a torch function from its meta kernel, on tensors whose sizes are our SymInts."""
    with enable_python_dispatcher():
        try:
            result = func(*_materialised(session, args), **_materialised(session, kwargs))
        except (Refused, Untraceable):
            raise
        except Exception:
            pass
        else:
            return without_data(result)
    return _call_specialised(session, name, func, args, kwargs)


def _call_specialised(session: Session, name: str, func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Where the kernels cannot answer symbolically: PyTorch's word at one size, and nothing claimed beyond it."""
    try:
        result = func(*concrete(session, args), **concrete(session, kwargs))
    except NotImplementedError as error:
        if "data-independent" in str(error):
            plain = name.strip("_")
            raise Untraceable(f"the size of what {plain} gives depends on the values of a tensor") from None
        raise Untraceable(f"{name}: {_first_line(error)}") from None
    except Exception as error:
        if _is_data_dependent(error):
            raise Untraceable(f"the result of {name} depends on the values of a tensor") from None
        session.refuse("shape-error", _first_line(error))
        raise
    for tensor in tensors_in((args, kwargs)):
        for size in shape_of(tensor):
            session.specialise(size)
    _specialise_sizes(session, (args, kwargs))
    return without_data(result)


def concrete(session: Session, value: Any) -> Any:
    """Arguments at the nominal size: meta tensors and numbers."""
    nominal = session.nominal_value

    def convert(item: Any) -> Any:
        if type(item) is SymbolicTensor:
            return torch.empty([int(nominal(size)) for size in item.sizes], dtype=item.dtype, device="meta")
        if isinstance(item, (torch.SymInt, torch.SymFloat, torch.SymBool)):
            number = nominal(item.node.value)
            return float(number) if isinstance(item, torch.SymFloat) else number
        if isinstance(item, torch.Tensor) and item.device.type != "meta":
            return item.to("meta") if item.dim() else item
        return item

    return map_nested(value, convert)


def _materialised(session: Session, value: Any) -> Any:
    def convert(item: Any) -> Any:
        if type(item) is SymbolicTensor:
            sizes = [session.scalar(size, Expression(None)) for size in item.sizes]
            return torch.empty(sizes, dtype=item.dtype, device="meta")
        if isinstance(item, torch.Tensor) and item.device.type != "meta":
            return torch.empty_like(item, device="meta") if item.dim() else item
        return item

    return map_nested(value, convert)


def _specialise_sizes(session: Session, value: Any) -> None:
    def convert(item: Any) -> Any:
        if isinstance(item, (torch.SymInt, torch.SymFloat)):
            session.specialise(item.node.value)
        return item

    map_nested(value, convert)


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _is_data_dependent(error: BaseException) -> bool:
    text = str(error)
    return type(error).__name__ in ("DataDependentOutputException", "GuardOnDataDependentSymNode") or (
        "meta tensor" in text.lower() or ("Meta" in text and "not available" in text)
    )
