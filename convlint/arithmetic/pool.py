"""Poolings that are no plain window: adaptive, fractional, and max-unpooling. One axis at a time."""

from collections.abc import Sequence

from convlint.arithmetic.window import Window
from convlint.symbolic.comparison import equal, greater, greater_equal, less
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.dim import Size
from convlint.symbolic.predicate import Predicate


def adaptive_fits(i: Size, o: Size) -> Predicate:
    """What an adaptive max pooling asks of each axis: an input that is not empty."""
    return all_of(greater_equal(i, 1), greater_equal(o, 0))


def adaptive_average_fits(spatial: Sequence[Size], outputs: Sequence[Size]) -> Predicate:
    """What an adaptive average pooling asks: as the max, but to a size of 1 everywhere it is a mean, even of nothing.

    (Meta tensors let every average of nothing pass.)
    """
    return any_of(
        all_of(*(adaptive_fits(i, o) for i, o in zip(spatial, outputs, strict=True))),
        all_of(*(equal(o, 1) for o in outputs)),
    )


def fractional_fits(i: Size, kernel_size: Size, o: Size, *, axes: int) -> Predicate:
    """What a fractional max pooling over ``axes`` (2 or 3) spatial axes asks; in 3-D PyTorch is one cell stricter."""
    reach = o + kernel_size - 1
    room = less(reach, i) if axes == 3 else greater_equal(i, reach)
    return all_of(greater_equal(i, 1), room)


def unpool_size(i: Size, window: Window) -> Size:
    """Size that max-unpooling gives without ``output_size``: ``(i-1)s - 2p + k``."""
    left, right = window.padding
    return (i - 1) * window.stride + window.kernel_size - left - right


def unpool_fits(i: Size, o: Size) -> Predicate:
    """What max-unpooling asks of its input and its output size."""
    return all_of(greater_equal(i, 1), greater_equal(o, 0))


def unpool_size_allowed(i: Size, output_size: Size, window: Window) -> Predicate:
    """Whether PyTorch takes this ``output_size=``: less than a stride away from `unpool_size`."""
    default = unpool_size(i, window)
    return all_of(greater(output_size, default - window.stride), less(output_size, default + window.stride))
