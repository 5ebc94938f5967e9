"""Letting a tracer see every module call and every torch function of user code."""

from __future__ import annotations

import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from convlint.trace.function_mode import FunctionMode
from convlint.trace.tracer import ShapeTracer


class _Mode(FunctionMode):
    def __init__(self, tracer: ShapeTracer) -> None:
        super().__init__()
        self.tracer = tracer

    def call(self, func: Any, args: Any, kwargs: Any) -> Any:
        return self.tracer.intercept(func, args, kwargs)


_listeners: list[ShapeTracer] = []
_module_call = torch.nn.Module.__call__
_function_apply = torch.autograd.Function.apply


def _call_module(self: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:
    if not _listeners:
        return _module_call(self, *args, **kwargs)
    return _listeners[-1].call_module_forward(self, _module_call, args, kwargs)


def _apply_function(cls: Any, *args: Any, **kwargs: Any) -> Any:
    if not _listeners:
        return _function_apply.__func__(cls, *args, **kwargs)  # type: ignore[attr-defined]
    if cls.setup_context is not torch.autograd.function._SingleLevelFunction.setup_context:
        return cls.forward(*args, **kwargs)
    return cls.forward(_Context(), *args, **kwargs)


# Once and for all: a change to ``nn.Module`` makes the interpreter forget what it knows of every subclass, which costs
# milliseconds a time.
torch.nn.Module.__call__ = _call_module  # type: ignore[method-assign]
torch.autograd.Function.apply = classmethod(_apply_function)  # type: ignore[assignment]


@contextmanager
def listening(tracer: ShapeTracer) -> Iterator[None]:
    """While active, the tracer sees every module call and every torch function."""
    _listeners.append(tracer)
    try:
        with torch.no_grad(), _Mode(tracer):
            yield
    finally:
        _listeners.pop()


class _Context(types.SimpleNamespace):
    """What a custom ``autograd.Function`` may say in its forward; there is no backward here."""

    def save_for_backward(self, *_: Any) -> None: ...

    def mark_dirty(self, *_: Any) -> None: ...

    def mark_non_differentiable(self, *_: Any) -> None: ...

    def set_materialize_grads(self, _value: bool) -> None: ...

    needs_input_grad = (False,) * 64
