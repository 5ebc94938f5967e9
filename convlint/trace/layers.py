"""What the leaf layers of a model are: their family, their numbers, and where they were built."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from convlint.graph.model import Layer
from convlint.trace import origin

_FAMILIES: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("conv_transpose", (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)),
    ("conv", (nn.Conv1d, nn.Conv2d, nn.Conv3d)),
    ("max_pool", (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)),
    ("avg_pool", (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)),
    ("lp_pool", (nn.LPPool1d, nn.LPPool2d, nn.LPPool3d)),
    ("adaptive_pool", (
        nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d,
        nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d,
    )),
    ("max_unpool", (nn.MaxUnpool1d, nn.MaxUnpool2d, nn.MaxUnpool3d)),
    ("norm", (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm, nn.LocalResponseNorm, nn.RMSNorm)),
    ("linear", (nn.Linear, nn.Bilinear)),
    ("pad", (
        nn.modules.padding._ConstantPadNd, nn.modules.padding._ReflectionPadNd,
        nn.modules.padding._ReplicationPadNd, nn.modules.padding._CircularPadNd,
    )),
    ("resize", (nn.Upsample,)),
    ("shuffle", (nn.PixelShuffle, nn.PixelUnshuffle, nn.ChannelShuffle, nn.Fold, nn.Unfold)),
    ("embedding", (nn.Embedding, nn.EmbeddingBag)),
    ("dropout", (nn.modules.dropout._DropoutNd,)),
    ("recurrent", (nn.RNNBase, nn.RNNCellBase)),
    ("attention", (nn.MultiheadAttention,)),
)
_PARAMETERS = (
    "in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "output_padding",
    "ceil_mode", "padding_mode", "num_features", "num_groups", "num_channels", "normalized_shape", "in_features",
    "out_features", "upscale_factor", "downscale_factor", "scale_factor", "size", "mode", "align_corners",
    "output_size", "embed_dim", "num_heads", "input_size", "hidden_size", "num_embeddings", "embedding_dim",
)


def layers_of(module: nn.Module) -> Mapping[str, Layer]:
    """The leaf layers of a model by their path."""
    layers: dict[str, Layer] = {}
    for path, each in module.named_modules():
        if type(each).__module__.startswith("torch.nn.") or isinstance(each, torch.nn.modules.conv._ConvNd):
            kind = next((family for family, types in _FAMILIES if isinstance(each, types)), None)
            if kind is None and any(True for _ in each.children()):
                continue
            layers[path] = Layer(
                path, type(each).__name__, kind or "other", _numbers(each), origin.constructor_span(each)
            )
    return layers


def _numbers(module: nn.Module) -> Mapping[str, object]:
    """The constructor's numbers that the layer kept, under torch's own names; one tuple entry an axis."""
    found: dict[str, object] = {}
    attributes = module.__dict__  # much faster than getattr, which for a module without the name is an exception
    for name in _PARAMETERS:
        value = attributes.get(name)
        if isinstance(value, (bool, int, float, str)):
            found[name] = value
        elif isinstance(value, (tuple, list)) and all(isinstance(item, (int, float)) for item in value):
            found[name] = tuple(value)
    return found
