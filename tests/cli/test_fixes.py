"""``convlint check --fix``, ``--unsafe-fixes`` and ``--diff``: what is printed, what is written, and the exit code."""

import pytest

from convlint.engine import pipeline

SAFE = """\
from torch import nn


class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(16))
"""

UNSAFE = """\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3)

    def forward(self, x):
        return x + self.conv(x)
"""

NONE = SAFE.replace("(self)", "(self, width=16)").replace("nn.BatchNorm2d(16)", "nn.BatchNorm2d(width)")

HIDDEN = """\
from torch import nn


class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 8, 3, padding=1),
            nn.Conv2d(16, 8, 3, padding=1),
            nn.Conv2d(8, 4, 3, padding=3),
        )
"""
"""Its first mistake hides its second, which is a warning: a fix of the first need not mend it."""

TARGET = ("net.py:Net", "--input", "N 3 H W")


@pytest.fixture
def net(tmp_path, monkeypatch, warm_engine):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.py"

    def write(text):
        path.write_text(text)
        return path

    return write


def test_check_marks_what_can_be_fixed_and_counts_it(net, convlint):
    net(SAFE)
    run = convlint("check", *TARGET)
    assert run.exit_code == 1
    assert run.stdout.startswith("error[CL402] [*] norm-mismatch: `num_features=16`, but 8 channels arrive\n")
    assert run.stdout.splitlines()[-1] == "[*] 1 fixable with --fix"


def test_an_unsafe_fix_is_told_and_not_marked_unless_asked_for(net, convlint):
    net(UNSAFE)
    run = convlint("check", *TARGET)
    assert run.stdout.startswith("warning[CL301] skip-size-mismatch")
    assert "  = fix: set `padding=1` (unsafe: only with --unsafe-fixes)\n" in run.stdout
    assert run.stdout.splitlines()[-1] == "1 fixable with --fix --unsafe-fixes"
    run = convlint("check", *TARGET, "--unsafe-fixes")
    assert run.stdout.startswith("warning[CL301] [*] skip-size-mismatch")
    assert run.stdout.splitlines()[-1] == "[*] 1 fixable with --fix"


def test_fix_writes_and_reports_what_is_left(net, convlint):
    path = net(SAFE)
    run = convlint("check", *TARGET, "--fix")
    assert (run.exit_code, run.stdout) == (0, "1 model: 1 checked. No findings.\nFixed 1 finding.\n")
    assert path.read_text() == SAFE.replace("16", "8")


def test_fix_leaves_unsafe_fixes_and_exits_with_1(net, convlint):
    path = net(UNSAFE)
    run = convlint("check", *TARGET, "--fix")
    assert run.exit_code == 1
    assert "Fixed" not in run.stdout
    assert path.read_text() == UNSAFE


def test_unsafe_fixes_widens_fix(net, convlint):
    path = net(UNSAFE)
    run = convlint("check", *TARGET, "--fix", "--unsafe-fixes")
    assert run.exit_code == 0
    assert path.read_text() == UNSAFE.replace("3, 3, 3)", "3, 3, 3, padding=1)")


@pytest.mark.parametrize("options", [("--diff",), ("--diff", "--fix")])
def test_diff_prints_the_change_writes_nothing_and_exits_with_1(net, convlint, options):
    path = net(SAFE)
    run = convlint("check", *TARGET, *options)
    assert run.exit_code == 1
    assert run.stdout == (
        "--- net.py\n+++ net.py\n@@ -3,4 +3,4 @@\n \n class Net(nn.Sequential):\n     def __init__(self):\n"
        "-        super().__init__(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(16))\n"
        "+        super().__init__(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8))\n"
    )
    assert run.stderr == "Would fix 1 finding.\n"
    assert path.read_text() == SAFE


def test_what_comes_to_light_by_a_fix_is_fixed_too(net, convlint):
    mended = HIDDEN.replace("16", "8").replace("padding=3", "padding=1")
    path = net(HIDDEN)
    diff = convlint("check", *TARGET, "--unsafe-fixes", "--diff")
    assert (diff.exit_code, diff.stderr) == (1, "Would fix 2 findings.\n")
    added = [line[1:] for line in diff.stdout.splitlines() if line.startswith("+ ")]
    assert added == mended.splitlines()[7:9]
    assert path.read_text() == HIDDEN
    run = convlint("check", *TARGET, "--unsafe-fixes", "--fix")
    assert (run.exit_code, run.stdout.splitlines()[-1]) == (0, "Fixed 2 findings.")
    assert path.read_text() == mended


def test_there_are_not_endlessly_many_rounds(net, convlint, monkeypatch):
    monkeypatch.setattr(pipeline, "MOST_ROUNDS", 1)
    path = net(HIDDEN)
    run = convlint("check", *TARGET, "--unsafe-fixes", "--fix")
    assert (run.exit_code, run.stdout.splitlines()[-2:]) == (1, ["Fixed 1 finding.", "[*] 1 fixable with --fix"])
    assert path.read_text() == HIDDEN.replace("16", "8")


def test_an_expression_of_numbers_is_replaced_on_demand_only(net, convlint):
    text = SAFE.replace("nn.BatchNorm2d(16)", "nn.BatchNorm2d((4 + 4) * 2)")
    path = net(text)
    run = convlint("check", *TARGET, "--fix")
    assert run.exit_code == 1
    assert "  = help: `num_features` is the expression `(4 + 4) * 2`: change the expression\n" in run.stdout
    assert "  = fix: set `num_features=8` (unsafe: only with --unsafe-fixes)\n" in run.stdout
    assert path.read_text() == text
    run = convlint("check", *TARGET, "--fix", "--unsafe-fixes")
    assert (run.exit_code, run.stdout) == (0, "1 model: 1 checked. No findings.\nFixed 1 finding.\n")
    assert path.read_text() == SAFE.replace("16", "8")


@pytest.mark.parametrize(("text", "options"), [(UNSAFE, ("--diff",)), (NONE, ("--diff", "--unsafe-fixes"))])
def test_diff_without_a_change_exits_with_0(net, convlint, text, options):
    net(text)
    run = convlint("check", *TARGET, *options)
    assert (run.exit_code, run.stdout, run.stderr) == (0, "", "No fixes.\n")


def test_diff_of_what_cannot_be_run_exits_with_2(net, convlint):
    net(SAFE)
    run = convlint("check", "other.py", "--diff")
    assert run.exit_code == 2
    assert "there is no such file" in run.stderr


def test_a_file_that_cannot_be_written_is_a_problem(net, convlint, monkeypatch):
    path = net(SAFE)
    monkeypatch.setattr("os.access", lambda *_: False)
    run = convlint("check", *TARGET, "--fix")
    assert run.exit_code == 2
    assert run.stderr == "error: cannot write net.py: it is read-only\n"
    assert path.read_text() == SAFE
