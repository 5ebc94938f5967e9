"""Transposed convolutions on one axis: sizes, what inverts a window, and how evenly the taps fall (R8-R14)."""

from dataclasses import dataclass
from math import gcd

from convlint.arithmetic.window import Window, effective_kernel
from convlint.arithmetic.window import output_size as window_output_size
from convlint.symbolic.cases import maximum
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


def output_padding_for(i: Size, output_size: Size, transposed: Transposed) -> Size:
    """The output padding that ``output_size=`` picks at call time, 0 to s-1 where PyTorch takes it."""
    smallest = (i - 1) * transposed.stride - 2 * transposed.padding + transposed.effective_kernel
    return output_size - smallest


def output_size_allowed(i: Size, output_size: Size, transposed: Transposed) -> Predicate:
    """Whether PyTorch takes this ``output_size=``: one of the ``s`` sizes that the window maps to ``i``."""
    output_padding = output_padding_for(i, output_size, transposed)
    return all_of(greater_equal(output_padding, 0), less(output_padding, transposed.stride))


def inverting_output_padding(i: Size, window: Window) -> Size:
    """The output padding with which the transposed convolution of ``window`` gives back ``i`` (R14): ``r``.

    It takes the window's left padding for its own, so an uneven padding adds ``p_left - p_right``.  Below 0 (a
    ``ceil_mode`` window that hangs over) nothing inverts.
    """
    left, right = window.padding
    if window.ceil_mode:
        return i + 2 * left - window.effective_kernel - (window_output_size(i, window) - 1) * window.stride
    return (i + left + right - window.effective_kernel) % window.stride + left - right


def inverse(i: Size, window: Window) -> Transposed:
    """The transposed convolution with the same ``k, s, p, d`` that gives back ``i`` from the output of ``window``."""
    return Transposed(
        window.kernel_size, window.stride, window.padding[0], window.dilation, inverting_output_padding(i, window)
    )


def stretched_size(i: Size, stride: Size) -> Size:
    """Size of the input with ``s-1`` zeros put between its units (R12)."""
    return (i - 1) * stride + 1


def direct_window(transposed: Transposed) -> Window:
    """The convolution of the stretched input that computes the same: ``s'=1``, ``p'=k_eff-p-1``, ``a`` on the right."""
    padding = transposed.effective_kernel - transposed.padding - 1
    return Window(transposed.kernel_size, 1, (padding, padding + transposed.output_padding), transposed.dilation)


def taps_by_phase(kernel_size: int, stride: int, dilation: int = 1) -> tuple[int, ...]:
    """Taps that land on each of the ``s`` output phases, ``(j + p) mod s`` of output ``j``, away from the border.

    Uneven counts draw a checkerboard (Odena, Dumoulin & Olah, Distill 2016); a 0 leaves holes.
    """
    period = stride // gcd(stride, dilation)
    counts = [0] * stride
    for tap in range(min(kernel_size, period)):
        counts[tap * dilation % stride] += (kernel_size - tap - 1) // period + 1
    return tuple(counts)


def valid_transposed(transposed: Transposed) -> Predicate:
    """What PyTorch asks of the layer's own numbers, output padding below stride or dilation among them.

    (Meta tensors let some of them pass; a device does not.)
    """
    return all_of(
        greater_equal(transposed.kernel_size, 1),
        greater_equal(transposed.stride, 1),
        greater_equal(transposed.dilation, 1),
        greater_equal(transposed.padding, 0),
        greater_equal(transposed.output_padding, 0),
        less(transposed.output_padding, maximum(transposed.stride, transposed.dilation)),
    )


def transposed_fits(i: Size, transposed: Transposed) -> Predicate:
    """What PyTorch asks of the input size: it is not empty, and neither is the output. (Meta tensors: not all axes.)"""
    return all_of(less_equal(1, i), greater_equal(output_size(i, transposed), 1))
