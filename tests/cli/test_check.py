"""``convlint check``: exit code, standard output and standard error together."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import MODELS


def stride(models):
    """Give `Plain` a stride, which loses padding at odd sizes: true, and no mistake."""
    models.write_text(models.read_text().replace("nn.Conv2d(3, 8, 3, padding=1)", "nn.Conv2d(3, 8, 3, 2, 1)"))


def test_a_finding_exits_with_1_and_shows_its_line(models, convlint):
    result = convlint("check", "net.py:UNet", "--input", "N 3 H W")
    assert result.exit_code == 1
    assert result.stderr == ""
    assert result.stdout.startswith("warning[CL301] skip-size-mismatch: ")
    assert "\n  --> net.py:16:26\n" in result.stdout
    assert "\n16 |         return self.head(torch.cat([skip, x], 1))\n" in result.stdout
    assert "\n   |                          ^^^^^^^^^^^^^^^^^^^^^^^" in result.stdout
    assert "= model: UNet, for example at N = " in result.stdout
    assert "= help: " in result.stdout
    assert "1 model: 1 checked. Found 1 warning" in result.stdout


def test_nothing_found_exits_with_0(models, convlint):
    result = convlint("check", "net.py:Plain", "--input", "N 3 H W")
    assert (result.exit_code, result.stdout) == (0, "1 model: 1 checked. No findings.\n")


def test_fail_on_moves_the_threshold(models, convlint):
    assert convlint("check", "net.py:UNet", "--fail-on", "error").exit_code == 0
    stride(models)
    assert convlint("check", "net.py:Plain", "--fail-on", "info").exit_code == 1
    assert convlint("check", "net.py:Plain").exit_code == 0


def test_a_requirement_at_sizes_that_matter_is_an_error(models, convlint):
    result = convlint("check", "net.py:UNet", "--input", "N 3 H W", "--where", "H >= 8", "--where", "W >= 8")
    assert result.exit_code == 1
    assert result.stdout.startswith("error[CL301]")


def test_a_view_of_a_transposition_is_helped_at_any_size_and_at_declared_ones(models, convlint):
    plain = "return self.conv(x)"
    models.write_text(models.read_text().replace(plain, f"{plain}.transpose(1, 2).view(x.size(0), -1)"))
    for declared, start in (("N 3 H W", "warning[CL405] shape-error: "), ("N 3 32 32", "error[CL405] shape-error: ")):
        result = convlint("check", "net.py:Plain", "--input", declared)
        assert (result.exit_code, result.stderr) == (1, "")
        assert result.stdout.startswith(start + "a view of shape ")
        assert "= help: use `.reshape(...)`, which copies where it has to, or call `.contiguous()`" in result.stdout


def test_info_is_counted_and_shown_on_demand(models, convlint):
    stride(models)
    few = convlint("check", "net.py:Plain", "--select", "CL103").stdout
    assert few.startswith("Plain: 1 × CL103 padding-lost-to-floor, at net.py:22\n  --show-info lists it\n")
    assert "--> net.py" not in few
    assert "--> net.py:22:21" in convlint("check", "net.py:Plain", "--select", "CL103", "--show-info").stdout


def test_json_holds_each_info_finding(models, convlint):
    stride(models)
    plain, shown = (
        json.loads(convlint("check", "net.py:Plain", "--output-format", "json", *more).stdout)
        for more in ((), ("--show-info",))
    )
    assert {each["code"] for each in plain["diagnostics"]} >= {"CL101", "CL103"}
    assert plain["diagnostics"] == shown["diagnostics"]


def test_verbose_says_what_each_model_accepts(models, convlint):
    lines = convlint("check", "net.py:UNet", "--input", "N 3 H W", "--verbose").stdout.splitlines()
    assert "UNet (net.py:5): checked" in lines
    assert '  input: x="N 3 H W"' in lines
    assert any(line.startswith("  accepts: H % 2 = 0") for line in lines)


def test_json_has_everything(models, convlint):
    result = convlint("check", "net.py:UNet", "--input", "N 3 H W", "--output-format", "json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["version"] == 1
    (model,) = document["models"]
    assert (model["name"], model["path"], model["line"], model["status"]) == ("UNet", "net.py", 5, "checked")
    assert model["input"] == 'x="N 3 H W"'
    (finding,) = [each for each in document["diagnostics"] if each["severity"] != "info"]
    assert (finding["code"], finding["path"], finding["line"], finding["column"]) == ("CL301", "net.py", 16, 26)
    assert set(finding["witness"]) == {"N", "H", "W"}


def test_a_path_finds_its_models_and_says_what_it_assumed(models, convlint):
    result = convlint("check", ".")
    assert result.exit_code == 1
    assert "2 models: 2 checked. Found 1 warning" in result.stdout
    assert "assumed for UNet: " in result.stdout


def test_models_are_told_in_the_order_of_their_files(models, convlint, tmp_path):
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(models.read_text())
    (tmp_path / "convlint.toml").write_text('[models."b.py:UNet"]\nskip = true\n')
    result = convlint("check", "b.py", "net.py", "a.py", "--output-format", "json")
    told = [(each["path"], each["name"]) for each in json.loads(result.stdout)["models"]]
    assert told == [(path, name) for path in ("a.py", "b.py", "net.py") for name in ("UNet", "Plain")]


def test_a_module_below_src_is_named_as_it_is_imported(tmp_path, monkeypatch, convlint):
    monkeypatch.chdir(tmp_path)  # with a worker of its own, which looks for modules from where it was started
    (tmp_path / "src/nets").mkdir(parents=True)
    (tmp_path / "src/nets/__init__.py").touch()
    (tmp_path / "src/nets/small.py").write_text(MODELS)
    result = convlint("check", "nets.small:UNet", "--input", "N 3 H W")
    assert (result.exit_code, result.stderr) == (1, "")
    assert "  --> src/nets/small.py:16:26\n" in result.stdout


def test_several_inputs_with_names_and_dtypes(models, convlint):
    models.write_text(
        "import torch\n"
        "from torch import nn\n"
        "class Conditioned(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.conv = nn.Conv1d(3, 8, 3, padding=1)\n"
        "        self.embed = nn.Embedding(10, 8)\n"
        "    def forward(self, x, t):\n"
        "        return self.conv(x) + self.embed(t)[:, :, None]\n"
    )
    result = convlint("contract", "net.py:Conditioned", "--input", "x=N 3 T", "--input", "t=N:int64")
    assert result.exit_code == 0
    assert '  input    t="N:int64"' in result.stdout.splitlines()
    assert "  output   N×8×T" in result.stdout.splitlines()


def test_a_model_that_cannot_be_built_is_skipped_with_the_way_out(models, convlint):
    models.write_text(models.read_text().replace("classes=2", "classes, experiment"))
    result = convlint("check", "net.py:UNet")
    assert result.exit_code == 1
    assert "CL902" in result.stdout
    assert "--arg experiment=VALUE" in result.stdout
    assert "1 model: 0 checked, 1 skipped. Found 1 warning." in result.stdout


def test_a_finding_in_a_notebook_names_cell_and_line(tmp_path, convlint, warm_engine, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    source += "        self.a = nn.Conv2d(3, 8, 3)\n        self.b = nn.Conv2d(16, 8, 3)\n\n"
    source += "    def forward(self, x):\n        return self.b(self.a(x))\n"
    codes = ["!pip install torch\nfrom torch import nn", source, "open('ran', 'w')\nraise SystemExit(3)"]
    cells = [{"cell_type": "markdown", "source": "A net"}, *({"cell_type": "code", "source": code} for code in codes)]
    (tmp_path / "net.ipynb").write_text(json.dumps({"cells": cells}))
    result = convlint("check", ".")
    assert result.exit_code == 1
    assert "--> net.ipynb:cell 3:5:18" in result.stdout
    assert "5 |         self.b = nn.Conv2d(16, 8, 3)" in result.stdout
    assert "partial: Net (net.ipynb:cell 3:1)" in result.stdout
    assert not (tmp_path / "ran").exists()
    document = json.loads(convlint("check", ".", "--output-format", "json").stdout)
    (finding,) = document["diagnostics"]
    assert (finding["path"], finding["cell"], finding["line"]) == ("net.ipynb", 3, 5)
    (edit,) = finding["fix"]["edits"]
    assert (edit["path"], edit["cell"], edit["line"], edit["content"]) == ("net.ipynb", 3, 5, "8")
    assert (document["models"][0]["path"], document["models"][0]["cell"]) == ("net.ipynb", 3)


def test_of_a_notebook_only_its_definitions_are_executed(convlint, warm_engine):
    path = Path(__file__).parents[2] / "fixtures" / "packages" / "notebook"  # it opens a file that is not there
    result = convlint("check", str(path))
    assert result.exit_code == 0
    assert "1 model: 1 checked. No findings." in result.stdout
    said = "arguments from the script, line 1 of cell 6; input from the script, line 2 of cell 6"
    assert f"assumed for Net: {said}" in result.stdout


def test_affected_looks_at_the_models_that_use_a_file(models, convlint):
    (models.parent / "train.py").write_text("import torch\nfrom net import Plain\n")
    (models.parent / "wide.py").write_text("import torch\nimport net\n\nclass Wide(net.Plain):\n    ...\n")
    (models.parent / "other.py").write_text(models.read_text())
    shown = convlint("check", "--affected", "net.py", "--show-files")
    assert (shown.exit_code, shown.stdout) == (0, "net.py\ntrain.py\nwide.py\n")
    result = convlint("check", "--affected", "wide.py", "-v")
    assert result.exit_code == 0
    assert result.stdout.startswith("Wide (wide.py:4): checked\n")
    assert result.stdout.endswith("1 model: 1 checked. No findings.\n")


def test_a_named_file_with_a_syntax_error_is_a_finding_though_it_does_not_speak_of_models(models, convlint):
    (models.parent / "tool.py").write_text("def tool(:\n")
    for options in ((), ("--affected",), ("--no-exec",)):
        result = convlint("check", "tool.py", *options)
        assert result.exit_code == 1
        assert result.stdout.startswith("error[CL901] import-failed: syntax error: invalid syntax\n --> tool.py:1:10\n")
        assert "1 model: 0 checked, 1 failed. Found 1 error." in result.stdout


def test_affected_by_a_file_of_which_no_model_is_made(models, convlint):
    (models.parent / "tool.py").write_text("")
    result = convlint("check", "--affected", "tool.py")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "0 models: 0 checked. No findings.\n", "")


def test_what_is_affected_by_a_file_that_is_no_python_cannot_be_told(models, convlint):
    (models.parent / "README.md").write_text("")
    result = convlint("check", "--affected", "README.md", "net.py", "--select", "CL9")
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: this file is no Python\n  README.md\n")
    assert "2 models: 2 checked" in result.stdout


def git(*arguments):
    """Run git in the working directory, whoever the user is."""
    subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@y", *arguments], check=True, capture_output=True)


def test_affected_without_a_path_asks_git_what_changed(models, tmp_path, convlint):
    git("init")
    (tmp_path / "wide.py").write_text("import torch\nimport net\n\nclass Wide(net.Plain):\n    ...\n")
    (tmp_path / "other.py").write_text(models.read_text())
    assert convlint("check", "--affected", "--show-files").stdout == "net.py\nother.py\nwide.py\n"
    git("add", ".")
    git("commit", "-m", "all")
    nothing = convlint("check", "--affected")
    assert (nothing.exit_code, nothing.stdout) == (0, "0 models: 0 checked. No findings.\n")
    models.write_text(f"{models.read_text()}\n")
    (tmp_path / "build").mkdir()
    (tmp_path / "build/copy.py").write_text(models.read_text())
    (tmp_path / "notes.md").write_text("new\n")
    shown = convlint("check", "--affected", "--show-files")
    assert (shown.exit_code, shown.stdout, shown.stderr) == (0, "net.py\nwide.py\n", "")


def test_affected_without_a_path_below_the_root_of_a_repository(models, tmp_path, monkeypatch, convlint):
    git("init")
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir("sub")
    assert convlint("check", "--affected", "--show-files").stdout == "../net.py\n"


def test_affected_without_a_path_outside_of_a_repository(models, convlint):
    result = convlint("check", "--affected")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "which files changed is not known: not a git repository" in result.stderr
    assert "convlint check --affected PATH..." in result.stderr


def test_affected_reads_the_settings_beside_each_model(models, convlint):
    inner = models.parent / "inner"
    inner.mkdir()
    (inner / "convlint.toml").write_text('[models."user.py:User"]\nskip = true\n')
    (inner / "user.py").write_text("import torch\nfrom net import Plain\n\nclass User(Plain):\n    ...\n")
    result = convlint("check", "--affected", "net.py", "--select", "CL9")
    assert result.exit_code == 0
    assert "skipped: User (inner/user.py:4): left out by inner/convlint.toml" in result.stdout


PINNED = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(3 * {side} * {side}, 10)

    def forward(self, x):
        return self.fc(self.pool(x).flatten(1))


def test_net():
    Net()(torch.randn(1, 3, 28, 28))
"""


@pytest.mark.parametrize(("side", "code"), [(14, 0), (11, 1)])
def test_a_size_that_the_file_itself_uses_and_the_model_refuses_fails_the_run(models, convlint, side, code):
    models.write_text(PINNED.format(side=side))
    result = convlint("check", "net.py", "--output-format", "json")
    (found,) = [each for each in json.loads(result.stdout)["diagnostics"] if each["code"] == "CL403"]
    assert (result.exit_code, found["severity"]) == (code, "warning" if code else "info")
    used = (found["witness"]["H"], found["witness"]["W"]) == (28, 28)
    assert used is bool(code)


ABSENT = """\
import nowhere
import lightnings as pl
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)

    def forward(self, x):
        return self.conv(x)


class Trained(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = Net()

    def forward(self, x):
        return self.net(x)
"""


def test_an_import_that_no_model_needs_is_a_note(models, convlint):
    models.write_text(ABSENT)
    result = convlint("check", "net.py:Net")
    assert result.exit_code == 0
    assert "1 model: 1 checked. No findings.\n  not found, and used by no model: lightnings, nowhere\n" in result.stdout
    (model,) = json.loads(convlint("check", "net.py:Net", "--output-format", "json").stdout)["models"]
    assert model["absent_imports"] == ["lightnings", "nowhere"]


def test_an_import_that_a_model_needs_is_its_finding_and_its_parts_are_checked(models, convlint):
    models.write_text(ABSENT)
    result = convlint("check", "net.py")
    assert result.exit_code == 1
    assert result.stdout.count("error[CL901]") == 1
    assert "error[CL901] import-failed: no module named `lightnings`\n --> net.py:2:1\n" in result.stdout
    assert "    looked at alone: Net (" in result.stdout
    assert "  not found, and used by no model: nowhere\n" in result.stdout
