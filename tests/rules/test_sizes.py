"""CL407, CL408, CL601: sizes that are not what they were meant to be, or not accepted."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from convlint.diagnostics import Severity


class View(nn.Module):
    def __init__(self, *shape, before=None):
        super().__init__()
        self.shape, self.before = shape, before or nn.Identity()

    def forward(self, x):
        return self.before(x).view(*self.shape)


class TestBatchFolded:
    def test_names_the_rows(self, lint):
        finding = lint(View(-1, 3)).one("batch-folded")
        assert finding.severity == Severity.WARNING
        assert f"{224 * 224} rows for 1 sample" in finding.message
        assert View(-1, 3)(torch.zeros(1, 3, 224, 224)).shape[0] == 224 * 224

    def test_for_a_sequence_the_axis_of_positions_is_left_open(self, lint):
        finding = lint(View(-1, 3, 5 * 5)).one("batch-folded")
        assert finding.help == ("write `x.shape[0]` for the batch, and -1 for the axis that depends on the input size",)

    def test_warns_where_a_few_sizes_keep_the_batch(self, lint):
        """LeNet at twice its size: the map is larger, and its batch as well."""
        finding = lint(View(-1, 3 * 5 * 5)).one("batch-folded")
        assert finding.severity == Severity.WARNING
        sizes = finding.witness
        rows = View(-1, 75)(torch.zeros(sizes["N"], 3, sizes["H"], sizes["W"])).shape[0]
        assert rows != sizes["N"]

    def test_silent_at_the_declared_size(self, lint):
        assert not lint(View(-1, 75), where=("H == 5", "W == 5")).of("batch-folded")

    def test_silent_where_the_map_was_pooled(self, lint):
        assert not lint(View(-1, 3, before=nn.AdaptiveAvgPool2d(1))).of("batch-folded")

    def test_info_where_positions_stay_whole(self, lint):
        class Net(nn.Module):
            def forward(self, x):
                return x.permute(0, 2, 3, 1).reshape(-1, 3)

        assert lint(Net()).one("batch-folded").severity == Severity.INFO

    def test_silent_where_windows_come_back(self, lint):
        class Net(nn.Module):
            def forward(self, x):
                n, c, h, w = x.shape
                folded = x.view(n * c, 1, h, w)
                return torch.relu(folded).view(n, c, h, w)

        assert not lint(Net()).of("batch-folded")

    def test_silent_where_all_elements_become_one_list(self, lint):
        assert not lint(View(-1)).of("batch-folded")


class Scaled(nn.Module):
    def __init__(self, scale):
        super().__init__()
        self.scale = scale

    def forward(self, x):
        return F.interpolate(x, scale_factor=self.scale if isinstance(self.scale, float) else self.scale(x))


class TestScaleRounding:
    def test_a_ratio_of_sizes_misses(self, lint):
        finding = lint(Scaled(lambda x: 800 / x.shape[2])).one("scale-rounding")
        assert finding.severity == Severity.WARNING
        size = finding.witness["H"]
        assert F.interpolate(torch.zeros(1, 1, size, 4), scale_factor=800 / size).shape[2] == 799
        assert f"gives 799 cells, not 800, of {size}" in finding.message

    def test_the_published_size_misses(self, lint):
        finding = lint(Scaled(lambda x: 800 / x.shape[2]), where=("H == 199", "W == 224")).one("scale-rounding")
        assert finding.witness["H"] == 199

    def test_silent_at_sizes_that_hit(self, lint):
        assert not lint(Scaled(lambda x: 800 / x.shape[2]), where=("H == 200", "W == 200")).of("scale-rounding")

    @pytest.mark.parametrize("scale", [2.0, 0.5, 0.75, 1.25])
    def test_silent_for_scales_that_doubles_hold(self, lint, scale):
        assert not lint(Scaled(scale)).of("scale-rounding")

    def test_a_decimal_number_is_info_until_sizes_are_declared(self, lint):
        assert lint(Scaled(0.29)).one("scale-rounding").severity == Severity.INFO
        assert lint(Scaled(0.29)).one("scale-rounding").witness == {"N": 1, "H": 200, "W": 224}
        declared = lint(Scaled(0.29), where=("H == 100", "W == 64")).one("scale-rounding")
        assert declared.severity == Severity.WARNING
        assert "gives 28 cells, not 29, of 100" in declared.message
        assert F.interpolate(torch.zeros(1, 1, 100, 64), scale_factor=0.29).shape[2] == 28

    def test_a_constant_is_decided_for_sizes_far_away(self, lint):
        far = ("1700000 < H", "H < 1800000", "W < 100")
        size = lint(Scaled(0.29), where=far).one("scale-rounding").witness["H"]
        assert int(size * 0.29) != size * 29 // 100
        assert not lint(Scaled(0.29), where=("801 <= H", "H < 1500", "W < 100")).of("scale-rounding")


class Guarded(nn.Module):
    def __init__(self, layer=None, error=AssertionError):
        super().__init__()
        self.layer, self.error = layer or nn.Identity(), error

    def forward(self, x):
        if x.shape[2] % 32 != 0:
            raise self.error("height must be a multiple of 32")
        return self.layer(x)


class TestContractNarrower:
    def test_error_where_declared_sizes_are_refused(self, lint):
        finding = lint(Guarded(), where=("H % 16 == 0", "W >= 8")).one("contract-narrower")
        assert finding.severity == Severity.ERROR
        assert finding.raises
        assert finding.witness["H"] % 32 == 16
        assert "(H % 32 = 16) with AssertionError: height must be a multiple of 32" in finding.message
        assert "H % 32 = 0" in finding.help[0]

    @pytest.mark.parametrize("size", [48, 100])
    def test_error_where_no_declared_size_is_accepted(self, lint, size):
        found = lint(Guarded(error=ValueError), f"N 3 {size} {size}")
        assert "the model refuses every declared size with ValueError" in found.one("contract-narrower").message
        assert not found.of("trace-failed")

    def test_silent_where_nothing_was_declared(self, lint):
        assert not lint(Guarded()).of("contract-narrower")

    def test_silent_where_the_declaration_keeps_to_it(self, lint):
        assert not lint(Guarded(), where=("H % 64 == 0",)).of("contract-narrower")

    def test_what_an_operation_refused_before_is_not_told_again(self, lint):
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.conv = nn.Conv2d(3, 3, 9)

            def forward(self, x):
                y = self.conv(x)
                assert y.shape[2] >= 1
                assert x.shape[2] >= 5, "too small"
                return y

        found = lint(Net(), where=("H >= 2", "W >= 16"))
        assert found.one("window-exceeds-input").severity == Severity.ERROR
        assert not found.of("contract-narrower")

    def test_one_assert_is_one_finding(self, lint):
        class Net(nn.Module):
            def forward(self, x):
                assert x.shape[2] % 2 == 0 and x.shape[3] % 2 == 0, "even sizes only"  # noqa: PT018
                return x

        assert "declared sizes" in lint(Net(), where=("H >= 2", "W >= 2")).one("contract-narrower").message

    def test_a_method_still_to_be_written_refuses_no_sizes(self, lint):
        class Net(nn.Module):
            def forward(self, x):
                raise NotImplementedError

        found = lint(Net(), where=("H >= 2",))
        assert not found.of("contract-narrower")
        assert found.one("trace-failed")
