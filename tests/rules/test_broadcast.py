"""CL303: joins that PyTorch accepts by repeating what should not be repeated."""

import pytest
import torch
from torch import nn

from convlint.diagnostics import Severity


class Join(nn.Module):
    """What two functions make of the input, joined."""

    def __init__(self, one, other, operation=torch.add):
        super().__init__()
        self.one, self.other, self.operation = one, other, operation

    def forward(self, x):
        return self.operation(self.one(x), self.other(x))


def score(x):
    return x.mean((1, 2, 3)).unsqueeze(1)


def baseline(x):
    return x.amax((1, 2, 3))


class TestMovedBatch:
    def test_a_column_of_scores_meets_a_row(self, lint):
        finding = lint(Join(score, baseline, torch.sub)).one("accidental-broadcast")
        assert finding.severity == Severity.WARNING
        assert finding.message == "`sub` of (N, 1) and (N,) gives (N, N): the batch is repeated along dimension 1"
        assert Join(score, baseline)(torch.zeros(4, 3, 8, 8)).shape == (4, 4)

    def test_a_factor_for_each_sample_meets_maps_of_one_channel(self, lint):
        def grey(x):
            return x.mean(1, keepdim=True)

        def factor(x):
            return x.mean((1, 2, 3)).view(-1, 1, 1)

        finding = lint(Join(grey, factor, torch.mul)).one("accidental-broadcast")
        assert "gives (N, N, H, W)" in finding.message

    def test_silent_where_both_have_the_axis(self, lint):
        assert not lint(Join(score, lambda x: baseline(x)[:, None])).of("accidental-broadcast")

    def test_silent_for_an_outer_product_of_one_tensor(self, lint):
        def pairs(x):
            values = baseline(x)
            return values[:, None] - values

        assert not lint(Join(pairs, pairs)).of("accidental-broadcast")

    def test_silent_for_what_is_made_of_numbers_alone(self, lint):
        def distances(x):
            steps = torch.arange(x.shape[0])
            return (steps[:, None] - steps).float()

        assert not lint(Join(distances, distances)).of("accidental-broadcast")


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 3, 3, 2, 1)
        self.up = nn.Upsample(scale_factor=2)

    def forward(self, x):
        return x + self.up(self.down(x))


class TestRepeatedMaps:
    def test_warns_at_declared_sizes(self, lint):
        found = lint(Residual(), where=("H == 1 or H == 2", "W == 8"))
        finding = found.one("accidental-broadcast")
        assert finding.witness["H"] == 1
        assert "1 against 2 at H = 1" in finding.message
        assert Residual()(torch.zeros(1, 3, 1, 8)).shape[2] == 2

    def test_silent_for_the_last_few_sizes_that_nobody_declared(self, lint):
        assert not lint(Residual()).of("accidental-broadcast")

    @pytest.mark.parametrize(
        "other",
        [
            lambda x: x.mean((2, 3), keepdim=True),
            lambda x: x.mean(3, keepdim=True),
            nn.AdaptiveAvgPool2d(1),
            nn.AdaptiveMaxPool2d((None, 1)),
        ],
    )
    def test_silent_where_the_axis_is_1_for_every_size(self, lint, other):
        assert not lint(Join(lambda x: x, other, torch.mul), where=("H >= 1", "W >= 1")).of("accidental-broadcast")
