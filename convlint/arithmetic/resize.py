"""Resampling on one axis: interpolation, pixel shuffle and unshuffle, channel shuffle."""

import math
from bisect import bisect_left
from fractions import Fraction

from convlint.symbolic.canonical import opaque
from convlint.symbolic.comparison import divides, greater_equal, less_equal
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.dim import Dim, Size
from convlint.symbolic.predicate import FALSE, Predicate

MAX_EXACT_DENOMINATOR = 1024
"""Scales that are a ratio with at most this denominator are integer arithmetic; beyond, doubles round first."""


def scaled_size(i: Size, scale: float | Fraction | Dim) -> Size:
    """``⌊i · scale⌋`` in double arithmetic, as ``interpolate(scale_factor=)`` and fractional pooling compute it.

    A double such as 0.5 or 1.25 is the ratio it says, so the product is exact and stays in the algebra.  Others
    (0.1, 1/3, a ratio of sizes) round: ``199 · (800/199)`` is 799.99…, hence 799.
    """
    constant = scale.constant if isinstance(scale, Dim) else scale
    if constant is None:
        return opaque("scaled", "mul_float_floor", (i, scale))
    double = float(constant)
    if isinstance(i, int):
        return math.floor(float(i) * double)
    numerator, denominator = double.as_integer_ratio()
    if denominator <= MAX_EXACT_DENOMINATOR:
        return i * numerator // denominator
    return opaque("scaled", "mul_float_floor", (i, double))


LARGEST_PRODUCT = 2**32
"""Outputs up to which `scale_rounds_down` decides."""


def scale_rounds_down(i: Size, scale: Fraction) -> Predicate:
    """For which sizes `scaled_size` gives one cell less of ``float(scale)`` than of ``scale``; exact for every output
    below `LARGEST_PRODUCT`, if the denominator of the scale is at most `MAX_EXACT_DENOMINATOR`.

    A product that is no integer is further from one than doubles err.  One that is an integer, ``m·numerator`` for
    ``i = m·denominator``, is missed only if the double is too small: by more than rounding mends.  What it mends is the
    same between two powers of two, while the error grows with ``m``, so that the last ``m`` of each such range miss.
    """
    double, numerator, denominator = float(scale), scale.numerator, scale.denominator
    if Fraction(double) >= scale:
        return FALSE

    def misses(m: int) -> bool:
        return math.floor(float(m * denominator) * double) != m * numerator

    ranges: list[tuple[int, int]] = []
    power = 1
    while power < LARGEST_PRODUCT:
        first, last = -(-power // numerator), (2 * power - 1) // numerator
        if first * numerator == power:  # doubles are twice as dense below a power of two
            ranges += [(first, first)] if misses(first) else []
            first += 1
        first += bisect_left(range(first, last + 1), True, key=misses)
        ranges += [(first, last)] if first <= last else []
        power *= 2
    between = (all_of(greater_equal(i, m * denominator), less_equal(i, n * denominator)) for m, n in ranges)
    return all_of(divides(denominator, i), any_of(*between))


def interpolation_fits(i: Size, o: Size) -> Predicate:
    """What ``interpolate`` asks, in every mode but ``area`` (an adaptive average pooling): nothing is empty.

    (Meta tensors ask it of the nearest modes only.)
    """
    return all_of(greater_equal(i, 1), greater_equal(o, 1))


def pixel_shuffle_size(i: Size, factor: Size) -> Size:
    """Size of an axis after `PixelShuffle`."""
    return i * factor


def pixel_shuffle_channels(channels: Size, factor: Size) -> Size:
    """Channels left by `PixelShuffle`: ``factor²`` of them become one."""
    return channels // (factor * factor)


def pixel_shuffle_fits(channels: Size, factor: Size) -> Predicate:
    """What `PixelShuffle` asks: the channels divide by the square of the factor."""
    return divides(factor * factor, channels)


def pixel_unshuffle_size(i: Size, factor: Size) -> Size:
    """Size of an axis after `PixelUnshuffle`."""
    return i // factor


def pixel_unshuffle_channels(channels: Size, factor: Size) -> Size:
    """Channels after `PixelUnshuffle`: each becomes ``factor²``."""
    return channels * factor * factor


def pixel_unshuffle_fits(i: Size, factor: Size) -> Predicate:
    """What `PixelUnshuffle` asks of each spatial size: it divides by the factor."""
    return divides(factor, i)


def channel_shuffle_fits(channels: Size, groups: Size) -> Predicate:
    """What `ChannelShuffle`, which keeps every size, asks: the channels divide into the groups."""
    return divides(groups, channels)
