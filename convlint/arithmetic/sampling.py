"""Which cells the units of an interpolated map read, and where they lie on the grid of those, on one axis.

``step`` is the distance of two units in cells of the source: 1/2 doubles a map, 2 halves it.  It is ``1/scale_factor``,
or ``i/o`` where PyTorch was given a size, or ``(i-1)/(o-1)`` with ``align_corners``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor


@dataclass(frozen=True, slots=True)
class Sampling:
    """Unit ``u`` lies at ``centre + u*step`` (on average over its phases) and reads ``cells(u)``, first and last.

    A cell outside the source is the one at its border.  ``reach`` is how far from its place a unit may read in any
    case, whatever fraction of a cell that place is: cells at a smaller or equal distance.
    """

    step: Fraction
    centre: Fraction
    cells: Callable[[int], tuple[int, int]]
    reach: Fraction


def nearest(step: Fraction) -> Sampling:
    """``⌊u·step⌋``: the cell before. Whole steps read the first of their cells, not the middle one."""

    def cells(unit: int) -> tuple[int, int]:
        cell = floor(unit * step)
        return cell, cell

    rounding = _mean_rounding(step)
    return Sampling(step, -rounding, cells, 1 - rounding)


def nearest_exact(step: Fraction) -> Sampling:
    """``⌊(u + 1/2)·step⌋``: the cell in which the centre of the unit lies."""

    def cells(unit: int) -> tuple[int, int]:
        cell = floor((unit + Fraction(1, 2)) * step)
        return cell, cell

    # An even numerator cuts off multiples of the denominator only, on average half of one less.
    rounding = _mean_rounding(step) if step.numerator % 2 == 0 else Fraction(1, 2)
    return Sampling(step, step / 2 - rounding, cells, Fraction(1, 2) + Fraction(1, 2 * step.denominator))


def linear(step: Fraction, *, centre: Fraction | None = None, antialias: bool = False) -> Sampling:
    """Bilinear and its kin: the cells on both sides; with ``antialias`` those of a kernel stretched by the step."""
    return _kernel(step, centre, 1, antialias=antialias)


def cubic(step: Fraction, *, centre: Fraction | None = None, antialias: bool = False) -> Sampling:
    """Bicubic: two cells on each side, as `linear`."""
    return _kernel(step, centre, 2, antialias=antialias)


def area(step: Fraction) -> Sampling:
    """Adaptive pooling of ``i`` cells to ``o``, ``step = i/o``: from ``⌊u·step⌋`` up to ``⌈(u + 1)·step⌉``."""
    return Sampling(
        step, half_pixel(step), lambda unit: (floor(unit * step), ceil((unit + 1) * step) - 1), (step + 1) / 2
    )


def half_pixel(step: Fraction) -> Fraction:
    """Centre of the first unit where the outer edges of both maps coincide: ``(step - 1)/2``."""
    return (step - 1) / 2


def _kernel(step: Fraction, centre: Fraction | None, radius: int, *, antialias: bool) -> Sampling:
    """An interpolation kernel that is 0 from ``radius`` cells on; ``centre=0`` with aligned corners."""
    start = half_pixel(step) if centre is None else centre
    stretch = max(step, Fraction(1)) if antialias else Fraction(1)
    reach = radius * stretch

    def cells(unit: int) -> tuple[int, int]:
        place = start + unit * step
        if place.denominator == 1 and stretch == 1:
            return int(place), int(place)  # the kernel is 1 there and 0 at all other cells
        return floor(place - reach) + 1, ceil(place + reach) - 1

    return Sampling(step, start, cells, reach)


def _mean_rounding(step: Fraction) -> Fraction:
    """What rounding multiples of the step down takes off on average: ``0`` to ``(b-1)/b``, evenly."""
    return Fraction(step.denominator - 1, 2 * step.denominator)
