"""The scale of one size against another."""

from fractions import Fraction

import pytest

from convlint.graph.scale import ratio, slope
from convlint.symbolic.canonical import symbol
from convlint.symbolic.cases import maximum

H, W = symbol("H"), symbol("W")


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (H, 1),
        (7, 0),
        (H // 2, Fraction(1, 2)),
        (2 * ((H + 7) // 16) - 3, Fraction(1, 8)),
        (maximum(H, 100), 1),
        (H * H, None),
        (H * W, None),
    ],
)
def test_slope(size, expected):
    assert slope(size, "H") == expected


def test_ratio_leaves_out_floors_and_borders():
    assert ratio(2 * (H // 2) + 1, (H - 3) // 2) == 4 / Fraction(2)
    assert ratio(8, 4) == 2
    assert ratio(H, W) is None
    assert ratio(H, 4) is None
