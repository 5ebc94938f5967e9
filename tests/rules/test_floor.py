"""CL101-CL103, CL106: what the floor of a strided window hides."""

import operator
import re

import pytest
import torch
from torch import nn

from convlint.diagnostics import Severity
from tests.rules.decoders.strides import OneStride


def conv(k, s=1, p=0, d=1):
    return nn.Sequential(nn.Conv2d(3, 3, k, s, p, d))


class TestFloorAmbiguity:
    def test_names_two_sizes_and_their_output(self, lint):
        finding = lint(conv(3, 2, 1)).one("floor-ambiguity")
        assert "H = 225 and 226 both give 113 (W likewise)" in finding.message
        assert finding.severity == Severity.INFO

    def test_silent_where_only_one_residue_arrives(self, lint):
        assert not lint(conv(3, 2, 1), where=("H % 2 == 0", "W % 2 == 0")).of("floor-ambiguity")

    def test_silent_where_sizes_of_two_residues_share_no_output(self, lint):
        # 4q and 4q + 3 never fall into the same pair.
        where = ("H % 4 == 0 or H % 4 == 3", "W == 8")
        assert not lint(conv(2, 2), where=where).of("floor-ambiguity")

    def test_silent_where_a_later_map_has_the_size(self, lint):
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.down = nn.Conv2d(3, 3, 3, 2, 1)

            def forward(self, x):
                return x * torch.sigmoid(self.down(x)).amax((2, 3), keepdim=True)

        assert not lint(Net()).of("floor-ambiguity")

    def test_silent_for_unit_strides(self, lint):
        assert not lint(conv(3)).of("floor-ambiguity")


class TestInputLost:
    def test_names_sizes_and_rows(self, lint):
        finding = lint(conv(3, 2)).one("input-lost-to-floor")
        assert finding.message == "the last row of the input is never read for H % 2 = 0, and for W likewise"
        assert finding.severity == Severity.INFO
        assert finding.witness == {"N": 1, "H": 224, "W": 224}

    def test_several_rows(self, lint):
        finding = lint(conv(4, 4)).one("input-lost-to-floor")
        assert finding.message.startswith("the last 1 to 3 rows of the input are never read for H % 4 ≠ 0")

    def test_warns_where_declared_sizes_always_lose(self, lint):
        finding = lint(conv(2, 2), where=("H % 2 == 1", "W % 2 == 1")).one("input-lost-to-floor")
        assert finding.severity == Severity.WARNING

    def test_info_where_declared_sizes_sometimes_lose(self, lint):
        finding = lint(conv(2, 2), where=("H >= 32", "W >= 32")).one("input-lost-to-floor")
        assert finding.severity == Severity.INFO

    def test_warns_for_a_given_number(self, lint):
        finding = lint(conv(3, 2), "N 3 224 224").one("input-lost-to-floor")
        assert finding.severity == Severity.WARNING
        assert finding.notes == ("the window is given 224 cells and reads 223",)

    def test_silent_where_padding_takes_it(self, lint):
        assert not lint(conv(3, 2, 1)).of("input-lost-to-floor")

    def test_silent_for_rows_that_lie_between_windows_anyway(self, lint):
        assert not lint(conv(1, 2)).of("input-lost-to-floor")

    def test_ceil_mode_reads_all(self, lint):
        assert not lint(nn.Sequential(nn.MaxPool2d(2, ceil_mode=True))).of("input-lost-to-floor")

    @pytest.mark.parametrize(
        ("k", "s", "p", "d"), [(3, 2, 0, 1), (2, 3, 0, 1), (3, 4, 1, 2), (5, 3, 1, 1), (4, 4, 1, 1)]
    )
    def test_the_sizes_are_exact(self, lint, k, s, p, d):
        """A row is read if a window covers it: if changing it changes the output of a dense kernel of that extent."""
        layer = nn.Conv1d(1, 1, d * (k - 1) + 1, s, p, bias=False)
        nn.init.ones_(layer.weight)
        found = lint(nn.Sequential(nn.Conv1d(1, 1, k, s, p, d)), "N 1 T").of("input-lost-to-floor")
        for size in range(d * (k - 1) + 1, 40):
            graph_says = bool(found) and _holds(found[0].message, size)
            grid = torch.eye(size)[:, None]
            reads = layer(grid).abs().sum((1, 2)) > 0
            last = int(reads.nonzero()[-1])
            gap = max(s - (d * (k - 1) + 1), 0)
            assert graph_says == (size - 1 - last > gap), size


def _holds(message, size):
    """Whether the sizes of a message such as ``... for T % 3 ∈ {0, 2}`` hold ``size``."""
    condition = message.partition(" for ")[2]
    if not condition:
        return True
    match = re.fullmatch(r"T % (\d+) (=|≠|∈) \{?([\d, ]+)\}?", condition)
    assert match, condition
    residues = {int(each) for each in match[3].split(", ")}
    return (size % int(match[1]) in residues) == (match[2] != "≠")


class TestPaddingLost:
    def test_names_the_padding_in_force(self, lint):
        finding = lint(conv(7, 2, 3)).one("padding-lost-to-floor")
        assert "1 cell of padding is never read for H % 2 = 0, and for W likewise" in finding.message
        assert "3 before and 2 after" in finding.message

    def test_axes_of_different_windows_are_named_apart(self, lint):
        found = lint(nn.Sequential(nn.Conv2d(3, 3, (3, 5), stride=(2, 3), padding=(1, 2)))).one("padding-lost-to-floor")
        assert len(found.notes) == 1

    def test_help_names_sizes_that_are_even_everywhere(self, lint):
        layers = nn.Sequential(nn.Conv2d(3, 3, 3, 2, 1), nn.Conv2d(3, 3, 3, 2, 1))
        found = lint(layers).of("padding-lost-to-floor")
        assert len({line for each in found for line in each.help}) == 1
        assert "H % 4 = 1" in found[0].help[0]

    def test_help_never_names_a_size_that_a_join_refuses(self, lint):
        found = lint(OneStride(lambda x, y: torch.cat([x, y], dim=1)))
        assert found.one("skip-size-mismatch")
        assert found.one("padding-lost-to-floor").help == (
            "no size that the model accepts keeps the padding even at every layer",
            "H % 2 = 1 and W % 2 = 1 would, but its joins need H % 2 = 0 and W % 2 = 0",
        )

    def test_help_calls_a_last_few_sizes_what_they_are(self, lint):
        finding = lint(OneStride(operator.add)).one("padding-lost-to-floor")
        assert finding.help == ("only H = 1 and W = 1 keeps the padding even at every layer",)


class TestWindowExceedsInput:
    def test_error_at_declared_sizes(self, lint):
        finding = lint(conv(5), where=("H >= 3", "W >= 8")).one("window-exceeds-input")
        assert finding.severity == Severity.ERROR
        assert finding.raises
        assert finding.witness["H"] in (3, 4)
        assert "unless H ≥ 5" in finding.message

    def test_part_of_the_contract_elsewhere(self, lint):
        assert not lint(conv(5)).of("window-exceeds-input")

    def test_error_where_nothing_fits(self, lint):
        layers = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Conv2d(3, 3, 5))
        finding = lint(layers).one("window-exceeds-input")
        assert finding.severity == Severity.ERROR
        assert "a window of 5 does not fit in 2 cells" in finding.message

    def test_channels_that_come_last_are_pooled_away(self, lint):
        finding = lint(nn.Sequential(nn.MaxPool2d(2), conv(3)), "N H W 3").one("window-exceeds-input")
        assert finding.message == "a window of 3 does not fit in 1 cell"
        assert finding.help == (
            "the input of `1.0` needs at least 3 cells",
            'the channels come first in PyTorch: `--input "N 3 H W"`',
        )


class PoolsToOne(nn.Module):
    """The linear layer fits no size, which shows only where both axes are looked at together."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.linear = nn.Linear(17, 2)

    def forward(self, x):
        x = self.conv(x)
        x = torch.nn.functional.avg_pool2d(x, x.size(3))
        return self.linear(x.view(x.size(0), -1))


def test_nothing_is_claimed_where_no_size_is_known(lint):
    assert not lint(PoolsToOne()).of("floor-ambiguity")
