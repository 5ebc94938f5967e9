"""What a torch function gives back: by its shape rule, else by PyTorch's own meta kernels on our sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from convlint.trace.functions import NEEDS_DATA, Entry
from convlint.trace.kernels import call_kernel, concrete
from convlint.trace.layout import UNKNOWN, Layout, elementwise
from convlint.trace.ops.registry import Lays
from convlint.trace.python_names import ORIGINALS
from convlint.trace.session import Refused, Session, Untraceable
from convlint.trace.tensor import SymbolicTensor, Value, all_contiguous, layout_of, shape_of, tensors_in
from convlint.trace.values import with_tensors

_RESHAPING = frozenset({"squeeze", "unsqueeze", "t", "transpose", "swapaxes", "swapdims", "resize", "resize_as"})
"""Operations whose in-place variants change the shape of their tensor."""


def answer(session: Session, entry: Entry, func: Any, args: Any, kwargs: Any) -> Any:
    """What its shape rule says, else what PyTorch's meta kernel gives on our sizes."""
    if kwargs:
        kwargs = {
            key: ORIGINALS.get(value, value) if isinstance(value, type) else value
            for key, value in kwargs.items()
            if key != "out" or value is not None
        }
    if any(isinstance(a, type) for a in args):
        args = tuple(ORIGINALS.get(a, a) if isinstance(a, type) else a for a in args)
    rule = entry.rule
    if rule is not None:
        if session.facts is None:
            session.facts = (rule.kind, entry.name.strip("_"), {})
        try:
            result = rule.function(session, *args, **kwargs)
        except TypeError as error:
            if not _is_signature_error(error, rule.function):
                raise
            result = NotImplemented
        if result is not NotImplemented:
            layout = rule.layout
            if rule.follows is not None and not (
                all_contiguous(args) and (not kwargs or all_contiguous(kwargs.values()))
            ):
                layout = _followed(rule.follows, args, kwargs, result)
            return with_tensors(result, layout)
    if entry.name in NEEDS_DATA:
        raise _needs_values(entry)
    return call_kernel(session, entry.name, func, args, kwargs)


def _followed(lays: Lays, args: tuple[Any, ...], kwargs: Mapping[str, Any] | None, result: Any) -> Layout:
    """The layout of what an operation makes of tensors that are not all contiguous."""
    if lays is not Lays.ELEMENTWISE or type(result) is not Value:
        return UNKNOWN
    values = (*args, *kwargs.values()) if kwargs else args
    return elementwise(result.shape, ((shape_of(each), layout_of(each)) for each in tensors_in(values)))


def _is_signature_error(error: TypeError, function: Callable[..., Any]) -> bool:
    """Whether the rule itself was called with arguments it does not have (and nothing inside it failed)."""
    traceback = error.__traceback__
    return traceback is not None and traceback.tb_next is None and function.__name__ in str(error)


def write_in_place(session: Session, name: str, target: torch.Tensor, result: Any) -> Any:
    """What the operation ``name`` gives back that writes ``result`` into ``target``."""
    if not isinstance(result, SymbolicTensor) or result is target:
        return target
    if name in _RESHAPING:
        if not isinstance(target, SymbolicTensor) or result.dim() != target.dim():
            raise Untraceable(f"{name}_ gives a tensor another shape in place")
        target.sizes, target.lies = result.sizes, result.lies
        return target
    before = shape_of(target)
    if len(before) != len(result.sizes) or not torch.can_cast(result.dtype, target.dtype):
        session.refuse("shape-error", f"{name}_ cannot write a result of another rank or dtype")
    for a, b in zip(before, result.sizes, strict=True):
        session.require_equal(
            a, b, "shape-error", "an in-place operation cannot change the size of its tensor"
        )
    return target


def run_concrete(session: Session, entry: Entry, func: Any, args: Any, kwargs: Any) -> Any:
    """What a torch function gives where nothing that it is given is symbolic."""
    if entry.name in NEEDS_DATA and any(t.is_meta for t in tensors_in((args, kwargs))):
        raise _needs_values(entry)
    try:
        result = _normalised(session, entry, args, kwargs)
        return func(*args, **kwargs) if result is None else result
    except RuntimeError:
        mixed = {t.device.type for t in tensors_in((args, kwargs))}
        if len(mixed) < 2:
            raise
        return func(*concrete(session, args), **concrete(session, kwargs))


def _normalised(session: Session, entry: Entry, args: Any, kwargs: Any) -> torch.Tensor | None:
    """The size of normalised weights, None where a kernel must say it: PyTorch's takes a hundred times as long."""
    if entry.rule is None or entry.rule.kind != "norm" or not all(t.is_meta for t in tensors_in((args, kwargs))):
        return None
    pending = list(session.pending)
    try:
        result = entry.rule.function(session, *args, **kwargs)
    except (Refused, TypeError):
        session.pending = pending
        return None
    if type(result) is not Value:
        return None
    return torch.empty(result.shape, dtype=result.dtype, device="meta")  # type: ignore[arg-type]


def _needs_values(entry: Entry) -> Untraceable:
    return Untraceable(f"the model needs the values of a tensor here ({entry.name.strip('_')}), not only its sizes")
