"""CL401-CL406, CL602, CL904: single operations."""

import pytest
import torch
from torch import nn

from convlint.diagnostics import Severity


class ChannelsLast(nn.Module):
    """Takes images as they are read from files, and brings their channels to the front."""

    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        return self.body(x.permute(0, 3, 1, 2))


class TestChannelMismatch:
    def test_names_both_numbers_and_the_fix(self, lint):
        finding = lint(nn.Sequential(nn.Conv2d(3, 16, 3), nn.Conv2d(32, 8, 3))).one("channel-mismatch")
        assert finding.severity == Severity.ERROR
        assert finding.message == "`in_channels=32`, but 16 channels arrive"
        assert finding.help == ("set `in_channels=16`",)
        assert finding.raises

    def test_one_channel_is_one(self, lint):
        finding = lint(nn.Sequential(nn.Conv2d(3, 1, 3), nn.Conv2d(2, 8, 3))).one("channel-mismatch")
        assert finding.message == "`in_channels=2`, but 1 channel arrives"

    @pytest.mark.parametrize(("shape", "right"), [("N H W 3", "N 3 H W"), ("N 224 224 3", "N 3 224 224")])
    def test_an_input_with_its_channels_last_is_named_as_such(self, lint, shape, right):
        finding = lint(nn.Sequential(nn.Conv2d(3, 8, 1)), shape).one("channel-mismatch")
        assert finding.help[-1] == f'the channels come first in PyTorch: `--input "{right}"`'

    def test_channels_that_are_first_are_not_corrected(self, lint):
        wrong_later = nn.Sequential(nn.Conv2d(3, 16, 1), nn.Conv2d(32, 8, 1))
        for shape in ("N 3 H W", "N 3 H 3"):
            assert lint(wrong_later, shape).one("channel-mismatch").help == ("set `in_channels=16`",)
        finding = lint(ChannelsLast(wrong_later), "N H W 3").one("channel-mismatch")
        assert finding.help == ("set `in_channels=16`",)

    def test_grouped(self, lint):
        finding = lint(nn.Sequential(nn.Conv2d(3, 16, 3), nn.Conv2d(32, 32, 3, groups=32))).one("channel-mismatch")
        assert "in_channels=32" in finding.message

    def test_a_transposed_layer_is_one_to_replay(self, lint):
        finding = lint(nn.Sequential(nn.ConvTranspose2d(4, 8, 2))).one("channel-mismatch")
        assert finding.severity == Severity.ERROR
        assert finding.raises
        assert finding.site is not None
        assert finding.site.layer == "0"


class TestNormMismatch:
    def test_features(self, lint):
        finding = lint(nn.Sequential(nn.Conv2d(3, 16, 3), nn.BatchNorm2d(32))).one("norm-mismatch")
        assert finding.message == "`num_features=32`, but 16 channels arrive"
        assert finding.help == ("set `num_features=16`",)

    def test_features_that_a_layer_checks_itself(self, lint):
        finding = lint(nn.Sequential(nn.Conv2d(3, 16, 3), nn.InstanceNorm2d(32, affine=True))).one("norm-mismatch")
        assert finding.severity == Severity.ERROR
        assert finding.message == "`num_features=32`, but 16 channels arrive"
        assert finding.help == ("set `num_features=16`",)
        assert finding.raises

    def test_dimensions_that_a_layer_checks_itself(self, lint):
        finding = lint(nn.Sequential(nn.Conv2d(3, 16, 3), nn.BatchNorm1d(16))).one("shape-error")
        assert finding.severity == Severity.ERROR
        assert finding.message == "expected 2D or 3D input (got 4D input)"

    def test_a_spatial_shape_is_a_warning(self, lint):
        finding = lint(nn.Sequential(nn.LayerNorm([3, 32, 32]))).one("norm-mismatch")
        assert finding.severity == Severity.WARNING

    def test_a_spatial_shape_at_declared_sizes_is_an_error(self, lint):
        finding = lint(nn.Sequential(nn.LayerNorm([3, 32, 32])), where=("H >= 16", "W >= 16")).one("norm-mismatch")
        assert finding.severity == Severity.ERROR


class TestLinearMismatch:
    def head(self, features):
        return nn.Sequential(nn.Conv2d(3, 8, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(features, 10))

    def test_pins_the_input_size(self, lint):
        finding = lint(self.head(8 * 15 * 15)).one("linear-mismatch")
        assert finding.severity == Severity.INFO
        assert "`in_features=1800`" in finding.message

    def test_says_the_right_number(self, lint):
        finding = lint(self.head(8 * 16 * 16), "N 3 32 32").one("linear-mismatch")
        assert finding.severity == Severity.ERROR
        assert finding.message == "`in_features=2048`, but 1800 features arrive"
        assert finding.help == ("set `in_features=1800`",)

    def test_declared_sizes_that_do_not_fit(self, lint):
        finding = lint(self.head(8 * 15 * 15), where=("H == W", "H >= 32")).one("linear-mismatch")
        assert finding.severity == Severity.ERROR

    def test_a_number_that_no_size_gives(self, lint):
        finding = lint(self.head(8 * 15 * 15 + 1)).one("linear-mismatch")
        assert finding.severity == Severity.ERROR


class TestShuffleMismatch:
    def test_channels(self, lint):
        finding = lint(nn.Sequential(nn.PixelShuffle(2)), "N 10 H W").one("shuffle-mismatch")
        assert finding.severity == Severity.ERROR

    def test_sizes_that_divide_are_a_contract(self, lint):
        found = lint(nn.Sequential(nn.PixelUnshuffle(2)))
        assert found.loud() == []

    def test_declared_sizes_that_do_not(self, lint):
        finding = lint(nn.Sequential(nn.PixelUnshuffle(2)), where=("H >= 4", "W >= 4")).one("shuffle-mismatch")
        assert finding.severity == Severity.ERROR


class TestShapeError:
    def test_a_matrix_product(self, lint):
        class Net(nn.Module):
            def forward(self, x):
                return x @ x

        finding = lint(Net()).one("shape-error")
        assert finding.severity == Severity.WARNING


class TestInvalidLayer:
    @pytest.mark.parametrize("pool", [nn.MaxPool2d, nn.AvgPool2d])
    def test_padding_over_half_the_kernel(self, lint, pool):
        finding = lint(nn.Sequential(pool(2, 2, padding=2))).one("invalid-layer")
        assert finding.severity == Severity.ERROR


class TestSizeSpecialised:
    def test_says_beyond_which_sizes_nothing_is_claimed(self, lint):
        class Net(nn.Module):
            def forward(self, x):
                return x * [1, 2, 3][x.shape[2] % 3]

        for finding in lint(Net()).of("size-specialised"):
            assert finding.severity == Severity.INFO
            assert "nothing is claimed unless" in finding.message


class TestTraceFailed:
    def test_data_dependent_branches(self, lint):
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.conv = nn.Conv2d(3, 3, 3)

            def forward(self, x):
                x = self.conv(x)
                return x if x.sum() > 0 else -x

        finding = lint(Net()).one("trace-failed")
        assert finding.severity == Severity.WARNING
        assert "checked before that" in finding.notes[0]

    @pytest.mark.parametrize(
        ("forward", "way_out"),
        [
            (lambda x: x if x.sum() > 0 else -x, "`torch.where`"),
            (lambda x: x if torch.equal(x, -x) else -x, "`torch.where`"),
            (lambda x: x.view(torch.tensor(x.shape).tolist()), "`x.shape`, as ints"),
            (lambda x: x[:, : int(torch.tensor(x.shape)[1])], "`x.shape`, as ints"),
            (lambda x: x * x.sum().item(), "keep them in tensors"),
            (lambda x: x[x > 0], "mask the values"),
            (lambda x: torch.masked_select(x, x > 0), "mask the values"),
            (lambda x: x.detach().numpy(), "torch instead of NumPy"),
        ],
    )
    def test_the_way_out_of_an_operation_that_needs_values_is_that_of_its_kind(self, forward, way_out, lint):
        class Net(nn.Module):
            def forward(self, x):
                return forward(x)

        finding = lint(Net()).one("trace-failed")
        assert way_out in " ".join(finding.help)
        assert ("branch" in " ".join(finding.help)) == (way_out == "`torch.where`")

    def test_a_forward_that_raises(self, lint):
        class Net(nn.Module):
            def forward(self, x):
                return {}["missing"]

        assert "KeyError" in lint(Net()).one("trace-failed").message

    def test_a_model_that_refuses_everything(self, lint):
        class Net(nn.Module):
            def forward(self, x):
                raise ValueError("not today")

        assert "not today" in lint(Net()).one("trace-failed").message

    def test_a_refusal_of_some_sizes_is_the_model_s_contract(self, lint):
        class Net(nn.Module):
            def forward(self, x):
                if x.shape[2] > 100:
                    raise ValueError("too large")
                return torch.relu(x)

        assert not lint(Net()).of("trace-failed")
