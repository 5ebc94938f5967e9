"""A file of blocks, which the models of another file build."""

import pytest

pytest.importorskip("pygls")

from lsprotocol import types

BLOCKS = """\
import torch
from torch import nn


class Down(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.conv = nn.Conv2d(config.inside, config.outside, 3, padding=1)
        self.pool = nn.MaxPool2d(2)

    def forward(self, features):
        return self.pool(self.conv(features["map"]))
"""

NET = """\
from types import SimpleNamespace

import torch
from torch import nn

from blocks import Down


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = Down(SimpleNamespace(inside=3, outside={width}))
        self.two = Down(SimpleNamespace(inside=8, outside=16))

    def forward(self, x):
        return self.two({{"map": self.one({{"map": x}})}})
"""


@pytest.fixture
def blocks(editor, tmp_path):
    """The blocks, open in a project whose network nobody has open."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "net.py").write_text(NET.format(width=8), encoding="utf-8")
    (tmp_path / "blocks.py").write_text(BLOCKS, encoding="utf-8")
    return editor.open(tmp_path / "blocks.py", BLOCKS)


def test_blocks_are_looked_at_inside_of_the_model_that_builds_them(editor, blocks):
    assert editor.found(blocks) == []
    hints = editor.hints(blocks)
    assert [(hint.position.line, hint.label) for hint in hints] == [
        (11, "N×8×H×W +1"), (11, "N×8×⌊H/2⌋×⌊W/2⌋ +1"),
    ]  # fmt: skip
    assert hints[1].tooltip.value == (
        "- Net (net.py): `one.pool` MaxPool2d: N×8×⌊H/2⌋×⌊W/2⌋\n"
        "- Net (net.py): `two.pool` MaxPool2d: N×16×⌊H/4⌋×⌊W/4⌋"
    )
    params = types.HoverParams(types.TextDocumentIdentifier(blocks), types.Position(11, 20))
    assert "**MaxPool2d** `one.pool` in `Net (net.py)`" in editor.ask(types.TEXT_DOCUMENT_HOVER, params).contents.value


def test_an_edit_of_that_model_changes_what_is_found_in_the_blocks(editor, blocks, tmp_path):
    assert editor.found(blocks) == []
    net = editor.open(tmp_path / "net.py", NET.format(width=8))
    editor.found(net)
    editor.change(net, NET.format(width=6))
    (found,) = editor.wait(blocks, lambda told: bool(told.diagnostics))
    assert (found.code, found.range.start.line) == ("CL401", 7)
    editor.close(net)
    assert editor.wait(blocks, lambda told: not told.diagnostics) == []


def test_a_block_whose_model_is_written_later_is_looked_at_again(editor, tmp_path):
    (tmp_path / "pyproject.toml").touch()
    blocks = editor.open(tmp_path / "blocks.py", BLOCKS)
    assert [each.code for each in editor.found(blocks)] == ["CL902"]
    editor.open(tmp_path / "net.py", NET.format(width=8))
    editor.wait(blocks, lambda told: not told.diagnostics)
