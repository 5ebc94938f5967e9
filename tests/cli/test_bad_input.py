"""What cannot be run: one message with its place and the way out, and exit code 2, before anything is traced."""

import pytest

CASES = {
    "a shape that cannot be read": (
        ("check", "net.py:UNet", "--input", "N 3 H W("),
        ["this cannot be read", "--input N 3 H W(", "               ^", 'write "N 3 H W"'],
    ),
    "a dtype that does not exist": (
        ("check", "net.py:UNet", "--input", "x=N 3 H W:int63"),
        ["`int63` is no dtype", "                    ^^^^^", "did you mean int64?"],
    ),
    "a symbol that no input has": (
        ("check", "net.py:UNet", "--input", "N 3 H W", "--where", "S % 2 == 0"),
        ["no input has a size `S`", "--where S % 2 == 0", "the inputs have H, N, W", '--input "N 3 S S"'],
    ),
    "a condition that cannot be read": (
        ("check", "net.py:UNet", "--where", "H %% 2"),
        ["this cannot be read", "--where H %% 2", '"H % 32 == 0"'],
    ),
    "a class that the file does not have": (
        ("check", "net.py:Unet"),
        ["there is no `Unet` in net.py", "^^^^", "did you mean net.py:UNet?"],
    ),
    "a file that does not exist": (
        ("check", "nett.py"),
        ["there is no such file or directory", "did you mean net.py?"],
    ),
    "a file inside of a file": (
        ("check", "net.py/UNet"),
        ["there is no such file or directory"],
    ),
    "a name that no file can have": (
        ("check", "n" * 999),
        ["this path cannot be read: file name too long"],
    ),
    "a model of a file that no file can be": (
        ("check", "n" * 999 + ".py:UNet"),
        ["cannot be read: file name too long"],
    ),
    "a target in a file that does not exist": (
        ("check", "other.py:UNet"),
        ["there is no file other.py"],
    ),
    "a model of a module written with a dot": (
        ("check", "torchvision.models.resnet50"),
        ["write torchvision.models:resnet50"],
    ),
    "an argument without a value": (
        ("check", "net.py:UNet", "--arg", "classes"),
        ["an argument is written NAME=VALUE"],
    ),
    "an argument that is no Python": (
        ("check", "net.py:UNet", "--arg", "classes=3 4"),
        ["this is no Python value", "--arg classes=3 4"],
    ),
    "a rule that does not exist": (
        ("check", "net.py:UNet", "--select", "CL1,skip-size-mismatches"),
        ["there is no rule `skip-size-mismatches`", "did you mean skip-size-mismatch?"],
    ),
    "an interpreter that does not exist": (
        ("check", "net.py:UNet", "--python", "nowhere/python"),
        ["there is no such interpreter"],
    ),
    "a timeout of nothing": (
        ("check", "net.py:UNet", "--timeout", "0"),
        ["Invalid value for '--timeout'"],
    ),
    "a path where a model is needed": (
        ("shapes", "net.py"),
        ["a model is needed here, not a path", "name the model: net.py:Plain"],
    ),
    "an input for a path": (
        ("check", "net.py", "--input", "N 3 H W"),
        ["--input speaks of one model", "name the model: net.py:Plain"],
    ),
    "a size without a number": (
        ("contract", "net.py:UNet", "--at", "S"),
        ["a size is written S=100"],
    ),
    "a range that runs down": (
        ("contract", "net.py:UNet", "--list", "S=9:3"),
        ["a range is written S=1:300"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_in_the_asking(name, models, convlint):
    arguments, expected = CASES[name]
    result = convlint(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    for text in expected:
        assert text in result.stderr


def test_the_caret_stands_below_the_mistake(models, convlint):
    text, caret = convlint("check", "net.py:UNet", "--input", "x=N 3 H W:int63").stderr.splitlines()[1:3]
    assert text[caret.index("^") :] == "int63"


def test_a_module_without_the_name_is_a_mistake_in_the_asking(tmp_path, monkeypatch, convlint):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text("class UNet: ...\n")
    result = convlint("check", "net:Unet")
    assert result.exit_code == 2
    assert "there is no `Unet` in net" in result.stderr


def test_an_interpreter_that_is_none(tmp_path, monkeypatch, convlint):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text("class UNet: ...\n")
    result = convlint("check", "net.py:UNet", "--python", "/bin/true")
    assert result.exit_code == 2
    assert "choose an interpreter with `--python`" in result.stderr


def test_contract_of_a_symbol_that_no_input_has(models, convlint):
    result = convlint("contract", "net.py:UNet", "--input", "N 3 S S", "--at", "H=3")
    assert result.exit_code == 2
    assert "no input has a size `H`" in result.stderr
    assert "the inputs have N, S" in result.stderr


TAUGHT = {
    "seconds": (("check", ".", "--timeout", "soon"), "'soon' is not a valid number of seconds"),
    "megabytes": (("check", ".", "--memory", "4G"), "'4G' is not a valid whole number of megabytes"),
    "an interpreter on the path": (("check", ".", "--python", "sh"), "did you mean /"),
    "a file that cannot be run": (("check", ".", "--python", "net.py"), "this is no interpreter"),
    "a settings file": (("check", ".", "--config", "mine.tml"), "did you mean mine.toml?"),
    "a setting without a value": (("check", ".", "--config", "timeout"), 'settings are written KEY=VALUE: "timeout'),
    "a setting without quotes": (("check", ".", "--config", "select=CL3"), "strings stand in quotes, and lists in"),
    "a path for a command": (("net.py",), "Did you mean 'convlint check net.py'?"),
    "two colons": (("check", "net.py::UNet"), "write net.py:UNet, with one colon"),
    "a call": (("check", "net.py:UNet(3)"), "write net.py:UNet, with arguments as in --arg depth=3"),
    "caches that are not there": (("merge", "nowhere"), "there is no such directory"),
    "a place for the lock": (("contract", "--write", "--lock-file", "no/x.lock"), "there is no directory"),
    "a name in a module": (("shapes", "torch.nn:Con2d"), "torch.nn:Con2d\n  ^^^^^^^^^^^^^^\n  help: did you mean"),
    "commas": (("check", "net.py:UNet", "--input", "(N, 3, H, W)"), 'write "N 3 H W": sizes with blanks between them'),
    "crosses": (("check", "net.py:UNet", "--input", "x=1x3x64x64"), 'write "1 3 64 64": sizes with blanks'),
    "a name without a value": (("check", "net.py:UNet", "--arg", "classes"), "write classes=VALUE"),
    "one sign of equality": (("check", "net.py:UNet", "--where", "H = 32"), 'write "H == 32"'),
    "and": (("check", "net.py:UNet", "--where", "H > 3 && W > 3"), 'write "H > 3 and W > 3"'),
    "a small letter": (("contract", "net.py:UNet", "--input", "N 3 H W", "--at", "h=9"), "did you mean H? the inputs"),
    "a size without a symbol": (("contract", "net.py:UNet", "--at", "64x64"), "as in --at H=96,W=80"),
    "two sizes of one symbol": (("contract", "net.py:UNet", "--at", "H=1,H=2"), "`H` is given twice"),
    "a range without end": (("contract", "net.py:UNet", "--list", "H=1:99999"), "a range has at most 10,000 sizes"),
}


@pytest.mark.parametrize(("arguments", "way_out"), TAUGHT.values(), ids=list(TAUGHT))
def test_a_mistake_is_answered_with_the_way_out(models, tmp_path, convlint, arguments, way_out):
    (tmp_path / "mine.toml").write_text("")
    result = convlint(*arguments)
    assert result.exit_code == 2
    assert way_out in result.stderr


def test_a_target_that_is_named_twice_is_checked_once(models, convlint):
    assert "1 model: 1 checked" in convlint("check", "net.py:Plain", "net.py:Plain").stdout


HANDS_ON = """

class HandsOn(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.net = UNet(**options)

    def forward(self, x):
        return self.net(x)
"""

MISSTATED = {
    "a parameter's name": (
        ("net.py:UNet", "--arg", "clases=3"),
        ["`UNet` takes no argument `clases`\n  --arg clases=3\n        ^^^^^^\n", "did you mean `classes`?"],
    ),
    "an argument of a class without any": (
        ("net.py:Plain", "--arg", "width=3"),
        ["`Plain` takes no argument `width`", "it takes none"],
    ),
    "a name that is handed on": (
        ("net.py:HandsOn", "--arg", "clases=3"),
        ["`UNet` takes no argument `clases`\n  --arg clases=3\n", "did you mean `classes`?"],
    ),
    "a name of a class that is installed": (
        ("torch.nn:Conv2d", "--arg", "out_chanels=3"),
        ["`Conv2d` takes no argument `out_chanels`", "did you mean `out_channels`?"],
    ),
    "too many positions": (
        ("net.py:UNet", "--arg", "0=3", "--arg", "1=4"),
        ["`UNet` takes no argument at position 1\n  --arg 1=4\n        ^\n", "it takes `classes`"],
    ),
    "a position after none": (
        ("net.py:UNet", "--arg", "1=4"),
        ["`UNet` is given an argument 1, and none at position 0", "positions count from 0: `--arg 0=VALUE`"],
    ),
    "a name and its position": (
        ("net.py:UNet", "--arg", "0=3", "--arg", "classes=4"),
        ["`classes` is given by its name and by its position"],
    ),
    "a value that nothing defines": (
        ("net.py:UNet", "--arg", "classes=there.is_none"),
        ["cannot read the argument `there.is_none`", "--arg classes=there.is_none"],
    ),
    "an input's name": (
        ("net.py:UNet", "--input", "y=N 3 H W"),
        ["`forward` has no parameter `y`; it has `x`\n  --input y=N 3 H W\n", '`--input x="N 3 H W"`'],
    ),
    "more inputs than forward takes": (
        ("net.py:UNet", "--input", "N 3 H W", "--input", "N 4 H W"),
        ["`forward` takes fewer inputs than the 2 given: `x`\n  --input N 4 H W\n"],
    ),
    "too few axes": (
        ("net.py:UNet", "--input", "N 3"),
        ["`down`, a Conv2d, takes 4 axes, and this input has 2\n  --input N 3\n", 'write "N 3 H W"'],
    ),
    "axes of one sample": (
        ("net.py:UNet", "--input", "N 3 H"),
        ["takes 4 axes: 3 are one sample, of which the first is its channels", 'write "N 3 H W", or "3 H W" for one'],
    ),
    "too many axes": (
        ("net.py:UNet", "--input", "N T 3 H W"),
        ["`down`, a Conv2d, takes 4 axes, and this input has 5"],
    ),
    "a symbol of a condition": (
        ("net.py:UNet", "--where", "S % 2 == 0"),
        ["no input has a size `S`\n  --where S % 2 == 0\n", "the inputs have N, H, W"],
    ),
    "a condition that no size satisfies": (
        ("net.py:UNet", "--where", "H > 10", "--where", "H < 5"),
        ["no size satisfies this together with the conditions before it\n  --where H < 5\n"],
    ),
}


@pytest.mark.parametrize("command", ["check", "shapes", "contract"])
@pytest.mark.parametrize(("arguments", "expected"), MISSTATED.values(), ids=list(MISSTATED))
def test_what_only_building_a_model_shows_to_be_mistaken(models, convlint, command, arguments, expected):
    models.write_text(models.read_text() + HANDS_ON)
    result = convlint(command, *arguments)
    assert result.exit_code == 2
    assert [text for text in expected if text not in result.stderr] == []
    assert "CL9" not in result.stdout


@pytest.mark.parametrize("shape", ["3 H W", "N 3 H W", "C H W"])
def test_inputs_of_one_sample_are_no_mistake(models, convlint, shape):
    where = ("--where", "C == 3") if "C" in shape else ()
    assert convlint("shapes", "net.py:Plain", "--input", shape, *where).exit_code == 0


@pytest.mark.parametrize("arguments", [("--arg", "a=1", "--arg", "a=2"), ("--input", "x=N", "--input", "x=N")])
def test_what_is_given_twice(models, convlint, arguments):
    result = convlint("check", "net.py:UNet", *arguments)
    assert result.exit_code == 2
    assert "is given twice" in result.stderr


def test_a_directory_without_a_model(models, tmp_path, convlint):
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "tool.py").write_text("print('no model')\n")
    result = convlint("check", "empty")
    assert result.exit_code == 2
    assert "there is no model in this directory\n  empty" in result.stderr


def test_a_directory_without_a_python_file(models, tmp_path, convlint):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/net.md").write_text("import torch\n")
    result = convlint("check", "docs")
    assert result.exit_code == 2
    assert "there is no Python file in this directory\n  docs" in result.stderr


def test_a_directory_of_which_all_is_left_out(models, tmp_path, convlint):
    (tmp_path / "made/build").mkdir(parents=True)
    (tmp_path / "made/build/net.py").write_text(models.read_text())
    result = convlint("check", "made")
    assert result.exit_code == 2
    assert "every Python file in this directory is left out, by the settings or by git" in result.stderr
    assert "name a file, such as made/build/net.py" in result.stderr


@pytest.mark.parametrize("command", [(), ("--no-exec",), ("--diff",), ("--show-files",)])
def test_a_file_that_is_no_python(models, tmp_path, convlint, command):
    (tmp_path / "pyproject.toml").write_text("")
    result = convlint("check", "pyproject.toml", "net.py:Plain", *command)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: this file is no Python\n  pyproject.toml\n")


def test_a_script_is_python_by_its_first_line(models, tmp_path, convlint):
    (tmp_path / "train").write_text(f"#!/usr/bin/env python3\n{models.read_text()}")
    result = convlint("check", "train", "--select", "CL9")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "2 models: 2 checked" in result.stdout


def test_other_targets_are_still_checked(models, convlint):
    result = convlint("check", "missing.py", "net.py:Plain")
    assert result.exit_code == 2
    assert "there is no such file" in result.stderr
    assert "1 model: 1 checked" in result.stdout


def test_a_notebook_without_cells_is_one_finding(tmp_path, convlint, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.ipynb").write_text('{"torch": 1}')
    result = convlint("check", "net.ipynb")
    assert result.exit_code == 1
    assert "this notebook cannot be read: it has no cells" in result.stdout
    assert "open it in Jupyter and save it, or give it another ending than .ipynb" in result.stdout


def test_what_is_no_json_is_no_notebook_however_it_is_asked_for(tmp_path, convlint, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.ipynb").write_text('{"cells":\n [torch')
    for target in ("net.ipynb", "net.ipynb:Net"):
        result = convlint("check", target)
        assert result.exit_code == 1
        assert "this notebook cannot be read: it is no JSON: expecting value\n --> net.ipynb:2:" in result.stdout
        assert "restore what it was before, or give it another ending than .ipynb" in result.stdout


def test_a_mistyped_command(convlint):
    result = convlint("chek", ".")
    assert result.exit_code == 2
    assert "Did you mean 'check'?" in result.stderr


def test_a_working_directory_that_is_gone(tmp_path, convlint, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    result = convlint("check", ".")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: the working directory cannot be read: no such file or directory\n")


def test_ctrl_c_is_no_finding(models, monkeypatch, convlint):
    def interrupted(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("convlint.engine.check", interrupted)
    result = convlint("check", "net.py:Plain")
    assert (result.exit_code, result.stderr) == (130, "\ninterrupted\n")
