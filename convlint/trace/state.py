"""What a ``forward`` leaves on its modules (cached grids, masks, counters), taken back after a run (worker side)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import nn


@contextmanager
def restored(module: nn.Module, keep: str = "") -> Iterator[None]:
    """Give every submodule its attributes back at the end; containers among them keep their identity.

    Attributes that ``module`` has gained stay where their name begins with ``keep``.
    """
    kept = [(part, dict(vars(part)), _copies(vars(part))) for part in module.modules()]
    try:
        yield
    finally:
        gained = {name: value for name, value in vars(module).items() if keep and name.startswith(keep)}
        for part, values, copies in kept:
            attributes = vars(part)
            for name in attributes.keys() - values.keys():
                del attributes[name]
            attributes.update(values)
            for name, copy in copies.items():
                _refill(values[name], copy)
        vars(module).update(gained)


def _copies(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Copies of the containers among some attributes."""
    return {name: value.copy() for name, value in attributes.items() if type(value) in (dict, list, set)}


def _refill(container: Any, copy: Any) -> None:
    """Bring a container back to what ``copy`` holds; entries are compared by identity, as tensors have to be."""
    if isinstance(container, list):
        if len(container) != len(copy) or any(now is not then for now, then in zip(container, copy, strict=True)):
            container[:] = copy
    elif isinstance(container, set):
        if container != copy:
            container.clear()
            container.update(copy)
    elif len(container) != len(copy) or any(container.get(key, copy) is not then for key, then in copy.items()):
        container.clear()
        container.update(copy)
