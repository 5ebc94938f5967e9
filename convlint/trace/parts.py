"""The parts of a model that can be looked at alone: its submodules of the user's own classes (worker side)."""

from __future__ import annotations

import sys
from typing import Any

from torch import nn
from torch.nn.parameter import is_lazy

from convlint.trace.blame import is_user_file
from convlint.trace.failures import LIBRARIES
from convlint.trace.load import Loaded
from convlint.trace.protocol import Part

_PLAIN = (bool, int, float, str, tuple, list, type(None))


def parts_of(loaded: Loaded) -> tuple[Part, ...]:
    """The parts, each before those inside of it; shared ones once."""
    first: dict[object, str] = {}
    return tuple(
        Part(path, type(module).__name__, first.setdefault(_likeness(module), path))
        for path, module in loaded.module.named_modules()
        if path and _is_users(module, loaded.target.roots)
    )


def _is_users(module: nn.Module, roots: tuple[str, ...]) -> bool:
    """Whether the user wrote its class, and it is more than a container."""
    home = sys.modules.get(type(module).__module__)
    file = getattr(home, "__file__", None) or ""
    return is_user_file(file, roots, LIBRARIES) and type(module).forward is not nn.Module.forward


def _likeness(module: nn.Module) -> object:
    """What two parts that are built in the same way have in common: classes, plain attributes and weights inside."""
    return tuple((path, type(each), _attributes(each), _weights(each)) for path, each in module.named_modules())


def _attributes(module: nn.Module) -> object:
    attributes = vars(module).items()
    return tuple(sorted((name, repr(value)) for name, value in attributes if issubclass(type(value), _PLAIN)))


def _weights(module: nn.Module) -> object:
    parameters: list[tuple[str, Any]] = list(module.named_parameters(recurse=False))
    return tuple((name, None if is_lazy(value) else value.shape) for name, value in parameters)
