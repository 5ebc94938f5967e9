"""CL101 over several symbols, CL107, CL108, CL109: windows against their padding and their grid."""

import pytest
import torch
from torch import nn

from convlint.arithmetic.window import Window, dropped_windows, last_taps, output_size
from convlint.diagnostics import Severity


class Tokens(nn.Module):
    """A strided window over a flattened map."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 3, 4, 4)

    def forward(self, x):
        return self.conv(x.flatten(2))


class TestFloorAmbiguityOfSeveralSymbols:
    def test_varies_one_symbol_at_a_time(self, lint):
        finding = lint(Tokens(), "N 3 H W", where=("W == 2 or W == 3", "H >= 2")).one("floor-ambiguity")
        (symbol,) = {"H", "W"} & set(finding.message.replace("=", " ").split())
        sizes = [int(word) for word in finding.message.split() if word.isdigit()][-3:-1]
        outputs = {Tokens()(torch.empty(1, 3, *_shape(finding.witness, symbol, size))).shape for size in sizes}
        assert len(outputs) == 1

    def test_silent_where_every_product_divides(self, lint):
        assert not lint(Tokens(), where=("H % 4 == 0", "W >= 2")).of("floor-ambiguity")


def _shape(witness, symbol, size):
    return [{**witness, symbol: size}[name] for name in ("H", "W")]


class TestPaddingExceedsWindow:
    @pytest.mark.parametrize(
        ("k", "s", "p", "d", "outputs"), [(1, 1, 1, 1, 1), (3, 1, 4, 1, 2), (3, 2, 6, 1, 2), (2, 1, 4, 2, 2)]
    )
    def test_counts_the_outputs_that_see_nothing(self, lint, k, s, p, d, outputs):
        finding = lint(nn.Sequential(nn.Conv1d(1, 1, k, s, p, d)), "N 1 T").one("padding-exceeds-window")
        assert finding.severity == Severity.WARNING
        layer = nn.Conv1d(1, 1, k, s, p, d, bias=False)
        nn.init.ones_(layer.weight)
        blind = int((layer(torch.ones(1, 1, 32))[0, 0] > 0).nonzero()[0])
        assert blind == outputs
        what = "first output of the axis sees" if outputs == 1 else f"first {outputs} outputs of the axis see"
        assert what in finding.message

    @pytest.mark.parametrize(("k", "p", "d"), [(3, 2, 1), (1, 0, 1), (3, 8, 4)])
    def test_silent_up_to_full_padding(self, lint, k, p, d):
        assert not lint(nn.Sequential(nn.Conv1d(1, 1, k, 1, p, d)), "N 1 T").of("padding-exceeds-window")

    def test_silent_where_the_padding_repeats_the_input(self, lint):
        layer = nn.Conv1d(1, 1, 1, padding=1, padding_mode="circular")
        assert not lint(nn.Sequential(layer), "N 1 T").of("padding-exceeds-window")


class TestOffCentreWindow:
    @pytest.mark.parametrize(
        ("k", "p", "d", "side"),
        [(4, "same", 1, "after"), (2, "same", 1, "after"), (4, 2, 1, "before"), (2, 2, 3, "before")],
    )
    def test_names_the_side(self, lint, k, p, d, side):
        finding = lint(nn.Sequential(nn.Conv1d(1, 1, k, 1, p, d)), "N 1 T").one("off-centre-window")
        assert finding.severity == Severity.INFO
        assert f"half a cell {side} the first cell" in finding.message

    @pytest.mark.parametrize(
        "layer", [nn.Conv1d(1, 1, 4, 2, 1), nn.Conv1d(1, 1, 3, padding="same"), nn.Conv1d(1, 1, 2, 2)]
    )
    def test_silent_on_the_grid(self, lint, layer):
        assert not lint(nn.Sequential(layer), "N 1 T").of("off-centre-window")

    @pytest.mark.parametrize(("k", "p", "shift"), [(4, "same", 0.5), (4, 2, -0.5), (2, 1, -0.5)])
    def test_the_shift_is_that_of_a_ramp(self, k, p, shift):
        """A mean over a ramp gives the position at which the window is centred."""
        layer = nn.Conv1d(1, 1, k, padding=p, bias=False)
        nn.init.constant_(layer.weight, 1 / k)
        ramp = torch.arange(32.0)[None, None]
        assert layer(ramp)[0, 0, 10].item() == pytest.approx(10 + shift)


class TestCeilWindowInPadding:
    def test_names_the_sizes_and_the_taps(self, lint):
        finding = lint(nn.Sequential(nn.MaxPool2d(3, 3, ceil_mode=True))).one("ceil-window-in-padding")
        assert finding.severity == Severity.INFO
        assert finding.message.startswith("the last window has 1 of its 3 taps on the input for H % 3 = 1")

    def test_names_the_sizes_at_which_no_window_is_added(self, lint):
        found = lint(nn.Sequential(nn.MaxPool1d(2, 2, padding=1, ceil_mode=True)), "N 1 T")
        assert any("adds no window" in text for text in _texts(found.one("ceil-window-in-padding")))

    @pytest.mark.parametrize(
        "layer", [nn.MaxPool2d(3, 2, ceil_mode=True), nn.MaxPool2d(2, ceil_mode=True), nn.MaxPool2d(3, 3)]
    )
    def test_silent_where_half_of_the_window_or_more_is_filled(self, lint, layer):
        assert not lint(nn.Sequential(layer)).of("ceil-window-in-padding")

    @pytest.mark.parametrize(
        ("k", "s", "p", "d"), [(3, 3, 0, 1), (5, 4, 2, 1), (2, 2, 1, 1), (3, 2, 1, 2), (4, 5, 0, 1), (5, 3, 1, 1)]
    )
    def test_the_taps_are_those_that_a_pooling_reads(self, k, s, p, d):
        window = Window(k, s, (p, p), d, ceil_mode=True)
        pool = nn.MaxPool1d(k, s, p, d, ceil_mode=True)
        reach = d * (k - 1) + 1
        for size in range(reach, 4 * reach):
            # One cell above the others at a time: the last output shows which ones its window reads.
            reads = pool(torch.eye(size)[:, None])[:, 0, -1] > 0
            made = pool(torch.zeros(1, 1, size)).shape[-1]
            assert output_size(size, window) == made
            assert last_taps(size, window) == int(reads.sum())
            covering = -(-(size + 2 * p - reach) // s) + 1
            assert dropped_windows(size, window) == covering - made


def _texts(finding):
    return [finding.message, *finding.notes]
