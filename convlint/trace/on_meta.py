"""Building models without memory and without the network: on meta tensors, and with no weights (worker side)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn


@contextmanager
def without_downloads() -> Iterator[None]:
    """Weights that would be fetched stay away, and none are loaded then: sizes do not depend on them."""
    download, load_file, load_state = torch.hub.download_url_to_file, torch.load, nn.Module.load_state_dict
    missing = False

    def download_nothing(*_: object, **__: object) -> None:
        nonlocal missing
        missing = True

    def load_file_that_is_there(*arguments: Any, **keywords: Any) -> Any:
        return defaultdict(lambda: torch.empty(0)) if missing else load_file(*arguments, **keywords)

    def load_state_that_is_there(self: nn.Module, *arguments: Any, **keywords: Any) -> Any:
        return None if missing else load_state(self, *arguments, **keywords)

    torch.hub.download_url_to_file = download_nothing
    torch.load = load_file_that_is_there
    nn.Module.load_state_dict = load_state_that_is_there  # type: ignore[method-assign]
    try:
        yield
    finally:
        torch.hub.download_url_to_file = download
        torch.load = load_file
        nn.Module.load_state_dict = load_state  # type: ignore[method-assign]


@contextmanager
def parameters_on_meta() -> Iterator[None]:
    """Every parameter goes to meta as it is registered, so that a large model takes no memory to speak of."""
    register = nn.Module.register_parameter

    def register_on_meta(self: nn.Module, name: str, param: nn.Parameter | None) -> None:
        register(self, name, param)
        if param is not None and param.device.type != "meta":
            kept = self._parameters[name]
            assert kept is not None
            moved = type(kept)(kept.to("meta"), requires_grad=kept.requires_grad)
            moved.__dict__.update(kept.__dict__)
            self._parameters[name] = moved

    nn.Module.register_parameter = register_on_meta  # type: ignore[method-assign]
    try:
        yield
    finally:
        nn.Module.register_parameter = register  # type: ignore[method-assign]


def moved(module: nn.Module) -> nn.Module:
    """The module on meta.  One that is there already is left alone: moving would finish lazy parameters too early."""
    tensors = (*module.parameters(), *module.buffers())
    return module if all(tensor.device.type == "meta" for tensor in tensors) else module.to("meta")


def with_parameters_moved(module: nn.Module) -> nn.Module:
    """The module, built for real, with its parameters on meta; buffers keep their values."""

    def on_meta(tensor: torch.Tensor) -> torch.Tensor:
        is_whole = isinstance(tensor, nn.Parameter) and not nn.parameter.is_lazy(tensor)
        return tensor.to("meta") if is_whole else tensor

    module._apply(on_meta)  # type: ignore[no-untyped-call]
    return module
