"""One call of a model repeated alone on the CPU: meta kernels check less than those of a device (worker side).

That of a transposed convolution looks at neither its channels nor its output padding, that of a convolution not at the
groups of its output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.utils._pytree import tree_leaves, tree_map_only

from convlint.graph.model import CallSite
from convlint.trace import origin
from convlint.trace.function_mode import FunctionMode
from convlint.trace.replay import is_out_of_memory, says_meta

_MOST_BYTES = 1 << 28
"""The size of the tensors, arguments and results together, up to which a call is repeated."""

_SMALL = 32
"""The size that is left of each axis of a map that is too large."""

_CONVOLUTIONS = frozenset({
    torch.conv1d, torch.conv2d, torch.conv3d,
    torch.conv_transpose1d, torch.conv_transpose2d, torch.conv_transpose3d,
})


class TooLargeError(Exception):
    """The tensors of a call are too large to be made."""


@contextmanager
def repeating_on_cpu(module: nn.Module, site: CallSite, roots: tuple[str, ...]) -> Iterator[FunctionMode]:
    """The mode in which the call at ``site`` is repeated on zeros of the sizes that reach it.

    There, the call raises what the CPU raises, and `TooLargeError` where it cannot be tried.
    """
    mode = _Repeating(site, roots)
    if site.layer is None:
        yield mode
        return
    layer = module.get_submodule(site.layer)
    hooks = (
        layer.register_forward_pre_hook(lambda *_: mode.enter()),
        layer.register_forward_hook(lambda *_: mode.leave(), always_call=True),
    )
    try:
        yield mode
    finally:
        for hook in hooks:
            hook.remove()


class _Repeating(FunctionMode):
    """Repeats the functions of one layer, or those called at one place of the source."""

    def __init__(self, site: CallSite, roots: tuple[str, ...]) -> None:
        super().__init__()
        self._site = site
        self._roots = roots
        self._is_inside = False

    def enter(self) -> None:
        self._is_inside = True

    def leave(self) -> None:
        self._is_inside = False

    def call(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        if not self._is_meant():
            return func(*args, **kwargs)
        # What it is given keeps its sizes there, even where it changes them in place.
        given, named = tree_map_only(torch.Tensor, torch.Tensor.detach, (args, kwargs))
        limit: Exception | None = None
        result: Any = None
        try:
            result = func(*args, **kwargs)
        except Exception as error:
            if not says_meta(error):
                raise
            limit = error
        if limit is not None or _bytes(result):
            _repeat(func, given, named, result)
        if limit is not None:
            raise limit
        return result

    def _is_meant(self) -> bool:
        if self._site.layer is not None:
            return self._is_inside
        return self._site.call is not None and origin.user_span(self._roots) == self._site.call


def _repeat(func: Callable[..., Any], args: Any, kwargs: Any, result: Any) -> None:
    """Call it on zeros for what it raises; that the CPU lacks a kernel says nothing."""
    if _bytes((args, kwargs, result)) > _MOST_BYTES:
        args, result = _smaller(func, args, kwargs)
        if _bytes((args, kwargs, result)) > _MOST_BYTES:
            raise TooLargeError
    try:
        args, kwargs = tree_map_only(torch.Tensor, _zeros, (args, kwargs))
        func(*args, **kwargs)
    except NotImplementedError:
        return
    except Exception as error:
        if is_out_of_memory(error):
            raise TooLargeError from error
        raise


def _smaller(func: Callable[..., Any], args: Any, kwargs: Any) -> tuple[Any, Any]:
    """The arguments of a convolution with one small sample, and its result.

    A size matters to it only where a window does not fit, and that a meta kernel tells.
    """
    if func not in _CONVOLUTIONS or len(args) < 2 or args[0].dim() != args[1].dim():
        raise TooLargeError
    samples, *weights = args
    small = samples[(slice(1), slice(None), *[slice(_SMALL)] * (samples.dim() - 2))].contiguous()
    try:
        return (small, *weights), func(small, *weights, **kwargs)
    except Exception as error:
        raise TooLargeError from error


def _zeros(tensor: torch.Tensor) -> torch.Tensor:
    """Zeros in the memory layout of a tensor."""
    memory = torch.zeros(_extent(tensor), dtype=tensor.dtype, device="cpu")
    return memory.as_strided(tensor.size(), tensor.stride())


def _extent(tensor: torch.Tensor) -> int:
    """The number of elements that lie between its first and its last."""
    if not tensor.numel():
        return 0
    return 1 + sum((size - 1) * stride for size, stride in zip(tensor.size(), tensor.stride(), strict=True))


def _bytes(values: Any) -> int:
    leaves = tree_leaves(values)
    return sum(_extent(leaf) * leaf.itemsize for leaf in leaves if isinstance(leaf, torch.Tensor))
