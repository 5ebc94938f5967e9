"""Notebooks through the commands: exit code, output and what is written together."""

import json
from xml.etree import ElementTree as ET

import pytest

IMPORTS = "%matplotlib inline\nimport torch\nfrom torch import nn"
NET = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3)  # "é"
        self.second = nn.Conv2d(16, 8, 3)

    def forward(self, x):
        return self.second(self.first(x))
"""
WRONG = "        self.second = nn.Conv2d(16, 8, 3)"
LINE = NET.split("\n").index(WRONG) + 1


def cell(source, kind="code"):
    more = {"execution_count": 1, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {}, **more, "source": source.splitlines(keepends=True)}


@pytest.fixture
def write(tmp_path, monkeypatch, warm_engine):
    """Writes ``net.ipynb`` into the working directory as Jupyter does: text, imports, and these cells."""
    monkeypatch.chdir(tmp_path)

    def written(*sources, name="net.ipynb"):
        cells = [cell("# A net", "markdown"), cell(IMPORTS), *map(cell, sources)]
        document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        path = tmp_path / name
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return path

    return written


def line_of(path, text):
    """The line of a file that has a text."""
    return next(at for at, line in enumerate(path.read_text().split("\n"), start=1) if text in line)


def test_what_is_clicked_is_the_line_of_the_file(write, convlint):
    path = write(NET)
    outputs = ("github", "gitlab:code.json", "sarif:log.sarif", "junit:junit.xml")
    result = convlint("check", ".", *(f"--output-format={each}" for each in outputs))
    line = line_of(path, WRONG)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"::error file=net.ipynb,line={line},col=28,endLine={line},endColumn=47,")
    assert f"::cell 3, line {LINE}: `in_channels=16`, but 8 channels arrive" in result.stdout
    (found,) = json.loads((path.parent / "code.json").read_text())
    assert found["location"]["lines"]["begin"] == line
    (found,) = json.loads((path.parent / "log.sarif").read_text())["runs"][0]["results"]
    region = found["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["snippet"]) == (line, {"text": "nn.Conv2d(16, 8, 3)"})
    (case,) = ET.parse(path.parent / "junit.xml").getroot().iter("testcase")
    assert (case.get("file"), case.get("line")) == ("net.ipynb", str(line))
