"""What clients say about their editor, in the forms in which they say it."""

import pytest

from convlint.lsp.preferences import Preferences

SHOWN = Preferences(show_info=True)


@pytest.mark.parametrize(
    "value",
    [
        {"showInfo": True},
        {"settings": {"showInfo": True}},
        {"convlint": {"showInfo": True}},
        {"settings": {"convlint": {"showInfo": True}}},
    ],
)
def test_all_forms_are_understood(value):
    assert Preferences().updated(value) == SHOWN


@pytest.mark.parametrize("value", [None, [], {}, {"python": {"path": "x"}}, {"showInfo": "no"}, {"convlint": 3}])
def test_what_is_not_spoken_of_stays(value):
    assert SHOWN.updated(value) == SHOWN


def test_settings_of_a_project_are_taken_as_they_are_written():
    assert Preferences().updated({"config": ["timeout = 5", 3]}).config == ("timeout = 5",)
