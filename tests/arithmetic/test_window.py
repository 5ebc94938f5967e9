from itertools import product

import pytest
import torch
from torch import nn

from convlint.arithmetic.window import (
    Window,
    average_pool_fits,
    effective_kernel,
    input_lost,
    minimum_input,
    output_size,
    padding_lost,
    remainder,
    resolve_padding,
    same_output_sizes,
    same_padding,
    skipped_between,
    valid_convolution,
    valid_pooling,
    window_fits,
)
from convlint.symbolic.canonical import symbol
from convlint.symbolic.dim import evaluate

CONVOLUTIONS = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
MAX_POOLINGS = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}
AVERAGE_POOLINGS = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}
LP_POOLINGS = {1: nn.LPPool1d, 2: nn.LPPool2d, 3: nn.LPPool3d}
DIMENSIONS = (1, 2, 3)
# The axes that are not under test: nothing about them may leak into the one that is.
ELSEWHERE = Window(2, 1, (1, 1), 1)


def expected(i, window):
    return output_size(i, window) if window_fits(i, window).evaluate({}) else None


def expected_average(i, window, dims):
    return output_size(i, window) if average_pool_fits(i, window, axes=dims).evaluate({}) else None


def windows(kernels=range(1, 6), strides=range(1, 5), paddings=range(4), dilations=range(1, 4), modes=(False,)):
    for k, s, p, d, ceil_mode in product(kernels, strides, paddings, dilations, modes):
        yield Window(k, s, (p, p), d, ceil_mode)


def poolings(dilations=(1,)):
    found = windows(dilations=dilations, modes=(False, True))
    return (window for window in found if valid_pooling(window).evaluate({}))


def on_axis(axis, dims, value, other):
    return tuple(value if n == axis else other for n in range(dims))


def reads(i, window):
    """Cells of the padded input that the windows cover, counted one by one."""
    return {
        start + tap * window.dilation
        for start in range(0, output_size(i, window) * window.stride, window.stride)
        for tap in range(window.kernel_size)
    }


# --- the relationships, by their numbers


def test_r1_unit_stride():
    assert all(output_size(i, Window(k)) == i - k + 1 for k in range(1, 8) for i in range(k, 20))


def test_r2_padding():
    assert all(
        output_size(i, Window(k, 1, (p, p))) == i - k + 2 * p + 1
        for k, p, i in product(range(1, 8), range(4), range(8, 20))
    )


@pytest.mark.parametrize("k", [1, 3, 5, 7])
def test_r3_half_padding_keeps_the_size(k):
    assert all(output_size(i, Window(k, 1, (k // 2, k // 2))) == i for i in range(1, 20))


@pytest.mark.parametrize("k", range(1, 8))
def test_r4_full_padding_grows_by_the_kernel(k):
    assert all(output_size(i, Window(k, 1, (k - 1, k - 1))) == i + k - 1 for i in range(1, 20))


def test_r5_to_r7_stride():
    for k, s, p, i in product(range(1, 6), range(1, 5), range(3), range(6, 20)):
        assert output_size(i, Window(k, s, (p, p))) == (i + 2 * p - k) // s + 1


def test_r15_dilation():
    for k, s, p, d, i in product(range(1, 5), range(1, 4), range(3), range(1, 4), range(12, 20)):
        assert output_size(i, Window(k, s, (p, p), d)) == (i + 2 * p - k - (k - 1) * (d - 1)) // s + 1


@pytest.mark.parametrize(
    ("i", "window", "o"),
    [
        (224, Window(3, 2, (1, 1)), 112),
        (56, Window(5, 1, (2, 2)), 56),
        (56, Window(5, 1, (4, 4), 2), 56),
        (64, Window(3, 2), 31),
        (32, Window(3), 30),
        (32, Window(3, 2), 15),
        (32, Window(3, 4), 8),
        (32, Window(7, 2), 13),
    ],
)
def test_published_sizes(i, window, o):
    assert output_size(i, window) == o


def test_published_effective_kernel():
    assert effective_kernel(3, 4) == 9
    assert Window(3, dilation=4).effective_kernel == 9


# --- against PyTorch


@pytest.mark.parametrize("dims", DIMENSIONS)
def test_convolutions_agree_with_torch(dims, torch_sizes):
    wrong = []
    for count, window in enumerate(windows()):
        axis = count % dims
        parameters = [
            on_axis(axis, dims, ours, theirs)
            for ours, theirs in (
                (window.kernel_size, ELSEWHERE.kernel_size),
                (window.stride, ELSEWHERE.stride),
                (window.padding[0], ELSEWHERE.padding[0]),
                (window.dilation, ELSEWHERE.dilation),
            )
        ]
        layer = CONVOLUTIONS[dims](1, 1, *parameters, device="meta")
        for i in range(1, 17, dims):
            answer = torch_sizes(layer, on_axis(axis, dims, i, 5))
            mine = expected(i, window)
            if answer != (None if mine is None else on_axis(axis, dims, mine, output_size(5, ELSEWHERE))):
                wrong.append((window, i, answer, mine))
    assert not wrong


@pytest.mark.parametrize("dims", DIMENSIONS)
def test_max_poolings_agree_with_torch(dims, torch_sizes):
    wrong = []
    for count, window in enumerate(poolings(dilations=(1, 2, 3))):
        axis = count % dims
        layer = MAX_POOLINGS[dims](
            on_axis(axis, dims, window.kernel_size, 2),
            on_axis(axis, dims, window.stride, 1),
            on_axis(axis, dims, window.padding[0], 1),
            on_axis(axis, dims, window.dilation, 1),
            ceil_mode=window.ceil_mode,
        )
        for i in range(17):
            answer = torch_sizes(layer, on_axis(axis, dims, i, 5))
            mine = expected(i, window)
            if answer != (None if mine is None else on_axis(axis, dims, mine, 6)):
                wrong.append((window, i, answer, mine))
    assert not wrong


@pytest.mark.parametrize("count_include_pad", [False, True])
@pytest.mark.parametrize("dims", DIMENSIONS)
def test_average_poolings_agree_with_torch(dims, count_include_pad, torch_sizes):
    wrong = []
    for count, window in enumerate(poolings()):
        axis = count % dims
        layer = AVERAGE_POOLINGS[dims](
            on_axis(axis, dims, window.kernel_size, 2),
            on_axis(axis, dims, window.stride, 1),
            on_axis(axis, dims, window.padding[0], 1),
            ceil_mode=window.ceil_mode,
            count_include_pad=count_include_pad,
        )
        for i in range(17):
            answer = torch_sizes(layer, on_axis(axis, dims, i, 5))
            mine = expected_average(i, window, dims)
            if answer != (None if mine is None else on_axis(axis, dims, mine, 6)):
                wrong.append((window, i, answer, mine))
    assert not wrong


@pytest.mark.parametrize("dims", DIMENSIONS)
def test_lp_poolings_agree_with_torch(dims, torch_sizes):
    wrong = []
    for count, (k, s, ceil_mode) in enumerate(product(range(1, 6), range(1, 5), (False, True))):
        window = Window(k, s, ceil_mode=ceil_mode)
        axis = count % dims
        layer = LP_POOLINGS[dims](2, *((k, s) if dims == 1 else (on_axis(axis, dims, k, 2), on_axis(axis, dims, s, 1))))
        layer.ceil_mode = ceil_mode
        for i in range(13):
            answer = torch_sizes(layer, on_axis(axis, dims, i, 5))
            mine = expected_average(i, window, dims)
            if answer != (None if mine is None else on_axis(axis, dims, mine, 4)):
                wrong.append((window, i, answer, mine))
    assert not wrong


def test_only_a_three_dimensional_average_ignores_the_padding_when_it_asks_for_room(torch_sizes):
    pooling = {"kernel_size": 2, "padding": 1}
    for device in ("meta", "cpu"):
        assert torch_sizes(nn.AvgPool2d(**pooling), (1, 1), device=device) == (1, 1)
        assert torch_sizes(nn.MaxPool3d(**pooling), (1, 1, 1), device=device) == (1, 1, 1)
        assert torch_sizes(nn.AvgPool3d(**pooling), (1, 1, 1), device=device) is None


def test_a_device_takes_the_sizes_that_meta_tensors_take(torch_sizes):
    for window in windows(kernels=(1, 2, 3), strides=(1, 3), paddings=(0, 1, 2), dilations=(1, 2)):
        layer = nn.Conv1d(1, 1, window.kernel_size, window.stride, window.padding[0], window.dilation)
        for i in range(1, 8):
            mine = expected(i, window)
            assert torch_sizes(layer, (i,), device="cpu") == (None if mine is None else (mine,))


def test_a_device_refuses_an_empty_axis_that_meta_tensors_convolve(torch_sizes):
    layer = nn.Conv1d(1, 1, 2, padding=1)
    assert torch_sizes(layer.to("meta"), (0,)) == (1,)
    assert torch_sizes(nn.Conv1d(1, 1, 2, padding=1), (0,), device="cpu") is None
    assert not window_fits(0, Window(2, 1, (1, 1))).evaluate({})


@pytest.mark.parametrize("dims", DIMENSIONS)
@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_same_padding_agrees_with_torch(dims, mode, torch_sizes):
    for k, d, i in product(range(1, 6), range(1, 4), range(14, 17)):
        layer = CONVOLUTIONS[dims](1, 1, k, padding="same", dilation=d, padding_mode=mode, device="meta")
        window = Window(k, 1, same_padding(k, d), d)
        assert torch_sizes(layer, (i,) * dims) == (output_size(i, window),) * dims == (i,) * dims


def test_same_padding_puts_the_odd_cell_where_torch_puts_it():
    # The first output of a kernel [1, 0, …] is the cell that many places to the left of the first.
    for k, d in product(range(1, 7), range(1, 4)):
        layer = nn.Conv1d(1, 1, k, padding="same", dilation=d, bias=False)
        nn.init.zeros_(layer.weight)
        layer.weight.data[0, 0, 0] = 1
        left = same_padding(k, d)[0]
        output = layer(torch.arange(1.0, 31.0).reshape(1, 1, 30))[0, 0].tolist()
        assert output[left:] == list(range(1, 31 - left))
        assert not any(output[:left])


def test_same_padding_refuses_a_stride():
    with pytest.raises(ValueError, match="same"):
        nn.Conv1d(1, 1, 3, stride=2, padding="same")


def test_padding_words():
    assert resolve_padding("valid", 5, 2) == (0, 0)
    assert resolve_padding("same", 4) == (1, 2)
    assert resolve_padding(3, 5) == (3, 3)
    with pytest.raises(ValueError, match="'full'"):
        resolve_padding("full", 3)


@pytest.mark.parametrize("kind", [MAX_POOLINGS, AVERAGE_POOLINGS])
@pytest.mark.parametrize("dims", DIMENSIONS)
def test_pool_padding_limit_agrees_with_torch(kind, dims, torch_sizes):
    for k, p in product(range(1, 7), range(5)):
        taken = torch_sizes(kind[dims](k, 1, p), (12,) * dims) is not None
        assert taken == valid_pooling(Window(k, 1, (p, p))).evaluate({})


@pytest.mark.parametrize("dims", DIMENSIONS)
def test_dilation_does_not_widen_the_pool_padding_limit(dims, torch_sizes):
    for k, p, d in product(range(1, 6), range(5), (1, 2, 3)):
        taken = torch_sizes(MAX_POOLINGS[dims](k, 1, p, d), (14,) * dims) is not None
        assert taken == valid_pooling(Window(k, 1, (p, p), d)).evaluate({})


def test_convolution_numbers_that_a_device_refuses(torch_sizes):
    weight = {k: torch.zeros(1, 1, k) for k in range(4)}
    for k, s, p, d in product(range(4), range(-1, 3), range(-1, 3), range(-1, 3)):
        answer = torch_sizes(lambda x: nn.functional.conv1d(x, weight[k], None, s, p, d), (12,), device="cpu")  # noqa: B023
        assert (answer is not None) == valid_convolution(Window(k, s, (p, p), d)).evaluate({}), (k, s, p, d)


# --- what the floor hides


def test_remainder_is_what_no_window_reads():
    for window in windows(kernels=range(1, 5), modes=(False, True)):
        if window.ceil_mode and not valid_pooling(window).evaluate({}):
            continue
        for i in range(minimum_input(window), 15):
            total = i + sum(window.padding)
            last = max(reads(i, window))
            assert remainder(i, window) == max(total - 1 - last, 0)


def test_lost_cells_are_those_at_the_right_edge():
    for window in windows(kernels=range(1, 5)):
        for i in range(minimum_input(window), 15):
            left, right = window.padding
            unread = range(max(reads(i, window)) + 1, left + i + right)
            real = sum(cell < left + i for cell in unread)
            assert input_lost(i, window) == real
            assert padding_lost(i, window) == len(unread) - real


def test_negative_padding_is_cropping_and_never_lost():
    window = Window(3, 2, (-1, -2))
    assert output_size(12, window) == output_size(9, Window(3, 2))
    assert padding_lost(11, window) == 0
    assert input_lost(11, window) == remainder(8, Window(3, 2)) == 1


def test_uneven_padding_counts_both_sides():
    for left, right, i in product(range(4), range(4), range(5, 12)):
        assert output_size(i, Window(3, 2, (left, right))) == (i + left + right - 3) // 2 + 1


def test_skipped_cells_lie_between_windows():
    assert skipped_between(Window(1, 2)) == 1
    assert skipped_between(Window(3, 2)) == 0
    assert skipped_between(Window(2, 4, dilation=2)) == 1


def test_same_output_sizes_are_all_sizes_with_that_output():
    for window in windows(kernels=range(1, 5), modes=(False, True)):
        if window.ceil_mode and not valid_pooling(window).evaluate({}):
            continue
        for o in range(1, 6):
            lowest, highest = same_output_sizes(o, window)
            assert highest - lowest == window.stride - 1
            found = [i for i in range(-20, 60) if output_size(i, window) == o]
            assert found == list(range(lowest, highest + 1))


def test_minimum_input_is_the_smallest_that_fits():
    for window in poolings(dilations=(1, 2)):
        assert minimum_input(window) == min(i for i in range(1, 40) if output_size(i, window) >= 1)


def test_ceil_mode_drops_the_window_that_starts_in_the_right_padding():
    assert output_size(5, Window(2, 2, (1, 1), 1, ceil_mode=True)) == 3
    assert output_size(4, Window(1, 3, ceil_mode=True)) == 2
    assert output_size(3, Window(1, 3, ceil_mode=True)) == 1


# --- sizes that are not numbers yet


def test_dims_evaluate_to_what_ints_give():
    height = symbol("H")
    for window in windows(range(1, 5), range(1, 4), range(3), (1, 2), (False, True)):
        for function in (output_size, remainder, padding_lost, input_lost):
            size = function(height, window)
            for i in (*range(minimum_input(window), 12), 224):
                assert evaluate(size, {"H": i}) == function(i, window), (function, window, i)
        fits = window_fits(height, window)
        for i in range(12):
            assert fits.evaluate({"H": i}) == window_fits(i, window).evaluate({})


def test_a_symbolic_kernel_of_the_whole_input_gives_one_window():
    height = symbol("H")
    window = Window(height, height)
    assert output_size(height, window) == 1
    assert remainder(height, window) == 0
    assert window_fits(height, window).evaluate({"H": 7})


def test_a_window_at_sizes_has_plain_numbers():
    height = symbol("H")
    assert Window(height // 2, 2, (height % 2, 1)).at({"H": 9}) == Window(4, 2, (1, 1))
    with pytest.raises(ValueError, match="9/2"):
        Window(height / 2).at({"H": 9})
