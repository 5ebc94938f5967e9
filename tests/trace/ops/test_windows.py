"""Convolutions, transposed convolutions, poolings and sliding blocks."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from oracle import Case, agree_with_pytorch
from torch import nn

IMAGE, SIGNAL, VOLUME = "2 4 H W", "2 4 H", "1 2 4 H W"
SMALL = range(1, 7)

CASES = [
    # convolutions
    Case("conv1d", lambda x, w: F.conv1d(x, w, None, 2, 1), (SIGNAL, "6 4 3")),
    Case("conv2d", F.conv2d, (IMAGE, "6 4 3 2")),
    Case(
        "conv2d of tuples",
        lambda x, w: F.conv2d(x, w, stride=(3, 1), padding=(0, 2), dilation=(1, 2)),
        (IMAGE, "6 4 3 2"),
    ),
    Case(
        "conv2d of one-element tuples",
        lambda x, w: F.conv2d(x, w, stride=(2,), padding=[1], dilation=(1,)),
        (IMAGE, "6 4 3 3"),
    ),
    Case("conv2d same", lambda x, w: F.conv2d(x, w, padding="same"), (IMAGE, "6 4 4 3")),
    Case("conv2d same dilated", lambda x, w: F.conv2d(x, w, padding="same", dilation=3), (IMAGE, "6 4 4 2")),
    Case(
        "conv2d same strided", lambda x, w: F.conv2d(x, w, padding="same", stride=2), (IMAGE, "6 4 3 3"), refused=True
    ),
    Case("conv2d valid", lambda x, w: F.conv2d(x, w, padding="valid", stride=2), (IMAGE, "6 4 3 3")),
    Case("conv2d of another word", lambda x, w: F.conv2d(x, w, padding="full"), (IMAGE, "6 4 3 3"), refused=True),
    Case("conv2d in groups", lambda x, w: F.conv2d(x, w, groups=2), (IMAGE, "6 2 3 3")),
    Case(
        "conv2d in groups that do not divide", lambda x, w: F.conv2d(x, w, groups=4), (IMAGE, "6 1 3 3"), refused=True
    ),
    Case("conv2d of the wrong channels", F.conv2d, (IMAGE, "6 3 3 3"), refused=True),
    Case("conv2d of symbolic channels", F.conv2d, ("2 H 5 5", "6 4 3 3")),
    Case(
        "conv2d in symbolic groups",
        lambda x, w: F.conv2d(x, w, groups=x.shape[1]),
        ("2 H 5 W", "12 1 3 3"),
        range(1, 14),
    ),
    Case("conv2d without a batch", F.conv2d, ("4 H W", "6 4 3 3")),
    Case("conv2d of five axes", F.conv2d, ("1 1 4 H W", "6 4 3 3"), refused=True),
    Case("conv2d of two axes", F.conv2d, ("H W", "6 4 3 3"), refused=True),
    Case("conv2d with a bias", lambda x, w, b: F.conv2d(x, w, b, 2), (IMAGE, "6 4 3 3", "6")),
    Case("conv2d with a bias of another size", F.conv2d, (IMAGE, "6 4 3 3", "5"), refused=True),
    Case("conv2d with a symbolic kernel", F.conv2d, ("2 4 H 9", "6 4 W 3")),
    Case("conv2d with negative padding", lambda x, w: F.conv2d(x, w, padding=-1), (IMAGE, "6 4 3 3"), refused=True),
    Case("conv2d of stride 0", lambda x, w: F.conv2d(x, w, stride=0), (IMAGE, "6 4 3 3"), refused=True),
    Case("conv2d of dilation 0", lambda x, w: F.conv2d(x, w, dilation=0), (IMAGE, "6 4 3 3"), refused=True),
    Case("conv2d of 64-bit weights", F.conv2d, (IMAGE, "6 4 3 3 float64"), refused=True),
    Case("conv3d", lambda x, w: F.conv3d(x, w, None, (1, 2, 2), 1), (VOLUME, "6 2 3 3 3"), SMALL),
    Case("Conv2d reflect", nn.Conv2d(4, 5, 3, padding=2, padding_mode="reflect"), (IMAGE,)),
    Case("Conv2d circular", nn.Conv2d(4, 5, 5, padding=(2, 3), stride=2, padding_mode="circular"), (IMAGE,)),
    Case("Conv2d replicate same", nn.Conv2d(4, 5, 4, padding="same", padding_mode="replicate"), (IMAGE,)),
    # transposed convolutions
    Case("conv_transpose1d", lambda x, w: F.conv_transpose1d(x, w, None, 3, 1, 2), (SIGNAL, "4 6 3")),
    Case("conv_transpose2d", F.conv_transpose2d, (IMAGE, "4 6 3 2")),
    Case(
        "conv_transpose2d cropped",
        lambda x, w: F.conv_transpose2d(x, w, stride=2, padding=3),
        (IMAGE, "4 6 3 2"),
        range(4, 9),
    ),
    Case(
        "conv_transpose2d dilated",
        lambda x, w: F.conv_transpose2d(x, w, stride=2, dilation=3, output_padding=2),
        (IMAGE, "4 6 3 2"),
    ),
    Case("conv_transpose2d in groups", lambda x, w: F.conv_transpose2d(x, w, groups=2), (IMAGE, "4 3 3 2")),
    Case(
        "conv_transpose2d in wrong groups",
        lambda x, w: F.conv_transpose2d(x, w, groups=3),
        (IMAGE, "4 3 3 2"),
        refused=True,
    ),
    Case(
        "conv_transpose2d output padding",
        lambda x, w: F.conv_transpose2d(x, w, stride=2, output_padding=2),
        (IMAGE, "4 6 3 2"),
        refused=True,
    ),
    Case("conv_transpose2d without a batch", F.conv_transpose2d, ("4 H W", "4 6 3 2")),
    Case("conv_transpose3d", lambda x, w: F.conv_transpose3d(x, w, stride=2), ("1 4 2 H W", "4 6 2 2 2"), SMALL),
    Case(
        "ConvTranspose2d output_size",
        lambda x, y, w: nn.ConvTranspose2d(4, 4, 3, stride=2, padding=1, device=x.device)(x, output_size=y.shape[-2:]),
        (IMAGE, "2 4 A 5", "1"),
        SMALL,
    ),
    Case(
        "ConvTranspose2d full output_size",
        lambda x, y: nn.ConvTranspose2d(4, 4, 3, stride=2, device=x.device)(x, output_size=y.shape),
        ("2 4 H 2", "2 4 A 5"),
    ),
    # poolings
    Case("max_pool1d", lambda x: F.max_pool1d(x, 3, 2, 1), (SIGNAL,)),
    Case("max_pool2d", lambda x: F.max_pool2d(x, 2), (IMAGE,)),
    Case("max_pool2d ceil", lambda x: F.max_pool2d(x, 3, 2, 1, ceil_mode=True), (IMAGE,)),
    Case(
        "max_pool2d ceil of a wide stride", lambda x: F.max_pool2d(x, 2, 5, 1, ceil_mode=True), (IMAGE,), range(1, 14)
    ),
    Case("max_pool2d dilated", lambda x: F.max_pool2d(x, (3, 2), 1, dilation=2), (IMAGE,)),
    Case("max_pool2d with indices", lambda x: F.max_pool2d(x, 2, return_indices=True), (IMAGE,)),
    Case("max_pool2d_with_indices", lambda x: F.max_pool2d_with_indices(x, 3, 2), (IMAGE,)),
    Case("torch.max_pool2d", lambda x: torch.max_pool2d(x, [3, 3], [2, 2]), (IMAGE,)),
    Case("max_pool2d of too much padding", lambda x: F.max_pool2d(x, 2, 1, 2), (IMAGE,), refused=True),
    Case("max_pool2d of a keyword stride None", lambda x: F.max_pool2d(x, kernel_size=(3, 2), stride=None), (IMAGE,)),
    Case("max_pool2d of no stride", lambda x: F.max_pool2d(x, 3, []), (IMAGE,)),
    Case("max_pool2d of a symbolic window", lambda x: F.max_pool2d(x, (x.size(2), 1)), (IMAGE,)),
    Case(
        "max_pool2d of half a symbolic window",
        lambda x: F.max_pool2d(x, (x.size(2) // 2, 1), stride=1),
        (IMAGE,),
        range(2, 9),
    ),
    Case("max_pool2d of 0 cells", lambda x: F.max_pool2d(x, 0), (IMAGE,), refused=True),
    Case("max_pool2d of integers", lambda x: F.max_pool2d(x, 2), ("2 4 H W int64",)),
    Case("max_pool3d", lambda x: F.max_pool3d(x, 2, (2, 1, 2)), (VOLUME,), SMALL),
    Case("max_pool2d without a batch", lambda x: F.max_pool2d(x, 2), ("4 H W",)),
    Case("max_pool2d of a vector", lambda x: F.max_pool2d(x, 2), ("4 H",), refused=True),
    Case("avg_pool1d", lambda x: F.avg_pool1d(x, 3, 2, 1, True), (SIGNAL,)),
    Case("avg_pool2d", lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False), (IMAGE,)),
    Case("avg_pool2d over all", lambda x: F.avg_pool2d(x, x.size()[2:]), (IMAGE,)),
    Case("avg_pool2d with a divisor", lambda x: F.avg_pool2d(x, 2, divisor_override=3), (IMAGE,)),
    Case("avg_pool2d with a divisor of 0", lambda x: F.avg_pool2d(x, 2, divisor_override=0), (IMAGE,), refused=True),
    Case("avg_pool3d", lambda x: F.avg_pool3d(x, 3, 2, 1), (VOLUME,), SMALL),
    Case("lp_pool1d", lambda x: F.lp_pool1d(x, 2, 3, 2, True), (SIGNAL,)),
    Case("lp_pool2d", lambda x: F.lp_pool2d(x, 2.0, (3, 2), ceil_mode=True), (IMAGE,)),
    Case("LPPool2d", nn.LPPool2d(1, 3, stride=2), (IMAGE,)),
    Case("adaptive_avg_pool1d", lambda x: F.adaptive_avg_pool1d(x, 5), (SIGNAL,)),
    Case("adaptive_avg_pool2d", lambda x: F.adaptive_avg_pool2d(x, (None, 3)), (IMAGE,)),
    Case("AdaptiveAvgPool2d", nn.AdaptiveAvgPool2d(1), (IMAGE,)),
    Case("AdaptiveAvgPool2d of a list", nn.AdaptiveAvgPool2d([None, 2]), (IMAGE,)),
    Case(
        "adaptive_avg_pool2d of a symbolic size",
        lambda x: F.adaptive_avg_pool2d(x, (x.shape[2] // 2, x.shape[3])),
        (IMAGE,),
    ),
    Case("adaptive_avg_pool3d", lambda x: F.adaptive_avg_pool3d(x, (None, 2, None)), (VOLUME,), SMALL),
    Case("adaptive_max_pool2d", lambda x: F.adaptive_max_pool2d(x, (3, None)), (IMAGE,)),
    Case("adaptive_max_pool2d with indices", lambda x: F.adaptive_max_pool2d(x, 2, return_indices=True), (IMAGE,)),
    Case("AdaptiveMaxPool1d with indices", nn.AdaptiveMaxPool1d(3, return_indices=True), (SIGNAL,)),
    Case("adaptive_max_pool3d", lambda x: F.adaptive_max_pool3d(x, 2), (VOLUME,), SMALL),
    Case(
        "adaptive_avg_pool2d of too many sizes", lambda x: F.adaptive_avg_pool2d(x, (1, 2, 3)), (IMAGE,), refused=True
    ),
    Case("FractionalMaxPool2d of a size", nn.FractionalMaxPool2d(2, output_size=(3, 2)), (IMAGE,)),
    Case("FractionalMaxPool2d of a ratio", nn.FractionalMaxPool2d(3, output_ratio=0.5), (IMAGE,), start=8),
    Case(
        "FractionalMaxPool2d of ratios that round", nn.FractionalMaxPool2d(2, output_ratio=(0.7, 0.55)), ("3 H W",),
        range(1, 14), 8,
    ),
    Case(
        "FractionalMaxPool2d with indices", nn.FractionalMaxPool2d((3, 2), output_size=2, return_indices=True),
        ("N 3 H 5",), start=8,
    ),
    Case("FractionalMaxPool3d of a size", nn.FractionalMaxPool3d(2, output_size=(1, 2, 3)), (VOLUME,), SMALL),
    Case("FractionalMaxPool3d of a ratio", nn.FractionalMaxPool3d(2, output_ratio=0.7), ("2 8 H W",), range(1, 9), 8),
    Case(
        "fractional_max_pool2d of a size made of sizes",
        lambda x: F.fractional_max_pool2d(x, 2, output_size=(x.shape[2] // 2, x.shape[3] - 3)), (IMAGE,),
    ),
    Case(
        "fractional_max_pool3d with indices",
        lambda x: F.fractional_max_pool3d(x, 2, output_ratio=(0.5,) * 3, return_indices=True), (VOLUME,), SMALL,
    ),
    Case(
        "fractional_max_pool2d with samples",
        lambda x, y: F.fractional_max_pool2d(x, 2, output_size=2, _random_samples=y), ("N C 4 5", "A B 2"), SMALL, 1,
    ),
    Case("fractional_max_pool2d of nothing", lambda x: F.fractional_max_pool2d(x, 2), (IMAGE,), refused=True),
    Case(
        "fractional_max_pool2d of one ratio", lambda x: F.fractional_max_pool2d(x, 2, output_ratio=0.5), (IMAGE,),
        refused=True,
    ),
    Case(
        "fractional_max_pool2d of three ratios", lambda x: F.fractional_max_pool2d(x, 2, output_ratio=(0.5,) * 3),
        (IMAGE,), refused=True,
    ),
    Case("FractionalMaxPool2d of 1 number", nn.FractionalMaxPool2d((2,), output_size=2), (IMAGE,), refused=True),
    Case("FractionalMaxPool2d of a batch of signals", nn.FractionalMaxPool2d(2, output_size=1), ("3 H",), refused=True),
    Case(
        "max_unpool2d", lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2), (IMAGE,), device="meta"
    ),
    Case(
        "max_unpool2d of an output size",
        lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2, output_size=x.shape),
        (IMAGE,),
    ),
    Case(
        "MaxUnpool2d overlapping",
        lambda x: nn.MaxUnpool2d(3, 2, 1)(*F.max_pool2d(x, 3, 2, 1, return_indices=True), output_size=x.shape[2:]),
        (IMAGE,),
    ),
    Case("MaxUnpool1d", lambda x: nn.MaxUnpool1d(3)(*F.max_pool1d(x, 3, return_indices=True)), (SIGNAL,)),
    Case(
        "an unpooling that crops all there is", lambda x: nn.MaxUnpool1d(1, 1, 1)(x, x.long()), (SIGNAL,), device="meta"
    ),
    Case(
        "an unpooling of a possibly empty tensor", lambda x: F.max_unpool1d(x[..., 2:], x[..., 2:].long(), 2, 2),
        (SIGNAL,), device="meta",
    ),
    # blocks
    Case("unfold", lambda x: F.unfold(x, 3, padding=1, stride=2), (IMAGE,)),
    Case("unfold of tuples", lambda x: F.unfold(x, (2, 3), dilation=(2, 1)), (IMAGE,)),
    Case("nn.Unfold", nn.Unfold((2, 3), stride=(1, 2)), ("4 H W",)),
    Case("nn.Unfold of a signal", nn.Unfold(3), ("4 H",), refused=True),
    Case("fold", lambda x: F.fold(x, (4, 5), (2, 3)), ("2 H W",), range(1, 19), 9),
    Case("fold of unfolded", lambda x: F.fold(F.unfold(x, 3, 1, 1), x.shape[-2:], 3, padding=1), (IMAGE,)),
    Case(
        "fold of unfolded strided",
        lambda x: F.fold(F.unfold(x, 2, stride=2), (x.shape[2], x.shape[3] // 2 * 2), 2, stride=2),
        (IMAGE,),
    ),
    Case("fold to another size", lambda x: F.fold(F.unfold(x, 2, stride=2), x.shape[-2:], 2, stride=2), (IMAGE,)),
    Case("Tensor.unfold", lambda x: x.unfold(-1, 3, 2), ("2 H W",)),
    Case("Tensor.unfold twice", lambda x: x.unfold(2, 2, 2).unfold(3, 3, 1), (IMAGE,)),
    Case("Tensor.unfold of a symbolic window", lambda x: x.unfold(1, x.shape[0], 1), ("H W",)),
    Case("Tensor.unfold of keywords", lambda x: x.unfold(dimension=0, size=2, step=3), ("H W",)),
    Case("Tensor.unfold of no axis", lambda x: x.unfold(2, 2, 1), ("H W",), refused=True),
    Case("Tensor.unfold by 0", lambda x: x.unfold(0, 2, 0), ("H W",), refused=True),
    Case("conv2d of a possibly empty tensor", lambda x, w: F.conv2d(x[:, :, 3:], w, padding=1), ("1 2 H W", "3 2 3 3")),
    Case("max_pool2d of a possibly empty tensor", lambda x: F.max_pool2d(x[:, :, 2:], 2, ceil_mode=True), ("1 2 H W",)),
    Case("adaptive_avg_pool2d of a possibly empty tensor", lambda x: F.adaptive_avg_pool2d(x[:, :, 2:], 2)),
    Case("global average of a possibly empty tensor", lambda x: F.adaptive_avg_pool2d(x[:, :, 2:], 1)),
    Case("unfold of a possibly empty tensor", lambda x: F.unfold(x[:, :, 2:], 2)),
    Case(
        "a transposed convolution cropped to its skip",
        lambda x, w: F.conv_transpose2d(F.max_pool2d(x, 2), w, stride=2)[:, :, : x.shape[2], : x.shape[3]] + x,
        ("1 2 H W", "2 2 3 3"),
    ),
]


@agree_with_pytorch(CASES)
def test_windows(case: Case) -> None:
    case.check()
