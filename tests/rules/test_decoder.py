"""CL201-CL204: what goes up again."""

import pytest
from torch import nn
from torch.nn import functional as F

from convlint.diagnostics import Severity


def autoencoder(down, up):
    return nn.Sequential(down, up)


CONV = (3, 3, 4, 2, 1)


class TestNonInvertibleStride:
    def test_says_which_sizes_and_that_no_constant_helps(self, lint):
        finding = lint(autoencoder(nn.Conv2d(*CONV), nn.ConvTranspose2d(*CONV))).one("non-invertible-stride")
        assert finding.severity == Severity.WARNING
        assert "for H % 2 = 1, and for W likewise" in finding.message
        assert "no constant `output_padding` does" in finding.help[0]

    def test_names_the_output_padding_that_does(self, lint):
        model = autoencoder(nn.Conv2d(3, 3, 3, 2, 1), nn.ConvTranspose2d(3, 3, 3, 2, 1))
        finding = lint(model, where=("H % 2 == 0", "W % 2 == 0")).one("non-invertible-stride")
        assert finding.severity == Severity.ERROR
        assert finding.help == ("`output_padding=1` gives back the size",)

    def test_silent_where_it_inverts(self, lint):
        model = autoencoder(nn.Conv2d(*CONV), nn.ConvTranspose2d(*CONV))
        assert not lint(model, where=("H % 2 == 0", "W % 2 == 0")).of("non-invertible-stride")

    def test_each_stage_on_its_own(self, lint):
        layers = nn.Sequential(
            nn.MaxPool2d(2), nn.Conv2d(*CONV), nn.ConvTranspose2d(*CONV), nn.Upsample(scale_factor=2)
        )
        assert len(lint(layers).of("non-invertible-stride")) == 1  # both stand on the model's line here

    def test_silent_for_a_decoder_that_does_not_return_to_the_input(self, lint):
        layers = nn.Sequential(nn.MaxPool2d(4), nn.Conv2d(*CONV), nn.ConvTranspose2d(*CONV))
        assert not lint(layers).of("non-invertible-stride")

    def test_silent_where_the_size_is_repaired(self, lint):
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.down, self.up = nn.Conv2d(*CONV), nn.ConvTranspose2d(*CONV)

            def forward(self, x):
                return F.interpolate(self.up(self.down(x)), size=x.shape[2:])

        found = lint(Net())
        assert not found.of("non-invertible-stride")
        assert not found.of("reconstruction-size")

    def test_silent_where_a_join_compares(self, lint):
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.down, self.up = nn.Conv2d(*CONV), nn.ConvTranspose2d(*CONV)

            def forward(self, x):
                return x + self.up(self.down(x))

        assert [each.name for each in lint(Net()) if each.severity > Severity.INFO] == ["skip-size-mismatch"]


class TestReconstructionSize:
    def test_says_which_sizes_come_back(self, lint):
        finding = lint(nn.Sequential(nn.MaxPool2d(2), nn.Upsample(scale_factor=2))).one("reconstruction-size")
        assert finding.severity == Severity.WARNING
        assert "unless H % 2 = 0 and W % 2 = 0" in finding.message
        assert "gives" in finding.message

    def test_a_constant_border_is_info(self, lint):
        finding = lint(
            nn.Sequential(nn.Conv2d(*CONV), nn.ConvTranspose2d(3, 3, 4, 2, 2)), where=("H % 2 == 0", "W % 2 == 0")
        )
        assert finding.one("reconstruction-size").severity == Severity.INFO

    def test_other_channels_are_no_reconstruction(self, lint):
        assert not lint(nn.Sequential(nn.MaxPool2d(2), nn.ConvTranspose2d(3, 2, 2, 2))).of("reconstruction-size")

    def test_unpadded_convolutions_alone_are_none(self, lint):
        assert not lint(nn.Sequential(nn.Conv2d(3, 3, 3))).of("reconstruction-size")

    def test_a_size_that_comes_back_is_silent(self, lint):
        found = lint(nn.Sequential(nn.MaxPool2d(2), nn.ConvTranspose2d(3, 3, 2, 2)), where=("H % 2 == 0", "W % 2 == 0"))
        assert found.loud() == []


class TestCheckerboard:
    @pytest.mark.parametrize(
        ("k", "s", "d", "uneven"),
        [
            (3, 2, 1, True),
            (4, 2, 1, False),
            (2, 2, 1, False),
            (2, 3, 1, True),
            (4, 2, 2, True),
            (1, 1, 1, False),
            (6, 3, 2, False),
        ],
    )
    def test_counts_taps_by_phase(self, lint, k, s, d, uneven):
        found = lint(nn.Sequential(nn.ConvTranspose2d(3, 3, k, s, dilation=d))).of("checkerboard")
        assert bool(found) == uneven

    def test_says_the_counts(self, lint):
        finding = lint(nn.Sequential(nn.ConvTranspose2d(3, 3, 5, 3))).one("checkerboard")
        assert finding.severity == Severity.WARNING
        assert "2, 2 and 1 taps" in finding.message


class TestInvalidOutputPadding:
    def test_error(self, lint):
        finding = lint(nn.Sequential(nn.ConvTranspose2d(3, 3, 3, 2, output_padding=2))).one("invalid-output-padding")
        assert finding.severity == Severity.ERROR

    def test_silent_below_the_dilation(self, lint):
        assert not lint(nn.Sequential(nn.ConvTranspose2d(3, 3, 3, 2, output_padding=2, dilation=3))).of(
            "invalid-output-padding"
        )
