"""Text that fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlint.render.wrap import Frame, columns, wrap


def test_words_that_do_not_fit_go_on_below():
    assert wrap("  = help: pad the input first", 16, "    ") == ["  = help: pad", "    the input", "    first"]


def test_a_word_that_is_too_wide_has_its_own_line():
    assert wrap("see https://example.org/long for more", 12, " ") == ["see", " https://example.org/long", " for more"]


def test_without_a_width_nothing_is_broken():
    assert wrap("word " * 99, None) == ["word " * 99]


def test_colours_and_wide_characters_count_as_they_are_shown():
    assert columns("\x1b[1;31m漢字\x1b[0m!") == 5


@given(text=st.text("ab漢 `", max_size=60), width=st.integers(4, 30))
def test_no_word_is_lost(text, width):
    lines = wrap(text, width, "  ")
    assert " ".join(lines).split() == text.split()
    assert all(columns(line) <= width or len(line.split()) == 1 for line in lines)


class TestFrame:
    """The part of a line that is shown."""

    LINE = "0123456789" * 5

    @pytest.mark.parametrize(
        ("start", "end", "shown"),
        [
            (3, 6, "012345678…"),
            (20, 24, "…8901234…"),
            (46, 50, "…123456789"),
            (20, 45, "…9012345…"),
        ],
    )
    def test_it_is_cut_around_what_is_marked(self, start, end, shown):
        frame = Frame.around(start, end, 50, 10)
        assert columns(frame.cut(self.LINE)) == 10
        assert frame.cut(self.LINE).startswith("…") == (frame.left > 0)
        assert frame.cut(self.LINE).endswith("…") == (frame.right < 50)
        first, last = frame.place(start, end)
        assert 0 <= first < last <= 10
        if end - start < 8:
            assert frame.cut(self.LINE)[first:last] == self.LINE[start:end], shown

    def test_a_line_that_fits_is_left_alone(self):
        assert Frame.around(3, 6, 10, 10).cut("0123456789") == "0123456789"

    @given(
        line=st.text("a漢", max_size=40), start=st.integers(0, 90), size=st.integers(1, 90), room=st.integers(4, 30)
    )
    def test_it_never_takes_more_than_there_is(self, line, start, size, room):
        total = columns(line)
        frame = Frame.around(start, start + size, total, room)
        assert columns(frame.cut(line)) == min(total, room)
        first, last = frame.place(start, start + size)
        assert first < last
