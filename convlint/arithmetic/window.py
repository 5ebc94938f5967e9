"""A window that slides along one axis: convolutions and poolings (R1-R7, R15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from convlint.symbolic.cases import maximum, minimum
from convlint.symbolic.comparison import greater_equal, less_equal
from convlint.symbolic.connectives import all_of
from convlint.symbolic.dim import Size, evaluate
from convlint.symbolic.predicate import Predicate


@dataclass(frozen=True, slots=True)
class Window:
    """A sliding window on one axis, in cells of its input.

    ``padding`` is (left, right).  ``ceil_mode`` rounds the number of windows up, as poolings may.
    """

    kernel_size: Size
    stride: Size = 1
    padding: tuple[Size, Size] = (0, 0)
    dilation: Size = 1
    ceil_mode: bool = False

    @property
    def effective_kernel(self) -> Size:
        """Cells from the first tap to the last, both included."""
        return effective_kernel(self.kernel_size, self.dilation)

    def at(self, sizes: Mapping[str, int]) -> Window:
        """The same window at concrete ``sizes``, every number an int. Raises ValueError where one is not whole."""
        left, right = self.padding
        return Window(
            _whole(self.kernel_size, sizes),
            _whole(self.stride, sizes),
            (_whole(left, sizes), _whole(right, sizes)),
            _whole(self.dilation, sizes),
            self.ceil_mode,
        )


def effective_kernel(kernel_size: Size, dilation: Size) -> Size:
    """``k_eff = d(k-1)+1``, in cells."""
    return dilation * (kernel_size - 1) + 1


def same_padding(kernel_size: Size, dilation: Size = 1) -> tuple[Size, Size]:
    """What ``padding='same'`` adds (left, right): the odd cell of an even effective kernel goes to the right."""
    total = dilation * (kernel_size - 1)
    left = total // 2
    return left, total - left


def resolve_padding(padding: Size | str, kernel_size: Size, dilation: Size = 1) -> tuple[Size, Size]:
    """The (left, right) cells that a convolution's ``padding`` means on one axis: a number, 'valid' or 'same'.

    Raises ValueError for any other word.
    """
    match padding:
        case "valid":
            return 0, 0
        case "same":
            return same_padding(kernel_size, dilation)
        case str():
            raise ValueError(f"padding must be a number, 'valid' or 'same', not {padding!r}")
        case _:
            return padding, padding


def output_size(i: Size, window: Window) -> Size:
    """Windows that fit in ``i`` cells (R15, and with it R1-R7).

    With ``ceil_mode`` a last window may hang over the right edge, if it starts in the input or its left padding.
    The result is below 1 where PyTorch raises: see `window_fits`.
    """
    left, right = window.padding
    slack = i + left + right - window.effective_kernel
    # A window over the whole input (global pooling) has no slack, whatever its symbolic stride.
    if isinstance(slack, int) and slack == 0:
        return 1
    if not window.ceil_mode:
        return slack // window.stride + 1
    covering = -(-slack // window.stride) + 1
    starting_inside = -(-(i + left) // window.stride)
    return minimum(covering, starting_inside)


def remainder(i: Size, window: Window) -> Size:
    """``r``: cells at the right edge of the padded input that no window reads, ``(i + 2p - k_eff) mod s``.

    With ``ceil_mode`` only the cells behind a window that was dropped for starting in the padding are left.
    """
    left, right = window.padding
    slack = i + left + right - window.effective_kernel
    if isinstance(slack, int) and slack == 0:
        return 0
    if not window.ceil_mode:
        return slack % window.stride
    return maximum(slack - (output_size(i, window) - 1) * window.stride, 0)


def last_taps(i: Size, window: Window) -> Size:
    """Taps of the last window that read the input or its left padding, not what lies to the right of it."""
    last = i - 1 - ((output_size(i, window) - 1) * window.stride - window.padding[0])
    return minimum(last // window.dilation + 1, window.kernel_size)


def dropped_windows(i: Size, window: Window) -> Size:
    """Windows that ``ceil_mode`` does not add because they would start in the right padding: 0 or 1."""
    if not window.ceil_mode:
        return 0
    left, right = window.padding
    slack = i + left + right - window.effective_kernel
    return maximum(-(-slack // window.stride) + 1 - output_size(i, window), 0)


def padding_lost(i: Size, window: Window) -> Size:
    """Cells of right padding that no window reads: ``min(r, p_right)``."""
    return minimum(remainder(i, window), maximum(window.padding[1], 0))


def input_lost(i: Size, window: Window) -> Size:
    """Cells of real input at the right edge that no window reads: ``max(r - p_right, 0)``."""
    return maximum(remainder(i, window) - maximum(window.padding[1], 0), 0)


def skipped_between(window: Window) -> Size:
    """Cells between two neighbouring windows that neither reads: ``max(s - k_eff, 0)``."""
    return maximum(window.stride - window.effective_kernel, 0)


def same_output_sizes(o: Size, window: Window) -> tuple[Size, Size]:
    """The ``s`` consecutive input sizes (lowest, highest) whose output is ``o``: the floor ambiguity.

    Where the padding exceeds the kernel the lowest ones can be below 1, sizes that no tensor has.
    """
    left, right = window.padding
    stride = window.stride
    if window.ceil_mode:
        lowest = (o - 1) * stride + 1 + maximum(window.effective_kernel - left - right - stride, -left)
    else:
        lowest = (o - 1) * stride + window.effective_kernel - left - right
    return lowest, lowest + stride - 1


def minimum_input(window: Window) -> Size:
    """The smallest input size that gives an output, at least 1."""
    return maximum(same_output_sizes(1, window)[0], 1)


def window_fits(i: Size, window: Window) -> Predicate:
    """What PyTorch asks of the input size: at least one window fits, and the input is not empty.

    (On meta tensors a convolution takes an empty axis if its padding alone holds the kernel; on a device it does not.)
    """
    return greater_equal(i, minimum_input(window))


def average_pool_fits(i: Size, window: Window, *, axes: int) -> Predicate:
    """What PyTorch asks of an average (or LP) pooling's input, as `window_fits`.

    Over three spatial axes the kernel must besides fit into the input itself, its padding not counted.
    """
    fits = window_fits(i, window)
    return all_of(fits, greater_equal(i, window.kernel_size)) if axes == 3 else fits


def valid_convolution(window: Window) -> Predicate:
    """What PyTorch asks of a convolution's own numbers. (``padding='same'`` besides asks for stride 1.)"""
    left, right = window.padding
    return all_of(
        greater_equal(window.kernel_size, 1),
        greater_equal(window.stride, 1),
        greater_equal(window.dilation, 1),
        greater_equal(left, 0),
        greater_equal(right, 0),
    )


def valid_pooling(window: Window) -> Predicate:
    """What PyTorch asks of a pooling's own numbers: as a convolution, and padding of at most half the kernel.

    Half of the kernel as given: dilation does not count.
    """
    return all_of(
        valid_convolution(window),
        *(less_equal(padding, window.kernel_size // 2) for padding in window.padding),
    )


def _whole(size: Size, sizes: Mapping[str, int]) -> int:
    value = evaluate(size, sizes)
    if value != int(value):
        raise ValueError(f"{value} is no whole number of cells")
    return int(value)
