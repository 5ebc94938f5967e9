"""Axes that a view leaves as they are."""

import pytest

from convlint.graph.reshaped import kept_axes
from convlint.symbolic.canonical import symbol

N, H, W = symbol("N"), symbol("H"), symbol("W")


@pytest.mark.parametrize(
    ("shape", "output", "kept"),
    [
        ((N, 8, H, W), (N, 8 * H * W), (0, None)),
        ((N, 8, H, W), (N, 8, H * W), (0, 1, None)),
        ((N, 8, H, W), (N, 2, 4, H, W), (0, None, None, 2, 3)),
        ((N, 8, H, W), (N, 8, W, H), (0, 1, None, None)),
        ((N, 8, H, W), (N, 8, H // 2, 2, W), (0, 1, None, None, 3)),
        ((2, 6, 6), (2, 6, 6), (0, 1, 2)),
    ],
)
def test_kept_axes(shape, output, kept):
    assert kept_axes(shape, output) == kept
