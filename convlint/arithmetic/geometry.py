"""Sampling grid and receptive field of the units of a feature map, on one axis, in pixels of the model's input.

After Araujo, Norris & Sim, *Computing Receptive Fields of Convolutional Neural Networks* (Distill 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from convlint.arithmetic.field import Field, gathered, united
from convlint.arithmetic.sampling import Sampling, nearest
from convlint.arithmetic.transposed import Transposed
from convlint.arithmetic.window import Window
from convlint.symbolic.dim import Dim, Size

Position = Fraction | Dim
"""A place on the input, in pixels: a number, or one that depends on the input sizes."""

Bounds = Callable[[Dim], tuple[int | Fraction | None, int | Fraction | None]]
"""The least and the largest value of a size over the sizes in play; None is infinite."""


_ONE_PIXEL = Field()


@dataclass(frozen=True, slots=True)
class Geometry:
    """The grid of a map's units (the centre of the first, the distance of two) and the field of each.

    The defaults are those of the input itself, whose first pixel has its centre at 0.  ``field`` is None where a global
    operation or a branch of unknown geometry contributes.  ``drift`` bounds how far units may lie from the grid, where
    it depends on the sizes.  ``coarsest`` is the jump of the map that this one was up-sampled from (its own jump where
    it was not): how finely its content is placed.
    """

    jump: Fraction = Fraction(1)
    centre: Position = Fraction(0)
    field: Field | None = _ONE_PIXEL
    drift: Fraction = Fraction(0)
    coarsest: Fraction = Fraction(1)

    @property
    def receptive_field(self) -> Fraction | None:
        """The most pixels that a unit spans; None where that is not bounded by the layers."""
        return self.field.widest if self.field is not None else None

    def position(self, unit: Size) -> Position:
        """Centre of unit number ``unit``."""
        return position(self.centre + unit * self.jump)

    def span(self, unit: int) -> tuple[Position, Position] | None:
        """First and last pixel, both included, that unit number ``unit`` sees; None where it sees none.

        The padding lies outside the input.  Raises ValueError where the field is unknown.
        """
        if self.field is None:
            raise ValueError("the field of this map is unknown")
        extent = self.field.of(unit)
        if extent is None:
            return None
        place = self.position(unit)
        return position(place + extent[0]), position(place + extent[1])


INPUT = Geometry()


def position(value: Size | Fraction) -> Position:
    """A number as a Fraction, so that equal places are equal objects."""
    if isinstance(value, Dim):
        constant = value.constant
        return value if constant is None else constant
    return Fraction(value)


def through_window(geometry: Geometry, window: Window) -> Geometry:
    """Through a convolution or pooling, whose padding may depend on the sizes.

    Raises TypeError for a kernel or stride that does: take `Window.at` first.
    """
    kernel, stride, dilation = _int(window.effective_kernel), _int(window.stride), _int(window.dilation)
    middle = Fraction(kernel - 1, 2)

    def cells(unit: int, padding: int) -> Iterator[tuple[int, Fraction]]:
        for tap in range(0, kernel, dilation):
            yield unit * stride - padding + tap, (tap - middle) * geometry.jump

    field = geometry.field
    if field is not None:
        narrowest = field.narrowest + (kernel - 1) * geometry.jump
        reach = middle * geometry.jump
        padding = window.padding[0]
        exact = None
        if len(field.phases) > 1 and isinstance(padding, int):
            exact = gathered(field, Fraction(stride), lambda unit: cells(unit, padding), narrowest)
        field = exact or replace(field.regardless_of_phase().widened(reach, reach), narrowest=narrowest)
    return Geometry(
        geometry.jump * stride,
        position(geometry.centre + (middle - window.padding[0]) * geometry.jump),
        field,
        geometry.drift,
        geometry.coarsest if stride == 1 else geometry.jump * stride,
    )


def through_transposed(geometry: Geometry, transposed: Transposed) -> Geometry:
    """Through a transposed convolution, whose units see at most ``⌈k_eff/s⌉`` inputs. Raises TypeError as above."""
    kernel, stride, dilation = (
        _int(number) for number in (transposed.effective_kernel, transposed.stride, transposed.dilation)
    )
    padding = _int(transposed.padding)
    jump = geometry.jump / stride
    middle = Fraction(kernel - 1, 2)

    def cells(unit: int) -> Iterator[tuple[int, Fraction]]:
        for tap in range(0, kernel, dilation):
            cell, phase = divmod(unit + padding - tap, stride)
            if phase == 0:
                yield cell, (middle - tap) * jump

    field = geometry.field
    if field is not None:
        # Only the taps of one phase reach a unit: with dilation, perhaps one.
        taps = max(kernel // stride, 1) if dilation == 1 else 1
        narrowest = field.narrowest + (taps - 1) * geometry.jump
        reach = middle * jump
        field = gathered(field, Fraction(1, stride), cells, narrowest) or replace(
            field.regardless_of_phase().widened(reach, reach), narrowest=narrowest
        )
    return Geometry(
        jump,
        position(geometry.centre + (padding - middle) * jump),
        field,
        geometry.drift,
        geometry.coarsest if stride == 1 else max(geometry.coarsest, geometry.jump),
    )


def through_sampling(geometry: Geometry, sampling: Sampling) -> Geometry:
    """Through an interpolation, an adaptive pooling or a pixel shuffle."""

    def cells(unit: int) -> Iterator[tuple[int, Fraction]]:
        place = sampling.centre + unit * sampling.step
        first, last = sampling.cells(unit)
        for cell in range(first, last + 1):
            yield cell, (cell - place) * geometry.jump

    field = geometry.field and gathered(geometry.field, sampling.step, cells, geometry.field.narrowest)
    if geometry.field is not None and field is None:
        return _through_phases(geometry, sampling, Fraction(0))
    return _resampled(geometry, sampling, field)


def through_drifting_sampling(geometry: Geometry, sampling: Sampling, cells: Fraction) -> Geometry:
    """Through an interpolation whose units lie up to ``cells`` off their place, by a distance that varies."""
    made = _through_phases(geometry, sampling, cells)
    return replace(made, drift=made.drift + cells * geometry.jump)


def _through_phases(geometry: Geometry, sampling: Sampling, cells: Fraction) -> Geometry:
    """With one extent for units of all phases."""
    reach = (sampling.reach + cells) * geometry.jump
    field = geometry.field and geometry.field.regardless_of_phase().widened(reach, reach)
    return _resampled(geometry, sampling, field)


def _resampled(geometry: Geometry, sampling: Sampling, field: Field | None) -> Geometry:
    jump = geometry.jump * sampling.step
    coarsest = geometry.coarsest
    if sampling.step != 1:
        coarsest = max(coarsest, geometry.jump) if sampling.step < 1 else jump
    return Geometry(jump, position(geometry.centre + sampling.centre * geometry.jump), field, geometry.drift, coarsest)


def through_shuffle(geometry: Geometry, factor: int) -> Geometry:
    """Through a pixel shuffle: each unit becomes ``factor`` neighbours that see the same."""
    return through_sampling(geometry, nearest(Fraction(1, factor)))


def through_unshuffle(geometry: Geometry, factor: int) -> Geometry:
    """Through a pixel unshuffle: a unit holds ``factor`` neighbours, as a window of that size and stride does."""
    return through_window(geometry, Window(factor, factor))


def through_pad(geometry: Geometry, left: Size) -> Geometry:
    """Through ``left`` cells added before the first unit; negative: cropped. What they repeat is not counted."""
    return replace(
        geometry,
        centre=position(geometry.centre - left * geometry.jump),
        field=_renumbered(geometry.field, -left, 1),
    )


def through_step(geometry: Geometry, start: Size, step: int) -> Geometry:
    """Through a slice ``[start::step]``."""
    jump = geometry.jump * step
    return replace(
        geometry,
        jump=jump,
        centre=position(geometry.centre + start * geometry.jump),
        field=_renumbered(geometry.field, start, step),
        coarsest=geometry.coarsest if step == 1 else jump,
    )


def _renumbered(field: Field | None, start: Size, step: int) -> Field | None:
    if field is None or len(field.phases) == 1:
        return field
    return field.renumbered(start, step) if isinstance(start, int) else field.regardless_of_phase()


def without_field(geometry: Geometry) -> Geometry:
    """The same grid, on which units see an unknown part of the input."""
    return replace(geometry, field=None)


def join(first: Geometry, *others: Geometry, units: Size, bounds: Bounds) -> Geometry:
    """Where branches of ``units`` units each meet: a unit sees what it sees on any of them.

    The grid is that of the branch with the least up-sampling, of equals that with the largest field: a decoder adds
    coarse content to the grid of the skip.
    """
    if all(other == first for other in others):
        return first
    branches = (first, *others)
    on = min(branches, key=lambda each: (each.coarsest, -(each.receptive_field or 0)))
    fields: list[Field] = []
    for each in branches:
        gap = gap_between(each, on, units, bounds)
        if each.field is None or gap is None:
            return without_field(on)
        low, high = gap
        fields.append(each.field.widened(-low, high))
    return replace(on, field=united(fields))


def gap_between(one: Geometry, other: Geometry, units: Size, bounds: Bounds) -> tuple[Fraction, Fraction] | None:
    """The least and the largest distance from ``other`` to equally numbered units of ``one``; None if unbounded."""
    ends = [position(one.centre - other.centre)]
    if one.jump != other.jump:
        ends.append(position(one.position(units - 1) - other.position(units - 1)))
    lows, highs = [], []
    for end in ends:
        low, high = bounds(end) if isinstance(end, Dim) else (end, end)
        if low is None or high is None:
            return None
        lows.append(Fraction(low))
        highs.append(Fraction(high))
    return min(lows), max(highs)


def _int(number: object) -> int:
    if not isinstance(number, int):
        raise TypeError(f"the geometry of a window needs its numbers, not {number}")
    return number
