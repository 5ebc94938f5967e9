"""CL105, CL304, CL305 and CL501-CL503: where units lie and what they see."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from convlint.diagnostics import Severity


class Model(nn.Module):
    """Some layers, and a function of them and the input."""

    def __init__(self, function, **layers):
        super().__init__()
        self.function = function
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, x):
        return self.function(self, x)


def conv(k=3, s=1, p=0, d=1, channels=3):
    return nn.Conv2d(3, channels, k, s, p, d)


SOME = ("32 <= H <= 512", "32 <= W <= 512")


class TestDeadInput:
    def test_a_crop_says_how_many_rows_of_which_dimension(self, lint):
        finding = lint(Model(lambda m, x: m.conv(x[:, :, 2:-3]), conv=conv()), "N 3 64 64").of("dead-input")[0]
        assert finding.severity == Severity.WARNING
        assert "the first 2 rows of dimension 2" in finding.message
        assert any("the last 3 rows of dimension 2" in note for note in finding.notes)

    def test_what_a_neighbour_reads_is_not_dead(self, lint):
        """The row that the pooling leaves over is inside the window of the convolution before."""
        assert not lint(nn.Sequential(conv(3, p=1), nn.MaxPool2d(2))).of("dead-input")

    def test_a_parallel_branch_reads_it(self, lint):
        model = Model(lambda m, x: m.conv(x[:, :, 2:, 2:]).mean((2, 3)) + x.mean((2, 3)), conv=conv())
        assert not lint(model, "N 3 64 64").of("dead-input")

    def test_an_info_where_only_some_sizes_lose_rows(self, lint):
        layers = nn.Sequential(conv(11, 4, 2), nn.MaxPool2d(3, 2))
        assert {each.severity for each in lint(layers).of("dead-input")} == {Severity.INFO}
        finding = lint(layers, where=SOME).of("dead-input")[0]
        assert finding.severity == Severity.INFO
        assert "for 2 ≤ H % 8 ≤ 6" in finding.message
        assert {each.severity for each in lint(layers, "N 3 64 64").of("dead-input")} == set()

    def test_a_window_that_always_loses_rows_is_left_to_its_own_rule(self, lint):
        found = lint(nn.Sequential(conv(1, 2)), "N 3 64 64")
        assert not found.of("dead-input")
        assert found.of("skipped-input")

    @pytest.mark.parametrize(("mode", "dead"), [("nearest", 3), ("bilinear", 2), ("area", 0)])
    def test_resampling_that_steps_over_rows(self, lint, mode, dead):
        found = lint(Model(lambda _, x: F.interpolate(x, scale_factor=0.25, mode=mode)), "N 3 64 64").of("dead-input")
        assert [each.message[:16] for each in found] == ([f"{dead} of each 4 rows"[:16]] if dead else [])

    def test_what_is_written_in_place_counts(self, lint):
        def written(_, x):
            made = torch.zeros_like(x)
            made[:, :, :-4] = x[:, :, 4:]
            return made

        found = lint(Model(written), "N 3 64 64").of("dead-input")
        assert not found or "first 4" in found[0].message

    def test_statistics_of_the_whole_map_read_everything(self, lint):
        layers = nn.Sequential(nn.InstanceNorm2d(3), conv(11, 4, 2))
        assert not lint(layers, "N 3 62 62").of("dead-input")


class TestMisalignedJoin:
    def crop(self, start, stop):
        return Model(lambda m, x: m.conv(x) + x[:, :, start:stop, start:stop], conv=conv(5))

    def test_a_lopsided_crop(self, lint):
        finding = lint(self.crop(4, None), "N 3 64 64").one("misaligned-join")
        assert finding.severity == Severity.WARNING
        assert "2 pixels apart" in finding.message

    def test_a_centred_crop_is_silent(self, lint):
        assert not lint(self.crop(2, -2), "N 3 64 64").of("misaligned-join")

    def test_the_phases_of_one_map_are_meant_to_lie_apart(self, lint):
        def merged(m, x):
            y = torch.relu(x)
            return m.conv(torch.cat([y[:, :, 0::2, 0::2], y[:, :, 1::2, 0::2], y[:, :, 1::2, 1::2]], 1))

        assert not lint(Model(merged, conv=nn.Conv2d(9, 3, 3)), "N 3 64 64").of("misaligned-join")
        one_phase = Model(lambda m, x: torch.cat([x[:, :, 1::2, 1::2], m.conv(x)], 1), conv=nn.Conv2d(3, 3, 1, 2))
        assert lint(one_phase, "N 3 64 64").of("misaligned-join")

    def test_sizes_that_nobody_declared_are_an_info(self, lint):
        assert lint(self.crop(4, None)).one("misaligned-join").severity == Severity.INFO

    def test_half_a_cell_of_the_fine_grid_is_a_quarter_of_the_coarse_one(self, lint):
        def pyramid(m, x):
            return x + F.interpolate(m.conv(x), scale_factor=2)

        finding = lint(Model(pyramid, conv=conv(3, 2, 1)), "N 3 64 64").one("misaligned-join")
        assert (finding.severity, "0.5 pixels apart" in finding.message) == (Severity.INFO, True)

    @pytest.mark.parametrize(
        ("pads", "severity"), [((1, 0, 1, 0), Severity.INFO), ((2, -1, 2, -1), Severity.WARNING)]
    )
    def test_half_a_cell_that_no_other_cell_would_halve_is_an_info(self, lint, pads, severity):
        model = Model(lambda m, x: x + m.even(F.pad(x, pads)), even=conv(2))
        assert lint(model, "N 3 64 64").one("misaligned-join").severity == severity

    def test_half_a_cell_of_the_coarse_grid_that_a_crop_mends_is_a_warning(self, lint):
        def lopsided(m, x):
            return x + F.pad(F.interpolate(F.max_pool2d(x, 2), scale_factor=2), (1, -1, 1, -1))

        assert lint(Model(lopsided), "N 3 64 64").one("misaligned-join").severity == Severity.WARNING

    def test_a_pooling_is_undone_by_up_sampling(self, lint):
        model = Model(lambda _, x: x + F.interpolate(F.max_pool2d(x, 2), scale_factor=2), conv=conv())
        assert not lint(model, where=("H % 2 == 0", "W % 2 == 0")).of("misaligned-join")

    def test_aligned_corners_undo_a_strided_convolution_at_odd_sizes(self, lint):
        def decoder(m, x):
            return x + F.interpolate(m.conv(x), size=x.shape[2:], mode="bilinear", align_corners=True)

        model = Model(decoder, conv=conv(3, 2, 1))
        assert not lint(model, "N 3 65 65").of("misaligned-join")
        assert lint(model, "N 3 64 64").of("misaligned-join")

    def test_a_pad_of_the_difference_names_the_sizes(self, lint):
        def padded(m, x):
            up = m.up(F.max_pool2d(x, 2))
            return torch.cat([x, F.pad(up, (0, x.shape[3] - up.shape[3], x.shape[2] - up.shape[2], 0))], 1)

        finding = lint(Model(padded, up=nn.ConvTranspose2d(3, 3, 2, 2)), where=SOME).one("misaligned-join")
        assert "for H % 2 = 1" in finding.message
        assert finding.severity == Severity.WARNING

    def test_causal_convolutions_are_shifted_on_purpose(self, lint):
        model = Model(lambda m, x: x + m.conv(F.pad(x, (4, 0))), conv=nn.Conv1d(3, 3, 3, dilation=2))
        assert not lint(model, "N 3 64").of("misaligned-join")

    def test_two_inputs_have_no_grid_in_common(self, lint):
        class Pair(nn.Module):
            def __init__(self):
                super().__init__()
                self.conv = conv(3)

            def forward(self, one, other):
                return self.conv(one) + other

        assert not lint(Pair(), "N 3 64 64", "N 3 62 62").of("misaligned-join")


class TestSizeRepairedAtRuntime:
    def test_a_pad_shifts_by_what_it_adds_in_front(self, lint):
        def padded(m, x):
            up = m.up(F.max_pool2d(x, 4))
            rows, columns = x.shape[2] - up.shape[2], x.shape[3] - up.shape[3]
            return x + F.pad(up, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))

        finding = lint(Model(padded, up=nn.ConvTranspose2d(3, 3, 4, 4))).one("size-repaired-at-runtime")
        assert finding.severity == Severity.INFO
        assert "for H % 4 ≠ 0, and for W likewise" in finding.message
        assert "up to 1 input pixel" in finding.message

    def test_an_interpolation_to_the_size_of_the_skip(self, lint):
        model = Model(lambda _, x: x + F.interpolate(F.max_pool2d(x, 2), size=x.shape[2:]))
        assert "resamples a branch" in lint(model).one("size-repaired-at-runtime").message
        assert not lint(model, where=("H % 2 == 0", "W % 2 == 0")).of("size-repaired-at-runtime")

    def test_padding_for_a_convolution_is_none(self, lint):
        def same(m, x):
            return m.conv(F.pad(x, (0, x.shape[3] % 2, 0, x.shape[2] % 2)))

        assert not lint(Model(same, conv=conv(3, 2))).of("size-repaired-at-runtime")

    def test_a_table_of_positions_is_none(self, lint):
        model = Model(lambda m, x: x + F.interpolate(m.table, size=x.shape[2:]))
        model.register_buffer("table", torch.zeros(1, 3, 7, 7))
        assert not [each for each in lint(model) if each.name in {"size-repaired-at-runtime", "trace-failed"}]

    def test_a_constant_crop_is_none(self, lint):
        model = Model(lambda m, x: m.conv(x) + x[:, :, 1:-1, 1:-1], conv=conv())
        assert not lint(model).of("size-repaired-at-runtime")


class TestUnproductiveLayer:
    LAYERS = (conv(5, p=2), conv(5, p=2), conv(3, p=1), conv(3, p=1))

    def test_names_the_first_and_counts_the_rest(self, lint):
        finding = lint(nn.Sequential(*self.LAYERS), "N 3 8 8").one("unproductive-layer")
        assert finding.severity == Severity.INFO
        assert "`2` is given see 9×9 pixels, all of an input of 8×8" in finding.message
        assert "1 layer after it" in finding.message

    def test_silent_where_nobody_said_how_large(self, lint):
        assert not lint(nn.Sequential(*self.LAYERS)).of("unproductive-layer")

    def test_the_largest_declared_size_decides(self, lint):
        where = "4 <= H <= {0}", "4 <= W <= {0}"
        for largest, found in ((11, True), (12, False)):
            domain = tuple(each.format(largest) for each in where)
            assert bool(lint(nn.Sequential(*self.LAYERS), where=domain).of("unproductive-layer")) == found

    def test_a_residual_connection_widens_nothing(self, lint):
        model = Model(lambda m, x: m.last(x + m.wide(x)), wide=conv(9, p=4), last=conv(3, p=1))
        assert not lint(model, "N 3 8 8").of("unproductive-layer")


class TestGridding:
    def test_branches_side_by_side_are_no_run(self, lint):
        model = Model(lambda m, x: m.a(x) + m.b(x), a=conv(3, p=6, d=6), b=conv(3, p=12, d=12))
        assert not lint(model).of("gridding")

    def test_a_run_on_one_of_two_branches_is_one(self, lint):
        model = Model(lambda m, x: m.a(x) + m.b(x), a=self.run(2, 2), b=conv(3, p=4, d=4))
        assert lint(model).one("gridding")

    def run(self, *rates, k=3):
        return nn.Sequential(*(conv(k, p=rate * (k // 2), d=rate) for rate in rates))

    @pytest.mark.parametrize(
        ("rates", "holes"),
        [
            ((1, 2, 5), False),
            ((1, 2, 9), True),
            ((2, 2, 2), True),
            ((2, 4, 8), True),
            ((1, 2, 4), False),
            ((2,), False),
        ],
    )
    def test_published_rates(self, lint, rates, holes):
        found = lint(self.run(*rates)).of("gridding")
        assert bool(found) == holes
        assert all(each.severity == Severity.WARNING for each in found)

    def test_says_the_divisor(self, lint):
        assert "one cell of each 2 in a row" in lint(self.run(2, 4)).one("gridding").message

    def test_a_later_undilated_convolution_closes_the_holes(self, lint):
        assert not lint(self.run(2, 2, 1)).of("gridding")

    def test_a_stride_begins_a_new_run(self, lint):
        layers = nn.Sequential(*self.run(1, 1), conv(3, 2, 1), *self.run(2, 2))
        assert "rates 2, 2 " in lint(layers).one("gridding").message

    def test_a_residual_connection_reads_what_the_branch_skips(self, lint):
        model = Model(
            lambda m, x: m.third(m.first(x) + m.second(m.first(x))),
            first=conv(3, p=1),
            second=conv(3, p=2, d=2),
            third=conv(3, p=2, d=2),
        )
        assert not lint(model).of("gridding")

    def test_wavenets_see_everything(self, lint):
        layers = nn.Sequential(*(nn.Conv1d(3, 3, 2, dilation=2**i) for i in range(6)))
        assert not lint(layers, "N 3 T").of("gridding")


class TestFieldTooSmall:
    def test_says_both_sizes(self, lint):
        finding = lint(nn.Sequential(conv(3, p=1), conv(3, p=1)), "N 3 64 48").one("field-too-small")
        assert finding.severity == Severity.INFO
        assert "5×5 pixels of an input of 64×48" in finding.message

    def test_a_least_size_is_enough(self, lint):
        finding = lint(nn.Sequential(conv(5, p=2)), where=("H >= 100", "W >= 6")).one("field-too-small")
        assert "5×5 pixels of an input of at least 100×6 (at H = 100, W = 6)" in finding.message

    def test_silent_where_the_field_holds_the_least_size(self, lint):
        covering = lint(nn.Sequential(conv(5, p=2)), where=("H >= 5", "W >= 5"))
        assert not covering.of("field-too-small")

    def test_what_a_model_needs_is_nothing_that_was_declared(self, lint):
        layers = nn.Sequential(conv(9, p=1), nn.ZeroPad2d(3))
        assert not lint(layers).of("field-too-small")

    def test_silent_without_a_declared_size(self, lint):
        assert not lint(nn.Sequential(conv(3, p=1))).of("field-too-small")

    def test_silent_for_a_classifier(self, lint):
        assert not lint(nn.Sequential(conv(3, 2, 1), nn.AdaptiveAvgPool2d(1)), "N 3 64 64").of("field-too-small")

    def test_silent_where_a_gate_sees_the_whole_map(self, lint):
        def gated(m, x):
            y = m.conv(x)
            return y * y.mean((2, 3), keepdim=True).sigmoid()

        assert not lint(Model(gated, conv=conv(3, p=1)), "N 3 64 64").of("field-too-small")
