from fractions import Fraction
from functools import reduce
from itertools import product

import pytest
import torch
from torch import nn

from convlint.arithmetic.geometry import (
    INPUT,
    Geometry,
    aligned,
    join,
    misalignment,
    through_adaptive,
    through_pad,
    through_step,
    through_transposed,
    through_unshuffle,
    through_upsample,
    through_window,
)
from convlint.arithmetic.transposed import Transposed
from convlint.arithmetic.window import Window
from convlint.symbolic.dim import symbol

CONV3 = Window(3, 1, (1, 1))
POOL2 = Window(2, 2)


def field(*windows):
    return reduce(through_window, windows, INPUT).receptive_field


def pixels_seen(layers, size, unit):
    """Pixels whose change reaches the unit: where its gradient is not zero."""
    image = torch.ones(1, 1, size, dtype=torch.float64, requires_grad=True)
    layers(image)[0, 0, unit].backward()
    return torch.nonzero(image.grad[0, 0]).flatten().tolist()


def ones(layer):
    return nn.init.ones_(layer.weight) is not None and layer.double()


# --- published numbers


def test_three_convolutions_see_three_five_seven():
    assert [field(*[Window(3)] * n) for n in (1, 2, 3)] == [3, 5, 7]


def test_causal_dilations_double_the_field():
    causal = [Window(2, 1, (2**n, 0), 2**n) for n in range(10)]
    assert [field(*causal[:n]) for n in (1, 2, 3, 4, 10)] == [2, 4, 8, 16, 1024]


def test_a_pooling_doubles_what_follows():
    assert field(CONV3, CONV3, POOL2, CONV3, CONV3) == 14


def test_alexnet_sees_195_pixels():
    pool = Window(3, 2)
    assert field(Window(11, 4), pool, Window(5), pool, CONV3, CONV3, CONV3, pool) == 195


def test_vgg_16_sees_212_pixels():
    blocks = [[CONV3] * count + [POOL2] for count in (2, 2, 3, 3, 3)]
    assert field(*(window for block in blocks for window in block)) == 212


# --- against what a gradient reaches


def test_windows_see_what_their_gradient_reaches():
    for (k, s, p, d), (k2, s2) in product(
        product((1, 2, 3), (1, 2), (0, 1), (1, 2)),
        product((2, 3), (1, 2)),
    ):
        layers = nn.Sequential(
            ones(nn.Conv1d(1, 1, k, s, p, d, bias=False)),
            ones(nn.Conv1d(1, 1, k2, s2, bias=False)),
        )
        geometry = through_window(through_window(INPUT, Window(k, s, (p, p), d)), Window(k2, s2))
        seen = pixels_seen(layers, 30, 4)
        assert geometry.span(4) == (min(seen), max(seen))


def test_transposed_windows_are_centred_where_their_gradient_is():
    # k_eff a multiple of s: every unit sees the same number of inputs, and s neighbours share them.
    for k, s, p in ((2, 2, 0), (4, 2, 1), (4, 2, 0), (6, 2, 2), (3, 3, 0), (6, 3, 1)):
        layers = ones(nn.ConvTranspose1d(1, 1, k, s, p, bias=False))
        geometry = through_transposed(INPUT, Transposed(k, s, p))
        first = 4 * s - p
        seen = [pixels_seen(layers, 12, first + phase) for phase in range(s)]
        assert {len(each) for each in seen} == {geometry.receptive_field}
        middle = sum(Fraction(min(each) + max(each), 2) for each in seen) / s
        assert middle == geometry.centre + (first + Fraction(s - 1, 2)) * geometry.jump


def test_a_transposed_window_sees_at_most_the_stated_field():
    for k, s, d in product(range(1, 6), range(1, 4), range(1, 4)):
        layers = ones(nn.ConvTranspose1d(1, 1, k, s, dilation=d, bias=False))
        geometry = through_transposed(INPUT, Transposed(k, s, 0, d))
        middle = 8 * s
        for unit in range(middle, middle + s):
            seen = pixels_seen(layers, 20, unit)
            assert not seen or max(seen) - min(seen) + 1 <= geometry.receptive_field


def test_a_transposed_window_undoes_the_grid_of_its_window():
    for k, s, p, d in product(range(1, 6), range(1, 5), range(3), range(1, 3)):
        there = through_window(INPUT, Window(k, s, (p, p), d))
        back = through_transposed(there, Transposed(k, s, p, d))
        assert aligned(back, INPUT)


@pytest.mark.parametrize("factor", [2, 3, Fraction(3, 2), Fraction(1, 2)])
def test_upsampling_puts_units_where_torch_samples(factor):
    size = 24
    grid = torch.arange(float(size), dtype=torch.float64).reshape(1, 1, size)
    layer = nn.Upsample(scale_factor=float(factor), mode="linear")
    geometry = through_upsample(INPUT, factor, taps=2)
    positions = layer(grid)[0, 0].tolist()
    for unit in range(4, int(size * factor) - 4):
        assert positions[unit] == pytest.approx(float(geometry.centre + unit * geometry.jump))
    assert geometry.receptive_field == 2


def test_upsampling_with_aligned_corners_keeps_both_ends():
    grid = torch.arange(5.0, dtype=torch.float64).reshape(1, 1, 5)
    positions = nn.Upsample(size=9, mode="linear", align_corners=True)(grid)[0, 0].tolist()
    geometry = through_upsample(INPUT, Fraction(9 - 1, 5 - 1), align_corners=True)
    assert positions == pytest.approx([float(geometry.centre + unit * geometry.jump) for unit in range(9)])


def test_upsampling_undoes_a_pooling_of_the_same_factor():
    for factor in range(1, 6):
        pooled = through_window(INPUT, Window(factor, factor))
        assert aligned(through_upsample(pooled, factor), INPUT)
        assert aligned(through_upsample(through_unshuffle(INPUT, factor), factor), INPUT)


def test_adaptive_pooling_is_a_window_where_it_is_even():
    for o, k in product(range(1, 6), range(1, 6)):
        assert through_adaptive(INPUT, o * k, o) == through_window(INPUT, Window(k, k))


def test_adaptive_pooling_that_is_uneven_takes_its_largest_window():
    geometry = through_adaptive(INPUT, 7, 3)
    assert geometry == Geometry(Fraction(3), Fraction(7, 3), Fraction(1))
    with pytest.raises(ValueError, match="no units"):
        through_adaptive(INPUT, 7, 0)


def test_pads_crops_and_slices_move_the_grid():
    coarse = Geometry(Fraction(3), Fraction(2), Fraction(1))
    assert through_pad(coarse, 1).centre == -1
    assert through_pad(through_pad(coarse, 3), -3) == coarse
    assert through_step(coarse, 1, 2) == Geometry(Fraction(3), Fraction(4), Fraction(3))


# --- joins


def test_a_join_keeps_the_largest_field():
    wide = Geometry(Fraction(9), Fraction(2), Fraction(0))
    narrow = Geometry(Fraction(5), Fraction(2), Fraction(0))
    assert join(narrow, wide, narrow) == wide
    assert join(narrow) == narrow


def test_a_residual_block_is_aligned_and_an_even_kernel_is_not():
    block = through_window(through_window(INPUT, Window(3, 2, (1, 1))), CONV3)
    shortcut = through_window(INPUT, Window(1, 2))
    assert aligned(block, shortcut)
    even = through_window(INPUT, Window(4, 2, (1, 1)))
    assert not aligned(even, shortcut)
    assert misalignment(even, shortcut, 10) == Fraction(1, 2)


def test_misalignment_grows_along_grids_of_different_jump():
    half = through_upsample(INPUT, 2)
    corners = through_upsample(INPUT, Fraction(7, 3), align_corners=True)
    assert misalignment(half, corners, 8) == Fraction(1, 4)
    assert misalignment(half, half, 8) == 0


def test_a_symbolic_window_has_no_geometry_before_its_sizes_are_known():
    height = symbol("H")
    window = Window(height, height)
    with pytest.raises(TypeError, match="numbers"):
        through_window(INPUT, window)
    assert through_window(INPUT, window.at({"H": 7})).receptive_field == 7
