"""Time, memory and the number of workers, as the settings and the command line have them."""

from pathlib import Path

import pytest

from convlint.engine import pipeline
from convlint.engine.examining.crew import usable_cores

NET = """\
import time
from torch import nn

{statement}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, x):
        return self.conv(x)
"""

@pytest.mark.parametrize(
    ("setting", "option", "statement", "message"),
    [
        ("memory = 256", ("--memory", "2048"), "kept = bytearray(600 << 20)", "ran out of memory"),
        ("timeout = 2", ("--timeout", "60"), "time.sleep(4)", "took longer than 2 s"),
    ],
)
def test_a_model_may_take_what_it_is_given(tmp_path, convlint, monkeypatch, setting, option, statement, message):
    monkeypatch.chdir(tmp_path)
    Path("net.py").write_text(NET.format(statement=statement))
    Path("convlint.toml").write_text(setting)
    result = convlint("check", "net.py")
    assert (result.exit_code, result.stderr) == (1, "")
    assert "failed: Net (net.py:" in result.stdout
    assert message in result.stdout
    result = convlint("check", "net.py", *option)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "1 model: 1 checked." in result.stdout


@pytest.mark.parametrize(
    ("setting", "option", "workers"),
    [
        ("", "2", 2),
        ("jobs = 1", "", 1),
        ("jobs = 1", "3", 3),
        ("jobs = 3", "1", 1),
        ("jobs = 1", "auto", min(usable_cores(), 3)),
        ("", "", min(usable_cores(), 3)),
    ],
)
def test_as_many_workers_are_started_as_there_are_to_be(models, convlint, monkeypatch, setting, option, workers):
    for number in range(3):
        Path(f"net{number}.py").write_text(NET.format(statement=""))
    Path("convlint.toml").write_text(setting)
    started = []
    warm = pipeline._client

    def counted(settings):
        started.append(settings)
        return warm(settings)

    monkeypatch.setattr(pipeline, "_client", counted)
    result = convlint("check", ".", "--select", "CL4", *(("--jobs", option) if option else ()))
    assert (result.exit_code, len(started)) == (0, workers)
