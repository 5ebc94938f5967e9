"""Settings from a file, as the command line obeys and explains them: exit code and output together."""

import json
import re
from dataclasses import replace

import pytest

from convlint.settings import DEFAULTS, keys, resolve


@pytest.fixture
def settings(models, tmp_path):
    """``settings(text)`` writes ``[tool.convlint]`` of a pyproject.toml beside ``net.py``."""
    return lambda text, name="pyproject.toml": (tmp_path / name).write_text(text)


def test_rules_are_chosen_in_pyproject(settings, convlint):
    settings('[tool.convlint]\nignore = ["CL301"]\n')
    result = convlint("check", "net.py:UNet", "--input", "N 3 H W")
    assert result.exit_code == 0
    assert "skip-size-mismatch" not in result.stdout


def test_select_on_the_command_line_begins_anew(settings, convlint):
    settings('[tool.convlint]\nignore = ["CL301"]\n')
    result = convlint("check", "net.py:UNet", "--input", "N 3 H W", "--select", "CL3")
    assert result.exit_code == 1
    assert "warning[CL301]" in result.stdout


def test_ignore_on_the_command_line_adds(settings, convlint):
    settings('[tool.convlint]\nignore = ["CL301"]\n')
    result = convlint("check", "net.py:UNet", "--input", "N 3 H W", "--ignore", "CL1")
    assert result.exit_code == 0
    assert "No findings" in result.stdout


def test_a_rule_has_the_severity_of_the_settings(settings, convlint):
    settings('[tool.convlint]\nfail-on = "error"\n\n[tool.convlint.severity]\nskip-size-mismatch = "error"\n')
    result = convlint("check", "net.py:UNet", "--input", "N 3 H W")
    assert result.exit_code == 1
    assert "error[CL301]" in result.stdout


@pytest.fixture
def codes(settings, models, convlint):
    """``codes(text)`` → the rules that speak with these settings, of two that a stride shows."""
    models.write_text(models.read_text().replace("nn.Conv2d(3, 8, 3, padding=1)", "nn.Conv2d(3, 8, 3, 2, 1)"))

    def spoken(text):
        settings(f"[tool.convlint]\n{text}")
        result = convlint("check", "net.py:Plain", "--input", "N 3 H W", "--show-info", "--output-format", "concise")
        assert (result.exit_code, result.stderr) == (0, "")
        return sorted(set(re.findall(r": (CL\d+)\[", result.stdout)))

    return spoken


def test_further_rules_are_added_to_those_that_are_chosen(codes):
    assert codes("") == ["CL101", "CL103"]
    assert codes('select = ["CL4"]\nextend-select = ["CL103"]\n') == ["CL103"]
    assert codes('extend-select = ["CL103"]\n') == ["CL101", "CL103"]


def test_further_rules_are_ignored(codes):
    assert codes('ignore = ["CL103"]\nextend-ignore = ["CL101"]\n') == []


def test_fail_on_of_the_command_line_counts_for_more(settings, convlint):
    settings('[tool.convlint]\nfail-on = "info"\n')
    result = convlint("check", "net.py:UNet", "--input", "N 3 H W", "--fail-on", "error")
    assert result.exit_code == 0
    assert "warning[CL301]" in result.stdout


def test_the_form_of_the_report_is_that_of_the_settings(settings, convlint):
    settings('[tool.convlint]\noutput-format = "concise"\nselect = ["CL1", "CL3"]\n')
    result = convlint("check", "net.py:UNet", "--input", "N 3 H W")
    assert result.exit_code == 1
    assert result.stdout.startswith("net.py:16:26: CL301[skip-size-mismatch] ")
    assert convlint("check", "net.py:UNet", "--output-format", "text").stdout.startswith("warning[CL301]")


def test_info_findings_are_shown_as_the_settings_have_it(settings, models, convlint):
    models.write_text(models.read_text().replace("nn.Conv2d(3, 8, 3, padding=1)", "nn.Conv2d(3, 8, 3, 2, 1)"))
    settings("[tool.convlint]\nshow-info = true\n")
    arguments = ("check", "net.py:Plain", "--input", "N 3 H W")
    assert "info[CL103]" in convlint(*arguments).stdout
    assert "info[CL103]" not in convlint(*arguments, "--no-show-info").stdout


def test_named_files_are_excluded_as_the_settings_have_it(settings, convlint):
    settings('[tool.convlint]\nforce-exclude = true\nexclude = ["net.py"]\n')
    result = convlint("check", "--show-files", "net.py")
    assert (result.exit_code, result.stdout) == (0, "")
    assert convlint("check", "--show-files", "net.py", "--no-force-exclude").stdout == "net.py\n"


def test_what_git_ignores_is_looked_at_as_the_settings_have_it(settings, tmp_path, convlint):
    (tmp_path / ".gitignore").write_text("net.py\n")
    assert convlint("check", "--show-files").stdout == ""
    settings("[tool.convlint]\nrespect-gitignore = false\n")
    assert convlint("check", "--show-files").stdout == "net.py\n"
    assert convlint("check", "--show-files", "--respect-gitignore").stdout == ""


def test_rules_are_ignored_in_some_files(settings, convlint):
    settings('[tool.convlint.per-file-ignores]\n"n*.py" = ["CL301"]\n')
    result = convlint("check", "net.py:UNet", "--input", "N 3 H W")
    assert result.exit_code == 0
    assert "CL301" not in result.stdout


def test_a_model_is_as_the_settings_have_it(settings, convlint):
    settings(
        '[tool.convlint.models."net.py:UNet"]\n'
        'args = {classes = 5}\ninput = "N 3 S S"\nwhere = "S % 2 == 0"\n'
    )
    result = convlint("check", "net.py", "--verbose")
    assert result.exit_code == 0
    assert 'input: x="N 3 S S"' in result.stdout
    for line in ("arguments", "input", "sizes"):
        assert f"assumed: {line} from the settings" in result.stdout


def test_a_model_by_name_is_as_the_settings_have_it_too(settings, convlint):
    settings('[tool.convlint.models."net.py:UNet"]\nargs = {classes = 5}\ninput = {x = "N 3 S S"}\n')
    result = convlint("shapes", "net.py:UNet")
    assert result.exit_code == 0
    assert "N×5×2⌊S/2⌋×2⌊S/2⌋" in result.stdout
    assert "assumed: arguments from the settings\nassumed: input from the settings\n" in result.stdout


def test_a_model_of_a_notebook_is_as_the_settings_above_have_it(settings, models, tmp_path, monkeypatch, convlint):
    cells = [{"cell_type": "code", "source": models.read_text()}]
    (tmp_path / "net.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
    settings('[tool.convlint.models."net.ipynb:UNet"]\ninput = "N 3 S S"\n')
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir("inner")
    result = convlint("check", "../net.ipynb", "--select", "CL4")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "assumed for UNet: input from the settings\n" in result.stdout


def test_the_command_line_counts_for_more_than_what_is_said_of_a_model(settings, convlint):
    settings('[tool.convlint.models."net.py:UNet"]\ninput = "N 3 S S"\n')
    result = convlint("contract", "net.py:UNet", "--input", "N 3 H 32")
    assert result.exit_code == 0
    assert "accepts  H % 2 = 0" in result.stdout


def test_a_model_can_be_left_out(settings, convlint):
    settings('[tool.convlint.models."net.py:UNet"]\nskip = true\n')
    result = convlint("check", "net.py", "--input", "N 3 H W")
    assert result.exit_code == 2  # an input is still of one model only
    result = convlint("check", ".")
    assert "skipped: UNet (net.py:5): left out by pyproject.toml:1" in result.stdout
    assert "2 models: 1 checked, 1 skipped" in result.stdout


def test_an_entry_without_a_model_is_a_warning(settings, convlint):
    settings('[tool.convlint.models."net.py:Unet"]\ninput = "N 3 S S"\n')
    result = convlint("check", ".", "--select", "CL4")
    assert result.exit_code == 0
    vain = "warning: pyproject.toml:1: no model of this run is `net.py:Unet`: there is no `Unet` in net.py"
    assert vain in result.stderr
    assert "did you mean net.py:UNet?" in result.stderr


def test_an_entry_of_files_that_are_not_asked_for_is_none(settings, tmp_path, convlint):
    settings('[tool.convlint.models."elsewhere/net.py:Unet"]\ninput = "N 3 S S"\n')
    result = convlint("check", "net.py", "--select", "CL4")
    assert (result.exit_code, result.stderr) == (0, "")


MISTAKES = {
    "an unknown key": (
        'selct = ["CL3"]',
        ["pyproject.toml:2:1: there is no key `selct`", "^^^^^", "did you mean select?"],
    ),
    "an unknown rule": (
        'select = ["CL1", "checkerbord"]',
        [":2:19: there is no rule `checkerbord`", "did you mean checkerboard?"],
    ),
    "an unknown rule of some files": (
        'per-file-ignores = {"*.py" = ["skip-size-mismatches"]}',
        [":2:32: there is no rule `skip-size-mismatches`", "did you mean skip-size-mismatch?"],
    ),
    "an unknown rule beside those that are chosen": (
        'extend-select = ["CL3", "gridd"]',
        [":2:26: there is no rule `gridd`", "did you mean gridding?"],
    ),
    "a wrong type": ('timeout = "60"', [":2:11: `timeout` is a number of seconds, and this is a string"]),
    "a rule that is not in a list": (
        'select = "CL3, CL4"',
        [":2:10: `select` is a list of rules, and this is a string", 'help: write ["CL3", "CL4"]'],
    ),
    "a flag as a number": ("memory = true", ["`memory` is a whole number of megabytes, and this is a boolean"]),
    "too little memory": ("memory = 12", ["`memory` is at least 256"]),
    "no word of the list": ('fail-on = "eror"', ["`eror` is no severity", "did you mean error?"]),
    "a severity that is none": ('severity = {CL3 = "on"}', [":2:19: `on` is no severity"]),
    "a severity of no rule": ('severity = {CL8 = "off"}', [":2:13: there is no rule `CL8`"]),
    "an input that cannot be read": (
        'models = {"net.py:UNet" = {input = "N 3 H W("}}',
        ["pyproject.toml:2:44: this cannot be read", " " * 45 + "^"],
    ),
    "a condition on no size": (
        'models = {"net.py:UNet" = {input = "N 3 H W", where = ["S == 3"]}}',
        [":2:57: no input has a size `S`"],
    ),
    "a model without a name": ('models = {"net.py" = {skip = true}}', ["`net.py` names no model"]),
    "an unknown key of a model": (
        'models = {"net.py:UNet" = {inputs = "N 3 H W"}}',
        [":2:28: there is no key `inputs`", "did you mean input?"],
    ),
    "a glob that is none": ('exclude = ["x/", ""]', [":2:18: this is no glob: an empty glob matches nothing"]),
    "an item that is no string": ("exclude = [1]", [":2:12: an item of `exclude` is a string, and this is a number"]),
    "an argument that is no Python": (
        'models = {"net.py:UNet" = {args = {classes = "3 4"}}}',
        [":2:46: this is no Python value"],
    ),
    "an argument without a name": (
        'models = {"net.py:UNet" = {args = {"a b" = 3}}}',
        ["an argument is written NAME=VALUE"],
    ),
    "an input without a name": ('models = {"net.py:UNet" = {input = {"a b" = "N"}}}', [":2:37: `a b` is no name of a"]),
    "an input that is a number": ('models = {"net.py:UNet" = {input = 3}}', ["`input` is a shape, such as"]),
    "jobs in a word": ('jobs = "all"', [':2:8: `jobs` is a number of models or "auto"']),
    "several mistakes in one value": (
        'models = {"net.py:UNet" = {input = 3, skip = 1}, "net.py" = {}, "net.py:Net" = {depth = 3}}',
        ["`input` is a shape", "`skip` is true or false", "`net.py` names no model", "there is no key `depth`"],
    ),
    "no TOML": ("select = [", ["pyproject.toml:3:1: this is no TOML"]),
    "an interpreter that does not exist": ('python = "nowhere"', ["there is no such interpreter"]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_the_settings(name, settings, convlint):
    text, expected = MISTAKES[name]
    settings(f"[tool.convlint]\n{text}\n")
    result = convlint("check", "net.py")
    assert (result.exit_code, result.stdout) == (2, "")
    for each in expected:
        assert each in result.stderr


def test_all_mistakes_are_told_at_once(settings, convlint):
    settings("[tool.convlint]\nselct = []\njobs = 0\n")
    result = convlint("check", "net.py")
    assert result.exit_code == 2
    assert "there is no key `selct`" in result.stderr
    assert "`jobs` is at least 1" in result.stderr


def test_extend_exclude_on_the_command_line_adds(settings, tmp_path, convlint):
    settings('[tool.convlint]\nextend-exclude = ["a.py"]\n')
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("")
    result = convlint("check", "--show-files", "--extend-exclude", "b.py")
    assert (result.exit_code, result.stdout) == (0, "net.py\n")


def test_a_glob_on_the_command_line_that_is_none(models, convlint):
    result = convlint("check", "--show-files", "--exclude", "!")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "this is no glob: an empty glob matches nothing\n  --exclude !\n" in result.stderr


def test_a_function_that_builds_a_model_can_be_named_and_is_checked(settings, models, convlint):
    models.write_text(models.read_text() + "\n\ndef wide():\n    return UNet(9)\n")
    settings('[tool.convlint.models."net:wide"]\ninput = "N 3 S S"\n')
    result = convlint("check", ".", "--verbose", "--select", "CL4")
    assert result.exit_code == 0
    assert "wide (net.py:" in result.stdout
    assert 'input: x="N 3 S S"' in result.stdout


def test_sizes_that_no_input_of_the_file_has(settings, models, convlint):
    models.write_text(models.read_text() + "\n\nUNet()(torch.zeros(1, 3, 64, 64))\n")
    settings('[tool.convlint.models."net.py:UNet"]\nwhere = "Q == 3"\n')
    result = convlint("check", "net.py", "--select", "CL4")
    assert result.exit_code == 2
    assert "pyproject.toml:1: no input has a size `Q`" in result.stderr
    assert "1 model: 1 checked" in result.stdout  # Plain


def test_no_settings_are_read_in_isolation(settings, convlint):
    settings("[tool.convlint]\nselct = []\n")
    result = convlint("check", "net.py:Plain", "--isolated", "--input", "N 3 H W")
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_file_can_be_named(settings, tmp_path, convlint):
    settings("[tool.convlint]\nselct = []\n")
    settings('fail-on = "error"\n', "other.toml")
    result = convlint("check", "net.py:UNet", "--config", "other.toml", "--input", "N 3 H W")
    assert result.exit_code == 0
    assert "warning[CL301]" in result.stdout


def test_a_setting_can_stand_on_the_command_line(settings, convlint):
    settings('[tool.convlint]\nfail-on = "info"\nselect = ["CL301"]\n')
    result = convlint("check", "net.py:UNet", "--config", "fail-on = 'error'", "--input", "N 3 H W")
    assert result.exit_code == 0
    assert "Found 1 warning." in result.stdout


def test_a_mistake_in_a_setting_on_the_command_line(models, convlint):
    result = convlint("check", "net.py:UNet", "--config", "fial-on = 'error'")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no key `fial-on`\n  --config fial-on = 'error'\n" in result.stderr


def test_a_file_that_does_not_exist_cannot_be_named(models, convlint):
    result = convlint("check", "net.py:UNet", "--config", "other.toml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no such file\n  --config other.toml" in result.stderr


def test_the_settings_are_shown_with_their_origin(settings, convlint):
    settings('[tool.convlint]\nselect = ["CL3"]\ntimeout = 5\n')
    result = convlint("check", "--show-settings", "--select", "CL4")
    assert result.exit_code == 0
    assert 'select = ["CL4"]  # --select\n' in result.stdout
    assert "timeout = 5.0  # pyproject.toml:3\n" in result.stdout
    assert "memory = 4096  # default\n" in result.stdout


def test_the_settings_that_are_shown_can_be_read_again(settings, tmp_path, convlint):
    settings(
        '[tool.convlint]\nselect = ["CL3"]\nseverity = {CL301 = "error"}\nper-file-ignores = {"*.py" = ["CL302"]}\n'
        'models = {"net.py:UNet" = {args = {classes = 2}, input = ["N 3 H W", "t=N:long"], where = ["H > 3"]}}\n'
    )
    shown = convlint("check", "--show-settings").stdout
    read = "\n".join(line for line in shown.splitlines() if "pyproject.toml:" in line)
    settings(read, "other.toml")
    first, second = (resolve(str(tmp_path), config=[name]).settings for name in ("pyproject.toml", "other.toml"))
    assert without_origins(second) == without_origins(first) != DEFAULTS


MISSTATED = {
    "args = {classes = 3, clases = 4}": (
        "pyproject.toml:2:22: `UNet` takes no argument `clases`\n"
        "  args = {classes = 3, clases = 4}\n"
        "                       ^^^^^^\n"
        "  help: did you mean `classes`?\n"
    ),
    'input = {x = "N 3"}': "pyproject.toml:2:14: `down`, a Conv2d, takes 4 axes, and this input has 2\n",
    'input = ["N 3 H W", "N"]': "pyproject.toml:2:21: `forward` takes fewer inputs than the 2 given: `x`\n",
    'where = ["H > 1", "S > 3"]': "pyproject.toml:2:19: no input has a size `S`\n",
}


@pytest.mark.parametrize(("written", "said"), MISSTATED.items(), ids=list(MISSTATED))
@pytest.mark.parametrize("target", ["net.py", "net.py:UNet"])
def test_what_only_building_a_model_shows_to_be_mistaken(settings, convlint, written, said, target):
    settings(f'[tool.convlint.models."net.py:UNet"]\n{written}\n')
    result = convlint("check", target)
    assert result.exit_code == 2
    assert f"error: {said}" in result.stderr


def test_what_is_mistaken_in_a_setting_of_the_command_line(models, convlint):
    text = 'models = {"net.py:UNet" = {args = {clases = 3}}}'
    result = convlint("check", "net.py:UNet", "--config", text)
    assert result.exit_code == 2
    assert f"`UNet` takes no argument `clases`\n  --config {text}\n" in result.stderr


@pytest.mark.parametrize(
    "written", ["3", "2.5", "true", "[1, 2]", '["a", 1]', '{"a" = 1}', '"(1, 2)"', '"nn.ReLU"', '"None"', '"1e-3"']
)
def test_constructor_arguments_are_shown_as_they_are_written(settings, convlint, written):
    settings(f'[tool.convlint]\nmodels = {{"net.py:UNet" = {{args = {{classes = {written}}}}}}}\n')
    assert f'"classes" = {written}}}' in convlint("check", "--show-settings").stdout


def without_origins(settings):
    return replace(settings, models=tuple(replace(each, origin="") for each in settings.models))


def test_the_files_are_shown(settings, tmp_path, convlint):
    settings('[tool.convlint]\nextend-exclude = ["old/"]\n')
    for name in ("old/net.py", "new/net.py"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("")
    result = convlint("check", "--show-files")
    assert (result.exit_code, result.stdout) == (0, "net.py\nnew/net.py\n")


def test_the_files_of_what_is_not_there_cannot_be_shown(models, convlint):
    result = convlint("check", "--show-files", "nett.py")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "did you mean net.py?" in result.stderr


def test_the_files_of_models_are_shown(models, convlint):
    result = convlint("check", "--show-files", "net.py:UNet", "torchvision.models:resnet18", ".")
    assert (result.exit_code, result.stdout) == (0, "net.py\n")


def test_every_key_is_explained(convlint):
    result = convlint("config")
    assert result.exit_code == 0
    explained = result.stdout.rstrip().split("\n\n")
    assert len(explained) == len(keys())
    for key, text in zip(keys(), explained, strict=True):
        name, summary, kind, default, example, *lines = text.split("\n")
        assert (name, summary) == (key.name, f"  {key.summary}")
        assert (kind, default) == (f"  type: {key.kind.name}", f"  default: {key.default}")
        assert (example, lines) == ("  example:", [f"    {line}" for line in key.example.split("\n")])


def test_every_key_is_explained_as_json(convlint):
    result = convlint("config", "--output-format", "json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["keys"] == [
        {
            "key": each.name,
            "type": each.kind.name,
            "default": each.default,
            "example": each.example,
            "summary": each.summary,
        }
        for each in keys()
    ]


def test_one_key_is_explained(convlint):
    result = convlint("config", "fail-on", "--output-format", "json")
    assert result.exit_code == 0
    (key,) = json.loads(result.stdout)["keys"]
    assert (key["key"], key["type"], key["default"]) == ("fail-on", '"error" | "warning" | "info"', '"warning"')


def test_a_key_that_does_not_exist(convlint):
    result = convlint("config", "fial-on")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no key `fial-on`" in result.stderr
    assert "did you mean fail-on?" in result.stderr


@pytest.fixture
def project(tmp_path, models):
    """``net.py`` again in ``part``, a directory with settings of its own, and a third in a directory without."""
    for name in ("part", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "net.py").write_text(models.read_text())
    (tmp_path / "part/convlint.toml").write_text(
        '[models."net.py:UNet"]\ninput = "N 3 S S"\n[severity]\nCL301 = "error"\n'
    )
    (tmp_path / "pyproject.toml").write_text('[tool.convlint]\nselect = ["CL3"]\n')
    return tmp_path


def test_every_file_has_the_settings_nearest_to_it(project, convlint):
    result = convlint("check", "other/net.py:UNet", "part", "--config", 'select = ["CL301"]')
    assert result.exit_code == 1
    (graver,) = [part for part in result.stdout.split("\n\n") if part.startswith("error[CL301]")]
    assert "--> part/net.py" in graver
    assert "at N = 1, S = " in graver
    (lighter,) = [part for part in result.stdout.split("\n\n") if part.startswith("warning[CL301]")]
    assert "--> other/net.py" in lighter


def test_the_settings_of_all_directories_are_shown(project, convlint):
    result = convlint("check", "--show-settings")
    assert result.exit_code == 0
    outer, inner = result.stdout.split("\n\n")
    assert outer.startswith(f"# {project}/pyproject.toml\n")
    assert inner.startswith(f"# {project}/part/convlint.toml\n")
    assert 'severity = {"CL301" = "error"}  # part/convlint.toml:3\n' in inner


def test_settings_of_other_directories_leave_out_files_there(project, convlint):
    (project / "part/convlint.toml").write_text('exclude = ["/net.py"]\n')
    result = convlint("check", "--show-files")
    assert (result.exit_code, result.stdout) == (0, "net.py\nother/net.py\n")


@pytest.mark.parametrize("choice", [("--isolated",), ("--config", "pyproject.toml")])
def test_one_file_or_none_for_all(project, convlint, choice):
    result = convlint("check", "--show-settings", *choice)
    assert result.exit_code == 0
    assert "part/" not in result.stdout


def test_a_mistake_in_the_settings_of_another_directory(project, convlint):
    (project / "part/convlint.toml").write_text("selct = []\n")
    result = convlint("check", ".")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "part/convlint.toml:1:1: there is no key `selct`" in result.stderr
    assert convlint("check", "--show-files", "other").exit_code == 0


def test_a_broken_pyproject_of_somebody_else_is_not_our_business(project, convlint):
    (project / "other/pyproject.toml").write_text("[tool\n")
    assert convlint("check", "--show-files").exit_code == 0
