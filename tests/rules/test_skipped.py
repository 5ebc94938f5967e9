"""CL104 and CL102: what a strided window does not read, and who else reads it."""

import pytest
import torch
from torch import nn

from convlint.diagnostics import Severity
from convlint.rules.evidence.readers import Cells, read_residues


class Branches(nn.Module):
    """Two branches of one map, joined by an addition."""

    def __init__(self, one, other):
        super().__init__()
        self.stem = nn.Conv2d(3, 3, 3, padding=1)
        self.one, self.other = one, other

    def forward(self, x):
        x = torch.relu(self.stem(x))
        return self.one(x) + self.other(x)


def conv(k, s=1, p=0):
    return nn.Conv2d(3, 3, k, s, p)


class TestSkippedInput:
    def test_names_the_cells_between_two_windows(self, lint):
        finding = lint(nn.Sequential(conv(2, 5))).one("skipped-input")
        assert finding.message == "a window of 2×2 moves by 5: the 3 cells between two windows are read by no path"
        assert finding.severity == Severity.WARNING

    def test_silent_where_the_other_branch_reads_all(self, lint):
        assert not lint(Branches(conv(3, 2, 1), conv(1, 2))).of("skipped-input")

    def test_silent_where_the_other_branch_reads_all_before_its_stride(self, lint):
        bottleneck = nn.Sequential(conv(1), nn.BatchNorm2d(3), nn.ReLU(), conv(3, 2, 1))
        assert not lint(Branches(bottleneck, conv(1, 2))).of("skipped-input")

    def test_warns_where_both_branches_skip(self, lint):
        found = lint(Branches(nn.Sequential(conv(1, 2), conv(3, 1, 1)), conv(1, 2)))
        assert [each.severity for each in found.of("skipped-input")] == [Severity.WARNING] * 2

    def test_silent_where_one_branch_reads_what_the_other_skips(self, lint):
        # Factorised reduction: the second branch is shifted by one cell.
        shifted = nn.Sequential(nn.ZeroPad2d((-1, 1, -1, 1)), conv(1, 2))
        assert not lint(Branches(conv(1, 2), shifted)).of("skipped-input")

    def test_silent_where_the_other_branch_counts_from_the_other_end(self, lint):
        # At an even size, the one reads the cells of even number and the other those of odd number.
        class Flip(nn.Module):
            def forward(self, x):
                return torch.flip(x, (2, 3))

        assert not lint(Branches(conv(1, 2), nn.Sequential(Flip(), conv(1, 2))), "N 3 2*S 2*S").of("skipped-input")

    def test_silent_where_the_other_branch_goes_beyond_what_was_traced(self, lint):
        class Net(Branches):
            def forward(self, x):
                x = super().forward(x)
                return x[x > 0]

        assert not lint(Net(conv(3, 2, 1), conv(1, 2))).of("skipped-input")

    def test_info_where_only_another_output_reads_it(self, lint):
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.stem, self.down, self.head = conv(3, 1, 1), nn.MaxPool2d(1, 2), conv(3)

            def forward(self, x):
                x = self.stem(x)
                return self.down(x), self.head(x)

        assert lint(Net()).one("skipped-input").severity == Severity.INFO

    def test_a_branch_that_leads_nowhere_reads_nothing(self, lint):
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.stem, self.down, self.unused = conv(3, 1, 1), conv(1, 2), conv(3)

            def forward(self, x):
                x = self.stem(x)
                self.unused(x)
                return self.down(x)

        assert lint(Net()).one("skipped-input").severity == Severity.WARNING

    def test_silent_where_there_is_only_one_window(self, lint):
        assert not lint(nn.Sequential(nn.AdaptiveAvgPool2d(2), conv(1, 2))).of("skipped-input")

    @pytest.mark.parametrize("module", [conv(2, 2), conv(3, 2, 1), nn.AvgPool2d(4)])
    def test_silent_where_windows_touch(self, lint, module):
        assert not lint(nn.Sequential(module)).of("skipped-input")

    @pytest.mark.parametrize(("k", "s", "p", "d"), [(1, 2, 0, 1), (2, 4, 1, 1), (2, 3, 1, 2), (3, 5, 2, 2)])
    def test_the_cells_are_those_that_a_convolution_reads(self, k, s, p, d):
        layer = nn.Conv1d(1, 1, k, s, p, d, bias=False)
        nn.init.ones_(layer.weight)
        size = 8 * s * d
        reads = layer(torch.eye(size)[:, None]).abs().sum((1, 2)) > 0
        cells = Cells(s, frozenset(d * tap - p for tap in range(k)))
        inner = range(2 * s, size - 2 * s * d)
        assert [bool(reads[cell]) for cell in inner] == [cell % s in read_residues([cells], s) for cell in inner]


    def test_a_part_of_the_map_is_read_by_who_reads_the_map(self, lint):
        class Attention(nn.Module):
            def __init__(self):
                super().__init__()
                self.query, self.key = nn.Conv2d(3, 8, 1), nn.Conv2d(3, 8, 3, stride=4, padding=1)

            def forward(self, x):
                x = torch.relu(x)
                query, key = self.query(x), self.key(x[:, :, 1:, 1:])
                return query.flatten(2).transpose(1, 2) @ key.flatten(2)

        assert lint(Attention()).loud() == []
        assert lint(Attention().key).one("skipped-input").severity == Severity.WARNING


class TestInputLost:
    def test_silent_where_the_other_branch_reads_the_last_row(self, lint):
        # ResNet-D: the shortcut is pooled without padding, and the body is padded; where it loses rows they differ.
        class Net(Branches):
            def forward(self, x):
                x = self.stem(x)
                one = self.one(x)
                return torch.cat([one, torch.nn.functional.interpolate(self.other(x), size=one.shape[2:])], 1)

        assert not lint(Net(conv(3, 2, 1), nn.AvgPool2d(2))).of("input-lost-to-floor")

    def test_silent_where_only_added_rows_are_lost(self, lint):
        # The padding of TensorFlow, added by a layer of its own: for odd sizes its row is not needed.
        assert not lint(nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), conv(3, 2))).of("input-lost-to-floor")

    def test_still_told_where_both_branches_lose_it(self, lint):
        assert lint(Branches(conv(3, 2), nn.MaxPool2d(3, 2))).of("input-lost-to-floor")

    def test_info_where_another_path_reads_it(self, lint):
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.down = conv(2, 2)

            def forward(self, x):
                return self.down(x), x.mean((2, 3))

        finding = lint(Net(), "N 3 225 225").one("input-lost-to-floor")
        assert finding.severity == Severity.INFO
        assert "a path that does not join this one reads them" in finding.notes

    @pytest.mark.parametrize("size", [225, 227, 255, 256])
    def test_info_where_the_rows_above_have_seen_the_pixels(self, lint, size):
        """The 3×3 convolution before the pooling reads the last row of pixels for the last row of cells but one."""
        layers = nn.Sequential(conv(3, 1, 1), nn.MaxPool2d(2))
        found = lint(layers, f"N 3 {size} {size}").of("input-lost-to-floor")
        assert [each.severity for each in found] == [Severity.INFO] * (size % 2)

    def test_warns_where_no_unit_has_seen_the_pixels(self, lint):
        layers = nn.Sequential(conv(1), nn.MaxPool2d(2))
        assert lint(layers, "N 3 225 225").one("input-lost-to-floor").severity == Severity.WARNING

    @pytest.mark.parametrize("size", [224, 225, 231, 255])
    def test_the_pixels_are_those_that_autograd_misses(self, lint, size):
        layers = nn.Sequential(nn.Conv2d(3, 3, 3, 2), nn.MaxPool2d(3, 2))
        findings = lint(layers, f"N 3 {size} {size}").of("input-lost-to-floor")
        image = torch.zeros(1, 3, size, size, requires_grad=True)
        real = nn.Sequential(nn.Conv2d(3, 3, 3, 2), nn.AvgPool2d(3, 2))
        real(image).sum().backward()
        is_seen = bool(image.grad[..., -1, :].abs().sum() > 0)
        assert is_seen == (Severity.WARNING not in {each.severity for each in findings})


class PlainVGG(nn.Sequential):
    """VGG-16 as it was published, at a sixteenth of its width."""

    def __init__(self):
        layers, channels = [], 3
        for width, depth in ((4, 2), (8, 2), (16, 3), (32, 3), (32, 3)):
            for _ in range(depth):
                layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
                channels = width
            layers.append(nn.MaxPool2d(2))
        super().__init__(*layers, nn.AdaptiveAvgPool2d(7), nn.Flatten(), nn.Linear(7 * 7 * channels, 10))


@pytest.mark.parametrize("size", [32, 33, 47, 62, 63, 224, 225, 239, 240, 255])
def test_a_plain_vgg_16_gives_no_warning_at_any_size(lint, size):
    assert lint(PlainVGG(), f"N 3 {size} {size}").loud() == []


def test_a_plain_vgg_16_gives_no_warning_where_declared_sizes_always_lose_rows(lint):
    found = lint(PlainVGG(), where=("H % 32 == 31", "W % 32 == 31", "H >= 32", "W >= 32"))
    assert found.of("input-lost-to-floor")
    assert found.loud() == []
