"""Source lines with a range underlined."""

from convlint.diagnostics import Span
from convlint.render.snippet import Mark, excerpt

SOURCE = [
    "class Net(nn.Module):",
    "    def __init__(self):",
    "        self.conv = nn.Conv2d(",
    "            3,",
    "            8,",
    "            kernel_size=3,",
    "            stride=2,",
    "        )",
    "\treturn torch.cat([x, y])",
    "        名前 = pool(x)",
]


def show(line, column, end_line, end_column, label=""):
    return rows(mark(line, column, end_line, end_column, label))


def mark(line, column, end_line, end_column, *labels, character="^"):
    return Mark(Span("net.py", line, column, end_line, end_column), character, str, tuple(filter(None, labels)))


def rows(*marks):
    return "\n".join(excerpt(marks, SOURCE, 2))


def test_a_range_of_one_line_is_underlined_exactly():
    assert show(1, 7, 1, 10) == " 1 | class Net(nn.Module):\n   |       ^^^"


def test_an_empty_range_still_shows_its_place():
    assert show(1, 1, 1, 1).endswith("| ^")


def test_the_label_stands_behind_the_mark():
    assert show(1, 7, 1, 10, "here").endswith("^^^ here")


def test_tabs_count_as_four_columns():
    assert show(9, 9, 9, 18) == " 9 |     return torch.cat([x, y])\n   |            ^^^^^^^^^"


def test_wide_characters_count_twice():
    assert show(10, 14, 10, 21) == "10 |         名前 = pool(x)\n   |                ^^^^^^^"


def test_a_long_range_is_shown_by_its_ends():
    assert show(3, 21, 8, 10, "built here") == "\n".join(
        [
            " 3 |           self.conv = nn.Conv2d(",
            "   |  _____________________^",
            " 4 | |             3,",
            " 5 | |             8,",
            "...  |",
            " 8 | |         )",
            "   | |_________^ built here",
        ]
    )


def test_a_range_that_begins_its_line_needs_no_corner():
    assert show(7, 13, 8, 10) == "\n".join(
        [" 7 | /             stride=2,", " 8 | |         )", "   | |_________^"]
    )


def test_a_range_outside_of_the_file_shows_nothing():
    assert show(99, 1, 99, 2) == ""


def test_marks_stand_in_the_order_of_the_file_with_gaps_between():
    assert rows(mark(7, 13, 7, 19), mark(1, 7, 1, 10, "first", character="-")) == "\n".join(
        [
            " 1 | class Net(nn.Module):",
            "   |       --- first",
            "...",
            " 7 |             stride=2,",
            "   |             ^^^^^^",
        ]
    )


def test_one_line_between_two_marks_is_shown():
    assert " 2 |     def __init__(self):\n" in rows(mark(1, 7, 1, 10), mark(3, 9, 3, 18))


def test_two_marks_on_one_line_share_it():
    assert rows(mark(9, 9, 9, 18), mark(9, 2, 9, 8)) == "\n".join(
        [
            " 9 |     return torch.cat([x, y])",
            "   |     ^^^^^^",
            "   |            ^^^^^^^^^",
        ]
    )


def test_labels_of_one_range_stand_below_each_other():
    assert rows(mark(1, 7, 1, 10, "a"), mark(1, 7, 1, 10, "b")) == "\n".join(
        [" 1 | class Net(nn.Module):", "   |       ^^^ a", "   |           b"]
    )


def test_many_labels_of_one_range_are_counted():
    assert rows(mark(1, 7, 1, 10, *"abcdef")).endswith("c\n   |           and 3 more like these")
