"""Fixes from a check to the file, on real workers: what is offered was tried, and what is not offered says why."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from convlint import engine
from convlint.diagnostics import Applicability
from convlint.engine import pipeline
from convlint.engine.examining.look import look
from convlint.engine.planning.jobs import plan
from convlint.engine.reporting.mending import editable
from convlint.request import Options
from convlint.settings import Settings

HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n\n\n"

SEQUENTIAL = HEAD + """\
class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            {layers}
        )
"""


@pytest.fixture
def project(tmp_path, monkeypatch, warm_engine):
    """``project("net.py", text)`` writes a file of the working directory, text or bytes."""
    monkeypatch.chdir(tmp_path)

    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def check(target, *inputs, where=(), select=()):
    return engine.check([target], Options.read(inputs=inputs, where=where), Settings(select=select))


def finding(report, name):
    (found,) = [each for each in report.diagnostics if each.name == name]
    return found


def fixed(target, *inputs, where=(), unsafe=False):
    return engine.fix([target], Options.read(inputs=inputs, where=where), unsafe=unsafe)


def loud(report):
    return [(each.name, each.span.line) for each in report.diagnostics if each.severity > 1]


@pytest.mark.parametrize(
    ("wrong", "right", "rule", "size"),
    [
        ("nn.Conv2d(16, 4, 3)", "nn.Conv2d(8, 4, 3)", "channel-mismatch", "H"),
        ("nn.ConvTranspose2d(in_channels=4, out_channels=2, kernel_size=2)",
         "nn.ConvTranspose2d(in_channels=8, out_channels=2, kernel_size=2)", "channel-mismatch", "H"),
        ("nn.BatchNorm2d(16)", "nn.BatchNorm2d(8)", "norm-mismatch", "H"),
        ("nn.GroupNorm(4, 16)", "nn.GroupNorm(4, 8)", "norm-mismatch", "H"),
        ("nn.LayerNorm([8, 6, 4])", "nn.LayerNorm([8, 6, 6])", "norm-mismatch", "8"),
        ("nn.Flatten(), nn.Linear(512, 10)", "nn.Flatten(), nn.Linear(288, 10)", "linear-mismatch", "8"),
    ],
)  # fmt: skip
def test_a_wrong_number_of_features_is_set_right(project, wrong, right, rule, size):
    shape = f"N 3 {size} {size}"
    wrong, right = (f"nn.Conv2d(3, 8, 3), {layers}" for layers in (wrong, right))
    path = project("net.py", SEQUENTIAL.format(layers=wrong))
    fix = finding(check("net.py:Net", shape), rule).fix
    assert fix is not None
    assert fix.applicability is Applicability.SAFE
    assert path.read_text() == SEQUENTIAL.format(layers=wrong)
    report = fixed("net.py:Net", shape)
    assert report.fixed == 1
    assert path.read_text() == SEQUENTIAL.format(layers=right)
    assert loud(report) == []


AUTOENCODER = "nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.ConvTranspose2d(8, 1, 3, stride=2, padding=1{})"


@pytest.mark.parametrize(
    ("given", "after", "where"),
    [
        ("", ", output_padding=1", ("H % 2 == 0", "W % 2 == 0")),
        (", output_padding=0", ", output_padding=1", ("H % 2 == 0", "W % 2 == 0")),
        ("", ", output_padding=(1, 0)", ("H % 2 == 0", "W % 2 == 1")),
        (", output_padding=(1, 0)", ", output_padding=(0, 1)", ("H % 2 == 1", "W % 2 == 0")),
    ],
)
def test_the_output_padding_that_works_is_set(project, given, after, where):
    path = project("net.py", SEQUENTIAL.format(layers=AUTOENCODER.format(given)))
    report = fixed("net.py:Net", "N 3 H W", where=where)
    assert report.fixed == 1
    assert path.read_text() == SEQUENTIAL.format(layers=AUTOENCODER.format(after))
    assert "non-invertible-stride" not in {each.name for each in report.diagnostics}


def test_no_constant_output_padding_no_fix(project):
    project("net.py", SEQUENTIAL.format(layers=AUTOENCODER.format("")))
    assert finding(check("net.py:Net", "N 3 H W"), "non-invertible-stride").fix is None


RESIDUAL = HEAD + """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Conv2d(3, 8, 3{})
        self.two = nn.Conv2d(8, 3, 5, dilation=2{})

    def forward(self, x):
        return x + self.two(F.relu(self.one(x)))
"""


def test_half_padding_is_an_unsafe_fix(project):
    path = project("net.py", RESIDUAL.format("", ""))
    found = finding(check("net.py:Net", "N 3 H W"), "skip-size-mismatch")
    assert found.fix is not None
    assert found.fix.applicability is Applicability.UNSAFE
    assert len(found.fix.edits) == 2
    assert fixed("net.py:Net", "N 3 H W").fixed == 0
    assert path.read_text() == RESIDUAL.format("", "")
    report = fixed("net.py:Net", "N 3 H W", unsafe=True)
    assert (report.fixed, loud(report)) == (1, [])
    assert path.read_text() == RESIDUAL.format(", padding=1", ", padding=4")


STRIDED = HEAD + """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 5, stride=2{})
        self.short = nn.Conv2d(8, 8, 1, stride=2)

    def forward(self, x):
        return self.short(x) + self.conv(x)
"""


def test_half_padding_is_found_for_strided_branches_too(project):
    path = project("net.py", STRIDED.format(""))
    report = fixed("net.py:Net", "N 8 H W", where=("H % 2 == 1", "W % 2 == 1"), unsafe=True)
    assert (report.fixed, loud(report)) == (1, [])
    assert path.read_text() == STRIDED.format(", padding=2")


def test_an_info_that_was_not_there_before_is_new_too(project):
    project("net.py", STRIDED.format(""))
    report = check("net.py:Net", "N 8 H W")  # at even sizes, the new padding is uneven
    assert finding(report, "skip-size-mismatch").fix is None
    assert any("with `padding=2` there would be CL103 padding-lost-to-floor" in each for each in report.remarks)


def test_padding_that_holds_the_whole_window_becomes_half_padding(project):
    path = project("net.py", SEQUENTIAL.format(layers="nn.Conv2d(3, 8, kernel_size=(3, 1), padding=3)"))
    assert fixed("net.py:Net", "N 3 H W").fixed == 0
    report = fixed("net.py:Net", "N 3 H W", unsafe=True)
    assert (report.fixed, loud(report)) == (1, [])
    assert path.read_text() == SEQUENTIAL.format(layers="nn.Conv2d(3, 8, kernel_size=(3, 1), padding=(1, 0))")


def test_mistakes_that_hide_one_another_are_one_fix(project):
    layers = "nn.Conv2d(3, 8, 3), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 4, 3), nn.BatchNorm2d(5)"
    path = project("net.py", SEQUENTIAL.format(layers=layers))
    fix = finding(check("net.py:Net", "N 3 H W"), "norm-mismatch").fix
    assert fix is not None
    assert [edit.content for edit in fix.edits] == ["8", "8", "4"]
    assert loud(fixed("net.py:Net", "N 3 H W")) == []
    right = "nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 3), nn.BatchNorm2d(4)"
    assert path.read_text() == SEQUENTIAL.format(layers=right)


def test_what_a_fix_would_break_is_not_offered(project):
    # With 12 channels, 8 groups do not divide them.
    project("net.py", SEQUENTIAL.format(layers="nn.Conv2d(3, 12, 3), nn.GroupNorm(8, 16)"))
    report = check("net.py:Net", "N 3 H W")
    assert finding(report, "norm-mismatch").fix is None
    told = "no fix: CL402 norm-mismatch at net.py:9: with `num_channels=12` there would be "
    assert any(remark.startswith(told) for remark in report.remarks)


THREE_PLACES = HEAD + """\
class Block(nn.Module):
    def __init__(self, out):
        super().__init__()
        self.conv = nn.Conv2d(8, out, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, x):
        return self.norm(self.conv(x))


class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, 1), Block(8), Block(8), Block({last}))
"""


def test_a_line_that_builds_three_places_is_changed_for_all(project):
    path = project("net.py", THREE_PLACES.format(last=8))
    assert loud(fixed("net.py:Net", "N 3 H W")) == []
    assert path.read_text() == THREE_PLACES.format(last=8).replace("BatchNorm2d(4)", "BatchNorm2d(8)")


def test_a_line_that_would_be_right_for_two_of_three_places_is_left_alone(project):
    project("net.py", THREE_PLACES.format(last=16))
    found = finding(check("net.py:Net", "N 3 H W"), "norm-mismatch")
    assert found.fix is None
    assert found.help[-1] == "that alone does not do: with it, `num_features=8`, but 16 channels arrive"


def test_a_comprehension_is_changed_once_for_all_its_layers(project):
    layers = "nn.Conv2d(3, 8, 1), *[nn.Conv2d(4, 8, 3, padding=1) for _ in range(3)]"
    path = project("net.py", SEQUENTIAL.format(layers=layers))
    report = fixed("net.py:Net", "N 3 H W")
    assert (report.fixed, loud(report)) == (1, [])
    assert path.read_text() == SEQUENTIAL.format(layers=layers.replace("(4, 8", "(8, 8"))


def test_a_file_that_several_models_use_is_changed_only_where_all_bear_it(project):
    project("parts.py", SEQUENTIAL.replace("Net", "Head").format(layers="nn.Conv2d(4, 2, 1)"))

    def model(name, width):
        layers = f"nn.Conv2d(3, {width}, 1), Head()"
        return "from parts import Head\n" + SEQUENTIAL.replace("Net", name).format(layers=layers)

    project("one.py", model("One", 8))
    project("two.py", model("Two", 8))
    options = Options.read(inputs=["N 3 H W"])
    targets = ["one.py:One", "two.py:Two"]
    (found,) = [each for each in engine.check(targets, options).diagnostics if each.name == "channel-mismatch"]
    assert found.fix is not None
    assert found.span.path == "parts.py"
    project("two.py", model("Two", 4))
    (found,) = [each for each in engine.check(targets, options).diagnostics if each.name == "channel-mismatch"]
    assert found.fix is None


@pytest.mark.parametrize(
    ("prelude", "layers", "said"),
    [
        ("", "nn.Conv2d(width, 4, 1)", "`width`, a parameter of `__init__` (line 7), 16 by default: change it there"),
        ("n = 16\n", "nn.Conv2d(n, 4, 1)", "`n`, assigned in line 6: change it there"),
        (
            "n = 8\n",
            "nn.Conv2d(2 * n, 4, 1)",
            "the expression `2 * n`, where `n` is assigned in line 6: change the expression",
        ),
        (
            "def conv(i):\n    return nn.Conv2d(i, 4, 1)\n",
            "conv(16)",
            "`i`, a parameter of `conv` (line 6): change it there",
        ),
    ],
)
def test_a_number_that_is_not_written_there_is_named_instead(project, prelude, layers, said):
    text = SEQUENTIAL.replace("class Net", prelude + "class Net").replace("(self)", "(self, width=16)")
    project("net.py", text.format(layers=f"nn.Conv2d(3, 8, 1), {layers}"))
    found = finding(check("net.py:Net", "N 3 H W"), "channel-mismatch")
    assert found.fix is None
    assert found.help == ("set `in_channels=8`", f"`in_channels` is {said}")


def test_channels_of_the_models_input_are_an_unsafe_fix(project):
    project("net.py", SEQUENTIAL.format(layers="nn.ReLU(), nn.Conv2d(1, 8, 3)"))
    fix = finding(check("net.py:Net", "N 3 H W"), "channel-mismatch").fix
    assert fix is not None
    assert fix.applicability is Applicability.UNSAFE


def test_only_rules_that_were_asked_for_are_fixed(project):
    layers = "nn.Conv2d(3, 8, 3), nn.BatchNorm2d(16), nn.Conv2d(16, 4, 3)"
    project("net.py", SEQUENTIAL.format(layers=layers))
    assert finding(check("net.py:Net", "N 3 H W", select=("norm-mismatch",)), "norm-mismatch").fix is None


WRONG = SEQUENTIAL.format(layers="nn.Conv2d(3, 8, 3), nn.Conv2d(16, 4, 3)")


@pytest.mark.parametrize(
    "data",
    [
        WRONG.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + WRONG.encode(),
        WRONG.replace("    ", "\t").replace("\n\n", "\n\x0c\n").encode(),
        f"# coding: latin-1\n{WRONG.replace('nn.Conv2d(3', 'nn.Identity(*[]), nn.Conv2d(3')}# é".encode("latin-1"),
        WRONG.replace("            nn", "            (lambda é: é)(nn.ReLU()), nn").rstrip().encode(),
    ],
    ids=["CRLF", "byte order mark", "tabs and form feeds", "latin-1", "non-ASCII before the call, no last line break"],
)
def test_a_file_in_any_form_keeps_its_other_bytes(project, data):
    path = project("net.py", data)
    path.chmod(0o640)
    assert fixed("net.py:Net", "N 3 H W").fixed == 1
    assert path.read_bytes() == data.replace(b"nn.Conv2d(16, 4", b"nn.Conv2d(8, 4")
    assert path.stat().st_mode & 0o777 == 0o640


def test_two_fixes_of_one_file_are_both_made(project):
    other = WRONG.replace("class Net", "class Other")[len(HEAD) :]
    path = project("net.py", WRONG + "\n\n" + other)
    report = engine.fix(["net.py:Net", "net.py:Other"], Options.read(inputs=["N 3 H W"]))
    assert report.fixed == 2
    assert path.read_text().count("nn.Conv2d(8, 4, 3)") == 2


def test_of_two_fixes_that_contradict_each_other_none_is_offered(project):
    shared = HEAD + """\
class Head(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(2, 4, 1))


class One(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, 1), Head())


class Two(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 6, 1), Head())
"""
    project("net.py", shared)
    report = engine.check(["net.py:One", "net.py:Two"], Options.read(inputs=["N 3 H W"]))
    found = [each for each in report.diagnostics if each.name == "channel-mismatch"]
    assert {each.help[0] for each in found} == {"set `in_channels=8`", "set `in_channels=6`"}
    assert all(each.fix is None for each in found)


def test_an_overlay_is_read_instead_of_the_file_and_of_what_was_compiled_of_it(project):
    path = project("net.py", WRONG)
    client = pipeline._client(Settings())
    subprocess.run([sys.executable, "-m", "compileall", "-q", "."], check=True)
    (job,) = plan(["net.py:Net"], Options.read(inputs=["N 3 H W"])).jobs

    def names(contents):
        return {each.name for each in look(client, job, contents).findings if each.severity > 1}

    right = WRONG.replace("(16, 4", "(8, 4").encode()
    assert names({}) == {"channel-mismatch"}
    assert names({str(path): right}) == set()
    assert names({}) == {"channel-mismatch"}
    assert path.read_text() == WRONG


def test_what_is_offered_is_in_the_json_as_edits_of_the_source(project):
    from convlint.render import json as render

    project("net.py", WRONG)
    (found,) = json.loads(render.render_report(check("net.py:Net", "N 3 H W", select=("CL401",))))["diagnostics"]
    line = WRONG.split("\n")[8]
    (edit,) = found["fix"]["edits"]
    assert (edit["path"], edit["line"], edit["content"]) == ("net.py", 9, "8")
    assert line[edit["column"] - 1 : edit["end_column"] - 1] == "16"


MODELS = Path(__file__).parents[2] / "fixtures" / "models"


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("unet.py", "self.outc = nn.Conv2d(64,", "self.outc = nn.Conv2d(32,"),
        ("vgg.py", "nn.Linear(4096, num_classes)", "nn.Linear(9, num_classes)"),
        ("shufflenet.py", "nn.BatchNorm2d(24)", "nn.BatchNorm2d(7)"),
        ("vnet.py", "nn.Conv3d(16, classes", "nn.Conv3d(5, classes"),
        ("autoencoder_2d.py", "nn.ConvTranspose2d(64, 32", "nn.ConvTranspose2d(128, 32"),
    ],
)
def test_a_number_that_is_wrong_in_a_whole_model_is_restored(project, name, right, wrong):
    text = (MODELS / name).read_text()
    assert text.count(right) == 1
    path = project(name, text.replace(right, wrong))
    assert fixed(name).fixed == 1
    assert path.read_text() == text


def test_the_files_that_may_be_edited_are_the_projects_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked_for = "/elsewhere/net.py"
    is_editable = editable([asked_for])
    assert is_editable(str(tmp_path / "parts" / "net.py"))
    assert is_editable(asked_for)
    assert not is_editable("/elsewhere/parts.py")
    assert not is_editable(str(tmp_path / ".venv" / "lib" / "python3.11" / "site-packages" / "timm" / "resnet.py"))
