"""How a size of the traced model came about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Expression:
    """How a size came about, so that the fx graph can compute it again: an operator and its operands.

    Leaves are ``(fx node, axis)`` pairs held as ``target=None``.
    """

    __slots__ = ("arguments", "emitted", "target")

    def __init__(self, target: Callable[..., Any] | None, *arguments: Any) -> None:
        self.target = target
        self.arguments = arguments
        self.emitted: Any = None
