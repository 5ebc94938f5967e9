"""One run over files that misbehave in every way, with healthy ones among them: each harms nothing but its own result.

The files are checked one after the other by one worker, so that what one leaves behind would show in the next.
"""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 5
"""The limit of one model: what hangs costs as much of this test."""

LATE = f"took longer than {SECONDS} s"

TEMPLATE = """\
import atexit, builtins, ctypes, os, signal, subprocess, sys, threading, time
import torch
from torch import nn
{at_import}

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(2)
        self.up = nn.Upsample(scale_factor=2)
        {in_constructor}

    def forward(self, x):
        {in_forward}
        return torch.cat([x, self.up(self.pool(x))], 1)
"""

DAEMON = """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open("daemon.pid", "w").write(str(os.getpid()))
        time.sleep(600)
    os._exit(0)
"""

PATCHED = """
def wrong(*_, **__): raise RuntimeError("patched")
torch.cat = torch.nn.Conv2d.__init__ = torch.nn.MaxPool2d.forward = torch.Tensor.size = wrong
torch.nn.Module.__call__ = nn.Upsample.__init__ = wrong
"""

PATCHED_PYTHON = """
def wrong(*_, **__): raise RuntimeError("patched")
os.write = os.read = os.dup = builtins.len = builtins.isinstance = json = wrong
sys.modules["json"] = sys.modules["select"] = None
"""

STUBBORN = """
for each in (signal.SIGTERM, signal.SIGALRM, signal.SIGINT, signal.SIGHUP): signal.signal(each, signal.SIG_IGN)
while True:
    try: time.sleep(600)
    except BaseException: pass
"""

BOMB = """
def bomb():
    for _ in range(5):
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            open("bomb.pids", "a").write(f"{os.getpid()} ")
            time.sleep(600)
            os._exit(0)
bomb()
time.sleep(600)
"""

EXITS_LATE = """
class Late:
    def __del__(self): sys.exit(3)
late = Late()
"""

PATRICIDE = """
open("child.pid", "w").write(str(os.getpid()))
os.kill(os.getppid(), signal.SIGKILL)
time.sleep(600)
"""

FORGED = """
for fd in range(3, 256):
    try: os.write(fd, b'{"failure": 1}\\n')
    except OSError: pass
"""

HOSTILE = {
    "dies_by_signal": ("in_constructor", "os.kill(os.getpid(), signal.SIGKILL)", "was killed while building `Net`"),
    "crashes": ("in_forward", "ctypes.string_at(0)", "SIGSEGV"),
    "leaves_a_daemon": ("at_import", DAEMON, "checked"),
    "closes_everything": ("at_import", "os.closerange(0, 4096)", "closed convlint's own files"),
    "goes_elsewhere": ("at_import", "os.chdir('/'); sys.path.clear()", "checked"),
    "patches_torch": ("at_import", PATCHED, "patched"),
    "patches_python": ("at_import", PATCHED_PYTHON, "closed convlint's own files"),
    "prints_binary": ("in_forward", "[os.write(fd, bytes(range(256)) * 40960) for fd in (1, 2)]", "checked"),
    "reads_input": ("in_constructor", "self.depth = input('depth? ')", "EOFError"),
    "deletes_itself": ("at_import", "os.remove(__file__)", "checked"),
    "recurses": ("in_constructor", "sys.setrecursionlimit(10**9); f = lambda: f(); f()", "building `Net`"),
    "keeps_threads": ("at_import", "threading.Thread(target=time.sleep, args=(600,)).start()", "checked"),
    "waits_at_exit": ("at_import", "atexit.register(time.sleep, 600)", "checked"),
    "ignores_signals": ("in_forward", STUBBORN, LATE),
    "waits_in_c": ("at_import", "while True: ctypes.PyDLL(None).sleep(600)", LATE),
    "forks_and_waits": ("at_import", BOMB, LATE),
    "answers_for_itself": ("at_import", FORGED, "cannot be read"),
    "answers_twice": ("in_forward", FORGED, "cannot be read"),
    "changes_the_environment": ("at_import", "os.environ.clear(); os.environ['PYTHONHOME'] = '/'", "checked"),
    "exits_in_del": ("at_import", EXITS_LATE, "checked"),
    "replaces_streams": ("at_import", "sys.stdout = sys.stderr = sys.__stdout__ = None", "checked"),
    "takes_memory": ("at_import", "bytearray(1 << 40)", "ran out of memory"),
    "takes_memory_in_c": ("in_forward", "torch.zeros(1 << 38, device='cpu')", "memory"),
    "kills_its_parent": ("at_import", PATRICIDE, "was killed while importing"),
    "has_no_end_of_layers": ("in_constructor", "self.all = nn.ModuleList(nn.ReLU() for _ in range(10**9))", LATE),
    "answers_at_length": ("in_forward", "for _ in range(10**9): x = x + 1", LATE),
}  # fmt: skip


def text(place="", statement=""):
    """A model with one finding, and a statement at one of its places."""
    places = dict.fromkeys(("at_import", "in_constructor", "in_forward"), "pass")
    if place:
        indent = "" if place == "at_import" else " " * 8
        places[place] = statement.strip().replace("\n", f"\n{indent}")
    return TEMPLATE.format(**places)


def check(directory):
    """The JSON report of a run with one worker, and what it printed on standard error."""
    command = [sys.executable, "-m", "convlint", "check", ".", "--jobs", "1", "--timeout", str(SECONDS)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, "--memory", "2048", "--no-cache", "--output-format", "json"],
        cwd=directory, env=environment, check=False, capture_output=True, text=True, timeout=500,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    return json.loads(done.stdout), done.stderr


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    directory = tmp_path_factory.mktemp("hostile")
    for name, (place, statement, _) in HOSTILE.items():
        (directory / f"{name}.py").write_text(text(place, statement))
        (directory / f"{name}_healthy.py").write_text(text())
    (directory / "a_healthy.py").write_text(text())
    yield directory
    with suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int((directory / "daemon.pid").read_text()), signal.SIGKILL)


@pytest.fixture(scope="module")
def run(directory):
    return check(directory)


def told(report, name):
    """What is said of one file, without its path: its model and its findings."""
    (model,) = _of(name, report["models"])
    return model, _of(name, report["diagnostics"])


def _of(name, entries):
    return [
        json.loads(json.dumps(each).replace(f"{name}.py", "FILE")) for each in entries if each["path"] == f"{name}.py"
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_misbehaves_has_a_result_of_its_own(run, name):
    report, _ = run
    model, found = told(report, name)
    *_, expected = HOSTILE[name]
    if expected == "checked":
        assert (model["status"], [each["code"] for each in found]) == ("checked", ["CL301"])
    else:
        assert expected in model["reason"]
        assert [each["message"] for each in found] == [model["reason"]]


@pytest.mark.parametrize("name", HOSTILE)
def test_the_file_after_it_is_checked_as_if_nothing_had_been(run, name):
    report, _ = run
    alone = told(report, "a_healthy")
    assert [each["code"] for each in alone[1]] == ["CL301"]
    assert told(report, f"{name}_healthy") == alone


def test_nothing_of_it_is_printed(run):
    _, stderr = run
    assert stderr == ""


@pytest.mark.skipif(sys.platform != "linux", reason="only there orphans are adopted")
@pytest.mark.parametrize("file", ["daemon.pid", "bomb.pids", "child.pid"])
def test_nothing_of_it_is_left_running(run, directory, file):
    for number in (directory / file).read_text().split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(number), 0)
