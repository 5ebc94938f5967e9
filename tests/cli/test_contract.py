"""``convlint contract``."""

import json

import pytest


def contract(convlint, *arguments):
    return convlint("contract", "net.py:UNet", "--input", "N 3 S S", *arguments)


def test_the_contract_as_text(models, convlint):
    result = contract(convlint)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "UNet (net.py:5)",
        '  input    x="N 3 S S"',
        "  accepts  S % 2 = 0",
        "  because  S % 2 = 0  (skip-size-mismatch at net.py:16)",
        "  joins    fit at S % 2 = 0",
        "  padding  always even",
        "  advice   both, for example S = 224",
        "  output   N×2×S×S",
    ]


def strided(models):
    """The pooling of `UNet` becomes a convolution whose padding is even for odd sizes only."""
    models.write_text(models.read_text().replace("nn.MaxPool2d(2)", "nn.Conv2d(8, 8, 3, stride=2, padding=1)"))


def test_what_the_joins_and_the_padding_want_is_said_together(models, convlint):
    strided(models)
    assert contract(convlint).stdout.splitlines()[4:-1] == [
        "  joins    fit at S % 2 = 0",
        "  padding  even at S % 2 = 1",
        "  advice   joins, for example S = 224; no accepted size keeps the padding even",
        "           S = 223 would keep it even, and is refused",
    ]


def test_what_the_joins_and_the_padding_want_as_json(models, convlint):
    strided(models)
    advice = json.loads(contract(convlint, "--output-format", "json").stdout)["advice"]
    assert advice["joins_fit"]["text"] == "S % 2 = 0"
    assert advice["padding_even"]["text"] == "S % 2 = 1"
    assert advice["both"] == {"text": "no size", "any_of": []}
    assert (advice["has"], advice["example"], advice["even_but_refused"]) == (
        "joins",
        {"N": 1, "S": 224},
        {"N": 1, "S": 223},
    )


def test_a_model_without_joins_is_advised_on_its_padding(models, convlint):
    strided(models)
    models.write_text(models.read_text().replace("nn.Conv2d(3, 8, 3, padding=1)", "nn.Conv2d(3, 8, 3, 2, 1)"))
    assert convlint("contract", "net.py:Plain", "--input", "N 3 S S").stdout.splitlines()[2:-1] == [
        "  accepts  any size",
        "  joins    always fit",
        "  padding  even at S % 2 = 1",
        "  advice   both, for example S = 223",
    ]


def test_a_model_that_asks_nothing_is_not_advised(models, convlint):
    assert "advice" not in convlint("contract", "net.py:Plain", "--input", "N 3 S S").stdout


def test_where_is_part_of_the_answer(models, convlint):
    lines = contract(convlint, "--where", "S % 3 == 0").stdout.splitlines()
    assert "  where    S % 3 = 0" in lines
    assert "  accepts  S % 6 = 0" in lines


def test_arguments_reach_the_constructor(models, convlint):
    assert "N×7×S×S" in contract(convlint, "--arg", "classes=7").stdout


def test_list_prints_the_accepted_sizes(models, convlint):
    result = contract(convlint, "--list", "S=1:9")
    assert result.exit_code == 0
    assert result.stdout == "2\n4\n6\n8\n"


def test_at_answers_by_exit_code(models, convlint):
    accepted = contract(convlint, "--at", "S=100")
    assert (accepted.exit_code, accepted.stdout) == (
        0,
        "S = 100: accepted, for example with N = 1: output 1×2×100×100\n",
    )
    refused = contract(convlint, "--at", "S=101")
    assert refused.exit_code == 1
    assert refused.stdout == (
        "S = 101: refused by skip-size-mismatch at net.py:16, which needs S % 2 = 0: "
        "sizes S and 2*(S//2) of dimension 2 do not match\n"
    )


def test_at_says_which_sizes_it_chose_for_the_other_symbols(models, convlint):
    asked = ("contract", "net.py:UNet", "--input", "N 3 H W", "--at")
    result = convlint(*asked, "H=96")
    assert result.stdout == "H = 96: accepted, for example with N = 1, W = 224: output 1×2×96×224\n"
    document = json.loads(convlint(*asked, "H=96", "--output-format", "json").stdout)
    assert document["at"]["example"] == {"N": 1, "H": 96, "W": 224}
    whole = convlint(*asked, "N=2,H=96,W=80")
    assert whole.stdout == "N = 2, H = 96, W = 80: accepted, output 2×2×96×80\n"


GUARDED = """
class Guarded(UNet):
    def forward(self, x):
        h, w = x.shape[2:]
        if h < 8:
            raise ValueError(f"too small: {h}")
        torch._assert(w % 2 == 0, "the width must be even")
        assert h % 32 == 0 and w < 99
        return super().forward(x)
"""


def guarded(models, convlint, *arguments):
    models.write_text(models.read_text() + GUARDED)
    line = models.read_text().split("\n").index("class Guarded(UNet):") + 1
    return line, convlint("contract", "net.py:Guarded", "--input", "N 3 H W", *arguments)


def test_the_models_own_asserts_and_raises_are_grounds(models, convlint):
    line, result = guarded(models, convlint)
    assert [text for text in result.stdout.splitlines() if text.startswith(("  because", "     "))] == [
        f"  because  W % 2 = 0  (assert at net.py:{line + 5})",
        f"           H % 32 = 0 and W ≤ 98  (assert at net.py:{line + 6})",
    ]


def test_grounds_as_json(models, convlint):
    line, result = guarded(models, convlint, "--output-format", "json", "--at", "H=4")
    document = json.loads(result.stdout)
    assert document["because"][0] == {
        "text": "W % 2 = 0",
        "by": "assert",
        "message": "the width must be even",
        "path": "net.py",
        "line": line + 5,
    }
    assert document["at"]["refused_by"] == {
        "text": "H ≥ 8",
        "by": "raise",
        "message": "too small: H",
        "path": "net.py",
        "line": line + 4,
    }


def test_a_refusal_names_the_models_own_assert(models, convlint):
    line, refused = guarded(models, convlint, "--at", "H=32,W=7")
    assert refused.exit_code == 1
    assert refused.stdout == (
        f"H = 32, W = 7: refused by assert at net.py:{line + 5}: the width must be even; "
        "accepted is H % 32 = 0 and W % 2 = 0 and W ≤ 98\n"
    )


TWO_JOINS = """\
import torch
from torch import nn


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(2)
        self.up = nn.Upsample(scale_factor=2)

    def forward(self, x):
        half = self.pool(x)
        half = half + self.up(self.pool(half))
        return x + self.up(half)


if __name__ == "__main__":
    Deep()(torch.randn(1, 3, 66, 66))
"""


@pytest.mark.parametrize(
    ("asked", "line", "sizes"),
    [
        ("H=101", 14, "H and 2*(H//2) of dimension 2"),
        ("H=102", 13, "H//2 and 2*(H//4) of dimension 2"),
        ("W=101", 14, "W and 2*(W//2) of dimension 3"),
    ],
)
def test_a_refusal_is_of_the_size_that_was_asked_about(models, convlint, asked, line, sizes):
    """Not of the sizes left open, which are usually 66 here and would be refused themselves, and earlier."""
    models.write_text(TWO_JOINS)
    refused = convlint("contract", "net.py:Deep", "--at", asked)
    assert refused.exit_code == 1
    assert refused.stdout == (
        f"{asked.replace('=', ' = ')}: refused by skip-size-mismatch at net.py:{line}: sizes {sizes} do not match; "
        "accepted is H % 4 = 0 and W % 4 = 0\n"
    )


def test_an_assert_on_another_size_is_no_reason(models, convlint):
    line, refused = guarded(models, convlint, "--at", "H=33")
    assert refused.stdout.startswith(f"H = 33: refused by assert at net.py:{line + 6}; accepted is H % 32 = 0 and ")


def test_sizes_that_only_together_are_refused_have_a_reason(models, convlint):
    models.write_text(TWO_JOINS.replace("        half =", "        assert x.shape[2] == x.shape[3]\n        half =", 1))
    refused = convlint("contract", "net.py:Deep", "--at", "H=8,W=12")
    assert refused.stdout.startswith("H = 8, W = 12: refused by assert at net.py:12; accepted is H % 4 = 0")


def test_a_model_that_always_raises_accepts_nothing_because_of_that(models, convlint):
    models.write_text(models.read_text() + GUARDED.replace("if h < 8", "if h"))
    result = convlint("contract", "net.py:Guarded", "--input", "N 3 H W")
    assert "  accepts  no size\n  because  no size  (raise at net.py:" in result.stdout
    refused = convlint("contract", "net.py:Guarded", "--input", "N 3 H W", "--at", "H=9")
    assert (refused.exit_code, refused.stdout.endswith(": too small: H\n")) == (1, True)


def test_sizes_outside_the_declared_ones_are_refused_as_such(models, convlint):
    outside = contract(convlint, "--at", "S=9", "--where", "S % 4 == 0")
    assert (outside.exit_code, outside.stdout) == (1, "S = 9: refused: the declared sizes are S % 4 = 0\n")
    nothing = contract(convlint, "--at", "S=0")
    assert (nothing.exit_code, nothing.stdout) == (1, "S = 0: refused: sizes are at least 1\n")


def test_json_holds_the_same(models, convlint):
    document = json.loads(contract(convlint, "--list", "S=1:5", "--output-format", "json").stdout)
    assert document["model"] == "UNet"
    assert document["path"] == "net.py"
    assert document["inputs"] == [{"name": "x", "shape": "N 3 S S", "dtype": "float32"}]
    assert document["accepts"]["text"] == "S % 2 = 0"
    assert document["outputs"][0]["tensors"][0]["text"] == "N×2×S×S"
    assert document["list"] == {"symbol": "S", "accepted": [2, 4], "unknown": []}


FORKS = """\
import torch.nn.functional as F
from torch import nn


class Forks(nn.Module):
    def forward(self, x):
        for k in (2, 3, 4, 5):
            for axis in (2, 3):
                if x.shape[axis] % k == 0:
                    x = F.relu(x)
        return x
"""


def test_one_size_is_answered_though_not_all_ways_through_the_model_were_followed(models, convlint):
    models.write_text(FORKS)
    whole = convlint("contract", "net.py:Forks", "--input", "N 1 H W")
    assert "\n  unknown  " in whole.stdout
    assert whole.stdout.count("N×1×H×W") == 1
    one = convlint("contract", "net.py:Forks", "--input", "N 1 H W", "--at", "N=1,H=60,W=60")
    assert (one.exit_code, one.stdout) == (0, "N = 1, H = 60, W = 60: accepted, output 1×1×60×60\n")
