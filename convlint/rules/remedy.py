"""What a rule would change, as data: which argument of which call, and the number that belongs there."""

from collections.abc import Sequence
from dataclasses import dataclass

from convlint.diagnostics import Span

Number = int | tuple[int, ...]
"""A constructor's number: one for all axes, or an entry an axis."""


@dataclass(frozen=True, slots=True)
class Change:
    """``argument`` of the call that builds a layer of class ``class_name``: ``new`` instead of ``old``.

    ``old`` is what the layer was built with, so that an argument which does not say that number is not the one to edit.
    """

    call: Span
    class_name: str
    argument: str
    old: Number
    new: Number

    def __str__(self) -> str:
        return f"{self.argument}={self.new!r}"


@dataclass(frozen=True, slots=True)
class Remedy:
    """Changes that together take a finding away; a remedy is only a proposal until it was tried.

    ``is_safe``: no model that runs, and does what it is for, computes anything else with it.
    """

    changes: tuple[Change, ...]
    is_safe: bool

    @property
    def settings(self) -> str:
        """``` `padding=1` and `output_padding=1` ```."""
        return " and ".join(dict.fromkeys(f"`{change}`" for change in self.changes))

    @property
    def message(self) -> str:
        """What is changed, in the words of a help."""
        return f"set {self.settings}"


def spatial(entries: Sequence[int]) -> Number:
    """A number an axis as people write it: one number where all are equal."""
    return entries[0] if len(set(entries)) == 1 else tuple(entries)
