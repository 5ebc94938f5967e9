"""The hooks of ``.pre-commit-hooks.yaml``, run by pre-commit itself when a repository is committed to."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = ".pre-commit-hooks.yaml"

BLOCKS = """\
from torch import nn


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return self.conv(x)
"""

NET = """\
from torch import nn

from blocks import Block


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block(8)
        self.head = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        return self.head(self.block(x))
"""

OTHER = """\
from torch import nn


class Other(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(4, 8, 3))

    def forward(self, x):
        return self.body(x)
"""


class Repository:
    """A git repository with three models, and pre-commit installed in it."""

    def __init__(self, path, hooks, environment):
        self.path = path
        self._environment = environment
        path.mkdir()
        self.git("init", "-q")
        for name, text in {"blocks.py": BLOCKS, "net.py": NET, "other.py": OTHER}.items():
            (path / name).write_text(text)
        revision = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=hooks, text=True).strip()
        (path / ".pre-commit-config.yaml").write_text(
            f"repos:\n  - repo: {hooks}\n    rev: {revision}\n    hooks:\n      - id: HOOK\n"
        )
        self.git("add", ".")
        self.git("commit", "-q", "-m", "as it is")
        self.run(sys.executable, "-m", "pre_commit", "install")

    def run(self, *command, check=True):
        done = subprocess.run(
            command, cwd=self.path, env=self._environment, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout
        return done

    def git(self, *arguments, check=True):
        return self.run("git", *arguments, check=check)

    def commit(self, hook, name, old, new):
        """Change one file and commit it past one hook: the exit code, and what was printed."""
        file = self.path / name
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))
        config = self.path / ".pre-commit-config.yaml"
        config.write_text(config.read_text().replace("HOOK", hook))
        self.git("add", ".")
        done = self.git("commit", "-m", "a change", check=False)
        return done.returncode, done.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """One in which ``convlint`` is on the path, and what pre-commit keeps goes elsewhere."""
    directory = tmp_path_factory.mktemp("environment")
    launcher = directory / "bin" / "convlint"
    launcher.parent.mkdir()
    launcher.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m convlint "$@"\n')
    launcher.chmod(0o755)
    me = {f"GIT_{who}_{what}": "me@here" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    others = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {
        **others,
        **me,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "HOME": str(directory),
        "PATH": f"{launcher.parent}{os.pathsep}{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(directory / "pre-commit"),
    }


@pytest.fixture(scope="module")
def hooks(tmp_path_factory, environment):
    """The repository that users name: of this project, pre-commit reads the manifest."""
    path = tmp_path_factory.mktemp("hooks")
    (path / MANIFEST).write_bytes((ROOT / MANIFEST).read_bytes())
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "the hooks"]):
        subprocess.run(["git", *command], cwd=path, env=environment, check=True)
    return path


@pytest.fixture
def repository(tmp_path, hooks, environment):
    return Repository(tmp_path / "project", hooks, environment)


def test_the_manifest_is_one(environment):
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / MANIFEST)]
    assert subprocess.run(command, env=environment, check=False).returncode == 0


def test_a_changed_block_fails_in_the_unchanged_model_that_uses_it(repository):
    code, said = repository.commit("convlint", "blocks.py", "channels, 3, padding=1", "2 * channels, 3, padding=1")
    assert code == 1
    assert "error[CL401] [*] channel-mismatch: `in_channels=8`, but 16 channels arrive\n  --> net.py:10:21\n" in said
    assert "other.py" not in said
    assert "1 model: " in said


def test_a_changed_model_fails_at_the_unchanged_block_that_it_uses(repository):
    code, said = repository.commit("convlint", "net.py", "self.block(x)", "self.block(self.head(x))")
    assert code == 1
    assert "--> blocks.py:7:21" in said
    assert "other.py" not in said


def test_a_change_without_a_mistake_is_committed(repository):
    code, said = repository.commit("convlint", "blocks.py", "3, padding=1", "5, padding=2")
    assert (code, "Passed" in said) == (0, True), said


def test_a_change_that_no_model_depends_on_is_committed(repository):
    (repository.path / "tool.py").write_text("print('no model')\n")
    code, said = repository.commit("convlint", "tool.py", "no model", "still none")
    assert (code, "Passed" in said) == (0, True), said


def test_a_changed_notebook_is_checked(repository):
    cells = [{"cell_type": "code", "source": f"{OTHER}\n\nOther()"}]
    (repository.path / "other.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
    code, said = repository.commit("convlint", "other.ipynb", "Conv2d(3, 8, 3)", "Conv2d(3, 6, 3)")
    assert (code, "--> other.ipynb:cell 1:7:55\n" in said) == (1, True), said


@pytest.mark.parametrize("hook", ["convlint", "convlint-fix"])
def test_a_changed_file_that_the_settings_exclude_is_left_alone(repository, hook):
    (repository.path / "convlint.toml").write_text('extend-exclude = ["other.py"]\n')
    code, said = repository.commit(hook, "other.py", "Conv2d(3, 8, 3)", "Conv2d(3, 6, 3)")
    assert (code, "Passed" in said) == (0, True), said


def test_many_changed_files_are_checked_in_one_run(repository):
    config = repository.path / ".pre-commit-config.yaml"
    for number in range(40):
        (repository.path / f"part{number}.py").write_text("")
    config.write_text(config.read_text().replace("id: HOOK", "id: HOOK\n        verbose: true"))
    code, said = repository.commit("convlint", "net.py", "1)", "1, 1)")
    assert (code, re.findall(r"\d+ models?: ", said)) == (0, ["1 model: "]), said


def test_the_fixing_hook_mends_the_model_and_has_it_looked_at(repository):
    code, said = repository.commit("convlint-fix", "blocks.py", "channels, 3, padding=1", "2 * channels, 3, padding=1")
    assert code == 1
    assert "files were modified by this hook" in said
    assert (repository.path / "net.py").read_text() == NET.replace("nn.Conv2d(8, 2, 1)", "nn.Conv2d(16, 2, 1)")
    assert repository.git("diff", "--name-only").stdout == "net.py\n"


def test_the_manual_shows_the_hooks_of_the_manifest():
    hooks = {each["id"]: each for each in yaml.safe_load((ROOT / MANIFEST).read_text())}
    shown = re.search(r"```yaml\n(repos:\n.*?)```", (ROOT / "docs" / "ci.md").read_text(), re.DOTALL)
    (local,) = yaml.safe_load(shown[1])["repos"]
    assert {each["id"] for each in local["hooks"]} == hooks.keys()
    for each in local["hooks"]:
        assert each.items() <= hooks[each["id"]].items()
