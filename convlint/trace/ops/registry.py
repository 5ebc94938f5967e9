"""Shape rules by name: what one operation of PyTorch does to sizes.

A rule is a function ``rule(session, *args, **kwargs)`` with the operation's own signature.  It reads sizes with
`shape_of`, states what PyTorch requires through ``session.require``, and answers with a `Value` (or a tuple or list of
them; any other object is returned to user code as it is).  ``NotImplemented`` hands the call to PyTorch's own meta
kernels, as does a signature that the rule does not know.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ShapeRule:
    """One rule, the family its nodes belong to, and whether its calls are recorded as nodes at all."""

    function: Callable[..., Any]
    kind: str
    recorded: bool = True


RULES: dict[str, ShapeRule] = {}


def shape_rule(
    *names: str, kind: str = "other", recorded: bool = True
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as the shape rule of the torch operations called ``names``.

    A name is that of the function or method (``conv2d``, ``view``); attributes are ``get:shape``.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in names:
            if name in RULES:
                raise ValueError(f"two shape rules for {name}")
            RULES[name] = ShapeRule(function, kind, recorded)
        return function

    return register
