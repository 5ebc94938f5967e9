"""Where declared inputs go in a call of ``forward``: positions, keywords, and places in nested structures.

A name is a parameter of ``forward``, optionally followed by places inside it: ``batch.image``, ``features.0``,
``pair[1].left``.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

from torch import nn

_PLACE = re.compile(r"\.|\[['\"]?([^\]'\"]*)['\"]?\]")


class ArrangeError(ValueError):
    """A declared input fits no parameter of ``forward``."""


def forward_parameters(module: nn.Module) -> list[inspect.Parameter]:
    """The parameters of the module's ``forward``, which may be overridden on the instance; none where unknown."""
    forward: Callable[..., object] = module.forward
    try:
        return list(inspect.signature(forward).parameters.values())
    except (TypeError, ValueError):
        return [inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL)]


def name_inputs(module: nn.Module, names: Sequence[str | None]) -> list[str]:
    """Full names for declared inputs: those without one take the free parameters in order.

    Raises ArrangeError where there are more inputs than parameters.
    """
    taken = {path(name)[0] for name in names if name}
    parameters = forward_parameters(module)
    free = [item.name for item in parameters if item.kind in _POSITIONAL and item.name not in taken]
    rest = next((item.name for item in parameters if item.kind is item.VAR_POSITIONAL), None)
    found: list[str] = []
    extra = 0
    for name in names:
        if name:
            found.append(name)
        elif free:
            found.append(free.pop(0))
        elif rest is not None:
            found.append(f"{rest}.{extra}")
            extra += 1
        else:
            takes = ", ".join(f"`{item.name}`" for item in parameters if item.kind in _POSITIONAL) or "none"
            raise ArrangeError(f"`forward` takes fewer inputs than the {len(names)} given: {takes}")
    return found


def arrange(module: nn.Module, names: Sequence[str], values: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Positional and keyword arguments of ``forward`` that hold ``values`` at the places ``names``.

    Numbered places make a list, others a dict.  Raises ArrangeError for a name that ``forward`` does not have.
    """
    tree: dict[str, Any] = {}
    for name, value in zip(names, values, strict=True):
        parts = path(name)
        node = tree
        for part in parts[:-1]:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise ArrangeError(f"the input `{name}` lies inside another one")
        node[parts[-1]] = _Leaf(value)
    parameters = forward_parameters(module)
    known = {item.name for item in parameters}
    positional: list[Any] = []
    keyword: dict[str, Any] = {}
    in_order = True
    for parameter in parameters:
        if parameter.name not in tree:
            in_order = in_order and parameter.kind is parameter.VAR_POSITIONAL
            continue
        value = _structure(tree[parameter.name])
        if parameter.kind is parameter.VAR_POSITIONAL:
            positional.extend(value if isinstance(value, list) else [value])
        elif parameter.kind is parameter.VAR_KEYWORD:
            keyword.update(value if isinstance(value, dict) else {parameter.name: value})
        elif parameter.kind is parameter.KEYWORD_ONLY or not in_order:
            keyword[parameter.name] = value
        else:
            positional.append(value)
    takes_any = any(item.kind is item.VAR_KEYWORD for item in parameters)
    for name, node in tree.items():
        if name not in known:
            if not takes_any:
                names_ = ", ".join(f"`{item.name}`" for item in parameters) or "none"
                raise ArrangeError(f"`forward` has no parameter `{name}`; it has {names_}")
            keyword[name] = _structure(node)
    return tuple(positional), keyword


def path(name: str) -> list[str]:
    """The places of a name: ``features[0].left`` is ``["features", "0", "left"]``."""
    return [part for part in _PLACE.split(name) if part]


class _Leaf:
    """A value of the user, apart from the dicts of the tree."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def _structure(node: Any) -> Any:
    if isinstance(node, _Leaf):
        return node.value
    if all(key.isdecimal() for key in node):
        return [_structure(node[key]) for key in sorted(node, key=int)]
    return {key: _structure(value) for key, value in node.items()}


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
