import textwrap

import pytest

from convlint.discover import discover


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Writes files (path=text, with "/" as "__") and discovers the models in them; paths read from the project."""
    monkeypatch.chdir(tmp_path)

    def write(files, *paths):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        return discover(paths or (".",))

    return write


NET = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, in_ch=3, width=8, norm=None):
        super().__init__()
        self.conv = nn.Conv2d(in_ch, width, 3)

    def forward(self, x):
        return self.conv(x)
"""


@pytest.fixture
def net():
    """A file with one model."""
    return NET


@pytest.fixture
def only(project):
    """The one root of a file that holds ``net`` and ``code`` below it."""

    def run(code, net=NET):
        found = project({"net.py": net + textwrap.dedent(code)})
        assert len(found.roots) == 1, found.roots
        return found.roots[0]

    return run
