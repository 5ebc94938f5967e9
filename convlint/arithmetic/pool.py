"""Poolings that are no plain window: adaptive, fractional, and max-unpooling. One axis at a time."""

from convlint.arithmetic.window import Window
from convlint.symbolic.dim import Size
from convlint.symbolic.predicate import Predicate, all_of, divides, greater, greater_equal, less


def adaptive_fits(i: Size, o: Size) -> Predicate:
    """What an adaptive pooling asks: an input that is not empty. (Meta tensors let averages of nothing pass.)"""
    return all_of(greater_equal(i, 1), greater_equal(o, 0))


def adaptive_is_even(i: Size, o: Size) -> Predicate:
    """Whether all windows of an adaptive pooling have one size and do not overlap."""
    return divides(o, i)


def adaptive_windows(i: int, o: int) -> tuple[tuple[int, int], ...]:
    """The (start, end) cells that each output of an adaptive pooling reads, end excluded."""
    return tuple((j * i // o, -(-(j + 1) * i // o)) for j in range(o))


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
