import errno
import os
from pathlib import Path

import pytest

from convlint.discover import discover
from convlint.discover.files import FileFilter, mentions_models, python_files
from convlint.source.unsaved import unsaved


def test_directories_are_walked_in_order_without_other_peoples_code(tmp_path):
    for name in ("b.py", "a/z.py", "a/a.py", ".hidden/x.py", "venv/x.py", "node_modules/x.py", "build/x.py", "c.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    own = tmp_path / "myenv"
    own.mkdir()
    (own / "pyvenv.cfg").write_text("")
    (own / "x.py").write_text("")
    found = [path.removeprefix(str(tmp_path) + "/") for path in python_files([str(tmp_path)])]
    assert found == ["b.py", "a/a.py", "a/z.py"]


def test_a_named_file_is_taken_as_it_is_and_only_once(tmp_path):
    script = tmp_path / "script"
    script.write_text("")
    assert list(python_files([str(script), str(script)])) == [str(script)]


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """``tree(files, ...)`` writes files (names, or text by name) and says which of them are looked at from there."""
    monkeypatch.chdir(tmp_path)

    def run(files, *paths, **choices):
        for name, text in files.items() if isinstance(files, dict) else ((name, "") for name in files.split()):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return " ".join(python_files(paths or (".",), files=FileFilter(**choices)))

    return run


def test_what_git_ignores_is_left_out(tree):
    files = {
        ".git/HEAD": "",
        ".git/info/exclude": "mine.py\n",
        ".gitignore": "# comment\n/top.py\nold/\n*_gen.py\n!kept_gen.py\n",
        **dict.fromkeys("top.py old/a.py sub/old/b.py a_gen.py kept_gen.py sub/mine.py sub/top.py".split(), ""),
    }
    assert tree(files) == "kept_gen.py sub/top.py"
    assert tree({}, respect_gitignore=False) == (
        "a_gen.py kept_gen.py top.py old/a.py sub/mine.py sub/top.py sub/old/b.py"
    )


def test_a_nested_gitignore_speaks_of_its_directory_and_counts_for_more(tree):
    files = {
        ".git/HEAD": "",
        ".gitignore": "*_gen.py\n",
        "sub/.gitignore": "!*_gen.py\n/local.py\n",
        **dict.fromkeys("a_gen.py local.py sub/a_gen.py sub/local.py sub/deep/local.py".split(), ""),
    }
    assert tree(files) == "local.py sub/a_gen.py sub/deep/local.py"


def test_what_git_ignores_above_the_named_directory_counts(tree):
    files = {".git/HEAD": "", ".gitignore": "/sub/a.py\n", "sub/a.py": "", "sub/b.py": ""}
    assert tree(files, "sub") == "sub/b.py"


def test_a_work_tree_of_git_has_the_excludes_of_its_repository(tree, tmp_path):
    files = {
        "main/.git/info/exclude": "mine.py\n",
        "main/.git/worktrees/side/commondir": "../..\n",
        "side/.git": f"gitdir: {tmp_path}/main/.git/worktrees/side\n",
        "side/mine.py": "",
        "side/net.py": "",
    }
    assert tree(files, "side") == "side/net.py"


def test_a_line_that_git_cannot_read_is_passed_over(tree):
    assert tree({".git/HEAD": "", ".gitignore": "!\n/\nold.py\n", "old.py": "", "net.py": ""}) == "net.py"


def test_without_a_repository_the_files_below_count(tree):
    assert tree({"sub/.gitignore": "a.py\n", "sub/a.py": "", "sub/b.py": ""}) == "sub/b.py"


def test_globs_leave_out_files_and_directories(tree):
    assert tree("a.py old/b.py sub/old/c.py sub/c.py sub/d.py", exclude=("old/", "/sub/c.py")) == "a.py sub/d.py"


def test_globs_count_for_more_than_git(tree):
    files = {".git/HEAD": "", ".gitignore": "*.py\n", "a.py": "", "b.py": ""}
    assert tree(files, exclude=("!a.py",)) == "a.py"


def test_what_is_named_is_looked_at_though_it_is_excluded(tree):
    assert tree("old/a.py old/deep/b.py", "old/a.py", exclude=("old/",)) == "old/a.py"
    assert tree("", "old", exclude=("old/", "deep/")) == "old/a.py"
    assert tree("", "old", "old/a.py", exclude=("old/",), force_exclude=True) == ""


def test_a_named_file_that_git_ignores_is_looked_at_unless_that_is_forced(tree):
    files = {".git/HEAD": "", ".gitignore": "old/\n", "old/a.py": ""}
    assert tree(files, "old/a.py") == "old/a.py"
    assert tree(files, "old/a.py", force_exclude=True) == ""
    assert tree(files, "old/a.py", force_exclude=True, respect_gitignore=False) == "old/a.py"


def test_links_in_a_circle_end(tree, tmp_path):
    tree("a.py sub/b.py")
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    assert tree("") == "a.py sub/b.py"


def test_files_that_cannot_hold_models_are_not_parsed():
    assert mentions_models(b"import torch")
    assert not mentions_models(b"class Net: pass")


def test_a_broken_file_that_does_not_speak_of_models_is_passed_over(project):
    assert project({"template.py": "class {{ name }}(Base): ...\n", "python2.py": "print 'hello'\n"}).unreadable == ()


def test_a_broken_file_without_models_is_spoken_of_where_it_is_named_and_not_where_it_is_only_open(project):
    broken = {"python2.py": "print 'hello'\n", "notes.ipynb": '{"cells": ['}
    project(broken)
    named = discover([*broken, "."]).unreadable
    assert [each.span.path for each in named] == [*broken]
    assert "syntax error" in named[0].message
    with unsaved({path: text.encode() for path, text in broken.items()}):
        assert discover([*broken]).unreadable == ()


def test_a_file_that_is_no_python_is_reported_and_harms_no_other(project):
    found = project(
        {
            "a.py": "import torch\nclass Net(nn.Module:\n    pass\n",
            "b.py": "from torch import nn\nclass Net(nn.Module):\n    def forward(self, x): return x\n",
        }
    )
    (problem,) = found.unreadable
    assert (problem.span.path, problem.span.line) == ("a.py", 2)
    assert problem.message.startswith("syntax error: ")
    assert [model.path for model in found.models] == ["b.py"]


def test_discovery_imports_no_torch_and_runs_nothing(project, capsys):
    project({"a.py": "import torch\nprint('ran')\n"})
    assert not capsys.readouterr().out


def test_a_path_that_does_not_exist_holds_nothing():
    assert discover(["absent.py"]).models == ()


def test_links_to_nothing_and_pipes_are_no_files(tmp_path):
    (tmp_path / "net.py").write_text("")
    (tmp_path / ".#net.py").symlink_to("someone@somewhere.123")
    (tmp_path / "loop.py").symlink_to("loop.py")
    (tmp_path / "directory.py").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    assert list(python_files([str(tmp_path)])) == [str(tmp_path / "net.py")]


def test_a_named_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.py")
    (problem,) = discover([str(tmp_path / "pipe.py")]).unreadable
    assert problem.message == "this file cannot be read: it is no regular file"
    assert problem.help


@pytest.mark.parametrize("closed", ["closed.py", "closed"])
def test_what_the_system_does_not_open_is_reported_and_harms_no_other(project, net, monkeypatch, closed):
    """A file that cannot be read, a directory that cannot be listed: also for root, whom no permission keeps out."""

    def refuse(opens):
        def opened(path, *arguments):
            if os.path.basename(path) == closed:
                raise PermissionError(errno.EACCES, "Permission denied", os.fspath(path))
            return opens(path, *arguments)

        return opened

    monkeypatch.setattr(Path, "read_bytes", refuse(Path.read_bytes))
    monkeypatch.setattr(os, "scandir", refuse(os.scandir))
    found = project({closed if closed.endswith(".py") else f"{closed}/model.py": net, "net.py": net})
    (problem,) = found.unreadable
    what = "file" if closed.endswith(".py") else "directory"
    assert os.path.normpath(problem.span.path) == closed
    assert problem.message == f"this {what} cannot be read: permission denied"
    assert problem.help
    assert [model.path for model in found.models] == ["net.py"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"import torch\nx = (\n", "syntax error: '(' was never closed"),
        (b"\x89PNG torch", "this file is no Python: byte 0x89 is not utf-8"),
        (b"import torch\n\n\n# \xfc\n", "this file is no Python: byte 0xfc is not utf-8"),
        (b"import torch\0", "this file is no Python: null bytes: this is no text file"),
        (b"# coding: latin-0\nimport torch\n", "this file is no Python: unknown encoding: latin-0"),
        (b"# coding: utf-7\nimport torch\nx = '+2AA-'\n", "this file is no Python: "),
        (b"import torch\nx = " + b"-" * 9999 + b"1\n", "this file is nested too deeply for Python to read it"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_a_file_that_python_cannot_read_comes_with_the_way_out(tmp_path, data, message):
    (tmp_path / "net.py").write_bytes(data)
    (problem,) = discover([str(tmp_path)]).unreadable
    assert problem.message.startswith(message)
    assert problem.help
