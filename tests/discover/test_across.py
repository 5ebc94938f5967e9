"""What the files of a project say about the models of those of its files that are looked at."""

import os

import pytest

from convlint.discover import discover, related, surroundings

NET = """
import torch
from torch import nn


class {name}(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = {part}

    def forward(self, x):
        return self.inner(x)
"""


def net(name, *, part="nn.Conv2d(3, width, 3)", imports=""):
    return imports + NET.format(name=name, part=part)


TRAIN = "import torch\nfrom src.net import Net\n\nNet(7)(torch.randn(2, 3, 64, 64))\n"

TRAINED = (("width", "7"),)


def test_a_file_on_its_own_is_built_as_the_project_builds_it(project):
    (model,) = project({"pyproject.toml": "", "src/net.py": net("Net"), "train.py": TRAIN}, "src/net.py").roots
    assert (model.arguments, model.arguments_source) == (TRAINED, "the script, train.py:4")
    assert ([each.shape for each in model.inputs], model.inputs_source) == (["N 3 H W"], "the script, train.py:4")
    assert model.shown_in == ("train.py",)


@pytest.mark.parametrize("mark", ["pyproject.toml", "convlint.toml", ".git"])
def test_the_project_is_all_below_what_marks_its_root(project, mark):
    files = {f"inner/{mark}": "", "inner/src/net.py": net("Net"), "inner/a/b/train.py": TRAIN, "train.py": TRAIN}
    (model,) = project({**files, "inner/src/__init__.py": ""}, "inner/src").roots
    assert model.arguments_source == "the script, inner/a/b/train.py:4"


def test_without_a_root_only_the_directory_of_a_file_is_looked_through(project):
    files = {"net.py": net("Net"), "below/train.py": TRAIN.replace("src.net", "net")}
    assert project(files, "net.py").roots[0].arguments == ()
    assert project({"beside.py": TRAIN.replace("src.net", "net")}, "net.py").roots[0].arguments == TRAINED


@pytest.mark.parametrize(("ignored", "known"), [("train.py\n", ()), ("", TRAINED)])
def test_what_git_ignores_shows_nothing(project, ignored, known):
    files = {".git/HEAD": "", ".gitignore": ignored, "src/net.py": net("Net"), "train.py": TRAIN}
    assert project(files, "src/net.py").roots[0].arguments == known


@pytest.mark.parametrize(
    "train",
    [
        "from src.net import *\nNet(7)\n",
        "import src.net\nsrc.net.Net(7)\n",
        "from src import net as nets\nnets.Net(7)\n",
        "from src import Wide\nWide(7)\n",
        "from src.make import wide\nwide(7)\n",
        "from src.more import wider\nwider(7)\n",
        "def main():\n    from src.net import Net\n    Net(7)\n",
        '"""\n>>> from src.net import Net\n>>> Net(7)\n"""\n',
    ],
)
def test_it_counts_by_whichever_name_a_file_speaks_of_a_model(project, train):
    files = {
        "pyproject.toml": "",
        "src/__init__.py": "from src.net import Net as Wide\n",
        "src/net.py": net("Net"),
        "src/make.py": "from .net import Net\n\ndef wide(width):\n    return Net(width)\n",
        "src/more.py": "from .make import wide\n\ndef wider(width):\n    return wide(width)\n",
        "train.py": train,
    }
    assert project(files, "src/net.py").roots[0].arguments == TRAINED


def test_another_class_of_the_same_name_is_another_class(project):
    train = "import net\nnet.Net(7)\n"
    files = {"pyproject.toml": "", "src/net.py": net("Net"), "net.py": net("Net"), "train.py": train}
    assert project(files, "src/net.py").roots[0].arguments == ()


def test_a_block_is_inside_of_the_model_of_another_file(project):
    files = {
        "pyproject.toml": "",
        "blocks.py": net("Block"),
        "deep.py": net("Deep", imports="from blocks import Block\n", part="Block(width)"),
        "net.py": net("Net", imports="from deep import Deep\n", part="Deep(width)") + "\nNet(5)\n",
    }
    for asked, name in (("blocks.py", "Block"), ("deep.py", "Deep")):
        (model,) = project(files, asked).models
        assert (model.class_name, model.is_root, model.inside) == (name, False, "net.py")
        assert (model.host.class_name, model.host.arguments) == ("Net", (("width", "5"),))
    assert [(each.class_name, each.inside) for each in discover(["."]).models if not each.is_root] == [
        ("Block", ""), ("Deep", ""),
    ]  # fmt: skip


def test_of_several_models_that_build_a_block_the_nearest_is_named(project):
    user = net("Net", imports="from src.blocks import Block\n", part="Block(width)")
    files = {"pyproject.toml": "", "src/blocks.py": net("Block"), "a.py": user, "src/z.py": user}
    assert project(files, "src/blocks.py").models[0].inside == "src/z.py"
    assert discover(["src/blocks.py", "a.py"]).models[0].inside == ""


def test_a_block_that_another_file_gives_to_a_model_is_inside_of_it(project):
    whole = net("Net", part="width()").replace("width)", "width, kind)")
    files = {
        "pyproject.toml": "",
        "blocks.py": net("Block"),
        "net.py": whole,
        "train.py": "from blocks import Block\nfrom net import Net\nNet(Block, 2)\n",
        "more.py": net("Part"),
        "table.py": "import more\nTABLE = {'block': more.Part}\n",
    }
    assert project(files, "blocks.py").models[0].inside == "net.py"
    assert project(files, "more.py").models[0].inside == "table.py"


def test_models_that_build_each_other_have_the_same_root_whichever_file_is_asked_for(project):
    files = {
        "pyproject.toml": "",
        "a.py": net("A", imports="import b\n", part="b.B(width)"),
        "b.py": net("B", imports="import a\n", part="a.A(width)"),
    }
    assert [each.class_name for each in project(files).roots] == ["A"]
    assert [each.class_name for each in project(files, "b.py", "a.py").roots] == ["A"]
    assert project(files, "b.py").roots == ()


@pytest.mark.parametrize(
    ("bound", "most"), [("MOST_FILES", 1), ("MOST_DIRECTORIES", 2), ("MOST_BYTES", 100)]
)
def test_a_bound_on_what_is_looked_through_is_met_by_the_farthest_files(project, monkeypatch, bound, most):
    files = {
        "pyproject.toml": "",
        "src/net.py": net("Net"),
        "src/train.py": TRAIN.replace("7", "8"),
        "a/train.py": TRAIN.replace("7", "9"),
        "b/train.py": TRAIN.replace("7", "9"),
    }
    assert project(files, "src/net.py").unsearched == ""
    monkeypatch.setattr(surroundings, bound, most)
    found = discover(["src/net.py"])
    assert found.roots[0].arguments == (("width", "8"),)
    assert found.unsearched == os.getcwd()


def test_of_many_files_that_have_the_words_the_nearest_are_read(project, monkeypatch):
    monkeypatch.setattr(related, "MOST_BYTES", 60)
    found = project({"pyproject.toml": "", "src/net.py": net("Net"), "src/a.py": TRAIN, "b.py": TRAIN}, "src/net.py")
    assert (found.roots[0].shown_in, found.unsearched) == (("src/a.py",), os.getcwd())


def test_files_are_not_looked_through_for_what_has_no_model(project, monkeypatch):
    monkeypatch.setattr(surroundings, "MOST_FILES", 0)
    assert project({"pyproject.toml": "", "train.py": TRAIN, "src/tool.py": ""}, "src").unsearched == ""
