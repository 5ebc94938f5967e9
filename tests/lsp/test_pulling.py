"""A client that asks for diagnostics itself, counts columns in bytes and is told when to ask again, as VS Code does."""

import time

import pytest

pytest.importorskip("pygls")

from lsprotocol import types

from convlint.lsp.server import SAVE_SECONDS
from tests.lsp.models import ENDLESS, GOOD, IMPORTING, WRONG


@pytest.fixture(scope="module")
def asking(tmp_path_factory):
    """An editor that asks."""
    pytest.importorskip("pytest_lsp")
    from tests.lsp.client import Editor

    capabilities = types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=["utf-8", "utf-16"]),
        text_document=types.TextDocumentClientCapabilities(diagnostic=types.DiagnosticClientCapabilities()),
        workspace=types.WorkspaceClientCapabilities(
            diagnostics=types.DiagnosticWorkspaceClientCapabilities(refresh_support=True),
            inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=True),
            workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True),
        ),
        window=types.WindowClientCapabilities(work_done_progress=True),
    )
    options = {"settings": {"showInfo": False, "inlayHints": False, "codeLens": True}}
    root = tmp_path_factory.mktemp("workspace")
    started = Editor(capabilities, root, options=options)
    # An answer does not wait for torch for ever: it is there from now on.
    uri = started.open(root / "first.py", WRONG)
    started.eventually(lambda: pulled(started, uri))
    yield started
    started.leave()


def pulled(editor, uri):
    params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri))
    return editor.ask(types.TEXT_DOCUMENT_DIAGNOSTIC, params).items


def test_the_answer_is_about_the_latest_text_and_nothing_is_pushed(asking, tmp_path):
    path = tmp_path / "net.py"
    text = WRONG.replace("self.conv2 = nn", 'self.name, self.conv2 = "𝔸é", nn')
    path.write_text(GOOD, encoding="utf-8")
    uri = asking.open(path, GOOD)
    pulled(asking, uri)
    asking.change(uri, text)
    (found,) = pulled(asking, uri)
    line = text.split("\n")[8]
    assert found.range.start == types.Position(8, len(line[: line.index("nn.Conv2d")].encode()))
    assert uri not in asking.told
    assert asking.introduction.capabilities.position_encoding == "utf-8"
    assert not asking.hints(uri)
    (change,) = asking.actions(uri, found.range, ["quickfix"])[0].edit.document_changes
    assert (change.text_document.uri, change.text_document.version) == (uri, 2)


def test_who_waits_long_is_told_that_something_is_under_way(asking, tmp_path):
    path = tmp_path / "net.py"
    path.write_text(GOOD, encoding="utf-8")
    pulled(asking, asking.open(path, GOOD))
    # The first check of all had to wait for torch.
    assert asking.progress[0] == "begin"
    assert asking.progress[-1] == "end"
    assert "report" in asking.progress


def test_a_change_elsewhere_has_the_client_ask_again(asking, tmp_path):
    net, widths = tmp_path / "net.py", tmp_path / "widths.py"
    widths.write_text("WIDTH = 8\n", encoding="utf-8")
    net.write_text(IMPORTING, encoding="utf-8")
    uri = asking.open(net, IMPORTING)
    assert not pulled(asking, uri)
    other = asking.open(widths, "WIDTH = 8\n")
    asking.refreshed.clear()
    asking.change(other, "WIDTH = 6\n")
    assert [each.code for each in pulled(asking, uri)] == ["CL401"]
    asking.eventually(lambda: types.WORKSPACE_DIAGNOSTIC_REFRESH in asking.refreshed)


def test_who_saves_a_file_is_given_fixes_of_what_is_saved_and_does_not_wait_for_ever(asking, tmp_path):
    path = tmp_path / "net.py"
    path.write_text(GOOD, encoding="utf-8")
    uri = asking.open(path, GOOD)
    pulled(asking, uri)
    asking.change(uri, WRONG)
    everywhere = types.Range(types.Position(0, 0), types.Position(99, 0))
    asking.eventually(lambda: asking.actions(uri, everywhere, ["source.fixAll"]))
    asking.change(uri, ENDLESS)
    began = time.monotonic()
    assert not asking.actions(uri, everywhere, ["source.fixAll"])
    assert time.monotonic() - began >= SAVE_SECONDS
    asking.close(uri)
