"""The forms of the report and where they go: exit code, standard output, standard error and files together."""

import json
import os
from xml.etree import ElementTree as ET

import pytest

from convlint import __version__

UNET = ("check", "net.py:UNet", "--input", "N 3 H W")


def test_concise_is_a_line_a_finding(models, convlint):
    result = convlint(*UNET, "--output-format", "concise")
    first, last = result.stdout.splitlines()
    assert first.startswith("net.py:16:26: CL301[skip-size-mismatch] warning `cat` concatenates maps whose ")
    assert last == "1 model: 1 checked. Found 1 warning."
    assert (result.exit_code, result.stderr) == (1, "")


def test_github_annotates_the_line(models, convlint):
    result = convlint(*UNET, "--output-format", "github")
    assert result.exit_code == 1
    assert result.stdout.startswith("::warning file=net.py,line=16,col=26,endLine=16,endColumn=49,title=CL301 skip-")


def test_one_run_writes_several_forms(models, convlint, tmp_path):
    result = convlint(*UNET, *(f"--output-format={each}" for each in ("text", "sarif:a.sarif", "junit:b.xml")))
    assert result.exit_code == 1
    assert result.stdout.startswith("warning[CL301]")
    (run,) = json.loads((tmp_path / "a.sarif").read_text())["runs"]
    assert run["tool"]["driver"]["semanticVersion"] == __version__
    (found,) = run["results"]
    assert found["ruleId"] == "CL301"
    (thread,) = found["codeFlows"][0]["threadFlows"]
    lines = [each["location"]["physicalLocation"]["region"]["startLine"] for each in thread["locations"]]
    assert lines == [5, 14, 15, 15, 16]
    assert ET.parse(tmp_path / "b.xml").getroot().get("failures") == "1"


def test_an_output_file_takes_what_would_be_printed(models, convlint, tmp_path):
    printed = convlint(*UNET).stdout
    result = convlint(*UNET, "--output-file", "report.txt")
    assert (result.exit_code, result.stdout) == (1, "")
    assert (tmp_path / "report.txt").read_text() == printed


def test_paths_are_those_of_the_repository(models, convlint, tmp_path, monkeypatch):
    (tmp_path / ".git").mkdir()
    (tmp_path / "models").mkdir()
    monkeypatch.chdir("models")
    models.rename(tmp_path / "models" / "net.py")
    (found,) = json.loads(convlint(*UNET, "--output-format", "gitlab").stdout)
    assert found["location"]["path"] == "models/net.py"


def test_a_form_of_problems_only_is_written_too(models, convlint, tmp_path):
    result = convlint("check", "nett.py", "--output-format", "github", "--output-format", "gitlab:code.json")
    assert result.exit_code == 2
    assert result.stdout.startswith("::error title=convlint could not run::nett.py: there is no such file")
    assert json.loads((tmp_path / "code.json").read_text()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--output-format", "sarf"), "there is no format `sarf`"),
        (("--output-format", "sarf"), "did you mean sarif?"),
        (("--output-format", "xml"), "one of text, concise, json, sarif, github, gitlab, junit"),
        (("--output-format", "json:"), "a path is missing after the colon"),
        (("--output-format", "json", "--output-format", "text"), "two reports cannot share standard output"),
        (("--output-format", "json:a", "--output-format", "text:./a"), "two reports cannot share one file"),
        (("--output-format", "json:a", "--output-file", "b"), "every format has a file of its own already"),
        (("--output-format", "json:no/where"), "cannot write no/where: there is no directory no"),
        (("--output-file", "."), "cannot write .: it is a directory"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_runs(options, message, models, convlint, monkeypatch):
    monkeypatch.setattr("convlint.engine.check", lambda *_: pytest.fail("it ran"))
    result = convlint(*UNET, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("error") == 1


def test_a_disk_that_is_full_is_one_message(models, convlint):
    if not os.path.exists("/dev/full"):
        pytest.skip("no device here is always full")
    result = convlint(*UNET, "--output-format", "text", "--output-format", "json:/dev/full")
    assert result.exit_code == 2
    assert result.stdout.startswith("warning[CL301]")
    assert result.stderr == "error: cannot write /dev/full: no space left on device\n"


def test_statistics_count_by_rule(models, convlint):
    result = convlint(*UNET, "--statistics", "--select", "CL301")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == "1  CL301  skip-size-mismatch"
    counted = json.loads(convlint(*UNET, "--statistics", "--output-format", "json").stdout)["statistics"]
    assert {"code": "CL301", "name": "skip-size-mismatch", "count": 1, "fixable": False} in counted
