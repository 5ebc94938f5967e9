from fractions import Fraction
from functools import reduce
from itertools import product

import pytest
import torch
from torch import nn

from convlint.arithmetic.geometry import (
    INPUT,
    gap_between,
    join,
    through_drifting_sampling,
    through_pad,
    through_sampling,
    through_shuffle,
    through_step,
    through_transposed,
    through_unshuffle,
    through_window,
    without_field,
)
from convlint.arithmetic.sampling import area, cubic, linear, nearest, nearest_exact
from convlint.arithmetic.transposed import Transposed
from convlint.arithmetic.window import Window
from convlint.symbolic.canonical import symbol

CONV3 = Window(3, 1, (1, 1))
POOL2 = Window(2, 2)


def bounds(size):
    raise AssertionError(f"{size} should be a number")


def gap(one, other, units=10):
    return gap_between(one, other, units, bounds)


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
        assert (back.jump, back.centre) == (1, 0)


@pytest.mark.parametrize("factor", [2, 3, Fraction(3, 2), Fraction(1, 2)])
def test_upsampling_puts_units_where_torch_samples(factor):
    size = 24
    grid = torch.arange(float(size), dtype=torch.float64).reshape(1, 1, size)
    layer = nn.Upsample(scale_factor=float(factor), mode="linear")
    geometry = through_sampling(INPUT, linear(1 / Fraction(factor)))
    positions = layer(grid)[0, 0].tolist()
    for unit in range(4, int(size * factor) - 4):
        assert positions[unit] == pytest.approx(float(geometry.position(unit)))
    assert geometry.receptive_field == 2


def test_upsampling_with_aligned_corners_keeps_both_ends():
    grid = torch.arange(5.0, dtype=torch.float64).reshape(1, 1, 5)
    positions = nn.Upsample(size=9, mode="linear", align_corners=True)(grid)[0, 0].tolist()
    geometry = through_sampling(INPUT, linear(Fraction(5 - 1, 9 - 1), centre=Fraction(0)))
    assert positions == pytest.approx([float(geometry.position(unit)) for unit in range(9)])


@pytest.mark.parametrize("step", [Fraction(step) for step in ("1/2", "2/3", "1", "2", "3", "7/4")])
@pytest.mark.parametrize("sampling", [nearest, nearest_exact, linear, cubic, area])
def test_no_phase_reads_farther_than_the_reach(sampling, step):
    found = sampling(step)
    for unit in range(2 * step.denominator):
        place = found.centre + unit * step
        assert max(abs(cell - place) for cell in found.cells(unit)) <= found.reach


def test_upsampling_undoes_a_pooling_of_the_same_factor():
    for factor in range(1, 6):
        pooled = through_window(INPUT, Window(factor, factor))
        assert gap(through_sampling(pooled, nearest(Fraction(1, factor))), INPUT) == (0, 0)
        assert gap(through_shuffle(through_unshuffle(INPUT, factor), factor), INPUT) == (0, 0)


def test_whole_steps_of_the_nearest_mode_read_the_first_cell():
    assert through_sampling(INPUT, nearest(Fraction(3))) == through_step(INPUT, 0, 3)
    assert through_sampling(INPUT, nearest_exact(Fraction(3))).centre == 1


def test_adaptive_pooling_is_a_window_where_it_is_even():
    for o, k in product(range(1, 6), range(1, 6)):
        pooled, window = through_sampling(INPUT, area(Fraction(o * k, o))), through_window(INPUT, Window(k, k))
        assert (pooled.jump, pooled.centre, pooled.field.phases) == (window.jump, window.centre, window.field.phases)


def test_adaptive_pooling_that_is_uneven_knows_each_window():
    geometry = through_sampling(INPUT, area(Fraction(7, 3)))
    assert [geometry.span(unit) for unit in range(3)] == [(0, 2), (2, 4), (4, 6)]


def test_a_period_too_long_to_list_is_bounded():
    geometry = through_sampling(INPUT, linear(Fraction(1001, 1000)))
    assert len(geometry.field.phases) == 1
    first, last = geometry.span(500)
    assert first <= 500
    assert last >= 501


def test_units_that_drift_see_as_much_more():
    exact, drifting = (through_drifting_sampling(INPUT, linear(Fraction(1, 2)), Fraction(off)) for off in (0, 3))
    assert drifting.drift == 3
    assert drifting.receptive_field == exact.receptive_field + 6


def test_pads_crops_and_slices_move_the_grid():
    coarse = through_window(through_window(INPUT, CONV3), POOL2)
    assert through_pad(coarse, 1).centre == coarse.centre - 2
    assert through_pad(through_pad(coarse, 3), -3) == coarse
    assert through_step(coarse, 1, 2).centre == coarse.centre + 2
    assert through_step(coarse, 1, 2).jump == 4


def test_a_crop_keeps_the_phase_of_each_unit():
    doubled = through_shuffle(INPUT, 2)
    assert [through_step(doubled, 1, 1).span(unit) for unit in range(3)] == [doubled.span(unit) for unit in (1, 2, 3)]


def test_a_pad_that_depends_on_the_size_moves_the_centre_by_it():
    geometry = through_pad(INPUT, symbol("H") % 2)
    assert [geometry.centre.evaluate({"H": h}) for h in (4, 5)] == [0, -1]
    assert through_pad(geometry, -(symbol("H") % 2)).centre == 0


# --- joins


def met(*branches, units=10):
    return join(*branches, units=units, bounds=bounds)


def test_a_join_sees_what_any_branch_sees():
    wide, narrow = through_window(INPUT, Window(9, 1, (4, 4))), through_window(INPUT, CONV3)
    assert met(narrow, wide, narrow).receptive_field == 9
    assert met(narrow) == narrow
    left, right = through_window(INPUT, Window(3, 1, (2, 0))), through_window(INPUT, Window(3, 1, (0, 2)))
    assert met(left, right).span(10) == (8, 12)
    assert met(left, right).field.narrowest == 3


def test_a_join_keeps_the_grid_that_was_not_upsampled():
    coarse = through_window(INPUT, Window(3, 2, (1, 1)))
    doubled = through_sampling(coarse, nearest(Fraction(1, 2)))
    assert doubled.centre == Fraction(-1, 2)
    assert met(doubled, INPUT).centre == 0
    assert met(doubled, INPUT).coarsest == 1


def test_a_branch_of_unknown_field_makes_the_joins_unknown():
    joined = met(INPUT, without_field(INPUT))
    assert joined.receptive_field is None
    with pytest.raises(ValueError, match="unknown"):
        joined.span(0)


def test_a_residual_block_is_aligned_and_an_even_kernel_is_not():
    block = through_window(through_window(INPUT, Window(3, 2, (1, 1))), CONV3)
    shortcut = through_window(INPUT, Window(1, 2))
    assert gap(block, shortcut) == (0, 0)
    assert gap(through_window(INPUT, Window(4, 2, (1, 1))), shortcut) == (Fraction(1, 2), Fraction(1, 2))


def test_grids_of_different_jump_are_farthest_apart_at_an_end():
    half = through_sampling(INPUT, linear(Fraction(1, 2)))
    corners = through_sampling(INPUT, linear(Fraction(3, 7), centre=Fraction(0)))
    assert gap(half, corners, units=8) == (Fraction(-1, 4), Fraction(1, 4))


def test_a_distance_that_depends_on_the_size_has_bounds():
    odd = symbol("H") % 2
    moved = through_pad(INPUT, odd)
    assert gap_between(moved, INPUT, symbol("H"), lambda _: (-1, 0)) == (-1, 0)
    assert gap_between(moved, INPUT, symbol("H"), lambda _: (None, 0)) is None


def test_a_symbolic_window_has_no_geometry_before_its_sizes_are_known():
    height = symbol("H")
    window = Window(height, height)
    with pytest.raises(TypeError, match="numbers"):
        through_window(INPUT, window)
    assert through_window(INPUT, window.at({"H": 7})).receptive_field == 7
