"""A window's relationship is written with its own numbers, and what is written is so."""

import pytest

from convlint.arithmetic.transposed import Transposed
from convlint.arithmetic.transposed import output_size as transposed_size
from convlint.arithmetic.window import Window, output_size
from convlint.graph.windows import AxisTransposed, AxisWindow
from convlint.render.relation import transposed_text, window_text
from convlint.symbolic.canonical import symbol
from convlint.symbolic.render import render

H = symbol("H")


@pytest.mark.parametrize(
    ("window", "text"),
    [
        (Window(3, 2, (1, 1)), "⌊(H + 2 - 3)/2⌋ + 1 = ⌈H/2⌉"),
        (Window(2, 2), "⌊(H - 2)/2⌋ + 1 = ⌊H/2⌋"),
        (Window(2, 2, ceil_mode=True), "⌈(H - 2)/2⌉ + 1 = ⌈H/2⌉"),
        (Window(3, 1, (2, 2), 2), "H + 4 - 5 + 1 = H"),
        (Window(1), "H - 1 + 1 = H"),
    ],
)
def test_a_window(window: Window, text: str) -> None:
    assert window_text(AxisWindow(2, H, window), output_size(H, window), render) == text


@pytest.mark.parametrize(
    ("size", "transposed", "text"),
    [
        (H, Transposed(3, 2, 1, 1, 1), "(H - 1)·2 - 2 + 3 + 1 = 2H"),
        (H // 2, Transposed(2, 2), "(⌊H/2⌋ - 1)·2 + 2 = 2⌊H/2⌋"),
        (H, Transposed(3, 1, 1), "(H - 1) - 2 + 3 = H"),
    ],
)
def test_a_transposed_convolution(size, transposed: Transposed, text: str) -> None:
    axis = AxisTransposed(2, size, transposed_size(size, transposed), transposed)
    assert transposed_text(axis, render) == text
