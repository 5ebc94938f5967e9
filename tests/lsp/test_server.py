"""The server from end to end, as a client sees it."""

import pytest

pytest.importorskip("pygls")

from lsprotocol import types

NET = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d({width}, 4, 3, padding=1)

    def forward(self, x):
        x = torch.relu(self.conv1(x))
        return self.conv2(x)
"""
GOOD = NET.format(width=8)
WRONG = NET.format(width=6)


@pytest.fixture
def net(tmp_path):
    path = tmp_path / "net.py"
    path.write_text("", encoding="utf-8")
    return path


def applied(text, action, uri):
    """The text of a document after an action that changes single lines of it."""
    lines = text.split("\n")
    edits = action.edit.document_changes[0].edits if action.edit.document_changes else action.edit.changes[uri]
    for edit in sorted(edits, key=lambda each: (each.range.start.line, each.range.start.character), reverse=True):
        start, end = edit.range.start, edit.range.end
        assert start.line == end.line
        line = lines[start.line]
        lines[start.line] = line[: start.character] + edit.new_text + line[end.character :]
    return "\n".join(lines)


def test_the_text_that_is_open_is_linted_not_the_file(editor, net):
    net.write_text(GOOD, encoding="utf-8")
    uri = editor.open(net, WRONG)
    (found,) = editor.found(uri)
    assert (found.code, found.source, found.severity) == ("CL401", "convlint", types.DiagnosticSeverity.Error)
    assert found.message.startswith("channel-mismatch: `in_channels=6`, but 8 channels arrive")
    assert found.range == types.Range(types.Position(8, 21), types.Position(8, 50))
    assert found.related_information[0].location.range.start.line == 11
    editor.change(uri, GOOD)
    assert editor.found(uri) == []


def test_the_fix_that_is_offered_is_the_one_that_was_tried(editor, net):
    uri = editor.open(net, WRONG)
    (found,) = editor.found(uri)
    fix, ignore = editor.actions(uri, found.range, ["quickfix"])
    assert (fix.title, fix.is_preferred) == ("Set `in_channels=8`", True)
    assert applied(WRONG, fix, uri) == GOOD
    everything = editor.actions(uri, found.range, ["source.fixAll.convlint"])
    assert [applied(WRONG, each, uri) for each in everything] == [GOOD]
    hidden = applied(WRONG, ignore, uri)
    assert "padding=1)  # convlint: ignore[channel-mismatch] -- say why\n" in hidden
    editor.change(uri, hidden)
    assert editor.found(uri) == []


def test_sizes_stand_behind_calls_and_stay_while_the_text_is_broken(editor, net):
    uri = editor.open(net, GOOD)
    editor.found(uri)
    assert [(hint.position.line, hint.label) for hint in editor.hints(uri)] == [
        (11, "N×8×⌈H/2⌉×⌈W/2⌉"), (12, "N×4×⌈H/2⌉×⌈W/2⌉"),
    ]  # fmt: skip
    editor.change(uri, GOOD.replace("x = torch", "\n        y = (\n        x = torch"))
    (found,) = editor.found(uri)
    assert found.code == "CL901"
    hints = editor.hints(uri)
    assert [(hint.position.line, hint.label) for hint in hints] == [
        (13, "(N×8×⌈H/2⌉×⌈W/2⌉)"), (14, "(N×4×⌈H/2⌉×⌈W/2⌉)"),
    ]  # fmt: skip
    assert "from before: " in hints[0].tooltip.value
    editor.change(uri, GOOD)
    editor.found(uri)
    assert [hint.label for hint in editor.hints(uri)] == ["N×8×⌈H/2⌉×⌈W/2⌉", "N×4×⌈H/2⌉×⌈W/2⌉"]
