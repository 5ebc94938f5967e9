"""CL303: joins that PyTorch accepts by repeating what should not be repeated."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

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


class Loss(nn.Module):
    """A loss of the prediction for each sample against its target."""

    def __init__(self, loss, squeezed=False):
        super().__init__()
        self.loss, self.squeezed, self.score = loss, squeezed, nn.Linear(3, 1)

    def forward(self, x, target):
        predicted = self.score(x.mean((2, 3)))
        return self.loss(predicted.squeeze(1) if self.squeezed else predicted, target)


@pytest.mark.parametrize(
    "loss",
    [F.mse_loss, nn.MSELoss(), F.l1_loss, nn.SmoothL1Loss(reduction="none"), F.huber_loss],
    ids=["mse_loss", "MSELoss", "l1_loss", "SmoothL1Loss", "huber_loss"],
)
class TestLoss:
    def test_predictions_that_meet_the_targets_of_others(self, lint, loss):
        finding = lint(Loss(loss), "N 3 H W", "N").one("accidental-broadcast")
        assert finding.severity == Severity.WARNING
        assert "compares (N, 1) with (N,) as (N, N)" in finding.message
        assert finding.witness["N"] > 1

    def test_one_target_for_each_prediction_is_silent(self, lint, loss):
        assert lint(Loss(loss, squeezed=True), "N 3 H W", "N").loud() == []
        assert lint(Loss(loss), "N 3 H W", "N 1").loud() == []


class TestLossOfMaps:
    def test_sizes_that_differ_are_refused_and_told_once(self, lint):
        found = lint(Join(lambda x: x, lambda x: F.interpolate(F.max_pool2d(x, 2), scale_factor=2), F.mse_loss))
        assert [each.partition(":")[0] for each in found.loud()] == ["warning skip-size-mismatch"]

    def test_a_target_for_one_channel_of_three(self, lint):
        finding = lint(Join(lambda x: x, lambda x: x.mean(1, keepdim=True), F.l1_loss)).one("accidental-broadcast")
        assert "compares (N, 3, H, W) with (N, 1, H, W) as (N, 3, H, W)" in finding.message

    def test_one_number_is_meant(self, lint):
        assert lint(Join(lambda x: x, lambda x: x.mean(), F.mse_loss)).loud() == []


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

    def test_a_batch_meets_channels(self, lint):
        def features(x):
            return x.mean((2, 3))

        finding = lint(Join(features, baseline, torch.mul), where=("N == 3",)).one("accidental-broadcast")
        assert "`mul` of (N, 3) and (N,) gives" in finding.message
        assert "the batch goes along dimension 1" in finding.message

    def test_what_is_refused_is_not_told_twice(self, lint):
        found = lint(Join(lambda x: x.mean((2, 3)), baseline, torch.mul))
        assert not found.of("accidental-broadcast")
        assert found.one("shape-error").help[0].startswith("axes meet from the last one on: `[:, None]` gives")

    def test_says_no_sizes_where_it_is_so_at_every_declared_one(self, lint):
        where = ("2 <= H", "H <= 3", "2 <= W", "W <= 3")
        finding = lint(Join(nn.Identity(), nn.MaxPool2d(2)), where=where).one("accidental-broadcast")
        assert finding.message == "`add` repeats a map along dimension 2: 3 against 1 at H = 3"

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

    def test_warns_at_numbers(self, lint):
        floors = nn.MaxPool2d(2)
        ceils = nn.Conv2d(3, 3, 3, 2, 1)
        finding = lint(Join(floors, ceils), "N 3 3 8").one("accidental-broadcast")
        assert finding.message == "`add` repeats a map along dimension 2: 1 against 2"
        assert Join(floors, ceils)(torch.zeros(1, 3, 3, 8)).shape[2] == 2

    @pytest.mark.parametrize("pool", [nn.AdaptiveAvgPool2d(1), nn.AvgPool2d(8), nn.MaxPool2d((8, 1))])
    def test_silent_where_a_number_was_pooled_to_1(self, lint, pool):
        assert not lint(Join(nn.Identity(), pool, torch.mul), "N 3 8 8").of("accidental-broadcast")

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
