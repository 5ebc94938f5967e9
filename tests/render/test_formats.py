"""What holds for every form of the report."""

import json
from xml.etree import ElementTree as ET

import pytest

from convlint.render.formats import FORMATS, renderer
from convlint.render.look import Look

EVERY = pytest.mark.parametrize("form", FORMATS)
LOOKS = (Look(), Look(show_info=True, verbose=True, unsafe_fixes=True, statistics=True, here="/w/a", root="/w"))


def read(form, text):
    """The text as its readers would read it."""
    match form:
        case "json" | "sarif" | "gitlab":
            return json.loads(text)
        case "junit":
            return ET.fromstring(text.encode())
        case _:
            return text.splitlines()


@EVERY
@pytest.mark.parametrize("report", ["odd", "nothing", "only_problems"])
@pytest.mark.parametrize("look", LOOKS)
def test_any_report_can_be_written_and_read(form, report, look, request):
    text = renderer(form)(request.getfixturevalue(report), look)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    read(form, text)


@EVERY
def test_the_same_report_is_the_same_text(form, odd):
    render = renderer(form)
    assert render(odd, Look()) == render(odd, Look())


@pytest.mark.parametrize("form", sorted(set(FORMATS) - {"json"}))
def test_info_findings_have_an_entry_on_demand_or_where_they_fail_the_run(form, odd):
    render = renderer(form)
    entry = "other.py"
    assert entry in render(odd, Look(show_info=True))
    if form != "text":
        assert entry not in render(odd, Look())


def test_a_form_that_there_is_not_is_a_key_error():
    with pytest.raises(KeyError):
        renderer("xml")
