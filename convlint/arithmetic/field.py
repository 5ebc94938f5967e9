"""Receptive fields: which pixels the units of a map see on one axis, relative to where the units lie.

Units of an up-sampled map see different parts of the input by their phase: after a transposed convolution of stride 2,
every other unit sees alike.  A field lists one period of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import floor, gcd, lcm

Extent = tuple[Fraction, Fraction]
"""First and last pixel, both included, from the place of the unit."""

_LONGEST_PERIOD = 512


@dataclass(frozen=True, slots=True)
class Field:
    """What unit ``u`` sees: at most the pixels of ``phases[u % len(phases)]``, None where it sees none.

    ``narrowest`` is what a unit spans along the branch that widens it least.
    """

    phases: tuple[Extent | None, ...] = ((Fraction(0), Fraction(0)),)
    narrowest: Fraction = Fraction(1)

    @property
    def extent(self) -> Extent:
        """Bounds for units of every phase."""
        seen = [each for each in self.phases if each is not None] or [(Fraction(0), Fraction(0))]
        return min(first for first, _ in seen), max(last for _, last in seen)

    @property
    def widest(self) -> Fraction:
        """The most pixels that a unit spans, from the first to the last: the receptive field."""
        return max(
            (Fraction(floor(each[1] - each[0]) + 1) for each in self.phases if each is not None), default=Fraction(0)
        )

    def of(self, unit: int) -> Extent | None:
        """What unit number ``unit`` sees."""
        return self.phases[unit % len(self.phases)]

    def regardless_of_phase(self) -> Field:
        """One extent that holds for every unit."""
        return Field((self.extent,), self.narrowest)

    def widened(self, first: Fraction, last: Fraction) -> Field:
        """By so many pixels before and after."""
        return Field(tuple(each and (each[0] - first, each[1] + last) for each in self.phases), self.narrowest)

    def renumbered(self, start: int, step: int) -> Field:
        """The field of every ``step``-th unit from number ``start`` on, which may be negative."""
        count = len(self.phases)
        return Field(tuple(self.of(start + unit * step) for unit in range(count // gcd(count, step))), self.narrowest)


def gathered(
    field: Field, step: Fraction, cells: Callable[[int], Iterable[tuple[int, Fraction]]], narrowest: Fraction
) -> Field | None:
    """The field of a map whose unit ``u`` reads ``cells(u)``, two units being ``step`` cells apart.

    ``cells`` gives the number of each source unit and how far, in pixels, it lies from the place of ``u``.  None where
    a period would be too long to list.
    """
    count = len(field.phases) * step.denominator
    period = count // gcd(count, step.numerator) if step else 1
    if period > _LONGEST_PERIOD:
        return None
    return Field(tuple(_union(_placed(field, cells(unit))) for unit in range(period)), narrowest)


def united(fields: Iterable[Field]) -> Field:
    """What a unit sees on any branch; fields are given relative to one place."""
    branches = tuple(fields)
    period = lcm(*(len(each.phases) for each in branches))
    if period > _LONGEST_PERIOD:
        branches = tuple(each.regardless_of_phase() for each in branches)
        period = 1
    return Field(
        tuple(_union(each.of(unit) for each in branches) for unit in range(period)),
        min(each.narrowest for each in branches),
    )


def _placed(field: Field, cells: Iterable[tuple[int, Fraction]]) -> Iterable[Extent | None]:
    for cell, distance in cells:
        extent = field.of(cell)
        yield extent and (extent[0] + distance, extent[1] + distance)


def _union(extents: Iterable[Extent | None]) -> Extent | None:
    seen = [each for each in extents if each is not None]
    return (min(first for first, _ in seen), max(last for _, last in seen)) if seen else None
