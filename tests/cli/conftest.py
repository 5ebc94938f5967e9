"""Running the command line in this process, and small models to run it on."""

import pytest
from click.testing import CliRunner

from convlint.cli.group import cli

MODELS = """\
import torch
from torch import nn


class UNet(nn.Module):
    def __init__(self, classes=2):
        super().__init__()
        self.down = nn.Conv2d(3, 8, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.up = nn.Upsample(scale_factor=2)
        self.head = nn.Conv2d(16, classes, 1)

    def forward(self, x):
        skip = self.down(x)
        x = self.up(self.pool(skip))
        return self.head(torch.cat([skip, x], 1))


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)

    def forward(self, x):
        return self.conv(x)
"""


@pytest.fixture
def models(tmp_path, monkeypatch, warm_engine):
    """``net.py`` in the working directory, with a `UNet` that needs even sizes and a `Plain` that needs nothing."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.py"
    path.write_text(MODELS)
    return path


@pytest.fixture
def convlint():
    """``convlint("check", ...)`` → click's result, with `exit_code`, `stdout` and `stderr`."""
    return lambda *arguments: CliRunner().invoke(cli, list(arguments), prog_name="convlint")
