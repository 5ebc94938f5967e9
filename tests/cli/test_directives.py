"""Comments in the user's files: what is printed, what is written, and the exit code."""

import json

import pytest

NET = """\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3)

    def forward(self, x):
        return x + self.conv(x)
"""
JOIN = "        return x + self.conv(x)"


@pytest.fixture
def net(tmp_path, monkeypatch, warm_engine):
    """Writes ``net.py`` into the working directory, with a comment at its join, and with other replacements."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.py"

    def write(comment="", line_break="\n"):
        text = NET.replace(JOIN, f"{JOIN}  # convlint: {comment}" if comment else JOIN)
        path.write_bytes(text.replace("\n", line_break).encode())
        return path

    return write


def test_what_is_hidden_is_counted_and_fails_nothing(net, convlint):
    net("ignore[skip-size-mismatch] -- never mind")
    run = convlint("check", "net.py", "--select", "CL301")
    assert run.exit_code == 0
    assert run.stdout.splitlines()[0] == "1 model: 1 checked. No findings."
    assert "1 suppressed (--show-suppressed lists it)\n" in run.stdout


def test_show_suppressed_lists_it_with_its_comment(net, convlint):
    net("ignore[skip-size-mismatch] -- never mind")
    run = convlint("check", "net.py", "--select", "CL301", "--show-suppressed")
    assert run.exit_code == 0
    first, _, summary = run.stdout.splitlines()[:3]
    assert first.startswith("net.py:10:16: suppressed CL301 skip-size-mismatch: `add` joins maps whose sizes differ")
    assert first.endswith("(line 10: never mind)")
    assert summary == "1 model: 1 checked. No findings."


def test_json_has_it_beside_the_findings(net, convlint):
    net("ignore[skip-size-mismatch] -- never mind")
    run = convlint("check", "net.py", "--select", "CL301", "--output-format", "json")
    report = json.loads(run.stdout)
    assert (run.exit_code, report["diagnostics"]) == (0, [])
    (hidden,) = report["suppressed"]
    assert (hidden["code"], hidden["line"]) == ("CL301", 10)
    assert hidden["directive"] == {
        "path": "net.py", "cell": None, "line": 10, "column": 46, "end_line": 10, "end_column": 72,
        "reason": "never mind",
    }  # fmt: skip


def test_a_hidden_finding_is_not_fixed(net, convlint):
    path = net("ignore[skip-size-mismatch]")
    before = path.read_bytes()
    run = convlint("check", "net.py", "--fix", "--unsafe-fixes")
    assert (run.exit_code, path.read_bytes()) == (0, before)
    assert "Fixed" not in run.stdout


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_fix_takes_away_just_what_hides_nothing(net, convlint, line_break):
    path = net("ignore[CL301, CL104] -- why", line_break)
    before = path.read_bytes()
    run = convlint("check", "net.py", "--fix")
    assert run.exit_code == 0
    assert "Fixed 1 finding." in run.stdout
    assert path.read_bytes() == before.replace(b", CL104", b"")


def test_a_comment_that_ends_the_file_goes_too(net, convlint):
    path = net()
    before = path.read_bytes()
    path.write_bytes(before + b"# convlint: file-ignore[CL104]")
    run = convlint("check", "net.py", "--fix")
    assert "Fixed 1 finding." in run.stdout
    assert path.read_bytes() == before.removesuffix(b"\n")


def test_a_fix_and_a_comment_go_together(net, convlint):
    path = net("ignore[CL104]")
    run = convlint("check", "net.py", "--fix", "--unsafe-fixes")
    assert "Fixed 2 findings." in run.stdout
    assert path.read_text() == NET.replace("3, 3, 3)", "3, 3, 3, padding=1)")


@pytest.mark.parametrize("target", [".", "net.py", "net.py:Net"])
def test_a_rule_that_there_is_not_is_an_error_that_names_the_nearest(net, convlint, target):
    net("ignore[skip-size-mismatches]")
    run = convlint("check", target)
    assert run.exit_code == 1
    assert "error[CL907] bad-directive: there is no rule `skip-size-mismatches`\n  --> net.py:10:" in run.stdout
    assert "= help: did you mean skip-size-mismatch?" in run.stdout
    assert "warning[CL301]" in run.stdout


@pytest.mark.parametrize("comment", ["noqa", "noqa: CL301", "type: ignore", "ruff: noqa", "pylint: disable=all"])
def test_comments_of_other_tools_hide_nothing_and_are_no_mistake(net, convlint, comment):
    path = net()
    path.write_text(NET.replace(JOIN, f"{JOIN}  # {comment}"))
    run = convlint("check", "net.py", "--output-format", "concise")
    assert run.exit_code == 1
    assert [line.split(": ")[1].split("[")[0] for line in run.stdout.splitlines() if "net.py:" in line] == ["CL301"]


def test_a_comment_that_cannot_be_followed_is_an_error(net, convlint):
    net("ignore")
    run = convlint("check", "net.py", "--select", "CL907")
    assert run.exit_code == 1
    assert run.stdout.startswith("error[CL907] bad-directive: `ignore` without rules would hide everything")
    assert f"10 | {JOIN}  # convlint: ignore\n   | {' ' * 45}^^^^^^\n" in run.stdout


class TestAddIgnore:
    """``--add-ignore``: what a project has is hidden, and what comes is told."""

    @pytest.mark.parametrize(("option", "reason"), [("--add-ignore", ""), ("--add-ignore=see #7", " -- see #7")])
    def test_afterwards_a_check_is_clean(self, net, convlint, option, reason):
        path = net(line_break="\r\n")
        before = path.read_bytes()
        run = convlint("check", option, "net.py")
        assert (run.exit_code, run.stderr) == (0, "Hid 1 finding.\n")
        assert "1 suppressed (--show-suppressed lists it)\n" in run.stdout
        comment = f"{JOIN}  # convlint: ignore[skip-size-mismatch]{reason}"
        assert path.read_bytes() == before.replace(JOIN.encode(), comment.encode())
        again = convlint("check", "--add-ignore", "net.py")
        assert (again.exit_code, again.stderr) == (0, "Nothing to hide.\n")
        assert path.read_bytes() == before.replace(JOIN.encode(), comment.encode())

    def test_from_fail_on_on(self, net, convlint):
        path = net()
        run = convlint("check", "net.py", "--fail-on", "error", "--add-ignore")
        assert (run.exit_code, run.stderr, path.read_text()) == (0, "Nothing to hide.\n", NET)
        run = convlint("check", "net.py", "--fail-on", "info", "--add-ignore")
        assert run.exit_code == 0
        assert "  # convlint: ignore[skip-size-mismatch, misaligned-join]\n" in path.read_text()

    def test_what_hides_nothing_and_what_cannot_be_followed_are_hidden_too(self, net, convlint):
        path = net("ignore[CL104]")
        text = path.read_text().replace("3, 3, 3)", "3, 3, 3)  # convlint: ignore")
        path.write_text(text)
        run = convlint("check", "net.py", "--add-ignore")
        assert (run.exit_code, run.stderr) == (0, "Hid 3 findings.\n")
        assert "# convlint: ignore  # convlint: ignore[bad-directive]\n" in path.read_text()

    def test_diff_writes_nothing(self, net, convlint):
        path = net()
        run = convlint("check", "net.py", "--add-ignore", "--diff")
        assert (run.exit_code, run.stderr) == (1, "Would hide 1 finding.\n")
        assert f"+{JOIN}  # convlint: ignore[skip-size-mismatch]\n" in run.stdout
        assert path.read_text() == NET

    def test_what_no_comment_can_hide_is_left_and_told(self, net, convlint):
        path = net().parent / "torch_broken.py"
        path.write_text("import torch\nx = (\n")
        run = convlint("check", "--add-ignore", "net.py", "torch_broken.py")
        assert run.exit_code == 1
        assert "no comments are written into torch_broken.py: it is no Python" in run.stderr
        assert "Hid 1 finding." in run.stderr
        assert "error[CL901]" in run.stdout

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("--add-ignore", "--fix"), "first the one, then the other"),
            (("--add-ignore=a\nb",), "a reason is one line"),
        ],
    )
    def test_what_does_not_go_together(self, net, convlint, arguments, message):
        net()
        run = convlint("check", "net.py", *arguments)
        assert run.exit_code == 2
        assert message in run.stderr
