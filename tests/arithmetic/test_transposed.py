from itertools import product

import pytest
import torch
from torch import nn

from convlint.arithmetic.transposed import (
    Transposed,
    output_size,
    taps_by_phase,
    transposed_fits,
    valid_output_padding,
)
from convlint.arithmetic.window import Window, minimum_input, remainder, valid_convolution
from convlint.arithmetic.window import output_size as window_output_size
from convlint.symbolic.canonical import symbol
from convlint.symbolic.connectives import all_of
from convlint.symbolic.dim import evaluate

LAYERS = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
DIMENSIONS = (1, 2, 3)


def layers():
    for k, s, p, d in product(range(1, 6), range(1, 4), range(4), range(1, 4)):
        for a in range(max(s, d)):
            yield Transposed(k, s, p, d, a)


def expected(i, transposed):
    return output_size(i, transposed) if transposed_fits(i, transposed).evaluate({}) else None


def stretched_size(i, stride):
    """With ``s-1`` zeros put between the units (R12)."""
    return (i - 1) * stride + 1


def direct_window(transposed):
    """The convolution of the stretched input that computes the same: ``s'=1``, ``p'=k_eff-p-1``, ``a`` on the right."""
    padding = transposed.effective_kernel - transposed.padding - 1
    return Window(transposed.kernel_size, 1, (padding, padding + transposed.output_padding), transposed.dilation)


def inverse(i, window):
    """The transposed convolution of a window that gives back ``i`` (R14)."""
    return Transposed(window.kernel_size, window.stride, window.padding[0], window.dilation, remainder(i, window))


def on_axis(axis, dims, value, other):
    return tuple(value if n == axis else other for n in range(dims))


# --- the relationships, by their numbers


def test_r8_unit_stride():
    assert all(output_size(i, Transposed(k)) == i + k - 1 for k, i in product(range(1, 8), range(1, 12)))


def test_r9_padding():
    for k, p, i in product(range(1, 8), range(4), range(1, 12)):
        assert output_size(i, Transposed(k, 1, p)) == i + (k - 1) - 2 * p


@pytest.mark.parametrize("k", [1, 3, 5, 7])
def test_r10_half_padding_keeps_the_size(k):
    assert all(output_size(i, Transposed(k, 1, k // 2)) == i for i in range(1, 12))


def test_r11_full_padding_shrinks_by_the_kernel():
    assert all(output_size(i, Transposed(k, 1, k - 1)) == i - (k - 1) for k, i in product(range(1, 8), range(1, 12)))


def test_r12_to_r14_stride():
    for k, s, p, i in product(range(1, 6), range(1, 5), range(3), range(1, 12)):
        for a in range(s):
            assert output_size(i, Transposed(k, s, p, 1, a)) == s * (i - 1) + a + k - 2 * p


def test_the_direct_convolution_of_the_stretched_input_has_the_same_size():
    for transposed, i in product(layers(), range(1, 6)):
        stretched = stretched_size(i, transposed.stride)
        assert window_output_size(stretched, direct_window(transposed)) == output_size(i, transposed)


def test_the_direct_convolution_computes_the_same():
    image = torch.arange(1.0, 6.0).reshape(1, 1, 5)
    for transposed in (Transposed(3, 2, 1, 1, 1), Transposed(4, 3, 0, 1, 2), Transposed(3, 2, 1, 2, 1)):
        weight = torch.arange(1.0, transposed.kernel_size + 1).reshape(1, 1, -1)
        _, s, p, d, a = (getattr(transposed, name) for name in Transposed.__slots__)
        wanted = nn.functional.conv_transpose1d(image, weight, None, s, p, a, 1, d)
        stretched = torch.zeros(1, 1, stretched_size(5, s))
        stretched[..., ::s] = image
        padded = nn.functional.pad(stretched, direct_window(transposed).padding)
        assert torch.equal(nn.functional.conv1d(padded, weight.flip(-1), dilation=d), wanted)


# --- against PyTorch


@pytest.mark.parametrize("dims", DIMENSIONS)
def test_transposed_convolutions_agree_with_torch(dims, torch_sizes):
    wrong = []
    for count, transposed in enumerate(layers()):
        axis = count % dims
        numbers = {
            name: on_axis(axis, dims, getattr(transposed, name), other)
            for name, other in (
                ("kernel_size", 3),
                ("stride", 2),
                ("padding", 1),
                ("dilation", 1),
                ("output_padding", 1),
            )
        }
        layer = LAYERS[dims](1, 1, **numbers, device="meta")
        for i in range(1, 9, dims):
            answer = torch_sizes(layer, on_axis(axis, dims, i, 4))
            mine = expected(i, transposed)
            if mine is None and dims > 1:
                continue
            if answer != (None if mine is None else on_axis(axis, dims, mine, 8)):
                wrong.append((transposed, i, answer, mine))
    assert not wrong


def test_meta_tensors_lose_an_axis_that_a_device_keeps(torch_sizes):
    layer = nn.ConvTranspose2d(1, 1, (2, 3), padding=1)
    assert torch_sizes(layer, (1, 4), device="cpu") is None
    assert torch_sizes(layer.to("meta"), (1, 4)) == (0, 4)
    assert not transposed_fits(1, Transposed(2, 1, 1)).evaluate({})


def test_a_device_takes_the_sizes_that_meta_tensors_take(torch_sizes):
    for transposed in layers():
        if transposed.kernel_size > 3:
            continue
        numbers = {name: getattr(transposed, name) for name in Transposed.__slots__}
        layer = nn.ConvTranspose1d(1, 1, **numbers)
        for i in range(5):
            mine = expected(i, transposed)
            assert torch_sizes(layer, (i,), device="cpu") == (None if mine is None else (mine,))


def test_numbers_that_a_device_refuses(torch_sizes):
    for k, s, p, d, a in product(range(1, 3), range(3), range(-1, 2), range(3), range(-1, 4)):
        weight = torch.zeros(1, 1, k)
        answer = torch_sizes(
            lambda x: nn.functional.conv_transpose1d(x, weight, None, s, p, a, 1, d),  # noqa: B023
            (9,),
            device="cpu",
        )
        transposed = Transposed(k, s, p, d, a)
        valid = all_of(valid_convolution(transposed.window), valid_output_padding(transposed))
        assert (answer is not None) == (a >= 0 and valid.evaluate({})), transposed


def test_meta_tensors_take_an_output_padding_that_a_device_refuses(torch_sizes):
    layer = nn.ConvTranspose1d(1, 1, 3, stride=2, output_padding=2)
    assert torch_sizes(layer, (5,), device="cpu") is None
    assert torch_sizes(layer.to("meta"), (5,)) == (13,)


# --- what inverts a window


def test_r14_the_output_padding_that_inverts_is_the_remainder():
    for k, s, p, d in product(range(1, 6), range(1, 5), range(3), range(1, 3)):
        window = Window(k, s, (p, p), d)
        for i in range(minimum_input(window), 16):
            assert output_size(window_output_size(i, window), inverse(i, window)) == i


def test_taps_by_phase_counts_what_reaches_each_output():
    for k, s, d in product(range(1, 8), range(1, 6), range(1, 5)):
        reach = d * (k - 1) + 1
        ones = torch.ones(1, 1, 4 * reach)
        output = nn.functional.conv_transpose1d(ones, torch.ones(1, 1, k), stride=s, dilation=d)[0, 0]
        middle = 2 * reach * s
        assert taps_by_phase(k, s, d) == tuple(int(output[middle + phase]) for phase in range(s))


@pytest.mark.parametrize(
    ("k", "s", "d", "taps"),
    [(3, 2, 1, (2, 1)), (4, 2, 1, (2, 2)), (2, 3, 1, (1, 1, 0)), (3, 2, 2, (3, 0)), (4, 2, 3, (2, 2))],
)
def test_taps_fall_evenly_or_draw_a_checkerboard(k, s, d, taps):
    assert taps_by_phase(k, s, d) == taps


# --- sizes that are not numbers yet


def test_dims_evaluate_to_what_ints_give():
    height = symbol("H")
    for transposed in layers():
        size = output_size(height, transposed)
        fits = transposed_fits(height, transposed)
        for i in (0, 1, 2, 7):
            assert evaluate(size, {"H": i}) == output_size(i, transposed)
            assert fits.evaluate({"H": i}) == transposed_fits(i, transposed).evaluate({})


def test_symbolic_windows_invert_symbolically():
    height = symbol("H")
    for k, s, p, d in product(range(1, 5), range(1, 4), range(2), range(1, 3)):
        window = Window(k, s, (p, p), d)
        assert output_size(window_output_size(height, window), inverse(height, window)) == height
