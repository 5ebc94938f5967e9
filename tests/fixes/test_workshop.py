"""Which fixes are offered, by what a look at the edited files shows: here the looks are tables."""

import re

import pytest

from convlint.diagnostics import Applicability, Severity, Span
from convlint.fixes.workshop import Examined, Seen, Workshop
from convlint.rules.base import Finding
from convlint.rules.remedy import Change, Remedy

TEXT = "a = Conv2d(1, 2)\nb = Conv2d(3, 4)\nc = Conv2d(5, 6)\n"
CALLS = re.compile(r"Conv2d\((\d+), \d+\)")


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "net.py"
    file.write_text(TEXT)
    return str(file)


def place(text, path, index):
    """Where the call of line ``index`` (from 0) stands."""
    line = text.split("\n")[index]
    return Span(path, index + 1, 5, index + 1, len(line) + 1)


def wrong(text, path, index, new, *, safe=True, severity=Severity.ERROR, code="CL401"):
    """That the first argument of line ``index`` should be ``new``."""
    span = place(text, path, index)
    change = Change(span, "Conv2d", "in_channels", int(CALLS.findall(text)[index]), new)
    return Finding(severity, f"line {index}", span, remedy=Remedy((change,), is_safe=safe), code=code, name="rule")


def workshop(path, judge, *, reached=(), admits=lambda _: True, may_edit=lambda _: True):
    """A workshop over one model, whose findings are ``judge(text)``, and what it finds in the text as it is."""
    seen = judge(TEXT)
    everywhere = frozenset(place(TEXT, path, index) for index in reached)

    def look(contents):
        assert set(contents) == {path}
        return tuple(judge(contents[path].decode()))

    return Workshop([Examined(Seen(tuple(seen), everywhere, frozenset({path})), look)], admits, may_edit), seen


def numbers(text):
    return [int(each) for each in CALLS.findall(text)]


def contents(shop, *fixes):
    ((_, after),) = shop.contents(fixes).values()
    return numbers(after.decode())


def test_a_fix_with_which_the_finding_is_gone_is_offered(path):
    shop, (found,) = workshop(path, lambda text: [wrong(text, path, 1, 9)] if numbers(text)[1] != 9 else [])
    proposal = shop.propose(found)
    assert proposal.fix is not None
    assert (proposal.fix.applicability, proposal.fix.message) == (Applicability.SAFE, "set `in_channels=9`")
    assert contents(shop, proposal.fix) == [1, 9, 5]


def test_a_finding_that_stays_is_not_fixed_and_says_why(path):
    shop, (found,) = workshop(path, lambda text: [wrong(text, path, 1, 9)])
    proposal = shop.propose(found)
    assert proposal.fix is None
    assert proposal.help == ("that alone does not do: with it, line 1",)


def another(path, severity, index=2):
    """A finding in line 1 that gives way to another one, which has no remedy."""

    def judge(text):
        if numbers(text)[1] != 9:
            return [wrong(text, path, 1, 9)]
        return [Finding(severity, "other", place(text, path, index), code="CL406", name="other")]

    return judge


@pytest.mark.parametrize("severity", list(Severity))
def test_what_is_new_at_a_place_that_was_reached_before_is_not_accepted(path, severity):
    shop, (found,) = workshop(path, another(path, severity), reached=(0, 1, 2))
    proposal = shop.propose(found)
    assert proposal.fix is None
    assert proposal.remark == "with `in_channels=9` there would be CL406 other at line 3"


@pytest.mark.parametrize("severity", list(Severity))
def test_beyond_the_refusal_only_an_error_is_not_accepted(path, severity):
    shop, (found,) = workshop(path, another(path, severity), reached=(0, 1))
    assert (shop.propose(found).fix is None) == (severity is Severity.ERROR)


def test_a_finding_that_becomes_graver_is_new(path):
    def judge(text):
        is_fixed = numbers(text)[1] == 9
        other = Finding(Severity(2 if is_fixed else 1), "", place(text, path, 0), code="CL101", name="other")
        return [other] if is_fixed else [wrong(text, path, 1, 9), other]

    shop, (found, _) = workshop(path, judge)
    assert shop.propose(found).fix is None


def hidden(path, second=8, third=7):
    """Mistakes of which each hides the next."""

    def judge(text):
        wanted = [1, second, third]
        for index, (number, right) in enumerate(zip(numbers(text), wanted, strict=True)):
            if number != right:
                return [wrong(text, path, index, right, safe=index != 2)]
        return []

    return judge


def test_hidden_mistakes_are_mended_with_the_first_and_the_least_safe_decides(path):
    shop, (found,) = workshop(path, hidden(path, second=1000))
    fix = shop.propose(found).fix
    assert fix is not None
    assert fix.applicability is Applicability.UNSAFE
    assert fix.message == "set `in_channels=1000`, and behind it `in_channels=7`"
    assert [(edit.span.line, edit.content) for edit in fix.edits] == [(2, "1000"), (3, "7")]
    assert contents(shop, fix) == [1, 1000, 7]


def test_mistakes_that_come_to_light_together_are_mended_one_after_the_other(path):
    def judge(text):
        if numbers(text)[0] != 1000:
            return [wrong(text, path, 0, 1000)]
        return [wrong(text, path, index, 9) for index in (1, 2) if numbers(text)[index] != 9]

    shop, (found,) = workshop(path, judge)
    fix = shop.propose(found).fix
    assert fix is not None
    assert contents(shop, fix) == [1000, 9, 9]


def test_a_hidden_mistake_that_was_not_asked_for_is_not_mended(path):
    shop, (found,) = workshop(path, hidden(path), admits=lambda finding: finding.span.line == 2)
    assert shop.propose(found).fix is None


@pytest.mark.parametrize("may_edit", [lambda _: False, lambda path: "other" in path])
def test_files_that_may_not_be_edited_are_not(path, may_edit):
    shop, (found,) = workshop(path, hidden(path), may_edit=may_edit)
    assert shop.propose(found).remark == "the file is not one of the project's"


def test_a_file_that_no_model_shows_is_not_edited(path, tmp_path):
    other = tmp_path / "other.py"
    other.write_text(TEXT)
    shop, _ = workshop(path, hidden(path))
    assert shop.propose(wrong(TEXT, str(other), 1, 8)).remark == "the file is not one of the project's"


def test_fixes_that_hold_together_are_taken_together(path):
    def judge(text):
        return [wrong(text, path, index, 9) for index in (0, 2) if numbers(text)[index] != 9]

    shop, found = workshop(path, judge)
    targets = [(each, shop.propose(each).fix) for each in found]
    assert shop.agree(targets) == [0, 1]
    assert contents(shop, *(fix for _, fix in targets)) == [9, 3, 9]


def test_of_fixes_that_do_not_hold_together_the_first_is_taken(path):
    def judge(text):
        mended = [index for index in (0, 2) if numbers(text)[index] == 9]
        if len(mended) == 2:
            return [Finding(Severity.ERROR, "both", place(text, path, 1), code="CL301", name="other")]
        return [] if mended else [wrong(text, path, index, 9) for index in (0, 2)]

    shop, found = workshop(path, judge)
    targets = [(each, shop.propose(each).fix) for each in found]
    assert shop.agree(targets) == [0]


def test_of_fixes_of_the_same_characters_the_first_is_taken(path):
    def judge(text):
        if numbers(text)[1] in {8, 9}:
            return []
        return [wrong(text, path, 1, 8), wrong(text, path, 1, 9, code="CL402")]

    shop, found = workshop(path, judge)
    targets = [(each, shop.propose(each).fix) for each in found]
    assert shop.agree(targets) == [0]


def test_a_file_in_which_the_edit_cannot_be_written_is_left_alone(path):
    shop, (found,) = workshop(path, hidden(path))
    with open(path, "wb") as file:
        file.write(b"# coding: utf-7\nb = '+AGE-'\n")
    assert shop.propose(found).remark.startswith("the file cannot be edited: ")
