"""What the other files of a project say about models, from the command line: arguments, inputs, who builds whom."""

import json
import time
from pathlib import Path

import pytest

BLOCKS = """\
import torch
from torch import nn


class DoubleConv(nn.Module):
    def __init__(self, inner, outer, norm):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(inner, outer, 3, padding=1), norm(outer), nn.ReLU())

    def forward(self, x):
        return self.body(x)


class Up(nn.Module):
    def __init__(self, inner, outer, norm):
        super().__init__()
        self.up = nn.ConvTranspose2d(inner, inner // 2, 2, stride=2)
        self.conv = DoubleConv(inner, outer, norm)

    def forward(self, x, skip):
        return self.conv(torch.cat([skip, self.up(x)], 1))
"""

UNET = """\
from torch import nn

from blocks import DoubleConv, Up


class UNet(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.enter = DoubleConv(channels, 16, nn.BatchNorm2d)
        self.down = nn.MaxPool2d(2)
        self.deep = DoubleConv(16, 32, nn.BatchNorm2d)
        self.up = Up(32, 16, nn.BatchNorm2d)
        self.leave = nn.Conv2d(16, classes, 1)
        self.odd = nn.Conv2d(3, 3, 2, padding=2)

    def forward(self, x):
        skip = self.enter(x)
        return self.leave(self.up(self.deep(self.down(skip)), skip))
"""

TRAIN = """\
import torch


def main():
    from src.unet import UNet

    model = UNet(4, 2)
    model(torch.randn(1, 4, 256, 256))
"""

ASSUMED = "assumed for UNet: arguments from the function main, train.py:7; input from the function main, train.py:8"


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A U-Net in ``src``, of blocks in another file, and a script that trains it."""
    monkeypatch.chdir(tmp_path)
    Path("src").mkdir()
    Path("pyproject.toml").write_text("")
    Path("src/blocks.py").write_text(BLOCKS)
    Path("src/unet.py").write_text(UNET)
    Path("train.py").write_text(TRAIN)


@pytest.fixture
def project(files, warm_engine):
    """The same, with a worker that has torch already."""


@pytest.mark.parametrize("target", ["src", "src/unet.py", "src/unet.py:UNet"])
def test_a_part_of_a_project_is_checked_as_the_whole_shows_it(project, convlint, target):
    done = convlint("check", target)
    assert (done.exit_code, ASSUMED in done.stdout) == (1, True), done.output
    assert "for example at N = 1, H = 255, W = 256" in done.stdout


@pytest.mark.parametrize("target", ["src.unet:UNet", "unet:UNet"])
def test_a_module_is_checked_as_the_whole_project_shows_it(files, convlint, target):
    done = convlint("check", target)  # with a worker of its own, which looks for modules from where it was started
    assert (done.exit_code, ASSUMED in done.stdout) == (1, True), done.output


def test_contracts_and_shapes_are_of_the_model_that_the_project_uses(project, convlint):
    for command in ("contract", "shapes"):
        assert 'x="N 4 H W"' in convlint(command, "src/unet.py:UNet").stdout


def test_a_block_is_checked_inside_of_the_model_of_another_file(project, convlint):
    done = convlint("check", "src/blocks.py")
    assert done.exit_code == 1
    assert done.stdout.count("warning[") == 1
    assert "warning[CL301]" in done.stdout
    assert "src/blocks.py:21:26" in done.stdout
    assert done.stdout.endswith(
        "\n0 models: 0 checked. Found 1 warning.\n"
        "  2 inside models of other files: DoubleConv (src/unet.py), Up (src/unet.py)\n"
    )
    found = json.loads(convlint("check", "src/blocks.py", "--output-format", "json").stdout)
    assert found["models"] == []
    assert found["inside"][0] == {"name": "DoubleConv", "path": "src/blocks.py", "line": 5, "host": "src/unet.py"}
    whole = json.loads(convlint("check", "--output-format", "json").stdout)
    assert found["diagnostics"] == [each for each in whole["diagnostics"] if each["path"] == "src/blocks.py"]
    assert "inside" not in whole


def test_a_block_whose_model_cannot_be_built_is_checked_alone_as_that_builds_it(project, convlint):
    Path("train.py").unlink()
    unet = UNET.replace("channels, classes)", "config, classes)").replace("(channels, 16", "(7, 16")
    Path("src/unet.py").write_text(unet.replace("nn.MaxPool2d(2)", "config.pool()"))
    Path("src/blocks.py").write_text(BLOCKS.replace("3, padding=1)", "3, padding=3)"))
    done = convlint("check", "src/blocks.py")
    assert "warning[CL107]" in done.stdout
    assert "CL90" not in done.stdout
    assert done.exit_code == 1


def test_a_block_that_is_named_is_built_as_another_file_builds_it(project, convlint):
    done = convlint("check", "src/blocks.py:DoubleConv")
    assert done.exit_code == 0
    assert "assumed for DoubleConv: arguments from UNet.__init__, src/unet.py:9" in done.stdout
    assert '"N 4 H W"' in done.stdout


def test_too_many_files_are_said_to_be_too_many(project, convlint, monkeypatch):
    from convlint.discover import surroundings

    monkeypatch.setattr(surroundings, "MOST_FILES", 0)
    done = convlint("check", "src/unet.py", "--select", "CL4")
    assert done.exit_code == 0
    assert "warning: not all files in . were looked through for what builds the models" in done.stderr


@pytest.fixture
def kept(project, monkeypatch):
    monkeypatch.delenv("CONVLINT_NO_CACHE", raising=False)
    monkeypatch.delenv("CONVLINT_CACHE_DIR", raising=False)


def test_a_kept_report_is_outdated_by_what_another_file_shows(kept, convlint):
    def assumed():
        time.sleep(0.05)
        found = json.loads(convlint("check", "src/unet.py", "--output-format", "json").stdout)
        return found["models"][0]["input"], found["models"][0]["assumed"][0]

    assert assumed() == ('x="N 4 H W"', "arguments from the function main, train.py:7")
    Path("train.py").write_text(TRAIN.replace("(4, 2)", "(5, 2)").replace("1, 4,", "1, 5,"))
    assert assumed() == ('x="N 5 H W"', "arguments from the function main, train.py:7")
    Path("train.py").unlink()
    assert assumed()[0] == 'x="N 3 H W"'
    Path("tools").mkdir()
    Path("tools/predict.py").write_text(TRAIN.replace("4", "6"))
    assert assumed() == ('x="N 6 H W"', "arguments from the function main, tools/predict.py:7")
    Path("src/convlint.toml").write_text("")
    assert assumed()[0] == 'x="N 3 H W"'


def test_an_unchanged_part_of_a_project_is_not_looked_at_again(kept, convlint, monkeypatch):
    from convlint import engine

    time.sleep(0.05)
    first = convlint("check", "src/unet.py")
    monkeypatch.setattr(engine, "check", None)
    again = convlint("check", "src/unet.py")
    assert (again.exit_code, again.stdout) == (first.exit_code, first.stdout)
