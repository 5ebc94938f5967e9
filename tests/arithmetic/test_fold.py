from itertools import product

import pytest
from torch import nn

from convlint.arithmetic.fold import blocks, fold_channels, fold_fits, unfold_fits, unfold_size
from convlint.arithmetic.window import Window
from convlint.symbolic.canonical import symbol
from convlint.symbolic.dim import evaluate

OTHER = Window(3, 2, (1, 1), 1)


def windows():
    return [Window(k, s, (p, p), d) for k, s, p, d in product(range(1, 4), range(1, 4), range(3), range(1, 3))]


def layer(kind, window, *arguments):
    pairs = {
        "kernel_size": (window.kernel_size, OTHER.kernel_size),
        "stride": (window.stride, OTHER.stride),
        "padding": (window.padding[0], OTHER.padding[0]),
        "dilation": (window.dilation, OTHER.dilation),
    }
    return kind(*arguments, **pairs)


@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_unfold_agrees_with_torch(device, torch_sizes):
    for window in windows():
        unfold = layer(nn.Unfold, window)
        for i in range(8):
            fits = unfold_fits((i, 5), (window, OTHER)).evaluate({})
            mine = unfold_size(2, (i, 5), (window, OTHER)) if fits else None
            assert torch_sizes(unfold, (i, 5), channels=2, device=device, keep=1) == mine


@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_fold_agrees_with_torch(device, torch_sizes):
    for window, i in product(windows(), (1, 3, 6)):
        fold = layer(nn.Fold, window, (i, 5))
        right = blocks((i, 5), (window, OTHER))
        taps = window.kernel_size * OTHER.kernel_size
        for length, columns in ((right, taps * 2), (right + 1, taps * 2), (right - 1, taps), (right, taps * 2 + 1)):
            if length < 1:
                continue
            fits = fold_fits(columns, length, (i, 5), (window, OTHER)).evaluate({})
            mine = (fold_channels(columns, (window, OTHER)), i, 5) if fits else None
            assert torch_sizes(fold, (length,), channels=columns, device=device, keep=1) == mine


def test_dims_evaluate_to_what_ints_give():
    height, width = symbol("H"), symbol("W")
    for window in windows():
        pair = (window, OTHER)
        channels, length = unfold_size(6, (height, width), pair)
        fits = unfold_fits((height, width), pair)
        folds = fold_fits(channels, length, (height, width), pair)
        for i, j in ((6, 5), (7, 9), (1, 2), (32, 8)):
            at = {"H": i, "W": j}
            assert fits.evaluate(at) == unfold_fits((i, j), pair).evaluate({})
            assert (evaluate(channels, at), evaluate(length, at)) == unfold_size(6, (i, j), pair)
            assert folds.evaluate(at) == fits.evaluate(at)
