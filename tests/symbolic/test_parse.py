import contextlib

import pytest

from convlint.symbolic.canonical import symbol
from convlint.symbolic.cases import maximum
from convlint.symbolic.comparison import equal, less
from convlint.symbolic.connectives import any_of
from convlint.symbolic.intset import IntSet
from convlint.symbolic.parse import ExpressionError, parse_condition, parse_shape, parse_size
from convlint.symbolic.predicate import FALSE, TRUE, Relation, Within
from convlint.symbolic.rounding import ceil

H, W, S = map(symbol, "HWS")


def test_sizes():
    assert parse_size("S//2+1") is S // 2 + 1
    assert parse_size(" 2 * (H - 1) % 7 ") is (2 * (H - 1)) % 7
    assert parse_size("max(ceil(H/2), 3, 1)") is maximum(ceil(H / 2), 3)
    assert parse_size("-H + 0.5 * H") is -(H / 2)
    assert parse_size("S**2") is S * S
    assert parse_size("H if H < W else W").evaluate({"H": 3, "W": 2}) == 2
    assert parse_size("7 // 2") == 3
    assert parse_size("6 / 2") == 3


def test_conditions():
    assert parse_condition("S % 2 == 0 and 32 <= S <= 1024") == Within(
        "S", IntSet.residues(2, {0}) & IntSet.between(32, 1024)
    )
    assert parse_condition("H % 32 in {0, 29, 30, 31}") == Within("H", IntSet.residues(32, {0, 29, 30, 31}))
    assert parse_condition("H not in (1, 2)") == Within("H", ~IntSet.of({1, 2}))
    assert parse_condition("not (H >= W) or H == 3") == any_of(less(H, W), equal(H, 3))
    assert isinstance(parse_condition("H == W"), Relation)
    assert parse_condition("True") == TRUE
    assert parse_condition("1 > 2") == FALSE


def test_shapes():
    assert parse_shape("N 3 H  W//2") == (symbol("N"), 3, H, W // 2)
    assert parse_shape("N 3 S S")[2:] == (S, S)
    assert parse_shape("") == ()


ERRORS = [
    (parse_size, "", 1, "nothing to read"),
    (parse_size, "H +", 4, "cannot be read"),
    (parse_size, "H $ 2", 3, "cannot be read"),
    (parse_size, "1 + foo(H)", 5, "unknown function `foo`; there are ceil, floor, int, max, min"),
    (parse_size, "  2 + 1/0", 7, "division by zero"),
    (parse_size, "H & 3", 1, "only + - * / // % and small powers are understood"),
    (parse_size, "H > 2", 1, "a size is expected here, not a condition"),
    (parse_size, "H.x", 1, "a size is expected here"),
    (parse_size, "'a'", 1, "a size is expected here"),
    (parse_size, "ceil(H, 2)", 1, "`ceil` takes one argument"),
    (parse_size, "H**99", 1, "only + - * / // % and small powers are understood"),
    (parse_condition, "H", 1, "a condition such as `H % 2 == 0` is expected here"),
    (parse_condition, "H in W", 6, "a set such as `{0, 31}` is expected after `in`"),
    (parse_condition, "H is 3", 1, "only == != < <= > >= in are understood"),
    (parse_condition, "H = 3", 3, "cannot be read"),
    (parse_shape, "N 3 H-", 7, "cannot be read"),
    (parse_shape, "N 3 H/2", 5, "a size has to be an integer"),
    (parse_shape, "N -3 H", 3, "a size has to be at least 0"),
    (parse_shape, "N  3 foo(H)", 6, "unknown function `foo`; there are ceil, floor, int, max, min"),
]


@pytest.mark.parametrize(("read", "text", "column", "message"), ERRORS, ids=[repr(text) for _, text, _, _ in ERRORS])
def test_errors_point_at_the_place(read, text, column, message):
    with pytest.raises(ExpressionError) as error:
        read(text)
    assert (error.value.message, error.value.column) == (message, column)
    assert error.value.text == text
    assert str(error.value) == f"{message}: `{text}`, column {column}"


def test_hostile_text_is_refused():
    for text in (
        "(" * 500 + "H" + ")" * 500,
        "H" + "+1" * 5000,
        "H" + "+1" * 700,
        "(not " * 90 + "H > 1" + ")" * 90,
        "\x00",
        "H\\",
        "é" * 3 + "+",
    ):
        for read in (parse_size, parse_condition):
            with contextlib.suppress(ExpressionError):
                read(text)
