"""The shape of a traced tensor, for user code a ``torch.Size``."""

from __future__ import annotations

import math
from typing import Any

import torch


class SizeTuple(tuple[Any, ...]):
    """Sizes, some of them `SizeInt`, with the methods of ``torch.Size``, whose own ``numel`` wants plain ints.

    ``torch.Size`` allows no subclass; ``isinstance(shape, torch.Size)`` holds all the same.
    """

    __slots__ = ()

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return torch.Size

    def numel(self) -> Any:
        """The product of the sizes."""
        return math.prod(self)

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return SizeTuple(found) if type(key) is slice else found

    def __add__(self, other: Any) -> Any:
        return SizeTuple((*self, *other)) if isinstance(other, tuple) else NotImplemented

    def __radd__(self, other: Any) -> Any:
        return SizeTuple((*other, *self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: Any) -> Any:
        return SizeTuple(super().__mul__(times))

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __reduce__(self) -> Any:
        return torch.Size, (tuple(self),)
