"""Sampling grid and receptive field of the units of a feature map, on one axis, in pixels of the model's input.

After Araujo, Norris & Sim, *Computing Receptive Fields of Convolutional Neural Networks* (Distill 2019).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from convlint.arithmetic.pool import adaptive_windows
from convlint.arithmetic.transposed import Transposed
from convlint.arithmetic.window import Window


@dataclass(frozen=True, slots=True)
class Geometry:
    """What the units of a map see: the width of their field, the distance of two units, the centre of the first.

    The defaults are those of the input itself, whose first pixel has its centre at 0.
    """

    receptive_field: Fraction = Fraction(1)
    jump: Fraction = Fraction(1)
    centre: Fraction = Fraction(0)

    def span(self, unit: int) -> tuple[Fraction, Fraction]:
        """First and last pixel, both included, that unit number ``unit`` sees; the padding lies outside the input."""
        centre = self.centre + unit * self.jump
        reach = (self.receptive_field - 1) / 2
        return centre - reach, centre + reach


INPUT = Geometry()


def through_window(geometry: Geometry, window: Window) -> Geometry:
    """Through a convolution or pooling. Raises TypeError for a symbolic window: take `Window.at` first."""
    extent = _int(window.effective_kernel) - 1
    return Geometry(
        geometry.receptive_field + extent * geometry.jump,
        geometry.jump * _int(window.stride),
        geometry.centre + (Fraction(extent, 2) - _int(window.padding[0])) * geometry.jump,
    )


def through_transposed(geometry: Geometry, transposed: Transposed) -> Geometry:
    """Through a transposed convolution, whose units see at most ``⌈k_eff/s⌉`` inputs. Raises TypeError as above."""
    kernel = _int(transposed.effective_kernel)
    stride = _int(transposed.stride)
    jump = geometry.jump / stride
    seen = -(-kernel // stride)
    return Geometry(
        geometry.receptive_field + (seen - 1) * geometry.jump,
        jump,
        geometry.centre + (_int(transposed.padding) - Fraction(kernel - 1, 2)) * jump,
    )


def through_upsample(
    geometry: Geometry, factor: Fraction | int, *, align_corners: bool = False, taps: int = 1
) -> Geometry:
    """Through an interpolation by ``factor`` (below 1 shrinks; one that PyTorch was given a size for is ``o/i``).

    With ``align_corners`` the first units stay together and the factor is ``(o-1)/(i-1)``.  ``taps`` is how many
    neighbours the kernel weighs: 1 nearest, 2 linear, 4 cubic.
    """
    jump = geometry.jump / factor
    shift = Fraction(0) if align_corners else (jump - geometry.jump) / 2
    return Geometry(geometry.receptive_field + (taps - 1) * geometry.jump, jump, geometry.centre + shift)


def through_unshuffle(geometry: Geometry, factor: int) -> Geometry:
    """Through a pixel unshuffle: a unit holds ``factor`` neighbours, as a window of that size and stride does."""
    return through_window(geometry, Window(factor, factor))


def through_adaptive(geometry: Geometry, i: int, o: int) -> Geometry:
    """Through an adaptive pooling of ``i`` cells to ``o``: the largest window, the mean distance, the first centre.

    Raises ValueError for an empty output.
    """
    windows = adaptive_windows(i, o)
    if not windows:
        raise ValueError("an adaptive pooling to 0 cells has no units")
    largest = max(end - start for start, end in windows)
    first_start, first_end = windows[0]
    return Geometry(
        geometry.receptive_field + (largest - 1) * geometry.jump,
        geometry.jump * Fraction(i, o),
        geometry.centre + Fraction(first_start + first_end - 1, 2) * geometry.jump,
    )


def through_pad(geometry: Geometry, left: int) -> Geometry:
    """Through ``left`` cells added before the first unit; negative: cropped."""
    return Geometry(geometry.receptive_field, geometry.jump, geometry.centre - left * geometry.jump)


def through_step(geometry: Geometry, start: int, step: int) -> Geometry:
    """Through a slice ``[start::step]``."""
    return Geometry(geometry.receptive_field, geometry.jump * step, geometry.centre + start * geometry.jump)


def join(first: Geometry, *others: Geometry) -> Geometry:
    """Where branches meet: the branch with the largest field speaks for all; of equals, the first."""
    return max((first, *others), key=lambda geometry: geometry.receptive_field)


def aligned(first: Geometry, *others: Geometry) -> bool:
    """Whether the branches sample the same pixels: their jumps and centres agree."""
    return all(other.jump == first.jump and other.centre == first.centre for other in others)


def misalignment(first: Geometry, second: Geometry, units: int) -> Fraction:
    """Largest distance, in input pixels, between equally numbered units of two maps of ``units`` units."""
    at_start = first.centre - second.centre
    at_end = at_start + (units - 1) * (first.jump - second.jump)
    return max(abs(at_start), abs(at_end))


def _int(number: object) -> int:
    if not isinstance(number, int):
        raise TypeError(f"the geometry of a window needs its numbers, not {number}")
    return number
