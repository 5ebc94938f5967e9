"""What was known of a text is found again in a later one, where its lines are still there."""

import pytest

pytest.importorskip("pygls")

from hypothesis import given
from hypothesis import strategies as st

from convlint.diagnostics import Span
from convlint.lsp.stale import Moves

LINES = st.lists(st.sampled_from("abcd"), max_size=8)


def at(line, end_line=None):
    return Span("net.py", line, 1, end_line or line, 5)


def test_lines_behind_an_insertion_move_and_those_before_it_do_not():
    moves = Moves.between(["a", "b", "c"], ["a", "new", "b", "c"])
    assert [moves.span(at(line)) for line in (1, 2, 3)] == [at(1), at(3), at(4)]
    assert [moves.before(line) for line in (1, 2, 3, 4)] == [1, None, 2, 3]


def test_a_line_that_changed_is_nowhere():
    moves = Moves.between(["a", "b", "c"], ["a", "B", "c"])
    assert [moves.span(at(line)) for line in (1, 2, 3)] == [at(1), None, at(3)]


def test_a_range_that_was_torn_apart_is_nowhere():
    moves = Moves.between(["a", "b", "c"], ["a", "new", "b", "c"])
    assert moves.span(at(1, 2)) is None
    assert moves.span(at(2, 3)) == at(3, 4)


@given(LINES, LINES)
def test_a_line_is_found_only_where_it_is_the_same(before, after):
    moves = Moves.between(before, after)
    found = [(line, moves.span(at(line))) for line in range(1, len(before) + 1)]
    places = [(line, span.line) for line, span in found if span is not None]
    assert all(before[old - 1] == after[new - 1] for old, new in places)
    assert [new for _, new in places] == sorted({new for _, new in places})
    assert all(moves.before(new) == old for old, new in places)
