"""Run a model in plain PyTorch on meta tensors of concrete sizes: what happens, and how far it comes (worker side)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.modules.lazy import LazyModuleMixin
from torch.utils._pytree import tree_leaves, tree_map_only

from convlint.trace.arrange import arrange
from convlint.trace.function_mode import FunctionMode
from convlint.trace.protocol import ConcreteInput
from convlint.trace.state import restored

_META_LIMITS = (
    "meta tensor",
    "Meta tensor",
    "meta device",
    "'Meta' backend",
    "'Meta' device",
    "Meta backend",
    "is on meta device",
    "on the meta",
    "device meta",
    "DynamicOutputShape",
    "data-dependent",
    "raises unimplemented by default",
)
"""Words by which PyTorch says that a meta tensor has no values, which is no property of the model."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: the output or the exception, and after how many calls that make tensors."""

    output: object
    error: BaseException | None
    progress: int

    @property
    def is_unsupported(self) -> bool:
        """Whether it stopped only because meta tensors hold no values."""
        return self.error is not None and says_meta(self.error)

    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Sizes of the output's tensors, in order."""
        leaves = tree_leaves(self.output)
        return tuple(tuple(leaf.shape) for leaf in leaves if isinstance(leaf, torch.Tensor))


def says_meta(error: BaseException) -> bool:
    """Whether ``error`` speaks of a limit of meta tensors rather than of the model."""
    text = str(error)
    return any(words in text for words in _META_LIMITS)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the memory limit was met, in Python or in torch's allocator."""
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "can't allocate memory" in str(error))


class _OneDevice(FunctionMode):
    """Counts calls that make tensors, and moves a real tensor to meta where it meets a meta one.

    Constructors that need values leave real tensors on the model, which a plain meta run would refuse to mix.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def call(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        devices = {leaf.device.type for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)}
        if len(devices) > 1 and "meta" in devices:
            args, kwargs = tree_map_only(torch.Tensor, lambda tensor: tensor.to("meta"), (args, kwargs))
        result = func(*args, **kwargs)
        if isinstance(result, (torch.Tensor, tuple, list)) and not isinstance(result, torch.Size):
            self.calls += 1
        return result


def run_on_meta(
    module: nn.Module, inputs: Sequence[ConcreteInput], watching: AbstractContextManager[object] | None = None
) -> Run:
    """Call ``module`` on meta tensors of these sizes and put its state back; exits and MemoryError pass through.

    Tensors that ``forward`` makes are on meta too; where it needs their values, they are real.  ``watching`` is a mode
    that sees each torch function with its tensors on one device.
    """
    watching = watching or nullcontext()
    run = _run(module, inputs, torch.device("meta"), watching)
    if not run.is_unsupported:
        return run
    with_values = _run(module, inputs, nullcontext(), watching)
    return run if with_values.is_unsupported else with_values


def _run(
    module: nn.Module, inputs: Sequence[ConcreteInput], making: AbstractContextManager[object],
    watching: AbstractContextManager[object],
) -> Run:
    mode = _OneDevice()
    try:
        tensors = [torch.empty(item.shape, dtype=getattr(torch, item.dtype), device="meta") for item in inputs]
        positional, keyword = arrange(module, [item.name for item in inputs], tensors)
        with nullcontext() if _is_unfinished(module) else restored(module), torch.no_grad(), making, watching, mode:
            return Run(module(*positional, **keyword), None, mode.calls)
    except MemoryError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise MemoryError(str(error)).with_traceback(error.__traceback__) from None
        return Run(None, error, mode.calls)


def _is_unfinished(module: nn.Module) -> bool:
    """Whether lazy layers wait for their first input, which shall change them for good."""
    return any(isinstance(part, LazyModuleMixin) and part.has_uninitialized_params() for part in module.modules())
