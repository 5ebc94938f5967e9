from itertools import product

import pytest
from torch import nn
from torch.nn import functional as F

from convlint.arithmetic.pad import pad_fits, padded_size
from convlint.symbolic.canonical import symbol
from convlint.symbolic.dim import evaluate

MODES = ("constant", "reflect", "replicate", "circular")
LAYERS = {
    "constant": [
        lambda pad: nn.ConstantPad1d(pad, 0.5),
        lambda pad: nn.ConstantPad2d(pad, 0.5),
        lambda pad: nn.ConstantPad3d(pad, 0.5),
    ],
    "zeros": [nn.ZeroPad1d, nn.ZeroPad2d, nn.ZeroPad3d],
    "reflect": [nn.ReflectionPad1d, nn.ReflectionPad2d, nn.ReflectionPad3d],
    "replicate": [nn.ReplicationPad1d, nn.ReplicationPad2d, nn.ReplicationPad3d],
    "circular": [nn.CircularPad1d, nn.CircularPad2d, nn.CircularPad3d],
}


def expected(spatial, pads, mode):
    if not pad_fits(spatial, pads, mode).evaluate({}):
        return None
    return tuple(padded_size(i, left, right) for i, (left, right) in zip(spatial, pads, strict=True))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_pads_of_one_axis_agree_with_torch(dims, mode, torch_sizes):
    wrong = []
    for i, left, right in product(range(6), range(-7, 8), range(-7, 8)):
        spatial = (3,) * (dims - 1) + (i,)
        pads = ((0, 0),) * (dims - 1) + ((left, right),)
        if mode == "circular" and i + min(left, 0) + min(right, 0) < 0:
            continue  # Some of these pass, and return memory that nobody wrote.
        answer = torch_sizes(lambda x: F.pad(x, (left, right) + (0, 0) * (dims - 1), mode), spatial)  # noqa: B023
        if answer != expected(spatial, pads, mode):
            wrong.append((spatial, pads, answer))
    assert not wrong


@pytest.mark.parametrize("mode", MODES)
def test_pads_of_two_axes_agree_with_torch(mode, torch_sizes):
    wrong = []
    for height, width in product(range(4), range(4)):
        for top, bottom, left, right in product((-2, 0, 1), (-1, 2), (-3, -1, 1), (0, 3)):
            pads = ((top, bottom), (left, right))
            answer = torch_sizes(lambda x: F.pad(x, (left, right, top, bottom), mode), (height, width))  # noqa: B023
            if answer != expected((height, width), pads, mode):
                wrong.append((height, width, pads, answer))
    assert not wrong


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_layers_pad_as_the_function_does(dims, name, torch_sizes):
    mode = "constant" if name == "zeros" else name
    for i, left, right in product((1, 2, 4), (-1, 0, 2), (0, 1, 3)):
        pads = ((left, right),) + ((1, 0),) * (dims - 1)
        flat = tuple(side for pad in reversed(pads) for side in pad)
        spatial = (i,) + (5,) * (dims - 1)
        assert torch_sizes(LAYERS[name][dims - 1](flat), spatial) == expected(spatial, pads, mode)


@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate"])
def test_a_device_pads_as_meta_tensors_do(mode, torch_sizes):
    for i, left, right in product(range(4), range(-4, 5), range(-4, 5)):
        answer = torch_sizes(lambda x: F.pad(x, (left, right), mode), (i,), device="cpu")  # noqa: B023
        assert answer == expected((i,), ((left, right),), mode)


def test_a_device_wraps_no_more_than_is_left_of_a_cropped_sequence(torch_sizes):
    assert torch_sizes(lambda x: F.pad(x, (-1, 3), "circular"), (3,)) == (5,)
    assert torch_sizes(lambda x: F.pad(x, (-1, 3), "circular"), (3,), device="cpu") is None


def test_reflection_stays_below_the_size_and_wrapping_within_it():
    assert pad_fits((4,), ((3, 3),), "reflect").evaluate({})
    assert not pad_fits((4,), ((4, 0),), "reflect").evaluate({})
    assert pad_fits((4,), ((4, 4),), "circular").evaluate({})
    assert not pad_fits((4,), ((5, 0),), "circular").evaluate({})


@pytest.mark.parametrize("mode", MODES)
def test_dims_evaluate_to_what_ints_give(mode):
    height, width = symbol("H"), symbol("W")
    for left, right in product((-2, 0, 3), (-1, 2)):
        pads = ((left, right), (0, 1))
        fits = pad_fits((height, width), pads, mode)
        for i, j in product(range(6), range(4)):
            assert evaluate(padded_size(height, left, right), {"H": i}) == padded_size(i, left, right)
            assert fits.evaluate({"H": i, "W": j}) == pad_fits((i, j), pads, mode).evaluate({})


def test_a_pad_to_the_next_multiple_is_a_size_too():
    height = symbol("H")
    padded = padded_size(height, 0, -height % 16)
    assert all(evaluate(padded, {"H": i}) == -(-i // 16) * 16 for i in range(1, 50))
    assert pad_fits((height,), ((0, -height % 16),)).evaluate({"H": 3})
