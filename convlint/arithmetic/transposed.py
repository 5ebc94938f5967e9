"""Transposed convolutions on one axis: sizes, what PyTorch asks, and how evenly the taps fall (R8-R14)."""

from dataclasses import dataclass
from math import gcd

from convlint.arithmetic.window import Window, effective_kernel
from convlint.symbolic.comparison import greater_equal, less, less_equal
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.dim import Size
from convlint.symbolic.predicate import Predicate


@dataclass(frozen=True, slots=True)
class Transposed:
    """A transposed convolution on one axis, by the numbers of the convolution it transposes (as PyTorch has it)."""

    kernel_size: Size
    stride: Size = 1
    padding: Size = 0
    dilation: Size = 1
    output_padding: Size = 0

    @property
    def effective_kernel(self) -> Size:
        """Cells from the first tap to the last, both included."""
        return effective_kernel(self.kernel_size, self.dilation)

    @property
    def window(self) -> Window:
        """The window of the convolution that it transposes."""
        return Window(self.kernel_size, self.stride, (self.padding, self.padding), self.dilation)


def output_size(i: Size, transposed: Transposed) -> Size:
    """``o' = (i-1)s - 2p + k_eff + a`` (R14, and with it R8-R13)."""
    return (
        (i - 1) * transposed.stride - 2 * transposed.padding + transposed.effective_kernel + transposed.output_padding
    )


def valid_output_padding(transposed: Transposed) -> Predicate:
    """What PyTorch asks of an output padding that is not negative: ``a < s`` or ``a < d``."""
    return any_of(
        less(transposed.output_padding, transposed.stride), less(transposed.output_padding, transposed.dilation)
    )


def taps_by_phase(kernel_size: int, stride: int, dilation: int = 1) -> tuple[int, ...]:
    """Taps that land on each of the ``s`` output phases, ``(j + p) mod s`` of output ``j``, away from the border.

    Uneven counts draw a checkerboard (Odena, Dumoulin & Olah, Distill 2016); a 0 leaves holes.
    """
    period = stride // gcd(stride, dilation)
    counts = [0] * stride
    for tap in range(min(kernel_size, period)):
        counts[tap * dilation % stride] += (kernel_size - tap - 1) // period + 1
    return tuple(counts)


def transposed_fits(i: Size, transposed: Transposed) -> Predicate:
    """What PyTorch asks of the input size: it is not empty, and neither is the output. (Meta tensors: not all axes.)"""
    return all_of(less_equal(1, i), greater_equal(output_size(i, transposed), 1))
