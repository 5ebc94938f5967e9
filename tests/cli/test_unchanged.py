"""A run in which nothing has changed: what the last one printed, or its report; anything else runs anew."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from convlint import engine
from convlint.cache import identity, runs, stamps
from convlint.cache.entries import from_bytes, to_bytes
from convlint.cli.group import cli
from convlint.cli.shown import Shown

BLOCK = """\
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        return self.conv(x)
"""

NET = """\
import torch
from torch import nn

from parts.blocks import Block


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.block = Block(8)
        self.head = nn.Conv2d(16, 4, 1)

    def forward(self, x):
        return self.head(self.block(self.stem(x)))


if __name__ == "__main__":
    Net()(torch.randn(1, 3, 32, 32))
"""


@pytest.fixture
def project(tmp_path, monkeypatch, warm_engine):
    monkeypatch.delenv("CONVLINT_NO_CACHE", raising=False)
    monkeypatch.delenv("CONVLINT_CACHE_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    Path("net").mkdir()
    Path("parts").mkdir()
    Path("net/net.py").write_text(NET)
    Path("parts/blocks.py").write_text(BLOCK)
    Path("convlint.toml").write_text("")
    Path("requirements.txt").write_text("torch\n")  # the root, from which `parts` is imported
    time.sleep(0.05)  # what is touched while a run begins is not kept
    return tmp_path


@pytest.fixture(params=["what was printed", "the report"])
def check(request, project, monkeypatch):
    """``check()`` → click's result, and whether the engine was asked.

    Both ways: as the program goes, which prints what it printed before, and without that, by the report alone.
    """
    asked = []
    real = engine.check
    monkeypatch.setattr(stamps, "_COARSE", 0)

    def counted(*arguments, **keywords):
        asked.append(arguments)
        return real(*arguments, **keywords)

    monkeypatch.setattr(engine, "check", counted)

    def main(*arguments):
        """As `convlint.cli.main` does."""
        shown = Shown.of_check(arguments)
        status = shown.again()
        return status if status is not None else cli.main(arguments, prog_name="convlint", obj=shown)

    def check(*arguments):
        asked.clear()
        time.sleep(0.05)
        arguments = ("check", *(arguments or ("net",)))
        if request.param == "the report":
            result = CliRunner().invoke(cli, arguments, prog_name="convlint")
        else:
            result = CliRunner().invoke(click.command()(lambda: sys.exit(main(*arguments))), [])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result, bool(asked)

    return check


def test_the_second_run_says_the_same_and_asks_nobody(check):
    first, was_asked = check()
    assert was_asked
    assert first.exit_code == 1
    second, was_asked = check()
    assert not was_asked
    assert (second.exit_code, second.output) == (first.exit_code, first.output)
    assert "error[CL401] [*] channel-mismatch" in second.stdout


def notebook(text="A net", outputs=(), code=NET, before=()):
    """The content of a notebook with one cell of code behind one of text."""
    cells = [*before, {"cell_type": "markdown", "source": text}]
    cells.append({"cell_type": "code", "source": code.splitlines(keepends=True), "outputs": list(outputs)})
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}, indent=1)


@pytest.mark.parametrize("then", [notebook(["A net\n", "with text"]), notebook(outputs=["lost", "found"])])
def test_text_and_outputs_of_a_notebook_do_not_count_but_where_its_code_stands(then, check):
    path = Path("net/net.ipynb")
    path.write_text(notebook())
    arguments = ("net/net.ipynb", "--output-format", "github")
    first, was_asked = check(*arguments)
    assert was_asked
    path.write_text(then)
    second, was_asked = check(*arguments)
    assert not was_asked
    for result, text in ((first, notebook()), (second, then)):
        line = next(at for at, each in enumerate(text.split("\n"), start=1) if "self.head = " in each)
        assert result.stdout.startswith(f"::error file=net/net.ipynb,line={line},col=26,")


@pytest.mark.parametrize(
    "then",
    [
        notebook(code=NET.replace("16, 4", "8, 4")),
        notebook(before=[{"cell_type": "markdown", "source": "moved"}]),
        notebook().replace('"metadata": {}', '"metadata": {"language_info": {"name": "R"}}'),
        notebook()[:-1],
    ],
)
def test_code_of_a_notebook_and_its_place_count(then, check):
    path = Path("net/net.ipynb")
    path.write_text(notebook())
    first, _ = check("net/net.ipynb")
    path.write_text(then)
    second, was_asked = check("net/net.ipynb")
    assert was_asked
    assert second.stdout != first.stdout


def edit_the_file():
    Path("net/net.py").write_text(NET.replace("16, 4", "8, 4"))


def edit_what_it_imports():
    Path("parts/blocks.py").write_text(BLOCK.replace("width, width, 3", "width, 16, 3"))


def add_a_file():
    Path("net/other.py").write_text(NET)


def add_a_directory():
    Path("net/more").mkdir()


def remove_the_file():
    Path("net/net.py").unlink()


def edit_the_settings():
    Path("convlint.toml").write_text('ignore = ["CL401"]\n')


def add_nearer_settings():
    Path("pyproject.toml").write_text("")
    Path(".convlint.toml").write_text("")


def add_settings_of_the_files_directory():
    Path("net/convlint.toml").write_text('ignore = ["CL401"]\n')


def shadow_a_package():
    Path("net/parts").mkdir()


def ignore_a_file():
    Path("net/.gitignore").write_text("net.py\n")


@pytest.mark.parametrize(
    "change",
    [
        edit_the_file,
        edit_what_it_imports,
        add_a_file,
        add_a_directory,
        remove_the_file,
        edit_the_settings,
        add_nearer_settings,
        add_settings_of_the_files_directory,
        shadow_a_package,
        ignore_a_file,
    ],
)
def test_any_change_is_seen(check, change):
    check()
    change()
    assert check()[1]


@pytest.mark.parametrize(
    ("change", "is_awaited"),
    [(edit_the_file, True), (edit_what_it_imports, True), (edit_the_settings, False), (add_a_directory, False)],
)
def test_an_edit_of_a_model_has_torch_imported_at_once(check, change, is_awaited, monkeypatch):
    check()
    change()
    awaited = []
    real = engine.check
    monkeypatch.setattr(engine, "check", lambda *a, **k: awaited.append(k["is_awaited"]) or real(*a, **k))
    check()
    assert awaited == [is_awaited]


@pytest.mark.parametrize("target", ["net", "net/net.py"])
def test_settings_of_the_files_directory_are_watched(check, target):
    Path("net/convlint.toml").write_text("")
    check(target)
    assert not check(target)[1]
    edited = 'ignore = ["CL401"]\n'
    Path("net/convlint.toml").write_text(edited)
    result, was_asked = check(target)
    assert was_asked
    assert result.exit_code == 0


def test_a_file_that_was_named_and_what_it_missed_are_watched(check):
    Path("net/net.py").write_text(NET.replace("parts.blocks", "absent"))
    check("net/net.py")
    assert not check("net/net.py")[1]
    Path("net/absent.py").write_text(BLOCK)
    result, was_asked = check("net/net.py")
    assert was_asked
    assert "channel-mismatch" in result.stdout


def test_a_file_that_was_only_touched_is_the_same(check):
    check()
    Path("net/net.py").write_text(NET)
    os.utime("net/net.py", (1, 1))
    Path("net/notes.txt").write_text("no Python")
    assert not check()[1]


def test_any_name_in_a_directory_that_a_model_lists_counts(check):
    """Also where the run itself lists it, which only looks for Python."""
    Path("net/net.py").write_text(f"import os\nNAMES = os.listdir(os.path.dirname(__file__))\n{NET}")
    check()
    assert not check()[1]
    Path("net/notes.txt").write_text("no Python")
    assert check()[1]


def test_a_recorded_model_of_another_project_is_seen_to_go(check, convlint):
    for directory in ("one", "other"):
        Path(directory).mkdir()
        Path(directory, "convlint.toml").write_text("")
        Path(directory, "block.py").write_text(BLOCK.replace("width):", "width=3):"))
    assert convlint("contract", "--write", "one", "other").exit_code == 0
    arguments = ("one", "--locked")
    assert check(*arguments)[0].exit_code == 0
    assert not check(*arguments)[1]
    Path("other/block.py").unlink()
    result, was_asked = check(*arguments)
    assert (was_asked, result.exit_code) == (True, 1)
    assert "other/block.py:Block is recorded, and is no longer among the models" in result.stdout


def test_another_torch_is_seen(check, project, monkeypatch):
    version = project / "version.py"
    version.write_text("2.13.0")
    real = identity.interpreter_of

    def fake(python):
        found = real(python)
        return replace(found, key=version.read_text(), depends=replace(found.depends, files=frozenset({str(version)})))

    monkeypatch.setattr("convlint.engine.examining.memory.interpreter_of", fake)
    time.sleep(0.05)
    check()
    assert not check()[1]
    version.write_text("2.13.1")
    assert check()[1]


def test_another_convlint_is_seen(check, project, monkeypatch):
    source = project / "rule.py"
    source.write_text("one")
    monkeypatch.setattr(runs, "convlint_files", lambda: (str(source),))
    time.sleep(0.05)
    check()
    assert not check()[1]
    source.write_text("two")
    assert check()[1]


@pytest.mark.parametrize("arguments", [("net", "--ignore", "CL401"), ("net", "--timeout", "50"), ("net", "parts")])
def test_another_question_has_another_answer(check, arguments):
    check()
    assert check(*arguments)[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--no-exec",), "not run (--no-exec)"), (("--show-files",), "net/net.py\n"), (("--diff",), "+++ net/net.py")],
)
def test_what_is_no_check_neither_shows_a_report_nor_is_shown_for_one(check, arguments, said):
    other, _ = check("net", *arguments)
    report, was_asked = check("net")
    assert was_asked
    assert said in other.stdout
    assert said not in report.stdout
    assert check("net", *arguments)[0].stdout == other.stdout


def from_another_directory(project, monkeypatch):
    monkeypatch.chdir("parts")


def with_another_interpreter(project, monkeypatch):
    for module in ("kept", "shown"):
        monkeypatch.setattr(f"convlint.cli.{module}.project_python", lambda start: f"{start}/bin/python")


def with_another_search_path(project, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(project / "parts"))


@pytest.mark.parametrize("change", [from_another_directory, with_another_interpreter, with_another_search_path])
def test_the_same_question_in_other_circumstances_has_another_answer(check, project, change, monkeypatch):
    arguments = (str(project / "net"), "--cache-dir", str(project / "kept"))
    first, _ = check(*arguments)
    assert not check(*arguments)[1]
    change(project, monkeypatch)
    second, was_asked = check(*arguments)
    assert (was_asked, second.exit_code) == (True, first.exit_code)
    assert ("  --> net/net.py:12:21\n" in second.stdout) is (change is not from_another_directory)


@pytest.mark.parametrize("kind", ["active", ".venv"])
def test_an_environment_that_gets_a_torch_is_another_interpreter(check, kind, project, tmp_path_factory, monkeypatch):
    """Neither the command line nor the variables say so, and no file that was read."""
    environment = project / ".venv" if kind == ".venv" else tmp_path_factory.mktemp("environment")
    if kind == "active":
        monkeypatch.setenv("VIRTUAL_ENV", str(environment))
    else:
        monkeypatch.delenv("VIRTUAL_ENV", raising=False)
        monkeypatch.setattr("convlint.interpreter.find_spec", lambda name: None)
    check()
    assert not check()[1]
    python = environment / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (environment / "lib" / "python3.11" / "site-packages" / "torch").mkdir(parents=True)
    assert check()[1]


@pytest.mark.parametrize("manner", [("-v",), ("--statistics",), ("--jobs", "1")])
def test_a_report_may_be_shown_in_another_manner(check, manner):
    check()
    result, was_asked = check("net", *manner)
    assert not was_asked
    assert result.exit_code == 1
    assert "channel-mismatch" in result.stdout


def test_the_settings_say_how_it_is_shown(check):
    Path("convlint.toml").write_text('fail-on = "info"\noutput-format = "concise"\nselect = ["CL401"]\n')
    first, _ = check()
    second, was_asked = check()
    assert not was_asked
    assert (second.exit_code, second.output) == (first.exit_code, first.output)


@pytest.mark.parametrize("variable", ["CONVLINT_NO_CACHE", "VIRTUAL_ENV", "PYTHONPATH"])
def test_another_environment_has_another_answer(check, variable, monkeypatch):
    check()
    monkeypatch.setenv(variable, "1")
    assert check()[1]


def test_a_cache_directory_of_the_settings_is_read_as_soon(check):
    Path("convlint.toml").write_text('cache-dir = "kept"\n')
    first, _ = check()
    second, was_asked = check()
    assert not was_asked
    assert (second.exit_code, second.output) == (first.exit_code, first.output)
    assert Path("kept/runs").is_dir()
    assert not Path(".convlint_cache").exists()
    Path("convlint.toml").write_text('cache-dir = "elsewhere"\n')
    assert check()[1]


@pytest.mark.parametrize("damaged", [b"", b"\xff\x00", b'{"key": 1}'])
def test_a_damaged_entry_is_ignored(check, damaged):
    first, _ = check()
    for kind in ("runs", "shown"):
        for entry in Path(".convlint_cache").glob(f"{kind}/*"):
            entry.write_bytes(damaged)
    second, was_asked = check()
    assert was_asked
    assert second.output == first.output


@pytest.mark.parametrize("value", [3, [], {}, {"snapshot": {}, "report": 1, "settings": {}, "sources": []}])
def test_an_entry_that_says_something_else_is_ignored(check, value):
    first, _ = check()
    kept = [path for kind in ("runs", "shown") for path in Path(".convlint_cache").glob(f"{kind}/*")]
    assert kept
    for path in kept:
        path.write_bytes(to_bytes(from_bytes(path.read_bytes())["key"], value))
    second, was_asked = check()
    assert was_asked
    assert second.output == first.output


def test_what_could_not_be_run_is_tried_again(check):
    result, _ = check("net", "absent")
    assert result.exit_code == 2
    assert check("net", "absent")[1]


def test_no_cache_asks_every_time(check):
    check()
    assert check("net", "--no-cache")[1]


HEAVY = ("torch", "libcst", "tomllib", "convlint.symbolic", "convlint.rules", "convlint.discover", "convlint.engine",
         "convlint.trace", "convlint.graph", "convlint.settings", "convlint.request", "subprocess")  # fmt: skip
SLOW = (*HEAVY, "click", "dataclasses", "typing", "convlint.report", "convlint.render", "convlint.diagnostics")


def test_nothing_heavy_is_imported(project):
    """Not for the report of a run, and less for what one printed, once the files were still for some seconds."""
    command = [sys.executable, "-X", "importtime", "-m", "convlint", "check", "net"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONIOENCODING": "utf-8"}

    def run(*more):
        done = subprocess.run([*command, *more], check=False, capture_output=True, text=True, env=environment)
        return done, {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}

    first, _ = run()
    report, imported = run("--jobs", "1")
    assert "convlint.cache.runs" in imported
    assert sorted(each for each in imported if each.startswith(HEAVY)) == []
    time.sleep(2.1)
    run()
    printed, imported = run()
    assert "convlint.cli.shown" in imported
    assert sorted(each for each in imported if each.startswith(SLOW)) == []
    assert "channel-mismatch" in first.stdout
    for each in (report, printed):
        assert (each.returncode, each.stdout) == (first.returncode, first.stdout)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no file of this system is always full")
def test_a_report_that_cannot_be_written_is_no_finding_be_it_new_or_printed_before(project):
    command = [sys.executable, "-m", "convlint", "check", "net"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONIOENCODING": "utf-8"}
    time.sleep(2.1)
    for _ in range(2):
        with open("/dev/full", "w") as full:
            done = subprocess.run(command, check=False, stdout=full, stderr=subprocess.PIPE, text=True, env=environment)
        assert done.returncode == 2
        assert done.stderr == "error: the output cannot be written: no space left on device\n"
        assert subprocess.run(command, check=False, capture_output=True, env=environment).returncode == 1


def test_what_git_says_is_asked_again(project, convlint):
    subprocess.run(["git", "init"], check=True, capture_output=True)
    Path(".gitignore").write_text("")
    assert "1 model: 1 checked" in convlint("check", "--affected").stdout
    Path(".git/info/exclude").write_text("*\n")
    assert "0 models: 0 checked" in convlint("check", "--affected").stdout


def test_it_takes_at_most_three_times_what_importing_click_does(project):
    """Processor time, the least of several runs: what else the machine does has no part in it."""
    check = ("-m", "convlint", "check", "net")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}

    def seconds(*arguments):
        before = os.times()
        subprocess.run([sys.executable, *arguments], check=False, capture_output=True, env=environment)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    first = seconds(*check)
    time.sleep(2.1)  # until then, a change might not show in the times of a file
    seconds(*check)
    runs = [(seconds(*check), seconds("-c", "import click")) for _ in range(5)]
    unchanged, reference = map(min, zip(*runs, strict=True))
    assert unchanged <= 3 * reference
    assert unchanged < first / 4
