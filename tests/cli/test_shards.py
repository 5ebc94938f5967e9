"""``--shard`` and ``convlint merge``: the parts of a CI matrix, and the whole that they give."""

import json
import time
from pathlib import Path

import pytest

from convlint import engine
from convlint.engine import pipeline
from convlint.engine.planning.shards import Shard

NET = """\
import torch
from torch import nn

from blocks import Head


class Net{number}(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, {width}, 3, padding=1)
        self.head = Head()

    def forward(self, x):
        return self.head(self.stem(x))


if __name__ == "__main__":
    Net{number}()(torch.randn(1, 3, 32, 32))
"""

BLOCKS = """\
from torch import nn


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 4, 1)  # convlint: ignore[CL203]

    def forward(self, x):
        return self.conv(x)
"""


@pytest.fixture
def project(tmp_path, monkeypatch, warm_engine):
    monkeypatch.delenv("CONVLINT_NO_CACHE", raising=False)
    monkeypatch.delenv("CONVLINT_CACHE_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    for number in range(5):
        Path(f"net{number}.py").write_text(NET.format(number=number, width=6 if number % 2 else 8))
    Path("blocks.py").write_text(BLOCKS)
    Path("convlint.toml").write_text('[models."net4.py:Net4"]\nskip = true\n')
    Path("broken.py").write_text("import torch\nclass (nn.Module)\n")
    Path("plain.py").write_text('import torch\n\n\n# convlint: input("N 3 H W")\nclass Plain: ...\n')
    time.sleep(0.05)


def report(result):
    assert result.exit_code == 1
    return json.loads(result.stdout)


def test_the_merged_report_is_that_of_the_whole_and_runs_no_model(project, convlint, monkeypatch):
    whole = report(convlint("check", "--no-cache", "--output-format", "json"))
    parts = []
    for number in (1, 2, 3):
        arguments = ("--shard", f"{number}/3", "--cache-dir", f"part{number}", "--output-format", "json")
        parts.append(json.loads(convlint("check", *arguments).stdout))
    names = [model["name"] for part in parts for model in part["models"]]
    assert sorted(names) == sorted(model["name"] for model in whole["models"])
    assert all(len(part["models"]) < len(names) for part in parts)
    assert not any(finding["fix"] for part in parts for finding in part["diagnostics"])
    assert not any(finding["code"] == "CL907" for part in parts for finding in part["diagnostics"])  # nobody's part
    merged = convlint("merge", "part1", "part2", "part3")
    assert merged.exit_code == 0
    assert merged.stdout.startswith("Merged ")

    def never(*arguments, **keywords):
        raise AssertionError(arguments)

    monkeypatch.setattr(pipeline, "examine", never)
    assert report(convlint("check", "--output-format", "json")) == whole
    assert {finding["code"] for finding in whole["diagnostics"]} >= {"CL401", "CL901", "CL907"}


def test_a_fix_that_a_part_tried_is_not_tried_again(tmp_path, project, convlint, monkeypatch):
    (tmp_path / "own").mkdir()
    monkeypatch.chdir("own")
    for number in range(4):
        text = NET.format(number=number, width=6).replace("Head()", "nn.Conv2d(8, 4, 1)").replace("from blocks", "#")
        Path(f"net{number}.py").write_text(text)
    time.sleep(0.05)
    for number in (1, 2):
        convlint("check", "--shard", f"{number}/2", "--cache-dir", f"part{number}")
    assert convlint("merge", "part1", "part2").exit_code == 0
    monkeypatch.setattr(pipeline, "look", lambda *_: pytest.fail("it was tried again"))
    whole = report(convlint("check", "--output-format", "json"))
    assert [each["fix"]["message"] for each in whole["diagnostics"]] == ["set `in_channels=6`"] * 4


def test_a_file_is_in_one_shard_whatever_others_there_are(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    shards = [Shard(number, 4) for number in range(1, 5)]
    paths = [f"models/net{number}.py" for number in range(40)]
    owners = [[shard for shard in shards if shard.holds(path)] for path in paths]
    assert all(len(each) == 1 for each in owners)
    assert {each[0] for each in owners} == set(shards)
    assert shards[0].holds(paths[0]) == shards[0].holds(str(tmp_path / paths[0]))


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "1/0", "-1/2"])
def test_what_is_no_shard_is_a_mistake(text, project, convlint):
    result = convlint("check", "--shard", text)
    assert result.exit_code == 2
    assert "a shard is written I/N, with I from 1 to N." in result.stderr


@pytest.mark.parametrize("edit", ["--fix", "--diff"])
def test_a_shard_edits_nothing(edit, project, convlint):
    result = convlint("check", "--shard", "1/2", edit)
    assert result.exit_code == 2
    assert "leave out --shard" in result.stderr


def test_only_caches_are_merged(project, convlint):
    Path("data").mkdir()
    result = convlint("merge", "data")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: this is no cache of convlint's\n")
    assert not Path(".convlint_cache").exists()


def test_a_shard_of_the_engine_is_a_part(project):
    whole = engine.check(["."])
    parts = [engine.check(["."], shard=Shard(number, 2)) for number in (1, 2)]
    assert sum(len(part.models) for part in parts) == len(whole.models)
