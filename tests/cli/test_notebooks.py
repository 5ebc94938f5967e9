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


class TestEdits:
    """Fixes and comments are written into cells, and nothing else of the file changes."""

    def test_fix_edits_the_cell(self, write, convlint):
        path = write(NET)
        before = path.read_bytes()
        result = convlint("check", ".", "--fix")
        assert result.exit_code == 0
        assert "Fixed 1 finding." in result.stdout
        assert path.read_bytes() == before.replace(b"nn.Conv2d(16, 8, 3)", b"nn.Conv2d(8, 8, 3)")

    def test_diff_shows_the_cell_and_writes_nothing(self, write, convlint):
        path = write(NET)
        before = path.read_bytes()
        result = convlint("check", ".", "--diff")
        assert (result.exit_code, path.read_bytes()) == (1, before)
        assert result.stdout.startswith("--- net.ipynb:cell 3\n+++ net.ipynb:cell 3\n@@ -2,7 +2,7 @@\n")
        assert f"-{WRONG}\n+{WRONG.replace('16', '8')}\n" in result.stdout
        assert result.stderr == "Would fix 1 finding.\n"

    def test_add_ignore_hides_what_is_there(self, write, convlint):
        path = write(NET)
        before = path.read_bytes()
        result = convlint("check", ".", '--add-ignore=known "before"')
        assert result.exit_code == 0
        assert result.stderr == "Hid 1 finding.\n"
        comment = r"  # convlint: ignore[channel-mismatch] -- known \"before\""
        assert path.read_bytes() == before.replace(WRONG.encode(), (WRONG + comment).encode())
        assert "1 suppressed" in convlint("check", ".").stdout

    def test_what_can_hold_no_comment_is_said_and_the_rest_is_hidden(self, write, convlint):
        path = write("x = = 2", NET)
        (path.parent / "broken.ipynb").write_text("{torch")
        before = path.read_bytes()
        result = convlint("check", ".", "--add-ignore")
        assert result.exit_code == 1
        comment = "  # convlint: ignore[channel-mismatch]"
        assert path.read_bytes() == before.replace(WRONG.encode(), (WRONG + comment).encode())
        assert "Hid 1 finding.\n" in result.stderr
        assert "warning: not all is hidden in net.ipynb: line 1 of cell 3 can hold no comment\n" in result.stderr
        broken = "no comments are written into broken.ipynb: this notebook cannot be read: it is no JSON: "
        assert f"warning: {broken}" in result.stderr
        assert "help: what no comment can hide, `per-file-ignores` in the settings does" in result.stderr

    def test_where_a_number_comes_from_is_a_line_of_its_cell(self, write, convlint):
        write("WIDTH = 16", NET.replace("16", "WIDTH"))
        result = convlint("check", ".", "--select", "CL401")
        assert "`in_channels` is `WIDTH`, assigned in line 1 of cell 3: change it there" in result.stdout


class TestDirectives:
    """Comments that speak to convlint, in cells."""

    RIGHT = NET.replace("16", "8")

    def test_what_is_hidden_is_shown_with_its_cell(self, write, convlint):
        write(NET.replace(WRONG, f"{WRONG}  # convlint: ignore[CL401] -- known"))
        result = convlint("check", ".", "--select", "CL4", "--show-suppressed")
        assert result.exit_code == 0
        assert result.stdout.startswith("net.ipynb:cell 3:5:23: suppressed CL401 channel-mismatch: ")
        assert "(line 5: known)" in result.stdout

    def test_file_ignore_speaks_of_all_cells(self, write, convlint):
        write("# convlint: file-ignore[CL401]", NET)
        result = convlint("check", ".", "--select", "CL4")
        assert result.exit_code == 0
        assert "1 suppressed" in result.stdout

    def test_a_class_says_how_it_is_run(self, write, convlint):
        write(f'# convlint: input("N 3 S S") where(S >= 8)\n{self.RIGHT}')
        result = convlint("check", ".", "-v")
        assert result.exit_code == 0
        assert "  accepts: S ≥ 8\n" in result.stdout
        assert "  assumed: input from the directive, line 1 of cell 3\n" in result.stdout

    def test_fix_takes_away_what_hides_nothing(self, write, convlint):
        own = "# convlint: file-ignore[CL407]"
        line = "        return self.second(self.first(x))"
        commented = self.RIGHT.replace(line, f"{line}  # convlint: ignore[CL301]")
        path = write(f"{own}\n{commented}{own}", own)
        result = convlint("check", ".", "--output-format", "concise")
        places = [each.split(": ")[0] for each in result.stdout.splitlines() if "CL906" in each]
        cell = "net.ipynb:cell 3"
        assert places == [f"{cell}:1:13", f"{cell}:9:56", f"{cell}:10:13", "net.ipynb:cell 4:1:13"]
        result = convlint("check", ".", "--fix")
        assert result.exit_code == 0
        assert "Fixed 4 findings." in result.stdout
        cells = json.loads(path.read_text())["cells"]
        assert "".join(cells[2]["source"]) == self.RIGHT.removesuffix("\n")
        assert "".join(cells[3]["source"]) == ""

    def test_what_cannot_be_followed_is_said_at_its_cell(self, write, convlint):
        write(self.RIGHT, "x = 1\n# convlint: arg(depth=3)")
        result = convlint("check", ".", "--output-format", "concise")
        assert result.exit_code == 1
        assert result.stdout.startswith("net.ipynb:cell 4:2:13: CL907[bad-directive] error `arg` stands at no class\n")

    def test_a_model_that_is_asked_for_says_it_too(self, write, convlint):
        write(f'# convlint: input("N 3 H W") where(Q >= 8)\n{self.RIGHT}')
        result = convlint("contract", "net.ipynb:Net")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("error: net.ipynb:cell 3:1: ")


class TestUnreadable:
    """What holds no Python is one message, and all else is checked."""

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("", "this notebook cannot be read: it is empty"),
            ('{"cells": [', "this notebook cannot be read: it is no JSON: expecting value"),
            ('{"worksheets": [], "nbformat": 3}', "this notebook cannot be read: it is older than format 4"),
        ],
    )
    def test_a_notebook_that_is_named_and_cannot_be_read(self, content, message, write, convlint):
        path = write(NET.replace("16", "8"))
        (path.parent / "odd.ipynb").write_text(content)
        result = convlint("check", "odd.ipynb", "net.ipynb")
        assert (result.exit_code, result.stderr) == (1, "")
        assert result.stdout.startswith(f"error[CL901] import-failed: {message}")
        assert "2 models: 1 checked, 1 failed. Found 1 error." in result.stdout
        below = convlint("check", ".")
        assert (below.exit_code, below.stderr) == (0, "")  # it speaks of no model
        assert "1 model: 1 checked. No findings." in below.stdout

    def test_a_notebook_that_is_named_and_is_in_another_language(self, write, convlint):
        path = write(NET)
        language = {"cells": [], "metadata": {"language_info": {"name": "R"}}}
        (path.parent / "odd.ipynb").write_text(json.dumps(language))
        result = convlint("check", "odd.ipynb", "net.ipynb")
        assert result.exit_code == 1
        assert "1 model: 1 checked" in result.stdout
        assert result.stderr.startswith("warning: this notebook is in r: nothing")
        assert result.stderr.count("warning") == 1
        below = convlint("check", ".")
        assert (below.stdout, below.stderr) == (result.stdout, "")

    def test_a_cell_that_is_no_python_in_a_notebook_without_a_model(self, write, convlint):
        write("x = = 2")
        result = convlint("check", "net.ipynb", "--output-format", "concise")
        assert result.exit_code == 1
        assert result.stdout.startswith("net.ipynb:cell 3:1:5: CL901[import-failed] error syntax error")

    def test_a_model_in_another_language(self, write, convlint):
        path = write(NET)
        metadata = {"kernelspec": {"language": "R", "name": "ir"}}
        path.write_text(json.dumps({"cells": [cell("Net <- torch()")], "metadata": metadata}))
        result = convlint("contract", "net.ipynb:Net")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("error: net.ipynb is a notebook in r: only those in Python have models\n")

    def test_a_notebook_that_is_not_there(self, write, convlint):
        write(NET)
        result = convlint("check", "nett.ipynb")
        assert result.exit_code == 2
        assert "there is no such file or directory" in result.stderr
        assert "help: did you mean net.ipynb?" in result.stderr


def test_cells_of_other_languages_and_magics_are_passed_over(write, convlint):
    shell = "!pip install x && \\\n  ls"
    write("%%bash\nls torch", shell, "%time Net()\nnn.Conv2d?", NET.replace("16", "8"), "%%html\n<b>")
    result = convlint("check", ".")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "1 model: 1 checked. No findings" in result.stdout


def test_a_cell_that_is_no_python_is_one_finding_and_the_others_are_checked(write, convlint):
    path = write("x = = 2", NET)
    result = convlint("check", ".", "--output-format", "concise", "--output-format", "gitlab:code.json")
    assert result.exit_code == 1
    first, second, *_ = result.stdout.splitlines()
    assert first == "net.ipynb:cell 3:1:5: CL901[import-failed] error syntax error: invalid syntax"
    assert second.startswith("net.ipynb:cell 4:5:23: CL401")
    lines = [each["location"]["lines"]["begin"] for each in json.loads((path.parent / "code.json").read_text())]
    assert lines == [line_of(path, "x = = 2"), line_of(path, WRONG)]


@pytest.mark.parametrize("command", ["contract", "shapes"])
def test_a_model_of_a_notebook_is_named_like_one_of_a_file(command, write, convlint):
    write(NET.replace("16", "8"))
    result = convlint(command, "net.ipynb:Net", "--input", "N 3 H W")
    assert result.exit_code == 0
    assert "net.ipynb:cell 3:1" in result.stdout.splitlines()[0]
    result = convlint(command, "net.ipynb:Nett")
    assert result.exit_code == 2
    assert "did you mean net.ipynb:Net?" in result.stderr


def test_affected_looks_at_notebooks_that_import_a_file(write, convlint):
    path = write("from blocks import Block\n" + NET.replace("16", "8"))
    (path.parent / "blocks.py").write_text("from torch import nn\n\n\nclass Block(nn.ReLU):\n    pass\n")
    write(NET, name="other.ipynb")
    shown = convlint("check", "--affected", "blocks.py", "--show-files")
    assert (shown.exit_code, shown.stdout) == (0, "blocks.py\nnet.ipynb\n")
    result = convlint("check", "--affected", "blocks.py", "-v")
    assert (result.exit_code, "Net (net.ipynb:cell 3:2): checked" in result.stdout) == (0, True)
