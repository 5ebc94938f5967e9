"""Sliding blocks as columns: Unfold and Fold. Sizes of all spatial axes together, as the blocks are counted."""

from collections.abc import Iterable, Sequence
from math import prod

from convlint.arithmetic.window import Window, output_size, window_fits
from convlint.symbolic.comparison import divides, equal
from convlint.symbolic.connectives import all_of
from convlint.symbolic.dim import Size
from convlint.symbolic.predicate import Predicate


def blocks(spatial: Sequence[Size], windows: Sequence[Window]) -> Size:
    """Number of blocks ``L``: the windows of each axis, multiplied."""
    return _product(output_size(i, window) for i, window in zip(spatial, windows, strict=True))


def unfold_size(channels: Size, spatial: Sequence[Size], windows: Sequence[Window]) -> tuple[Size, Size]:
    """(channels · taps, blocks) of ``Unfold``."""
    return channels * _taps(windows), blocks(spatial, windows)


def unfold_fits(spatial: Sequence[Size], windows: Sequence[Window]) -> Predicate:
    """What ``Unfold`` asks: a window fits on every axis."""
    return all_of(*(window_fits(i, window) for i, window in zip(spatial, windows, strict=True)))


def fold_channels(columns: Size, windows: Sequence[Window]) -> Size:
    """Channels of what ``Fold`` puts together from ``columns = channels · taps``."""
    return columns // _taps(windows)


def fold_fits(columns: Size, length: Size, spatial: Sequence[Size], windows: Sequence[Window]) -> Predicate:
    """What ``Fold`` asks: columns that divide by the taps, and one block for each window of the output size."""
    return all_of(
        divides(_taps(windows), columns),
        unfold_fits(spatial, windows),
        equal(length, blocks(spatial, windows)),
    )


def _taps(windows: Sequence[Window]) -> Size:
    return _product(window.kernel_size for window in windows)


def _product(sizes: Iterable[Size]) -> Size:
    return prod(sizes, start=1)
