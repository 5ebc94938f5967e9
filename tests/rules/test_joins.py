"""CL301 and CL302: branches that meet."""

import torch
from torch import nn
from torch.nn import functional as F

from convlint.diagnostics import Severity


class Skip(nn.Module):
    """``join(x, up(down(x)))``."""

    def __init__(self, join=torch.add, down=None, up=None):
        super().__init__()
        self.join = join
        self.down = down or nn.MaxPool2d(2)
        self.up = up or nn.ConvTranspose2d(3, 3, 2, 2)

    def forward(self, x):
        return self.join(x, self.up(self.down(x)))


def concatenated(x, y):
    return torch.cat([x, y], dim=1)


class Guarded(Skip):
    def forward(self, x):
        assert x.shape[2] % 2 == 0, "even heights only"
        assert x.shape[3] % 2 == 0, "even widths only"
        return super().forward(x)


class Deep(nn.Module):
    """Two levels of skips, with a shuffle behind them."""

    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ConvTranspose2d(3, 3, 2, 2)

    def forward(self, x):
        half = self.pool(x)
        inner = torch.cat([half, self.up(self.pool(half))], dim=1)[:, :3]
        return torch.cat([x, self.up(inner)], dim=1)


class TestSkipSizeMismatch:
    def test_undeclared_is_a_warning_that_names_the_sizes_that_work(self, lint):
        finding = lint(Skip(concatenated)).one("skip-size-mismatch")
        assert finding.severity == Severity.WARNING
        assert finding.raises
        assert "H against 2⌊H/2⌋" in finding.message
        assert "unless H % 2 = 0 and W % 2 = 0" in finding.message
        assert finding.witness == {"N": 1, "H": 223, "W": 224}
        assert "at H = 223: 223 against 222" in finding.notes[0]

    def test_declared_is_an_error(self, lint):
        finding = lint(Skip(concatenated), where=("H >= 32", "W % 2 == 0")).one("skip-size-mismatch")
        assert finding.severity == Severity.ERROR
        assert finding.witness["H"] % 2 == 1

    def test_declared_sizes_that_work_are_silent(self, lint):
        assert lint(Skip(concatenated), where=("H % 2 == 0", "W % 2 == 0")).loud() == []

    def test_sizes_that_never_agree_are_an_error(self, lint):
        finding = lint(Skip(concatenated, nn.MaxPool2d(4))).one("skip-size-mismatch")
        assert finding.severity == Severity.ERROR
        assert "never agree" in finding.message
        assert "unless" not in finding.message

    def test_what_the_model_asserts_is_its_contract(self, lint):
        assert lint(Guarded(concatenated)).loud() == []

    def test_one_warning_a_model_names_every_place(self, lint):
        found = lint(Deep())
        assert len(found.loud()) == 1
        assert "H % 4 = 0 and W % 4 = 0" in found.one("skip-size-mismatch").message

    def test_help_names_the_output_padding_that_repairs_it(self, lint):
        model = Skip(concatenated, nn.Conv2d(3, 3, 3, 2, 1), nn.ConvTranspose2d(3, 3, 3, 2, 1))
        found = lint(model, where=("H % 2 == 0", "W % 2 == 0"))
        assert not found.of("skip-size-mismatch")
        finding = found.one("non-invertible-stride")
        assert finding.raises
        assert finding.help == ("`output_padding=1` gives back the size",)
        assert [each.message for each in finding.related][-1] == "so `cat` cannot join 224 and 223"

    def test_resized_to_the_skip_is_silent(self, lint):
        class Net(Skip):
            def forward(self, x):
                return torch.cat([x, F.interpolate(self.down(x), size=x.shape[2:])], dim=1)

        assert lint(Net()).loud() == []

    def test_a_weight_of_fixed_size_pins(self, lint):
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.position = nn.Parameter(torch.zeros(1, 3, 8, 8))

            def forward(self, x):
                return x + self.position

        finding = lint(Net()).one("skip-size-mismatch")
        assert finding.severity == Severity.INFO


    def test_a_hard_coded_size_is_a_requirement_to_state(self, lint):
        class Net(Skip):
            def forward(self, x):
                return x + F.interpolate(self.down(x), size=(56, 56))

        finding = lint(Net()).one("skip-size-mismatch")
        assert finding.severity == Severity.WARNING

    def test_joins_of_a_model_that_weights_pin_are_no_news(self, lint):
        class Net(Skip):
            def __init__(self):
                super().__init__(concatenated)
                self.head = nn.Linear(6 * 64 * 64, 2)

            def forward(self, x):
                return self.head(super().forward(x).flatten(1))

        found = lint(Net())
        assert found.loud() == []
        assert found.of("linear-mismatch")

    def test_a_path_for_a_few_numbers_only_makes_no_error(self, lint):
        class Net(Skip):
            def forward(self, x):
                x = torch.stack([x[:, :, row] for row in range(x.shape[2])], dim=2)
                return torch.cat([x, x[:, :, 1:]], dim=1)

        assert lint(Net()).one("skip-size-mismatch").severity == Severity.WARNING


    def test_a_bias_of_attention_for_one_number_of_positions_pins_both_axes(self, lint):
        class Net(Skip):
            def __init__(self):
                super().__init__()
                self.bias = nn.Parameter(torch.zeros(64, 64))

            def forward(self, x):
                tokens = super().forward(x).flatten(2).transpose(1, 2)
                return F.scaled_dot_product_attention(tokens, tokens, tokens, self.bias)

        assert lint(Net()).loud() == []


class TestTheSizesThatWork:
    def test_what_else_the_model_asks_for_is_left_out(self, lint):
        class Net(Skip):
            def __init__(self):
                super().__init__(down=nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(3, 3, 5, padding=1), nn.ZeroPad2d(1)))

        found = lint(Net())
        assert "H ≥ 6" in found.one("skip-size-mismatch").help[-1]
        assert found.one("skip-size-mismatch").message.endswith("unless H % 2 = 0 and W % 2 = 0")

    def test_one_cell_that_is_repeated_is_no_map_of_equal_size(self, lint):
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.up, self.down = nn.Conv2d(3, 3, 3, 8, 1), nn.AvgPool2d(8, 8)

            def forward(self, x):
                return self.up(x) + self.down(x)

        finding = lint(Net()).one("skip-size-mismatch")
        assert finding.message.endswith("unless H % 8 = 0 and W % 8 = 0")

    def test_they_are_those_of_all_paths(self, lint):
        class Net(Skip):
            def forward(self, x):
                return super().forward(self.down(x) if x.shape[2] >= 100 else x)

        finding = lint(Net(up=nn.Upsample(scale_factor=2))).one("skip-size-mismatch")
        assert "H % 2 = 0 and H ≤ 98" in finding.message
        assert "H % 4 ∈ {0, 1} and H ≥ 100" in finding.message
        assert not [text for text in finding.help if "multiple" in text]

    def test_a_path_on_which_all_fits_asks_for_nothing(self, lint):
        class Net(Skip):
            def forward(self, x):
                return super().forward(x[:, :, 1:] if x.shape[2] % 2 else x)

        assert lint(Net()).one("skip-size-mismatch").message.endswith("unless W % 2 = 0")

    def test_a_model_that_fails_later_on_is_asked_for_no_more(self, lint):
        class Net(Skip):
            def forward(self, x):
                return torch.cat([super().forward(x), x[:, :, 1:]], 1)

        finding = lint(Net(), where=("H >= 8", "W >= 8")).of("skip-size-mismatch")[0]
        assert finding.message.endswith("unless H % 2 = 0 and W % 2 = 0")


class TestSkipChannelMismatch:
    def test_error(self, lint):
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.conv = nn.Conv2d(3, 8, 1)

            def forward(self, x):
                return x + self.conv(x)

        finding = lint(Net()).one("skip-channel-mismatch")
        assert finding.severity == Severity.ERROR
        assert "3 against 8" in finding.message
        assert finding.witness


def test_an_embedding_of_fixed_positions_is_to_be_interpolated(lint):
    class Tokens(nn.Module):
        def __init__(self):
            super().__init__()
            self.patch = nn.Conv2d(3, 8, 16, 16)
            self.positions = nn.Parameter(torch.zeros(1, 14 * 14, 8))

        def forward(self, x):
            return self.patch(x).flatten(2).transpose(1, 2) + self.positions

    finding = lint(Tokens()).one("skip-channel-mismatch")
    assert "maps whose sizes differ: ⌊H/16⌋·⌊W/16⌋ against 196" in finding.message
    assert finding.help == (
        "interpolate what has a fixed number of positions, or declare its one size with `--input`",
    )
