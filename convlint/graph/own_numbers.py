"""What PyTorch objects to in a layer's own numbers, in its words: the same whether they are read or traced."""

from convlint.arithmetic.transposed import Transposed
from convlint.arithmetic.window import Window

SAME_WITH_STRIDE = "padding='same' is not supported for strided convolutions"
NEGATIVE_OUTPUT_PADDING = "output padding must not be negative"


def no_convolution(window: Window) -> str:
    """Of a window that is not `valid_convolution`."""
    return (
        f"kernel size {window.kernel_size}, stride {window.stride} and dilation {window.dilation} must be positive, "
        f"padding {window.padding[0]} not negative"
    )


def no_pooling(window: Window) -> str:
    """Of a window that is not `valid_pooling`."""
    return f"padding {window.padding[0]} must be at most half of kernel size {window.kernel_size}"


def no_output_padding(transposed: Transposed) -> str:
    """Of what is no `valid_output_padding`."""
    return (
        f"output padding {transposed.output_padding} must be smaller than stride {transposed.stride} or dilation "
        f"{transposed.dilation}"
    )


def no_groups(parameter: str, channels: object, groups: object) -> str:
    """Of channels that the groups do not divide."""
    return f"{parameter} {channels} is not divisible by groups {groups}"
