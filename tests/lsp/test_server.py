"""The server from end to end, as a client sees it."""

import os

import pytest

pytest.importorskip("pygls")

from lsprotocol import types

from tests.lsp.edits import applied
from tests.lsp.models import BRANCHING, ENDLESS, GOOD, UNET, WRONG


@pytest.fixture
def net(tmp_path):
    path = tmp_path / "net.py"
    path.write_text("", encoding="utf-8")
    return path


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
    document = types.TextDocumentIdentifier(uri)
    (lens,) = editor.ask(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensParams(document))
    assert lens.command.title.startswith("(accepts any size, from before: ")
    hover = editor.ask(types.TEXT_DOCUMENT_HOVER, types.HoverParams(document, types.Position(13, 25)))
    assert "r = (H+1)%2" in hover.contents.value
    assert "from before: " in hover.contents.value
    editor.change(uri, GOOD.replace("self.conv1(x)", "self.conv1((x)"))
    editor.found(uri)
    assert [hint.label for hint in editor.hints(uri)] == ["(N×4×⌈H/2⌉×⌈W/2⌉)"]
    editor.change(uri, GOOD)
    editor.found(uri)
    assert [hint.label for hint in editor.hints(uri)] == ["N×8×⌈H/2⌉×⌈W/2⌉", "N×4×⌈H/2⌉×⌈W/2⌉"]


def position(text, needle, offset=0):
    """Where a piece of a text begins."""
    before = text[: text.index(needle) + offset]
    return types.Position(before.count("\n"), len(before) - before.rfind("\n") - 1)


def test_a_layer_of_a_block_has_the_sizes_of_each_of_its_runs(editor, net):
    uri = editor.open(net, UNET)
    editor.found(uri)
    assert [(hint.position.line, hint.label) for hint in editor.hints(uri)] == [
        (8, "N×8×H×W +1"),
        (9, "N×8×⌊H/2⌋×⌊W/2⌋ +1"),
        (13, "N×8×⌊H/2⌋×⌊W/2⌋ +1"),
        (25, "N×8×H×W"),
        (26, "N×8×⌊H/2⌋×⌊W/2⌋"),
        (26, "N×8×⌊H/4⌋×⌊W/4⌋"),
        (26, "N×8×4⌊H/4⌋×4⌊W/4⌋"),
        (27, "N×16×4⌊H/4⌋×4⌊W/4⌋"),
    ]


def test_a_model_that_branches_on_sizes_has_the_sizes_of_all_its_ways(editor, net):
    uri = editor.open(net, BRANCHING)
    editor.found(uri)
    hints = editor.hints(uri)
    assert [(hint.position.line, hint.label) for hint in hints] == [
        (11, "N×3×(H+1)×W"),
        (12, "N×3×⌈H/2⌉×⌊W/2⌋"),
        (14, "N×3×⌈H/2⌉×⌊(W+2)/4⌋"),
        (15, "N×3×⌈H/2⌉×⌊(W+2)/4⌋ | N×3×⌈H/2⌉×⌊W/2⌋"),
    ]
    assert hints[0].tooltip.value.endswith("N×3×(H+1)×W, for H % 2 = 1")
    assert hints[1].tooltip.value == "- `down` MaxPool2d: N×3×⌈H/2⌉×⌊W/2⌋"
    params = types.HoverParams(types.TextDocumentIdentifier(uri), position(BRANCHING, "self.down(x)", 6))
    text = editor.ask(types.TEXT_DOCUMENT_HOVER, params).contents.value
    assert "N×3×H×W → N×3×⌊H/2⌋×⌊W/2⌋, for H % 2 = 0" in text
    assert "N×3×(H+1)×W → N×3×⌈H/2⌉×⌊W/2⌋, for H % 2 = 1" in text


def test_hovering_tells_what_a_layer_does_to_the_sizes(editor, net):
    uri = editor.open(net, UNET)
    editor.found(uri)
    document = types.TextDocumentIdentifier(uri)

    def hover(needle, offset=0):
        params = types.HoverParams(document, position(UNET, needle, offset))
        found = editor.ask(types.TEXT_DOCUMENT_HOVER, params)
        return found and found.contents.value

    pooling = hover("nn.MaxPool2d(2)", 5)
    assert "**MaxPool2d** `down.layers.1` in `Skip`" in pooling
    assert "rows: ⌊(H - 2)/2⌋ + 1 = ⌊H/2⌋" in pooling
    assert "r = H%2, lost: input r" in pooling
    assert "receptive field 6, jump 2" in pooling
    assert "- `deep.layers.1`: N×8×⌊H/4⌋×⌊W/4⌋" in pooling
    assert "accepts  H % 4 = 0 and W % 4 = 0" in hover("Skip(nn")
    assert hover("import torch") is None


def test_a_model_has_its_contract_above_it_and_may_declare_it(editor, net):
    uri = editor.open(net, UNET)
    (found,) = editor.found(uri)
    assert found.code == "CL301"
    document = types.TextDocumentIdentifier(uri)
    (lens,) = editor.ask(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensParams(document))
    assert (lens.range.start.line, lens.command.title) == (16, "accepts H % 4 = 0 and W % 4 = 0")
    declare, _ = editor.actions(uri, found.range, ["quickfix"])
    assert declare.title == "Declare that H % 4 = 0 and W % 4 = 0 is needed"
    declared = applied(UNET, declare, uri)
    assert "\n# convlint: where(H % 4 == 0 and W % 4 == 0)\nclass Skip(" in declared
    editor.change(uri, declared)
    assert editor.found(uri) == []


def test_calls_lead_to_constructors_and_back(editor, net):
    uri = editor.open(net, UNET)
    editor.found(uri)
    document = types.TextDocumentIdentifier(uri)
    params = types.DefinitionParams(document, position(UNET, "self.deep(self", 6))
    (place,) = editor.ask(types.TEXT_DOCUMENT_DEFINITION, params)
    assert (place.uri, place.range.start) == (uri, position(UNET, "Block(8)\n        self.up"))
    params = types.ReferenceParams(types.ReferenceContext(False), document, position(UNET, "nn.Conv2d(3, 8"))
    (place,) = editor.ask(types.TEXT_DOCUMENT_REFERENCES, params)
    assert place.range.start == position(UNET, "self.stem(x)")


def test_the_latest_text_wins_over_a_model_that_hangs(editor, net):
    uri = editor.open(net, ENDLESS)
    for _ in range(3):
        editor.change(uri, ENDLESS + "#")
        editor.change(uri, WRONG)
    (found,) = editor.found(uri)
    assert found.code == "CL401"


@pytest.mark.skipif(os.name != "posix", reason="signal 0 asks for a process on POSIX alone")
def test_a_model_that_hangs_leaves_no_process_once_its_text_is_another(editor, net):
    def runs():
        try:
            os.kill(int(mark.read_text()), 0)
        except ProcessLookupError:
            return False
        return True

    mark = net.with_name("process")
    says_who = f"import os, pathlib; pathlib.Path({str(mark)!r}).write_text(str(os.getpid()))"
    uri = editor.open(net, ENDLESS.replace("while True: pass", f"{says_who}\n        while True: pass"))
    editor.eventually(lambda: mark.exists() and mark.read_text())
    editor.change(uri, GOOD)
    assert editor.found(uri) == []
    editor.eventually(lambda: not runs())


def test_infos_are_shown_to_who_wants_them(editor, net):
    uri = editor.open(net, GOOD)
    assert editor.found(uri) == []
    for wanted in (True, False):
        settings = types.DidChangeConfigurationParams({"convlint": {"showInfo": wanted}})
        editor.tell(types.WORKSPACE_DID_CHANGE_CONFIGURATION, settings)
        shown = editor.wait(uri, lambda told, wanted=wanted: bool(told.diagnostics) == wanted)
        assert {each.severity for each in shown} <= {types.DiagnosticSeverity.Hint}


def test_a_client_may_have_neither_hints_nor_lenses_and_settings_of_its_own(editor, net):
    uri = editor.open(net, WRONG)
    assert editor.found(uri)
    document = types.TextDocumentIdentifier(uri)

    def configure(**settings):
        params = types.DidChangeConfigurationParams({"convlint": settings})
        editor.tell(types.WORKSPACE_DID_CHANGE_CONFIGURATION, params)

    def shown():
        return editor.hints(uri), editor.ask(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensParams(document))

    assert all(shown())
    configure(inlayHints=False, codeLens=False, config=['ignore = ["CL401"]'])
    assert not any(shown())
    editor.wait(uri, lambda told: not told.diagnostics)
    configure(inlayHints=True, codeLens=True, config=[])
    assert all(shown())
    editor.wait(uri, lambda told: bool(told.diagnostics))


def test_nothing_that_a_client_says_ends_the_server(editor, net):
    uri = editor.open(net, GOOD)
    editor.found(uri)
    nowhere = types.Position(9999, 9999)
    for document in (types.TextDocumentIdentifier(uri), types.TextDocumentIdentifier("file:///nowhere/%zz.py")):
        assert not editor.ask(types.TEXT_DOCUMENT_HOVER, types.HoverParams(document, nowhere))
        assert not editor.ask(types.TEXT_DOCUMENT_DEFINITION, types.DefinitionParams(document, nowhere))
        assert not editor.actions(document.uri, types.Range(nowhere, nowhere))
    change = types.TextDocumentContentChangeWholeDocument("x")
    unknown = types.VersionedTextDocumentIdentifier(3, "file:///nowhere/net.py")
    editor.tell(types.TEXT_DOCUMENT_DID_CHANGE, types.DidChangeTextDocumentParams(unknown, [change]))
    editor.tell(types.WORKSPACE_DID_CHANGE_CONFIGURATION, types.DidChangeConfigurationParams([1, "x"]))
    for text in ("", "\x00", "class Net(nn.Module", "# -*- coding: nonsense -*-\n", "\ud800" * 3, WRONG):
        editor.change(uri, text)
    assert [each.code for each in editor.found(uri)] == ["CL401"]


def test_a_text_that_cannot_be_read_is_a_finding(editor, net):
    uri = editor.open(net, GOOD)
    for text in ("import torch\n# -*- coding: latin-1 -*-\nx = (\n", "# -*- coding: nonsense -*-\nimport torch\n"):
        editor.change(uri, text)
        assert [each.code for each in editor.found(uri)] == ["CL901"]
