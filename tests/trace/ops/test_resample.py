"""Padding, interpolation, shuffles, sampling grids."""

from __future__ import annotations

import torch.nn.functional as F
from oracle import Case, agree_with_pytorch
from torch import nn

IMAGE, SIGNAL, VOLUME = "2 3 H W", "2 3 H", "1 2 2 H W"
SMALL = range(1, 6)

CASES = [
    Case("pad", lambda x: F.pad(x, (1, 2, 3, 4))),
    Case("pad of one axis", lambda x: F.pad(x, (2, 0))),
    Case("pad of all axes", lambda x: F.pad(x, (1, 1, 0, 0, 2, 0, 0, 1))),
    Case("pad of a value", lambda x: F.pad(x, [1, 1], "constant", 0.5)),
    Case("pad of too many axes", lambda x: F.pad(x, (1,) * 10), refused=True),
    Case("pad of an odd number", lambda x: F.pad(x, (1, 1, 1)), refused=True),
    Case("pad of a negative number", lambda x: F.pad(x, (-1, -2, 1, -3))),
    Case("pad to a multiple", lambda x: F.pad(x, (0, -x.shape[3] % 4, 0, (4 - x.shape[2] % 4) % 4))),
    Case("pad to another", lambda x, y: F.pad(x, (0, y.shape[3] - x.shape[3])), (IMAGE, "1 1 1 A"), SMALL),
    Case("pad reflect", lambda x: F.pad(x, (2, 1, 0, 3), mode="reflect")),
    Case("pad reflect of a signal", lambda x: F.pad(x, (3, 2), mode="reflect"), (SIGNAL,)),
    Case("pad reflect without a batch", lambda x: F.pad(x, (3, 2), mode="reflect"), ("3 H",)),
    Case("pad reflect of one axis of two", lambda x: F.pad(x, (3, 2), mode="reflect"), refused=True),
    Case("pad reflect negative", lambda x: F.pad(x, (-1, 2, 1, -1), mode="reflect"), grid=range(2, 9)),
    Case("pad replicate", lambda x: F.pad(x, (5, 1, 2, 3), mode="replicate")),
    Case("pad replicate of a volume", lambda x: F.pad(x, (1, 1, 2, 2, 3, 3), mode="replicate"), (VOLUME,), SMALL),
    Case("pad circular", lambda x: F.pad(x, (3, 1, 2, 2), mode="circular")),
    Case("pad of an unknown mode", lambda x: F.pad(x, (1, 1, 1, 1), mode="mirror"), refused=True),
    Case("ReflectionPad2d", nn.ReflectionPad2d((1, 2, 3, 0)), (IMAGE,)),
    Case("ReflectionPad1d", nn.ReflectionPad1d(3), (SIGNAL,)),
    Case("ZeroPad2d", nn.ZeroPad2d((1, -1, 2, 0)), (IMAGE,)),
    Case("ConstantPad1d", nn.ConstantPad1d(2, 3.5), (SIGNAL,)),
    Case("CircularPad2d", nn.CircularPad2d(2), (IMAGE,)),
    Case("interpolate to a size", lambda x: F.interpolate(x, size=(5, 7))),
    Case("interpolate to a number", lambda x: F.interpolate(x, 6)),
    Case(
        "interpolate to another", lambda x, y: F.interpolate(x, y.shape[2:], mode="bilinear"), (IMAGE, "1 1 A 3"), SMALL
    ),
    Case("interpolate to half a size", lambda x: F.interpolate(x, size=(x.shape[2] // 2, x.shape[3] // 2))),
    Case("interpolate of a factor", lambda x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)),
    Case("interpolate of a half", lambda x: F.interpolate(x, scale_factor=0.5)),
    Case("interpolate of a third", lambda x: F.interpolate(x, scale_factor=1 / 3), grid=range(1, 14)),
    Case("interpolate of 0.7", lambda x: F.interpolate(x, scale_factor=(0.7, 1.3), mode="bicubic"), grid=range(1, 14)),
    Case(
        "interpolate of recomputed factors",
        lambda x: F.interpolate(x, scale_factor=1.7, mode="bilinear", recompute_scale_factor=True),
        grid=range(1, 14),
    ),
    Case("interpolate of a ratio", lambda x: F.interpolate(x, scale_factor=5 / x.shape[2]), grid=range(1, 14)),
    Case("interpolate area", lambda x: F.interpolate(x, size=3, mode="area")),
    Case("interpolate area of a factor", lambda x: F.interpolate(x, scale_factor=0.6, mode="area")),
    Case("interpolate nearest-exact", lambda x: F.interpolate(x, scale_factor=1.5, mode="nearest-exact")),
    Case("interpolate linear", lambda x: F.interpolate(x, scale_factor=2.5, mode="linear"), (SIGNAL,)),
    Case("interpolate linear of an image", lambda x: F.interpolate(x, scale_factor=2, mode="linear"), refused=True),
    Case("interpolate bilinear of a signal", lambda x: F.interpolate(x, 4, mode="bilinear"), (SIGNAL,), refused=True),
    Case(
        "interpolate trilinear",
        lambda x: F.interpolate(x, scale_factor=(2, 1, 0.5), mode="trilinear"),
        (VOLUME,),
        SMALL,
    ),
    Case("interpolate antialiased", lambda x: F.interpolate(x, (3, 4), mode="bilinear", antialias=True)),
    Case(
        "interpolate nearest of corners",
        lambda x: F.interpolate(x, 4, mode="nearest", align_corners=True),
        refused=True,
    ),
    Case("interpolate nearest antialiased", lambda x: F.interpolate(x, 4, antialias=True), refused=True),
    Case("interpolate of too many sizes", lambda x: F.interpolate(x, (1, 2, 3)), refused=True),
    Case("interpolate of too many factors", lambda x: F.interpolate(x, scale_factor=(1, 2, 3)), refused=True),
    Case("interpolate of neither", F.interpolate, refused=True),
    Case("interpolate of both", lambda x: F.interpolate(x, 4, 2.0), refused=True),
    Case("interpolate of an unknown mode", lambda x: F.interpolate(x, 4, mode="cubic"), refused=True),
    Case("interpolate of rows", lambda x: F.interpolate(x, 4), ("2 H",), refused=True),
    Case("interpolate to nothing", lambda x: F.interpolate(x, 0), refused=True),
    Case("Upsample", nn.Upsample(scale_factor=2, mode="bilinear"), (IMAGE,)),
    Case("Upsample to a size", nn.Upsample((4, 9)), (IMAGE,)),
    Case("UpsamplingBilinear2d", nn.UpsamplingBilinear2d(scale_factor=3), (IMAGE,)),
    Case("pixel_shuffle", lambda x: F.pixel_shuffle(x, 2), ("2 H 3 W",), range(1, 13)),
    Case("pixel_shuffle of more axes", nn.PixelShuffle(3), ("2 2 9 H W",), SMALL),
    Case("pixel_shuffle of rows", lambda x: F.pixel_shuffle(x, 2), ("H W",), refused=True),
    Case("pixel_shuffle by 0", lambda x: F.pixel_shuffle(x, 0), ("4 H W",), refused=True),
    Case("pixel_unshuffle", nn.PixelUnshuffle(3), (IMAGE,), range(1, 13)),
    Case("pixel_unshuffle of a symbolic factor", lambda x: F.pixel_unshuffle(x, x.shape[3]), ("2 H H 2",)),
    Case("channel_shuffle", lambda x: F.channel_shuffle(x, 2), ("2 H 3 W",)),
    Case("ChannelShuffle", nn.ChannelShuffle(3), ("2 H 2 W",), range(1, 13)),
    Case("channel_shuffle of rows", lambda x: F.channel_shuffle(x, 2), ("2 H",), refused=True),
    Case("grid_sample", lambda x, g: F.grid_sample(x, g, align_corners=False), (IMAGE, "2 A 5 2"), SMALL),
    Case(
        "grid_sample of another batch", lambda x, g: F.grid_sample(x, g, align_corners=False), (IMAGE, "A 4 5 2"), SMALL
    ),
    Case(
        "grid_sample of another rank",
        lambda x, g: F.grid_sample(x, g, align_corners=False),
        (IMAGE, "2 A 2"),
        SMALL,
        refused=True,
    ),
    Case(
        "grid_sample of wrong points", lambda x, g: F.grid_sample(x, g, align_corners=False), (IMAGE, "2 4 5 A"), SMALL
    ),
    Case(
        "grid_sample of a volume", lambda x, g: F.grid_sample(x, g, align_corners=False), (VOLUME, "1 A 4 5 3"), SMALL
    ),
    Case("affine_grid", lambda t, x: F.affine_grid(t, x.size(), align_corners=False), ("2 2 3", IMAGE), SMALL),
    Case(
        "affine_grid of another batch",
        lambda t, x: F.affine_grid(t, x.shape, align_corners=False),
        ("A 2 3", IMAGE),
        SMALL,
    ),
    Case(
        "affine_grid of a volume",
        lambda t, x: F.affine_grid(t, list(x.shape), align_corners=False),
        ("1 3 4", VOLUME),
        SMALL,
    ),
    Case(
        "affine_grid of wrong matrices",
        lambda t, x: F.affine_grid(t, x.shape, align_corners=False),
        ("2 3 3", IMAGE),
        SMALL,
        refused=True,
    ),
    Case("pad of a possibly empty tensor", lambda x: F.pad(x[:, :, 2:], (0, 0, 1, 1))),
    Case("interpolate of a possibly empty tensor", lambda x: F.interpolate(x[:, :, 2:], scale_factor=2)),
    Case(
        "pad around the centre",
        lambda x, y: (
            F.pad(x, [(y.shape[3] - x.shape[3]) // 2, y.shape[3] - x.shape[3] - (y.shape[3] - x.shape[3]) // 2]) + y
        ),
        ("1 1 2 H", "1 1 2 A"),
        range(1, 8),
    ),
    Case("add of what was pooled and doubled", lambda x: x + F.interpolate(F.max_pool2d(x, 2), scale_factor=2)),
]


@agree_with_pytorch(CASES)
def test_resampling(case: Case) -> None:
    case.check()
