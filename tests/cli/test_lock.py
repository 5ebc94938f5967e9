"""Contracts are recorded in a file that reviewers can read, and a run says what they have become."""

import json
import subprocess
import time
from pathlib import Path

import pytest

NET = """\
import torch
from torch import nn


class {name}(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 8, {kernel}, padding={padding})

    def forward(self, x):
        assert x.shape[2] {demand}, "height"
        return self.down(x)


if __name__ == "__main__":
    {name}()(torch.rand(1, 3, 64, 64))
"""


@pytest.fixture
def write(tmp_path, monkeypatch, warm_engine):
    """Write a model of 64 x 64 images into the working directory."""
    here = tmp_path / "project"
    here.mkdir()
    monkeypatch.chdir(here)

    def write_model(demand="% 2 == 0", name="Net", kernel=3, padding=1, suffix="", file=None):
        text = NET.format(name=name, demand=demand, kernel=kernel, padding=padding)
        path = here / (file or f"{name.lower()}.py")
        path.write_text(text.replace(f"class {name}(nn.Module):", f"class {name}(nn.Module):{suffix}"))
        return path

    return write_model


def test_writing_says_what_is_new_and_leaves_a_readable_file(write, convlint) -> None:
    write()
    result = convlint("contract", "--write")
    assert (result.exit_code, result.stdout) == (0, "added: net.py:Net accepts H % 2 = 0\n")
    assert result.stderr == "convlint.lock: 1 contract (1 added).\n"
    lines = Path("convlint.lock").read_text(encoding="utf-8").splitlines()
    assert lines[3:7] == [
        '[models."net.py:Net"]', 'input = ["x: N 3 H W"]', 'accepts = "H % 2 = 0"', 'output = ["N×8×H×W"]',
    ]  # fmt: skip
    again = convlint("contract", "--write")
    assert (again.exit_code, again.stdout) == (0, "")
    assert again.stderr == "convlint.lock: 1 contract (1 unchanged).\n"
    assert Path("convlint.lock").read_text(encoding="utf-8").splitlines() == lines


@pytest.mark.parametrize(
    ("change", "code", "severity", "message"),
    [
        ({}, 0, None, ""),
        ({"demand": "% 16 == 0"}, 1, "error", "Net accepted multiples of 2 for H, now only multiples of 16 for H"),
        ({"demand": "> 0"}, 0, "info", "Net accepted only multiples of 2 for H, now every size"),
        ({"padding": 2}, 1, "warning", "Net gave 1×8×2×1 at N = 1, H = 2, W = 1, now 1×8×4×3"),
    ],
)
def test_a_changed_contract_is_a_finding_at_the_class(write, convlint, change, code, severity, message) -> None:
    write()
    convlint("contract", "--write")
    write(**change)
    result = convlint("check", "--locked", "--output-format", "json")
    found = [each for each in json.loads(result.stdout)["diagnostics"] if each["code"] == "CL603"]
    assert result.exit_code == code
    assert [(each["severity"], each["message"]) for each in found] == ([(severity, message)] if severity else [])
    assert [(each["path"], each["line"], each["column"]) for each in found] == [("net.py", 5, 1)] * len(found)
    for each in found:
        assert each["witness"].keys() == {"N", "H", "W"}
        assert each["help"] == ["if that is meant, `convlint contract --write` records what holds now"]
    assert convlint("check").exit_code == 0


def test_what_is_left_after_fixes_is_compared(write, convlint) -> None:
    path = write()
    convlint("contract", "--write")
    fixed = path.read_text().replace("% 2", "% 4").replace("return self.down(x)", "return self.up(self.down(x))")
    fixed = fixed.replace("padding=1)", "padding=1)\n        self.up = nn.Conv2d(WIDTH, 8, 3, padding=1)")
    path.write_text(fixed.replace("WIDTH", "9"))
    result = convlint("check", "--fix", "--locked")
    assert (result.exit_code, path.read_text()) == (1, fixed.replace("WIDTH", "8"))
    assert "error[CL603] contract-changed: Net accepted multiples of 2 for H, now only multiples of 4" in result.stdout
    assert "error[CL401]" not in result.stdout


def test_writing_again_says_what_changed(write, convlint) -> None:
    write()
    convlint("contract", "--write")
    write("% 4 == 0")
    write(name="Other")
    result = convlint("contract", "--write")
    assert result.stdout.splitlines() == [
        "changed: net.py:Net accepted multiples of 2 for H, now only multiples of 4 for H",
        "added: other.py:Other accepts H % 2 = 0",
    ]
    assert convlint("check", "--locked").exit_code == 0


def locked(convlint, *arguments):
    """Exit code of a comparison, and what it says of the lock file."""
    result = convlint("check", "--locked", "--show-info", "--output-format", "concise", *arguments)
    return result.exit_code, [line.partition(" ")[2] for line in result.stdout.splitlines() if "CL603" in line]


def test_a_model_that_goes_is_a_warning_and_one_that_comes_an_info(write, convlint) -> None:
    path = write()
    convlint("contract", "--write")
    path.unlink()
    write("% 4 == 0", name="Other")
    assert locked(convlint) == (1, [
        "CL603[contract-changed] warning net.py:Net is recorded, and is no longer among the models",
        "CL603[contract-changed] info no contract of Other is recorded",
    ])  # fmt: skip
    result = convlint("contract", "--write")
    assert result.stdout == "removed: net.py:Net\nadded: other.py:Other accepts H % 4 = 0\n"
    assert result.stderr == "convlint.lock: 1 contract (1 added, 1 removed).\n"


def test_a_file_that_has_no_model_any_more(write, convlint) -> None:
    path = write()
    write(name="Other")
    convlint("contract", "--write")
    path.write_text("import torch\n")
    assert locked(convlint)[0] == 1
    assert locked(convlint, "other.py") == (0, [])


@pytest.mark.parametrize(("name", "file", "now"), [("New", "net.py", "net.py:New"), ("Net", "new.py", "new.py:Net")])
def test_a_model_with_the_recorded_contract_under_another_name_or_in_another_file(
    write, convlint, name, file, now
) -> None:
    write()
    convlint("contract", "--write")
    Path("net.py").unlink()
    write(name=name, file=file)
    said = f"CL603[contract-changed] warning net.py:Net is recorded, and is now {now}"
    assert locked(convlint) == (1, [said])
    result = convlint("contract", "--write")
    assert (result.stdout, result.stderr) == (
        f"renamed: net.py:Net is now {now}\n",
        "convlint.lock: 1 contract (1 renamed).\n",
    )
    assert locked(convlint) == (0, [])


def test_a_single_model_says_nothing_of_the_others_of_its_file(write, convlint) -> None:
    path = write()
    path.write_text(path.read_text() + NET.format(name="More", demand="> 0", kernel=3, padding=1))
    convlint("contract", "--write")
    assert locked(convlint, "net.py:More") == (0, [])
    result = convlint("contract", "--write", "net.py:More")
    assert result.stderr == "convlint.lock: 2 contracts (2 unchanged).\n"


def test_a_part_of_the_repository_leaves_the_rest_recorded(write, convlint) -> None:
    write()
    write(name="Other")
    convlint("contract", "--write")
    write("% 4 == 0")
    result = convlint("contract", "--write", "net.py")
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)
    assert "2 contracts" in result.stderr
    assert convlint("check", "--locked", "other.py").exit_code == 0


def test_branches_that_change_different_models_merge(write, convlint) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=me", "-c", "user.email=me@here")
        subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)

    def commit() -> None:
        convlint("contract", "--write")
        git("add", ".")
        git("commit", "-qm", "as it is")

    git("init", "-q", "-b", "main")
    write(name="A")
    write(name="B")
    commit()
    git("checkout", "-qb", "other")
    write("% 4 == 0", name="B")
    write(name="D")
    commit()
    git("checkout", "-q", "main")
    write("% 8 == 0", name="A")
    write(name="A0")
    commit()
    git("merge", "-q", "other", "-m", "both")
    result = convlint("check", "--locked", "--show-info", "--select", "CL603")
    assert (result.exit_code, "4 models: 4 checked. No findings." in result.stdout) == (0, True)


def test_models_of_notebooks_are_recorded_by_their_file(write, convlint) -> None:
    write(name="Other")
    notebook = Path("net.ipynb")

    def write_cells(*texts: str) -> None:
        cells = [{"cell_type": "code", "source": text} for text in texts]
        notebook.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))

    write_cells(write().read_text())
    Path("net.py").unlink()
    assert "added: net.ipynb:Net" in convlint("contract", "--write").stdout
    assert convlint("contract", "--write", "other.py").stdout == ""
    assert '[models."net.ipynb:Net"]' in Path("convlint.lock").read_text(encoding="utf-8")
    assert "net.ipynb" not in convlint("check", "--locked", "other.py", "--show-info").stdout
    write_cells("import torch", write("% 4 == 0").read_text())
    Path("net.py").unlink()
    result = convlint("check", "--locked", "--output-format", "concise")
    assert result.exit_code == 1
    assert result.stdout.startswith("net.ipynb:cell 2:5:1: CL603[contract-changed] error Net accepted multiples of 2")
    Path("convlint.toml").write_text('[per-file-ignores]\n"*.ipynb" = ["CL603"]\n')
    assert convlint("check", "--locked").exit_code == 0
    Path("convlint.toml").unlink()
    write_cells("import torch", write("% 4 == 0", suffix="  # convlint: ignore[contract-changed]").read_text())
    Path("net.py").unlink()
    result = convlint("check", "--locked")
    assert (result.exit_code, "1 suppressed" in result.stdout) == (0, True)


def test_a_model_that_cannot_be_traced_stays_recorded(write, convlint) -> None:
    path = write()
    convlint("contract", "--write")
    before = Path("convlint.lock").read_bytes()
    path.write_text(path.read_text().replace("nn.Conv2d(3", "nn.Conv2d(undefined"))
    result = convlint("contract", "--write")
    assert "warning: net.py:Net could not be traced, and stays as it was recorded" in result.stderr
    assert Path("convlint.lock").read_bytes() == before


def test_what_cannot_be_run_is_a_problem_and_the_rest_is_recorded(write, convlint) -> None:
    write()
    result = convlint("contract", "--write", "nett.py", "net.py")
    assert (result.exit_code, result.stdout) == (2, "added: net.py:Net accepts H % 2 = 0\n")
    assert result.stderr.startswith("error: there is no such file or directory\n  nett.py\n")
    assert '[models."net.py:Net"]' in Path("convlint.lock").read_text(encoding="utf-8")


def test_a_model_that_was_never_traced_is_said_not_to_be_recorded(write, convlint) -> None:
    path = write()
    path.write_text(path.read_text().replace("nn.Conv2d(3", "nn.Conv2d(undefined"))
    result = convlint("contract", "--write")
    assert "warning: net.py:Net could not be traced, and is not recorded" in result.stderr


def test_a_run_from_the_cache_knows_the_lock_of_now(write, convlint, monkeypatch) -> None:
    monkeypatch.delenv("CONVLINT_NO_CACHE", raising=False)
    monkeypatch.delenv("CONVLINT_CACHE_DIR", raising=False)
    write()
    time.sleep(0.05)  # what is touched while a run begins is not kept
    convlint("contract", "--write")
    time.sleep(0.05)
    assert [convlint("check", "--locked").exit_code for _ in range(2)] == [0, 0]
    assert any(Path(".convlint_cache/runs").iterdir())
    lock = Path("convlint.lock")
    kept = lock.read_text(encoding="utf-8").replace("net.py:", "project/net.py:")
    write("% 16 == 0")
    convlint("contract", "--write", "--lock-file", "other.lock")
    assert [convlint("check", "--locked").exit_code for _ in range(2)] == [1, 1]
    lock.write_bytes(Path("other.lock").read_bytes())
    assert convlint("check", "--locked").exit_code == 0
    Path("..", "convlint.lock").write_text(kept, encoding="utf-8")
    lock.unlink()
    assert [convlint("check", "--locked").exit_code for _ in range(2)] == [1, 1]
    lock.write_bytes(Path("other.lock").read_bytes())
    assert convlint("check", "--locked").exit_code == 0


def test_a_comment_at_the_class_hides_it_and_is_not_unused_without_the_lock(write, convlint) -> None:
    write()
    convlint("contract", "--write")
    write("% 16 == 0", suffix="  # convlint: ignore[contract-changed] -- v2")
    result = convlint("check", "--locked", "--show-suppressed")
    assert (result.exit_code, "suppressed CL603" in result.stdout) == (0, True)
    assert convlint("check").exit_code == 0


def test_rules_and_severities_are_those_of_the_settings(write, convlint) -> None:
    write()
    convlint("contract", "--write")
    write("% 16 == 0")
    assert convlint("check", "--locked", "--ignore", "CL603").exit_code == 0
    Path("convlint.toml").write_text('[severity]\ncontract-changed = "info"\n')
    assert convlint("check", "--locked").exit_code == 0


def test_without_a_lock_there_is_nothing_to_compare(write, convlint) -> None:
    write()
    result = convlint("check", "--locked")
    assert result.exit_code == 2
    assert "there is no convlint.lock here or in a directory above" in result.stderr
    assert "convlint contract --write" in result.stderr


def test_a_lock_with_marks_of_a_merge_is_a_problem(write, convlint) -> None:
    write()
    Path("convlint.lock").write_text("<<<<<<< HEAD\n")
    for arguments in (("check", "--locked"), ("contract", "--write")):
        result = convlint(*arguments)
        assert result.exit_code == 2
        assert "a merge may have left its marks in it" in result.stderr


def test_a_recorded_contract_that_cannot_be_read_is_a_warning(write, convlint) -> None:
    write()
    convlint("contract", "--write")
    lock = Path("convlint.lock")
    lock.write_text(lock.read_text(encoding="utf-8").replace('"declared"', '"declared_"'), encoding="utf-8")
    result = convlint("check", "--locked")
    assert result.exit_code == 1
    assert "the recorded contract of Net is of no use" in result.stdout


@pytest.mark.parametrize("arguments", [(), ("a.py:A", "b.py:B"), ("--write", "--at", "H=3"), ("--lock-file", "x", "a")])
def test_what_does_not_go_together_is_said(write, convlint, arguments) -> None:
    result = convlint("contract", *arguments)
    assert (result.exit_code, "Error: " in result.stderr) == (2, True)
