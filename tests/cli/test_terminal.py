"""Colour, width, characters and progress: as the terminal allows."""

import io
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from convlint.cli.progress import ProgressLine
from convlint.cli.terminal import coloured, columns_of
from convlint.engine import Step
from convlint.render.wrap import columns

ROOT = Path(__file__).resolve().parents[2]


class Terminal(io.StringIO):
    """A terminal that is 50 columns wide."""

    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def run(*arguments, **environment):
    """Standard output of ``convlint`` as bytes, into a pipe."""
    command = [sys.executable, "-m", "convlint", *arguments]
    return subprocess.run(command, capture_output=True, env={**os.environ, **environment}, check=True).stdout


def run_on_terminal(*arguments, **environment):
    """What ``convlint`` writes to a terminal."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "convlint", *arguments],
        stdout=follower, stderr=follower, stdin=follower, env={**os.environ, **environment},
    )  # fmt: skip
    os.close(follower)
    out = b""
    try:
        while data := os.read(leader, 65536):
            out += data
    except OSError:  # Linux's way to say that the other end is closed
        pass
    finally:
        os.close(leader)
        process.wait()
    return out.decode().replace("\r\n", "\n")


class TestColour:
    """``--color``, else the environment, else whether it is a terminal."""

    @pytest.mark.parametrize(
        ("environment", "on_terminal", "in_pipe"),
        [
            ({}, True, False),
            ({"NO_COLOR": "1"}, False, False),
            ({"NO_COLOR": ""}, True, False),
            ({"TERM": "dumb"}, False, False),
            ({"CLICOLOR": "0"}, False, False),
            ({"FORCE_COLOR": "1"}, True, True),
            ({"FORCE_COLOR": "0"}, True, False),
            ({"CLICOLOR_FORCE": "1"}, True, True),
            ({"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
            ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ],
    )
    def test_the_environment_decides(self, environment, on_terminal, in_pipe, monkeypatch):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert coloured(Terminal()) is on_terminal
        assert coloured(io.StringIO()) is in_pipe

    def test_a_closed_output_is_no_terminal(self):
        assert not coloured(None)
        assert columns_of(None) is None

    def test_the_option_stands_above_the_environment(self, convlint, monkeypatch):
        monkeypatch.setenv("NO_COLOR", "1")
        assert "\x1b[1m" in convlint("rules", "--color", "always").stdout
        monkeypatch.delenv("NO_COLOR")
        monkeypatch.setenv("FORCE_COLOR", "1")
        assert "\x1b[1m" in convlint("rules").stdout
        assert "\x1b" not in convlint("rules", "--color", "never").stdout

    def test_problems_are_coloured_too(self, convlint):
        result = convlint("check", "nett.py", "--color", "always")
        assert result.exit_code == 2
        assert result.stderr.startswith("\x1b[1;31merror\x1b[0m: there is no such file")

    def test_a_report_has_it_and_a_file_has_none(self, models, convlint, tmp_path):
        forms = ("--output-format=text", "--output-format=concise:out.txt", "--output-format=github:log.txt")
        result = convlint("check", "net.py:UNet", "--input", "N 3 H W", "--color=always", *forms)
        assert "Found \x1b[1;33m1 warning\x1b[0m" in result.stdout
        for name in ("out.txt", "log.txt"):
            text = (tmp_path / name).read_text()
            assert ("Found 1 warning" in text, "\x1b" in text) == (True, False)


class TestWidth:
    """What is written to a terminal fits; what is written elsewhere is not broken."""

    @pytest.mark.parametrize("arguments", [("rules",), ("rule", "CL501"), ("check", "a-directory-that-is-not-there")])
    @pytest.mark.parametrize("width", [40, 72])
    def test_prose_fits_in_the_columns(self, arguments, width):
        lines = run_on_terminal(*arguments, COLUMNS=str(width)).splitlines()
        assert lines
        is_code = [arguments[0] == "rule" and line.startswith("    ") for line in lines]
        assert [line for line, code in zip(lines, is_code, strict=True) if columns(line) > width and not code] == []

    def test_a_report_fits_on_a_terminal_and_is_not_broken_in_a_file(self, tmp_path):
        net, file = ROOT / "fixtures/broken/construct_failed.py", tmp_path / "out.txt"
        shown = run_on_terminal("check", "--no-exec", str(net), COLUMNS="60")
        assert max(map(columns, shown.splitlines())) <= 60
        run_on_terminal("check", "--no-exec", str(net), f"--output-file={file}", COLUMNS="60")
        written = file.read_text(encoding="utf-8")
        assert max(map(columns, written.splitlines())) > 120
        assert written.split() == shown.split()

    def test_a_pipe_is_as_wide_as_the_text(self):
        assert run("rules", COLUMNS="40") == run("rules")
        assert max(len(line) for line in run("rules", COLUMNS="40").decode().splitlines()) > 100

    @pytest.mark.parametrize("columns_given", ["", "0", "wide", "-3"])
    def test_a_number_of_columns_that_is_none_is_not_believed(self, columns_given, monkeypatch):
        monkeypatch.setenv("COLUMNS", columns_given)
        assert columns_of(Terminal()) == 80


class TestCharacters:
    """What the encoding does not have is spelled out."""

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "cp1252"])
    def test_sizes_stay_readable(self, encoding):
        out = run("rule", "CL301", PYTHONIOENCODING=encoding, PYTHONUTF8="0").decode(encoding)
        assert "o = floor((i + 2p - k)/s) + 1" in out
        assert "s*floor(i/s)" in out

    def test_powers_and_other_letters(self):
        script = "import sys; from convlint.cli.terminal import spell_out; spell_out(sys.stdout); print('n²³ é ⌉⌊ 漢')"
        command = [sys.executable, "-c", script]
        environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
        out = subprocess.run(command, capture_output=True, env=environment, check=True).stdout
        assert out == b"n**23 e )*floor( ?\n"


class TestProgress:
    """One line on a terminal while it takes long, and nothing is left of it."""

    def test_it_names_the_model_and_is_removed(self):
        stream = Terminal()
        with ProgressLine(stream, delay=0.01) as progress:
            progress(Step(3, 12, "UNet"))
            wait_for(lambda: "UNet" in stream.getvalue())
        drawn, *_ = [part for part in stream.getvalue().split("\r") if part.strip()]
        assert drawn == "[#####---------------] 3/12 UNet"
        assert stream.getvalue().endswith(f"\r{' ' * len(drawn)}\r")
        assert "\n" not in stream.getvalue()

    def test_a_long_run_shows_it_on_standard_error(self, tmp_path):
        (tmp_path / "net.py").write_text("import torch, time\ntime.sleep(2)\nclass Net(torch.nn.Identity): ...\n")
        leader, follower = pty.openpty()
        command = [sys.executable, "-m", "convlint", "check", str(tmp_path), "--no-cache"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=follower, text=True, check=False)
        os.close(follower)
        shown = os.read(leader, 65536).decode()
        os.close(leader)
        assert (done.returncode, done.stdout.count("Net")) == (0, 1)
        assert "\r[--------------------] 0/1 Net" in shown
        assert "\r" not in done.stdout

    def test_a_shorter_line_covers_a_longer_one(self):
        stream = Terminal()
        with ProgressLine(stream, delay=0.01) as progress:
            progress(Step(0, 2, "LongName"))
            wait_for(lambda: "LongName" in stream.getvalue())
            progress(Step(1, 2, "Net"))
            wait_for(lambda: "1/2 Net     " in stream.getvalue())

    def test_it_fits_in_the_columns(self, monkeypatch):
        monkeypatch.setenv("COLUMNS", "30")
        stream = Terminal()
        with ProgressLine(stream, delay=0.01) as progress:
            progress(Step(0, 2, "N" * 99))
            wait_for(lambda: "NN" in stream.getvalue())
        assert max(len(part) for part in stream.getvalue().split("\r")) == 29

    def test_a_short_run_shows_nothing(self):
        stream = Terminal()
        with ProgressLine(stream) as progress:
            progress(Step(0, 1, "UNet"))
        assert stream.getvalue() == ""

    @pytest.mark.parametrize("stream", [io.StringIO(), None])
    def test_what_is_no_terminal_stays_empty(self, stream):
        with ProgressLine(stream, delay=0) as progress:
            progress(Step(0, 1, "UNet"))
            time.sleep(0.05)
        assert stream is None or stream.getvalue() == ""

    def test_a_dumb_terminal_stays_empty(self, monkeypatch):
        monkeypatch.setenv("TERM", "dumb")
        stream = Terminal()
        with ProgressLine(stream, delay=0) as progress:
            progress(Step(0, 1, "UNet"))
            time.sleep(0.05)
        assert stream.getvalue() == ""


def wait_for(condition):
    """Until it holds; a test that waits for ten seconds fails."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
