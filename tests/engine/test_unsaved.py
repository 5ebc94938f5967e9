"""What an editor holds of a file is what is checked, whatever is on disk."""

from pathlib import Path

import pytest

from convlint import engine
from convlint.settings import Settings
from convlint.source.unsaved import unsaved

NET = """
from torch import nn
{imports}

class {name}(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Conv2d(3, {width}, 3)
        self.two = nn.Conv2d(8, 4, 3)

    def forward(self, x):
        return self.two(self.one(x))
"""


def net(width: object, name: str = "Net", imports: str = "") -> str:
    return NET.format(width=width, name=name, imports=imports)


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def found(*targets: str, jobs: int = 1) -> list[tuple[str, int, str]]:
    report = engine.check(targets, settings=Settings(jobs=jobs))
    assert not report.problems
    return [(each.span.path, each.span.line, each.name) for each in report.diagnostics]


def test_findings_are_those_of_the_held_text(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(net(8), encoding="utf-8")
    with unsaved({str(path): net(6).encode()}):
        assert found("net.py") == [("net.py", 9, "channel-mismatch")]
    assert found("net.py") == []


def test_so_are_files_that_others_import_and_models_that_are_new(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(net("WIDTH", "One", "from width import WIDTH"), encoding="utf-8")
    (tmp_path / "two.py").write_text("from torch import nn\n", encoding="utf-8")
    (tmp_path / "width.py").write_text("WIDTH = 8\n", encoding="utf-8")
    held = {"width.py": b"WIDTH = 5\n", "two.py": net(7, "Two").encode()}
    with unsaved({str(tmp_path / name): content for name, content in held.items()}):
        expected = [("one.py", 9, "channel-mismatch"), ("two.py", 9, "channel-mismatch")]
        assert found("one.py", "two.py", jobs=2) == expected
    assert found("one.py") == []


def test_a_fix_is_one_of_the_held_text(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text("", encoding="utf-8")
    with unsaved({str(path): net(6).encode()}):
        _, patch = engine.propose_patch(["net.py"])
    (change,) = patch.files
    assert change.after.decode() == net(6).replace("nn.Conv2d(8, 4", "nn.Conv2d(6, 4")


def test_what_is_remembered_of_a_file_on_disk_is_not_said_of_what_an_editor_holds(tmp_path: Path) -> None:
    settings = Settings(cache_dir=str(tmp_path / "cache"))
    path = tmp_path / "net.py"
    path.write_text(net(8))

    def mistakes() -> int:
        return len([each for each in engine.check(["."], settings=settings).diagnostics if each.severity > 1])

    assert mistakes() == 0
    with unsaved({str(path): net(4).encode()}):
        assert [mistakes(), mistakes()] == [1, 1]
    assert mistakes() == 0


def test_a_file_that_was_never_written_is_checked_and_imports_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "width.py").write_text("WIDTH = 5\n", encoding="utf-8")
    held = {name: net("WIDTH", imports="from width import WIDTH") for name in ("new.py", "Untitled-1.py")}
    with unsaved({str(tmp_path / name): text.encode() for name, text in held.items()}):
        for name in held:
            assert found(name) == [(name, 9, "channel-mismatch")]


def test_a_file_that_was_never_written_is_imported_by_others(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (tmp_path / "net.py").write_text(net("WIDTH", imports="from package.new.width import WIDTH"), encoding="utf-8")
    held = {
        "package/__init__.py": "",
        "package/new/__init__.py": "from .width import WIDTH",
        "package/new/width.py": "from ..five import WIDTH",
        "package/five.py": "WIDTH = 5",
    }
    (package / "five.py").write_text("WIDTH = 8", encoding="utf-8")
    assert found("net.py") == [("net.py", 3, "import-failed")]
    with unsaved({str(tmp_path / name): text.encode() for name, text in held.items()}):
        assert found("net.py") == [("net.py", 9, "channel-mismatch")]


def test_what_is_built_of_a_file_that_was_never_written_counts_for_its_models(tmp_path: Path) -> None:
    block = net("width", "Block").replace("__init__(self)", "__init__(self, width)")
    held = {"blocks.py": block, "net.py": "import torch\nfrom blocks import Block\nBlock(8)(torch.ones(1, 3, 9, 9))"}
    with unsaved({str(tmp_path / name): text.encode() for name, text in held.items()}):
        (model,) = engine.check(list(held), settings=Settings(jobs=1)).models
    assert (model.name, model.status, model.assumed[0]) == ("Block", "checked", "arguments from the script, net.py:3")


def test_a_file_that_was_never_written_shows_how_models_of_its_project_are_built(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "nets").mkdir()
    block = net("width", "Block").replace("__init__(self)", "__init__(self, width)")
    (tmp_path / "nets" / "blocks.py").write_text(block, encoding="utf-8")
    use = "import torch\nfrom nets.blocks import Block\nBlock(8)(torch.ones(1, 3, 9, 9))"
    with unsaved({str(tmp_path / "net.py"): use.encode()}):
        (model,) = engine.check(["nets/blocks.py"], settings=Settings(jobs=1)).models
    assert (model.status, model.assumed[0]) == ("checked", "arguments from the script, net.py:3")
