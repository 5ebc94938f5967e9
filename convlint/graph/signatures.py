"""At which position torch's own layers take their numbers."""

import re

_CONVOLUTION = (
    "in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "bias", "padding_mode",
)  # fmt: skip
_TRANSPOSED = (
    "in_channels", "out_channels", "kernel_size", "stride", "padding", "output_padding", "groups", "bias", "dilation",
    "padding_mode",
)  # fmt: skip

PARAMETERS: dict[str, tuple[str, ...]] = {
    "Conv": _CONVOLUTION,
    "ConvTranspose": _TRANSPOSED,
    "MaxPool": ("kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode"),
    "AvgPool": ("kernel_size", "stride", "padding", "ceil_mode"),
    "BatchNorm": ("num_features",),
    "SyncBatchNorm": ("num_features",),
    "InstanceNorm": ("num_features",),
    "GroupNorm": ("num_groups", "num_channels"),
    "LayerNorm": ("normalized_shape",),
    "RMSNorm": ("normalized_shape",),
    "Linear": ("in_features", "out_features"),
}
"""The first parameters of each class, without the ``1d``, ``2d`` or ``3d`` of its name."""


def position(class_name: str, argument: str) -> int | None:
    """The position, from 0, of a constructor's parameter; None where it is not known."""
    parameters = PARAMETERS.get(re.sub(r"[123]d$", "", class_name), ())
    return parameters.index(argument) if argument in parameters else None
