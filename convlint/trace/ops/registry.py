"""Shape rules by name: what one operation of PyTorch does to sizes.

A rule is a function ``rule(session, *args, **kwargs)`` with the operation's own signature.  It reads sizes with
`shape_of`, states what PyTorch requires through ``session.require``, and answers with a `Value` (or a tuple or list of
them; any other object is returned to user code as it is).  ``NotImplemented`` hands the call to PyTorch's own meta
kernels, as does a signature that the rule does not know.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from convlint.trace.layout import UNKNOWN, Layout


class Lays(Enum):
    """How the results of an operation lie in memory."""

    ITSELF = "itself"
    """As its rule says."""
    CONTIGUOUS = "contiguous"
    """Without gaps, the last axis innermost."""
    LIKE_CONTIGUOUS = "like contiguous"
    """Contiguous where all that it is given is; else it is not known."""
    ELEMENTWISE = "elementwise"
    """In the order of its first tensor of full size."""
    ANYHOW = "anyhow"
    """It is not known."""


_PLAIN_KINDS = frozenset({
    "conv", "conv_transpose", "max_pool", "avg_pool", "lp_pool", "adaptive_pool", "norm", "pad", "resize", "cat",
    "stack", "pointwise", "reduce", "embedding",
})


@dataclass(frozen=True, slots=True)
class ShapeRule:
    """One rule, the family its nodes belong to, and whether its calls are recorded as nodes at all."""

    function: Callable[..., Any]
    kind: str
    recorded: bool = True
    layout: Layout = UNKNOWN
    """That of the tensors for which the rule itself tells none."""
    follows: Lays | None = None
    """How that follows the layouts of its arguments where they are not all contiguous, None where it does not."""


RULES: dict[str, ShapeRule] = {}


def shape_rule(
    *names: str, kind: str = "other", recorded: bool = True, lays: Lays | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as the shape rule of the torch operations called ``names``.

    A name is that of the function or method (``conv2d``, ``view``); attributes are ``get:shape``.
    """
    lays = lays or (Lays.LIKE_CONTIGUOUS if kind in _PLAIN_KINDS else Lays.ANYHOW)
    layout = UNKNOWN if lays is Lays.ANYHOW else None
    follows = lays if lays in (Lays.LIKE_CONTIGUOUS, Lays.ELEMENTWISE) else None

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in names:
            if name in RULES:
                raise ValueError(f"two shape rules for {name}")
            RULES[name] = ShapeRule(function, kind, recorded, layout, follows)
        return function

    return register
