"""Which models a change may touch: those that import a changed file, and those that it shows how to build."""

import pytest

from convlint.discover import affected

BLOCK = """
from torch import nn


class Block(nn.Module):
    def forward(self, x):
        return x
"""

OTHER = BLOCK.replace("Block", "Other")


def net(how):
    """A file with a `Net` whose ``forward`` builds `block()`, which is imported as ``how`` says."""
    return f"""
{how}
from torch import nn


class Net(nn.Module):
    def forward(self, x):
        return block()(x)
"""


def names(found):
    """The models that would be checked by themselves."""
    return [model.name for model in found.roots]


@pytest.mark.parametrize(
    "how",
    [
        "from blocks import Block as block",
        "import blocks; block = blocks.Block",
        "from blocks import *; block = Block",
        "from between import Block as block",
        "import package.inner as inner; block = inner.Block",
        "from package import Block as block",
        "from through import sizes; block = nn.Identity",
        "def block():\n    from blocks import Block\n    return Block()",
        "match 1:\n    case _:\n        while True:\n            from blocks import Block as block\n            break",
        "try:\n    from blocks import Block as block\nexcept ImportError:\n    block = None",
    ],
)
def test_a_model_is_affected_by_what_its_file_imports(how, project):
    files = {
        "blocks.py": BLOCK,
        "between.py": "from blocks import Block\n",
        "package/__init__.py": "from .inner import Block\n",
        "package/inner.py": "from blocks import Block\n",
        "through.py": "import circle\n",
        "circle.py": "import through\nimport blocks\n",
        "net.py": net(how),
        "other.py": OTHER,
    }
    project(files)
    found = affected(["blocks.py"])
    assert "Net" in names(found)
    assert "Other" not in names(found)
    assert "other.py" not in found.files
    assert names(affected(["net.py"])) == ["Net"]


def test_a_block_is_checked_inside_of_the_model_that_builds_it(project):
    project({"blocks.py": BLOCK, "net.py": net("from blocks import Block as block")})
    assert names(affected(["blocks.py"])) == ["Net"]


def test_a_file_without_a_model_counts_too(project):
    project({"sizes.py": "WIDTH = 8\n", "net.py": net("from sizes import WIDTH"), "other.py": OTHER})
    assert names(affected(["sizes.py"])) == ["Net"]


def test_a_model_is_affected_by_the_script_that_shows_how_it_is_built(project):
    script = "import torch\nfrom net import Net\n\nNet(4)(torch.randn(1, 3, 8, 8))\n"
    model = BLOCK.replace("Block", "Net").replace("    def f", "    def __init__(self, width): ...\n\n    def f")
    project({"net.py": model, "train.py": script, "other.py": OTHER})
    (model,) = affected(["train.py"]).roots
    assert (model.name, model.arguments) == ("Net", (("width", "4"),))


def test_a_package_depends_on_all_that_its_init_imports_and_so_does_the_script_that_uses_it(project):
    files = {
        "segm/__init__.py": "from .unet import Block\nfrom .classifier import Other\n",
        "segm/unet.py": BLOCK,
        "segm/classifier.py": OTHER,
    }
    project(files)
    assert names(affected(["segm/unet.py"])) == ["Block"]
    project({**files, "train.py": "import torch\nfrom segm import Other\n\nOther()(torch.randn(1, 3, 8, 8))\n"})
    assert sorted(names(affected(["segm/unet.py"]))) == ["Block", "Other"]


def test_a_directory_means_all_of_its_files(project):
    project({"lib/blocks.py": BLOCK, "net.py": net("from lib.blocks import Block as block"), "other.py": OTHER})
    assert names(affected(["lib"])) == ["Net"]


def test_files_that_are_no_python_are_told_of_where_they_are_named(project):
    project({"blocks.py": BLOCK, "broken.py": "import torch\n(", "net.py": net("from blocks import Block as block")})
    assert affected(["blocks.py"]).unreadable == ()
    assert [each.span.path for each in affected(["broken.py"]).unreadable] == ["broken.py"]


def test_a_changed_file_outside_of_the_working_directory_is_checked(project, tmp_path, monkeypatch):
    project({"inner/net.py": net("block = nn.Identity"), "blocks.py": BLOCK})
    monkeypatch.chdir(tmp_path / "inner")
    assert names(affected(["../blocks.py"])) == ["Block"]
