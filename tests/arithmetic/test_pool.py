from fractions import Fraction
from itertools import product

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from convlint.arithmetic.pool import (
    adaptive_average_fits,
    adaptive_fits,
    fractional_fits,
    unpool_fits,
    unpool_size,
    unpool_size_allowed,
)
from convlint.arithmetic.resize import scaled_size
from convlint.arithmetic.sampling import area
from convlint.arithmetic.window import Window, output_size, window_fits
from convlint.symbolic.canonical import symbol
from convlint.symbolic.dim import evaluate

ADAPTIVE_AVERAGE = {1: nn.AdaptiveAvgPool1d, 2: nn.AdaptiveAvgPool2d, 3: nn.AdaptiveAvgPool3d}
ADAPTIVE_MAX = {1: nn.AdaptiveMaxPool1d, 2: nn.AdaptiveMaxPool2d, 3: nn.AdaptiveMaxPool3d}
FRACTIONAL = {2: nn.FractionalMaxPool2d, 3: nn.FractionalMaxPool3d}
UNPOOL = {1: nn.MaxUnpool1d, 2: nn.MaxUnpool2d, 3: nn.MaxUnpool3d}
DIMENSIONS = (1, 2, 3)


@pytest.mark.parametrize("dims", DIMENSIONS)
def test_adaptive_poolings_agree_with_torch(dims, torch_sizes):
    for i, o in product(range(8), range(6)):
        spatial, sizes = (i,) * dims, (o,) * dims
        maximum = sizes if adaptive_fits(i, o).evaluate({}) else None
        mean = sizes if adaptive_average_fits(spatial, sizes).evaluate({}) else None
        for device in ("meta", "cpu"):
            assert torch_sizes(ADAPTIVE_MAX[dims](o), spatial, device=device) == maximum
        assert torch_sizes(ADAPTIVE_AVERAGE[dims](o), spatial, device="cpu") == mean
        if i:
            assert torch_sizes(ADAPTIVE_AVERAGE[dims](o), spatial) == mean


def test_adaptive_averages_of_uneven_axes_agree_with_torch(torch_sizes):
    for height, width, rows, columns in product((0, 1, 4), (0, 3), (0, 1, 2), (1, 2)):
        fits = adaptive_average_fits((height, width), (rows, columns)).evaluate({})
        answer = torch_sizes(nn.AdaptiveAvgPool2d((rows, columns)), (height, width), device="cpu")
        assert answer == ((rows, columns) if fits else None)


def test_an_adaptive_pooling_keeps_the_axes_that_are_none(torch_sizes):
    assert torch_sizes(nn.AdaptiveAvgPool2d((None, 3)), (7, 9)) == (7, 3)


def test_meta_tensors_average_an_empty_axis_that_a_device_refuses(torch_sizes):
    assert torch_sizes(nn.AdaptiveAvgPool1d(2), (0,)) == (2,)
    assert torch_sizes(nn.AdaptiveAvgPool1d(2), (0,), device="cpu") is None


def test_adaptive_windows_are_those_that_torch_reads():
    for i, o in product(range(1, 10), range(1, 10)):
        cells = torch.arange(float(i)).reshape(1, 1, i)
        means = F.adaptive_avg_pool1d(cells, o)[0, 0].tolist()
        windows = [area(Fraction(i, o)).cells(unit) for unit in range(o)]
        assert [(first + last) / 2 for first, last in windows] == pytest.approx(means)
        tops = F.adaptive_max_pool1d(cells, o)[0, 0].tolist()
        assert [last for _, last in windows] == tops


@pytest.mark.parametrize("device", ["meta", "cpu"])
@pytest.mark.parametrize("dims", FRACTIONAL)
def test_fractional_poolings_agree_with_torch(dims, device, torch_sizes):
    for i, k, o in product(range(8), range(1, 4), range(1, 8)):
        answer = torch_sizes(FRACTIONAL[dims](k, output_size=o), (i,) * dims, device=device)
        assert answer == ((o,) * dims if fractional_fits(i, k, o, axes=dims).evaluate({}) else None)


@pytest.mark.parametrize("dims", FRACTIONAL)
def test_fractional_ratios_agree_with_torch(dims, torch_sizes):
    for i, ratio in product(range(1, 14), (0.1, 0.3, 0.5, 0.55, 0.7, 0.9)):
        layer = FRACTIONAL[dims](2, output_ratio=(ratio,) * dims)
        o = scaled_size(i, ratio)
        assert torch_sizes(layer, (i,) * dims) == (
            (o,) * dims if fractional_fits(i, 2, o, axes=dims).evaluate({}) else None
        )


@pytest.mark.parametrize("dims", DIMENSIONS)
def test_unpooling_agrees_with_torch(dims, torch_sizes):
    for i, k, s, p in product(range(5), range(1, 5), range(1, 4), range(3)):
        window = Window(k, s, (p, p))
        layer = UNPOOL[dims](k, s, p)
        o = unpool_size(i, window)
        answer = torch_sizes(lambda x: layer(x, x.long()), (i,) * dims)  # noqa: B023
        assert answer == ((o,) * dims if unpool_fits(i, o).evaluate({}) else None)


@pytest.mark.parametrize("dims", DIMENSIONS)
def test_unpooling_to_a_size_agrees_with_torch(dims, torch_sizes):
    for i, k, s, p in product((2, 3), range(1, 4), range(1, 4), range(2)):
        window = Window(k, s, (p, p))
        layer = UNPOOL[dims](k, s, p)
        for o in range(unpool_size(i, window) + s + 3):
            answer = torch_sizes(lambda x: layer(x, x.long(), output_size=[o] * dims), (i,) * dims)  # noqa: B023
            assert answer == ((o,) * dims if unpool_size_allowed(i, o, window).evaluate({}) else None)


def test_unpooling_gives_back_a_size_that_the_pooling_covered():
    for k, s, o in product(range(1, 4), range(1, 4), range(1, 6)):
        window = Window(k, s)
        i = unpool_size(o, window)
        assert window_fits(i, window).evaluate({})
        assert output_size(i, window) == o


def test_dims_evaluate_to_what_ints_give():
    height = symbol("H")
    for i in range(12):
        at = {"H": i}
        assert adaptive_fits(height, 7).evaluate(at) == adaptive_fits(i, 7).evaluate({})
        averages = adaptive_average_fits((height,), (height // 4,))
        assert averages.evaluate(at) == adaptive_average_fits((i,), (i // 4,)).evaluate({})
        for k, s, p in product(range(1, 4), range(1, 4), range(2)):
            window = Window(k, s, (p, p))
            o = unpool_size(height, window)
            assert evaluate(o, at) == unpool_size(i, window)
            assert unpool_fits(height, o).evaluate(at) == unpool_fits(i, unpool_size(i, window)).evaluate({})
            assert unpool_size_allowed(height, 9, window).evaluate(at) == unpool_size_allowed(i, 9, window).evaluate({})
            for axes in (2, 3):
                ours = fractional_fits(height, k, height // 2, axes=axes)
                assert ours.evaluate(at) == fractional_fits(i, k, i // 2, axes=axes).evaluate({})
