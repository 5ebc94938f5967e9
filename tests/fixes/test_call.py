"""Which characters of a call are edited, and where there is nothing to edit."""

import pytest

FEWER = ("in_channels", 8, 4)
UP = "nn.ConvTranspose2d(8, 4, 3, 2, 1)"


@pytest.mark.parametrize(
    ("call", "argument", "old", "new", "after"),
    [
        ("nn.Conv2d(8, 16, 3)", "in_channels", 8, 32, "nn.Conv2d(32, 16, 3)"),
        ("nn.Conv2d(in_channels=8, out_channels=1)", "in_channels", 8, 32, "nn.Conv2d(in_channels=32, out_channels=1)"),
        ("nn.Conv2d(8,16,3,padding = 0)", "padding", (0, 0), 1, "nn.Conv2d(8,16,3,padding = 1)"),
        ("nn.Conv2d(8, 16, 3, 1, 0)", "padding", (0, 0), (1, 0), "nn.Conv2d(8, 16, 3, 1, (1, 0))"),
        ("nn.Conv2d(8, 16, 3, 1, (0, 2))", "padding", (0, 2), (1, 2), "nn.Conv2d(8, 16, 3, 1, (1, 2))"),
        ("nn.Conv2d(8, 16, 3, padding=[0,  2])", "padding", (0, 2), 1, "nn.Conv2d(8, 16, 3, padding=[1,  1])"),
        ("nn.Conv2d(0x8, 1_6, 3)", "in_channels", 8, 32, "nn.Conv2d(32, 1_6, 3)"),
        (UP, "output_padding", (0, 0), 1, "nn.ConvTranspose2d(8, 4, 3, 2, 1, output_padding=1)"),
        ("nn.ConvTranspose2d(8, 4, 3, 2, 1, 0)", "output_padding", (0, 0), 1, "nn.ConvTranspose2d(8, 4, 3, 2, 1, 1)"),
        ("nn.ConvTranspose1d(8, 4, 3,)", "output_padding", (0,), 1, "nn.ConvTranspose1d(8, 4, 3, output_padding=1,)"),
        ("nn.BatchNorm2d(8)", "num_features", 8, 16, "nn.BatchNorm2d(16)"),
        ("nn.GroupNorm(4, 8)", "num_channels", 8, 16, "nn.GroupNorm(4, 16)"),
        ("nn.LayerNorm([8, 4, 4])", "normalized_shape", (8, 4, 4), (8, 4, 5), "nn.LayerNorm([8, 4, 5])"),
        ("nn.LayerNorm(8)", "normalized_shape", (8,), 16, "nn.LayerNorm(16)"),
        ("nn.Linear(512, 10, bias=False)", "in_features", 512, 256, "nn.Linear(256, 10, bias=False)"),
        ("nn.Conv2d(*pair, in_channels=8)", "in_channels", 8, 4, "nn.Conv2d(*pair, in_channels=4)"),
        ("nn.Conv2d(8, *rest)", "in_channels", 8, 4, "nn.Conv2d(4, *rest)"),
        ("nn.Conv2d(2 * 4, 16, 3)", "in_channels", 8, 32, "nn.Conv2d(32, 16, 3)"),
        ("nn.Linear(in_features=8 * 8*(2 + 6), out_features=1)", "in_features", 512, 8,
         "nn.Linear(in_features=8, out_features=1)"),
        ("nn.LayerNorm([2 ** 3, 4])", "normalized_shape", (8, 4), (6, 4), "nn.LayerNorm([6, 4])"),
    ],
)  # fmt: skip
def test_the_number_alone_is_replaced_or_added(edited, call, argument, old, new, after):
    for before in ("layer = {}\n", "layers = nn.Sequential(a, {}, nn.ReLU())  # {{}}\n", "[{} for _ in range(3)]"):
        text = before.format(call)
        assert edited(text, call, (argument, old, new)) == before.format(after).encode()


def test_an_added_argument_gets_a_line_where_each_other_one_has_one(edited):
    call = "nn.ConvTranspose2d(\r\n\t8,\r\n\t4,\r\n\tkernel_size=3,\r\n)"
    after = edited(f"up = {call}\r\n", call, ("output_padding", (0, 0), 1))
    assert after == b"up = nn.ConvTranspose2d(\r\n\t8,\r\n\t4,\r\n\tkernel_size=3,\r\n\toutput_padding=1,\r\n)\r\n"


def test_a_comment_stays_with_the_argument_that_it_speaks_of(edited):
    call = "nn.ConvTranspose2d(\n    8,\n    4,  # out\n    3,  # kernel\n)"
    after = edited(call, call, ("output_padding", (0, 0), 1))
    assert after == b"nn.ConvTranspose2d(\n    8,\n    4,  # out\n    3, output_padding=1,  # kernel\n)"


def test_another_name_of_the_class_is_known(edited):
    for start in ("from torch.nn import Conv2d as C\n", "C = nn.Conv2d\n", "from torch.nn import Conv2d\nC = Conv2d\n"):
        assert edited(f"{start}x = C(8, 16, 3)\n", "C(8, 16, 3)", FEWER, class_name="Conv2d") == (
            f"{start}x = C(4, 16, 3)\n".encode()
        )


def test_positions_of_an_unknown_callee_are_not_guessed(edited):
    reason = edited("x = conv(8, 16)\n", "conv(8, 16)", FEWER, class_name="Conv2d")
    assert reason == "`in_channels` is not an argument of this call: change it where `conv` sets it"
    assert edited("x = conv(in_channels=8)\n", "conv(in_channels=8)", FEWER, class_name="Conv2d") == (
        b"x = conv(in_channels=4)\n"
    )


@pytest.mark.parametrize("given", ["*sizes", "8, **options"])
def test_what_may_be_in_a_starred_argument_is_left_alone(edited, given):
    call = f"nn.ConvTranspose2d({given})"
    star = given.split(", ")[-1]
    assert edited(call, call, ("output_padding", (0, 0), 1)) == (
        f"`output_padding` may be in `{star}`: change it where that is made"
    )


@pytest.mark.parametrize("expression", ["2 * 3", "2 * n", "16 / 2", "1 << 99999", "9**9**9"])
def test_an_expression_that_is_not_the_layers_number_is_left_alone(edited, expression):
    call = f"nn.Conv2d({expression}, 16, 3)"
    assert edited(call, call, FEWER) == f"`in_channels` is the expression `{expression}`: change the expression"


def test_a_literal_that_is_not_the_layers_number_is_left_alone(edited):
    reason = edited("nn.Conv2d(7, 16, 3)", "nn.Conv2d(7, 16, 3)", FEWER)
    assert reason == "`in_channels=7` is not what the layer has: change it where that is made of it"


def test_several_numbers_of_one_call_are_changed_together(edited):
    call = "nn.ConvTranspose2d(8, 4, 3, dilation=1)"
    assert edited(call, call, ("padding", (0, 0), 1), ("output_padding", (0, 0), (0, 1)), FEWER) == (
        b"nn.ConvTranspose2d(4, 4, 3, dilation=1, padding=1, output_padding=(0, 1))"
    )


def test_all_that_stands_in_the_way_is_said(edited):
    call = "nn.ConvTranspose2d(n, 4, padding=p)"
    assert edited(call, call, FEWER, ("padding", (0, 0), 1)) == (
        "`in_channels` is `n`: change it there; `padding` is `p`: change it there"
    )


@pytest.mark.parametrize("place", ["conv", "nn.Conv2d(8, 16, 3) + 1", "nn.Conv2d(8, 16"])
def test_a_range_without_a_call_is_not_edited(edited, place):
    reason = edited("conv = nn.Conv2d(8, 16, 3) + 1\n", place, FEWER, class_name="Conv2d")
    assert reason == "the call that builds the layer cannot be made out: change its numbers by hand"
