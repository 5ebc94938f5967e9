"""Expressions of integers are worked out as Python does, and nothing else is."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlint.fixes.constant import value_of

NUMBERS = st.integers(0, 40).map(str)
EXPRESSIONS = st.recursive(
    NUMBERS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "%"]), inner).map(" ".join),
        inner.map("({})".format),
        inner.map("-{}".format),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS)
def test_it_is_what_python_computes(expression):
    try:
        expected = eval(compile(ast.parse(expression, mode="eval"), "", "eval"), {})
    except ZeroDivisionError:
        expected = None
    assert value_of(expression) == expected


@pytest.mark.parametrize(("expression", "value"), [("2**5", 32), ("1 << 6", 64), ("0x10 * 1_0", 160), ("+3", 3)])
def test_powers_shifts_and_other_notations(expression, value):
    assert value_of(expression) == value


@pytest.mark.parametrize(
    "expression",
    ["n", "2 * n", "f(2)", "4 / 2", "2.0", "True", "'8'", "2**65", "1 << -1", "2 ** -1", "1 if 1 else 2", ")"],
)
def test_anything_else_is_no_number(expression):
    assert value_of(expression) is None
