import math
from fractions import Fraction
from itertools import product

import pytest
from torch import nn
from torch.nn import functional as F

from convlint.arithmetic.pool import adaptive_fits
from convlint.arithmetic.resize import (
    LARGEST_PRODUCT,
    channel_shuffle_fits,
    interpolation_fits,
    pixel_shuffle_channels,
    pixel_shuffle_fits,
    pixel_shuffle_size,
    pixel_unshuffle_channels,
    pixel_unshuffle_fits,
    pixel_unshuffle_size,
    scale_rounds_down,
    scaled_size,
)
from convlint.symbolic.canonical import symbol
from convlint.symbolic.dim import Dim, evaluate

SCALES = (0.1, 0.25, 1 / 3, 0.5, 0.7, 1, 1.1, 1.25, 1.3, 1.5, 2, 2.0, 2.3, 3, 800 / 199, 1 / 49)
MODES = {
    1: ("nearest", "nearest-exact", "linear"),
    2: ("nearest", "nearest-exact", "bilinear", "bicubic"),
    3: ("nearest", "nearest-exact", "trilinear"),
}


@pytest.mark.parametrize(("dims", "mode"), [(dims, mode) for dims, modes in MODES.items() for mode in modes])
def test_scales_agree_with_torch(dims, mode, torch_sizes):
    for i, scale in product((1, 3, 10, 49), SCALES):
        o = scaled_size(i, scale)
        mine = (o,) * dims if interpolation_fits(i, o).evaluate({}) else None
        if mine is None and "nearest" not in mode:
            continue
        for recompute in (False, True):
            layer = nn.Upsample(scale_factor=scale, mode=mode, recompute_scale_factor=recompute)
            assert torch_sizes(layer, (i,) * dims, device="meta") == mine


@pytest.mark.parametrize("mode", MODES[1])
def test_a_device_agrees_on_a_dense_grid(mode, torch_sizes):
    for i, scale in product(range(60), SCALES):
        o = scaled_size(i, scale)
        answer = torch_sizes(nn.Upsample(scale_factor=scale, mode=mode), (i,), device="cpu")
        assert answer == ((o,) if interpolation_fits(i, o).evaluate({}) else None)


def test_meta_tensors_shrink_to_nothing_where_a_device_refuses(torch_sizes):
    layer = nn.Upsample(scale_factor=0.1, mode="bilinear")
    assert torch_sizes(layer, (4, 4)) == (0, 0)
    assert torch_sizes(layer, (4, 4), device="cpu") is None


def test_antialiasing_keeps_the_sizes(torch_sizes):
    for i, scale in product((3, 10, 49), SCALES):
        o = scaled_size(i, scale)
        answer = torch_sizes(lambda x: F.interpolate(x, scale_factor=scale, mode="bilinear", antialias=True), (i, i))  # noqa: B023
        assert answer == ((o, o) if interpolation_fits(i, o).evaluate({}) else None)


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_area_is_an_adaptive_pooling(dims, torch_sizes):
    for i, scale in product((1, 3, 10, 49), SCALES):
        o = scaled_size(i, scale)
        answer = torch_sizes(lambda x: F.interpolate(x, scale_factor=scale, mode="area"), (i,) * dims)  # noqa: B023
        assert answer == ((o,) * dims if adaptive_fits(i, o).evaluate({}) else None)


@pytest.mark.parametrize("layer", [nn.UpsamplingNearest2d, nn.UpsamplingBilinear2d])
def test_the_old_layers_agree_too(layer, torch_sizes):
    assert torch_sizes(layer(scale_factor=1.3), (7, 10)) == (scaled_size(7, 1.3), scaled_size(10, 1.3))
    assert torch_sizes(layer(size=(5, 3)), (7, 10)) == (5, 3)


def test_doubles_round_before_the_floor():
    assert scaled_size(199, 800 / 199) == 799
    assert scaled_size(49, 1 / 49) == 0
    assert scaled_size(10, 0.7) == 7


def test_a_scale_that_is_a_short_ratio_stays_in_the_algebra():
    height = symbol("H")
    assert scaled_size(height, 2) == 2 * height
    assert scaled_size(height, 0.5) == height // 2
    assert scaled_size(height, Fraction(5, 4)) == height * 5 // 4
    assert scaled_size(height, 1.0) is height


def test_dims_evaluate_to_what_ints_give():
    height = symbol("H")
    for scale in SCALES:
        size = scaled_size(height, scale)
        assert isinstance(size, Dim)
        fits = interpolation_fits(height, size)
        for i in (*range(60), 199, 224):
            assert evaluate(size, {"H": i}) == scaled_size(i, scale)
            assert fits.evaluate({"H": i}) == interpolation_fits(i, scaled_size(i, scale)).evaluate({})


def test_a_constant_ratio_is_the_double_that_python_divides():
    height = symbol("H")
    third = height / (3 * height)
    for scale in (third, Fraction(1, 3), Fraction(1, 49)):
        size = scaled_size(height, scale)
        for i in range(1, 100):
            ratio = Fraction(1, 3) if scale is third else scale
            assert evaluate(size, {"H": i}) == int(i * float(ratio)) == scaled_size(i, scale)


def test_a_ratio_of_sizes_rounds_as_doubles_do():
    height, width = symbol("H"), symbol("W")
    size = scaled_size(height, width / height)
    for i, j in ((199, 800), (49, 1), (10, 7), (3, 9)):
        assert evaluate(size, {"H": i, "W": j}) == int(i * (j / i))


@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_pixel_shuffle_agrees_with_torch(device, torch_sizes):
    for factor, channels, i in product(range(1, 4), range(1, 20), (1, 5)):
        fits = pixel_shuffle_fits(channels, factor).evaluate({})
        size = pixel_shuffle_size(i, factor)
        mine = (pixel_shuffle_channels(channels, factor), size, size) if fits else None
        assert torch_sizes(nn.PixelShuffle(factor), (i, i), channels=channels, device=device, keep=1) == mine


@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_pixel_unshuffle_agrees_with_torch(device, torch_sizes):
    for factor, channels, i in product(range(1, 5), (1, 3), range(1, 14)):
        fits = pixel_unshuffle_fits(i, factor).evaluate({})
        size = pixel_unshuffle_size(i, factor)
        mine = (pixel_unshuffle_channels(channels, factor), size, size) if fits else None
        assert torch_sizes(nn.PixelUnshuffle(factor), (i, i), channels=channels, device=device, keep=1) == mine


@pytest.mark.parametrize("device", ["meta", "cpu"])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_channel_shuffle_agrees_with_torch(dims, device, torch_sizes):
    for groups, channels, i in product(range(1, 6), range(1, 14), (1, 5)):
        mine = (channels, *(i,) * dims) if channel_shuffle_fits(channels, groups).evaluate({}) else None
        layer = nn.ChannelShuffle(groups)
        assert torch_sizes(layer, (i,) * dims, channels=channels, device=device, keep=1) == mine


def test_shuffled_dims_evaluate_to_what_ints_give():
    height, channels = symbol("H"), symbol("C")
    for factor, n in product(range(1, 5), range(1, 40)):
        at = {"H": n, "C": n}
        assert evaluate(pixel_shuffle_size(height, factor), at) == pixel_shuffle_size(n, factor)
        assert evaluate(pixel_unshuffle_size(height, factor), at) == pixel_unshuffle_size(n, factor)
        assert evaluate(pixel_shuffle_channels(channels, factor), at) == pixel_shuffle_channels(n, factor)
        assert evaluate(pixel_unshuffle_channels(channels, factor), at) == pixel_unshuffle_channels(n, factor)
        assert pixel_shuffle_fits(channels, factor).evaluate(at) == pixel_shuffle_fits(n, factor).evaluate({})
        assert pixel_unshuffle_fits(height, factor).evaluate(at) == pixel_unshuffle_fits(n, factor).evaluate({})
        assert channel_shuffle_fits(channels, factor).evaluate(at) == channel_shuffle_fits(n, factor).evaluate({})


CONSTANT_SCALES = ("29/100", "7/10", "57/100", "1/3", "1/10", "14/10", "299/224", "83/128", "1/49", "999/1000", "6/5")


@pytest.mark.parametrize("text", CONSTANT_SCALES)
def test_where_a_constant_scale_rounds_down_is_exact(text):
    scale = Fraction(text)
    says = scale_rounds_down(symbol("H"), scale)
    for i in [*range(1, 10_000), *(scale.denominator * m for m in range(10_000, 10**8, 99_991))]:
        if i * scale < LARGEST_PRODUCT:
            assert says.evaluate({"H": i}) == (math.floor(float(i) * float(scale)) != math.floor(i * scale)), i


def test_sizes_that_round_down_are_named_for_any_size_of_a_map():
    says = scale_rounds_down((symbol("H") + 1) // 2, Fraction(29, 100))
    assert [h for h in range(1, 900) if says.evaluate({"H": h})] == [199, 200, 399, 400, 799, 800]
