"""A notebook whose cells are open: they are checked together, and each is shown its own."""

import pytest

pytest.importorskip("pygls")

from lsprotocol import types

from tests.lsp import models
from tests.lsp.edits import applied
from tests.lsp.models import UNET

IMPORTS = "%matplotlib inline\nimport torch\nfrom torch import nn\n"
NET = models.NET[models.NET.index("class Net") :]
GOOD, WRONG = NET.format(width=8), NET.format(width=6)
TEXT = ("markdown", "# A network")
USE = "net = Net()\nnet(torch.rand(1, 3, 32, 32))"


@pytest.fixture
def notebook(editor, tmp_path):
    """A notebook with a mistake in its third cell, and that cell."""
    uri = (tmp_path / "net.ipynb").as_uri()
    cells = editor.open_notebook(uri, TEXT, IMPORTS, WRONG, USE)
    yield uri, cells[2]
    editor.close_notebook(uri, cells)


def labels(editor, cell):
    return [(each.position.line, each.label) for each in editor.hints(cell)]


def test_a_finding_is_told_of_the_cell_that_it_is_in(editor, notebook):
    uri, cell = notebook
    (found,) = editor.found(cell)
    assert (found.code, found.range) == ("CL401", types.Range(types.Position(4, 21), types.Position(4, 50)))
    (related,) = found.related_information
    assert (related.location.uri, related.location.range.start.line) == (cell, 7)
    assert [editor.found(f"{cell[:-1]}{other}") for other in (0, 1, 3)] == [[], [], []]
    assert uri not in editor.told


def test_sizes_hovers_and_contracts_are_shown_in_the_cell(editor, notebook):
    uri, cell = notebook
    editor.found(cell)
    editor.type_in_cell(uri, cell, "8", types.Range(types.Position(4, 31), types.Position(4, 32)))
    assert editor.found(cell) == []
    assert labels(editor, cell) == [(7, "N×8×⌈H/2⌉×⌈W/2⌉"), (8, "N×4×⌈H/2⌉×⌈W/2⌉")]
    document = types.TextDocumentIdentifier(cell)

    def hover(line, character):
        params = types.HoverParams(document, types.Position(line, character))
        return editor.ask(types.TEXT_DOCUMENT_HOVER, params).contents.value

    assert "r = (H+1)%2" in hover(7, 25)
    assert "net.ipynb:cell 3" in hover(0, 7)
    (lens,) = editor.ask(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensParams(document))
    assert (lens.range.start.line, lens.command.title) == (0, "accepts any size")
    (place,) = editor.ask(types.TEXT_DOCUMENT_DEFINITION, types.DefinitionParams(document, types.Position(7, 25)))
    assert (place.uri, place.range.start) == (cell, types.Position(3, 21))


def test_fixes_and_comments_go_to_the_cell_of_the_finding(editor, notebook):
    uri, cell = notebook
    (found,) = editor.found(cell)
    fix, ignore = editor.actions(cell, found.range, ["quickfix"])
    assert (fix.title, fix.is_preferred) == ("Set `in_channels=8`", True)
    (everything,) = editor.actions(cell, found.range, ["source.fixAll"])
    assert [applied(WRONG, each, cell) for each in (fix, everything)] == [GOOD, GOOD]
    hidden = applied(WRONG, ignore, cell)
    assert "padding=1)  # convlint: ignore[channel-mismatch] -- say why\n" in hidden
    editor.type_in_cell(uri, cell, hidden)
    assert editor.found(cell) == []


def test_a_cell_with_magics_keeps_them_and_its_line_breaks(editor, tmp_path):
    uri = (tmp_path / "net.ipynb").as_uri()
    text = f"{IMPORTS}{WRONG}!ls\nfiles = !ls\n".replace("\n", "\r\n")
    (cell,) = editor.open_notebook(uri, text)
    (found,) = editor.found(cell)
    fix, ignore = editor.actions(cell, found.range, ["quickfix"])
    (everything,) = editor.actions(cell, found.range, ["source.fixAll"])
    expected = text.replace("nn.Conv2d(6", "nn.Conv2d(8")
    assert [applied(text, each, cell) for each in (fix, everything)] == [expected, expected]
    assert "padding=1)  # convlint: ignore[channel-mismatch] -- say why\r\n" in applied(text, ignore, cell)
    editor.close_notebook(uri, [cell])


def test_sizes_that_are_needed_are_declared_at_the_class_in_its_cell(editor, tmp_path):
    uri = (tmp_path / "unet.ipynb").as_uri()
    block, skip = UNET.split("class Skip")
    cells = editor.open_notebook(uri, block, f"class Skip{skip}")
    (found,) = editor.found(cells[1])
    declare, _ = editor.actions(cells[1], found.range, ["quickfix"])
    declared = applied(f"class Skip{skip}", declare, cells[1])
    assert declared.startswith("# convlint: where(H % 4 == 0 and W % 4 == 0)\nclass Skip(")
    editor.type_in_cell(uri, cells[1], declared)
    assert editor.found(cells[1]) == []
    assert (9, "N×8×⌊H/2⌋×⌊W/2⌋ +1") in labels(editor, cells[0])
    editor.close_notebook(uri, cells)


def test_a_change_in_one_cell_changes_what_is_found_in_another(editor, tmp_path):
    uri = (tmp_path / "net.ipynb").as_uri()
    first, second = editor.open_notebook(uri, f"{IMPORTS}WIDTH = 8", NET.format(width="WIDTH"))
    assert editor.found(second) == []
    editor.type_in_cell(uri, first, f"{IMPORTS}WIDTH = 6")
    assert [each.code for each in editor.wait(second, lambda told: bool(told.diagnostics))] == ["CL401"]
    editor.close_notebook(uri, [first, second])


def test_a_cell_that_is_no_python_keeps_the_sizes_of_the_others(editor, notebook):
    uri, cell = notebook
    editor.type_in_cell(uri, cell, GOOD)
    assert editor.found(cell) == []
    fresh = labels(editor, cell)
    editor.type_in_cell(uri, cell, GOOD.replace("        x = torch", "        y = (\n        x = torch"))
    assert [each.code for each in editor.found(cell)] == ["CL901"]
    assert labels(editor, cell) == [(line + 1, f"({label})") for line, label in fresh]
    assert "of cell 3)" in editor.hints(cell)[0].tooltip.value


def test_cells_come_move_and_go(editor, notebook):
    uri, cell = notebook
    assert editor.found(cell)
    new = types.TextDocumentItem(f"{cell}-new", "python", 1, "WIDTH = 6")
    array = types.NotebookCellArrayChange(1, 0, [types.NotebookCell(types.NotebookCellKind.Code, new.uri)])
    structure = types.NotebookDocumentCellChangeStructure(array, did_open=[new])
    editor.change_notebook(uri, types.NotebookDocumentCellChanges(structure=structure))
    editor.found(new.uri)
    editor.type_in_cell(uri, cell, NET.format(width="WIDTH"))
    (found,) = editor.found(cell)
    assert (found.code, found.range.start.line) == ("CL401", 4)
    gone = types.NotebookCellArrayChange(3, 1)
    structure = types.NotebookDocumentCellChangeStructure(gone, did_close=[types.TextDocumentIdentifier(cell)])
    editor.change_notebook(uri, types.NotebookDocumentCellChanges(structure=structure))
    editor.wait(cell, lambda told: not told.diagnostics)


def test_a_notebook_without_a_file_is_one_of_the_workspace(editor):
    (editor.root / "widths.py").write_text("WIDTH = 6\n", encoding="utf-8")
    uri = "untitled:Untitled-1.ipynb"
    cells = editor.open_notebook(uri, f"from widths import WIDTH\n{IMPORTS}", NET.format(width="WIDTH"))
    assert [each.code for each in editor.found(cells[1])] == ["CL401"]
    editor.close_notebook(uri, cells)
    editor.wait(cells[1], lambda told: not told.diagnostics)


def test_cells_in_another_language_are_no_python(editor, tmp_path):
    uri = (tmp_path / "net.ipynb").as_uri()
    cells = editor.open_notebook(uri, IMPORTS, ("julia", "x = [1 2]"), GOOD)
    assert editor.found(cells[2]) == []
    assert labels(editor, cells[2])
    assert editor.found(cells[1]) == []
    editor.close_notebook(uri, cells)


def test_nothing_that_is_said_of_notebooks_ends_the_server(editor, notebook):
    uri, cell = notebook
    editor.found(cell)
    unknown = types.NotebookDocumentCellContentChanges(
        types.VersionedTextDocumentIdentifier(2, "vscode-notebook-cell:/nowhere#1"),
        [types.TextDocumentContentChangeWholeDocument("x")],
    )
    identifier = types.VersionedNotebookDocumentIdentifier(9, "file:///nowhere.ipynb")
    for changes in (types.NotebookDocumentCellChanges(text_content=[unknown]), types.NotebookDocumentCellChanges()):
        event = types.NotebookDocumentChangeEvent(cells=changes)
        params = types.DidChangeNotebookDocumentParams(identifier, event)
        editor.tell(types.NOTEBOOK_DOCUMENT_DID_CHANGE, params)
        editor.change_notebook(uri, changes)
    editor.type_in_cell(uri, cell, GOOD)
    assert editor.found(cell) == []
