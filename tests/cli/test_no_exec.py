"""``check --no-exec``: no user code runs, what syntax shows is found, and what is left out is said."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from convlint.engine import check_unexecuted
from convlint.rules import registry
from convlint.rules.document import EXAMPLE_HEADINGS, Document

ROOT = Path(__file__).resolve().parents[2]

NET = """\
import torch.nn as nn
from torch.nn import ConvTranspose2d as Up

open("ran", "w")


class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.pool = nn.MaxPool2d(2, padding=2)
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(4, 8, 3), nn.BatchNorm2d(9))
        self.up = Up(width, 8, 3, stride=2)

    def forward(self, x):
        return self.up(self.body(self.pool(x)))
"""

OF_LAYERS = [
    "invalid-layer", "invalid-output-padding", "checkerboard", "padding-exceeds-window", "off-centre-window",
    "channel-mismatch",
]  # fmt: skip


@pytest.fixture
def net(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.py"
    path.write_text(NET)
    return path


def found(report):
    return [(each.code, each.severity.label, each.span.line) for each in report.diagnostics]


def test_numbers_of_layers_are_judged_and_models_are_skipped(net, convlint):
    result = convlint("check", "--no-exec", "--output-format", "concise")
    assert result.exit_code == 1
    assert result.stderr == ""
    assert [line.split(" ")[:2] for line in result.stdout.splitlines()[:4]] == [
        ["net.py:10:21:", "CL406[invalid-layer]"],
        ["net.py:11:66:", "CL401[channel-mismatch]"],
        ["net.py:11:86:", "CL402[norm-mismatch]"],
        ["net.py:12:19:", "CL203[checkerboard]"],
    ]
    assert "1 model: 0 checked, 1 skipped. Found 1 error, 3 warnings.\n" in result.stdout
    assert "  skipped: Net (net.py:7): not run (--no-exec)\n" in result.stdout
    assert re.search(r"  left out, since no model was run: \d+ rules, CL101, CL102, ", result.stdout)
    assert not (net.parent / "ran").exists()


def test_json_names_the_rules_that_are_left_out(net, convlint):
    report = json.loads(convlint("check", "--no-exec", "--output-format", "json").stdout)
    (model,) = report["models"]
    assert (model["status"], model["reason"]) == ("skipped", "not run (--no-exec)")
    others = ("norm-mismatch", "gridding", "import-failed", "bad-directive")
    looked_for = {registry.find(name).code for name in (*OF_LAYERS, *others)}
    assert {*report["left_out"]} == registry.names().keys() - looked_for
    assert all(each["fix"] is None for each in report["diagnostics"])


RUN = """\
from torch import nn


class Net(nn.Sequential):
    def __init__(self, width=8):
        super().__init__(
            nn.Conv2d(3, 8, 3, padding=2, dilation=2), nn.BatchNorm2d(8), nn.ReLU(),
            nn.Conv2d(8, 8, 3, padding=2, dilation=2),
            nn.Conv2d(8, 8, 3, padding=4, dilation=4),
        )
"""


def test_dilations_of_a_model_that_is_one_sequence_are_judged(net, convlint):
    net.write_text(RUN)
    result = convlint("check", "--no-exec", "--output-format", "concise")
    assert result.exit_code == 1
    assert "net.py:9:13: CL502[gridding] warning the dilation rates 2, 2, 4 leave holes" in result.stdout
    assert "CL502" not in result.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "change",
    [
        ("dilation=4", "dilation=width"),
        ("nn.ReLU()", "nn.Upsample(scale_factor=2)"),
        ("nn.ReLU()", "Block()"),
        ("padding=4, dilation=4)", "padding=1)"),
        ("        )\n", "        )\n\n    def forward(self, x):\n        return Block()(super().forward(x))\n"),
        ("nn.Sequential)", "nn.Module)"),
    ],
)
def test_dilations_are_not_judged_where_something_else_may_close_the_holes(net, convlint, change):
    net.write_text(RUN.replace(*change))
    assert "CL502[gridding]" not in convlint("check", "--no-exec", "--output-format", "concise").stdout


def test_rules_are_selected_and_comments_hide_as_ever(net, convlint):
    text = NET.replace("stride=2)", "stride=2)  # convlint: ignore[checkerboard]")
    net.write_text(text.replace("padding=2)", "padding=2)  # convlint: ignore[CL401]"))
    result = convlint("check", "--no-exec", "--output-format", "concise", "--ignore", "CL4")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "1 model: 0 checked, 1 skipped. No findings.")


def test_a_comment_at_the_call_hides_what_is_said_of_the_layer(net):
    net.write_text(NET.replace("x)))", "x)))  # convlint: ignore[checkerboard, CL406]"))
    assert [code for code, *_ in found(check_unexecuted(["net.py"]))] == ["CL401", "CL402"]


def test_what_the_layer_before_gives_is_a_warning_since_nobody_saw_it_called(net):
    (mismatch,) = (each for each in check_unexecuted(["net.py:Net"]).diagnostics if each.code == "CL401")
    assert mismatch.severity.label == "warning"
    assert mismatch.notes == ("not run: PyTorch raises if `nn.Sequential` is called as a whole",)
    assert mismatch.message == "`in_channels=4`, but 8 channels arrive"


def test_files_that_are_no_python_and_mistaken_comments_are_told(net):
    (net.parent / "broken.py").write_text("import torch\n(")
    net.write_text("import torch\nx = 1  # convlint: ignore[no-such-rule]\n")
    assert found(check_unexecuted(["."])) == [("CL901", "error", 2), ("CL907", "error", 2)]


def test_notebooks_are_read_too(tmp_path, monkeypatch, convlint):
    monkeypatch.chdir(tmp_path)
    cells = [{"cell_type": "code", "source": each} for each in ("%pip install torch", NET)]
    (tmp_path / "net.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
    result = convlint("check", "--no-exec", "--output-format", "concise")
    assert result.stdout.startswith("net.ipynb:cell 2:10:21: CL406[invalid-layer]")


@pytest.mark.parametrize("option", ["--fix", "--diff", "--locked", "--shard=1/2", "--add-ignore"])
def test_what_needs_models_that_are_run_is_refused(option, net, convlint):
    if option == "--locked":
        (net.parent / "convlint.lock").write_text("version = 1\n")
    result = convlint("check", "--no-exec", option)
    assert result.exit_code == 2
    assert "leave out --no-exec" in result.stderr


def test_neither_torch_nor_an_interpreter_that_has_it_is_needed(net):
    program = (
        "import sys; sys.modules['torch'] = None; from convlint.cli import main; "
        "sys.argv[1:] = ['check', '--no-exec', '--python', '/bin/false']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=net.parent, env={"PYTHONPATH": str(ROOT)}, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
    assert "Found 1 error, 3 warnings." in done.stdout


@pytest.mark.parametrize("heading", EXAMPLE_HEADINGS)
@pytest.mark.parametrize("name", OF_LAYERS)
def test_the_examples_of_a_rule_show_it(name, heading, net):
    rule = registry.find(name)
    (example,) = Document.read(rule.document).examples(heading)
    net.write_text(example.code)
    codes = {each.code for each in check_unexecuted(["net.py"]).diagnostics}
    assert (rule.code in codes) == (heading == EXAMPLE_HEADINGS[0])


@pytest.mark.parametrize("directory", ["models", "broken"])
def test_nothing_is_found_that_the_fixtures_do_not_announce(directory, monkeypatch):
    monkeypatch.chdir(ROOT / "fixtures" / directory)
    report = check_unexecuted(["."])
    assert len(report.models) > 40
    for each in report.diagnostics:
        line = report.sources[each.span.path][each.span.line - 1]
        assert each.name in line or (each.name == "off-centre-window" and "ceil_window" in each.span.path), each
