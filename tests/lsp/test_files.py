"""Which text counts of which file, wherever it is."""

import pytest

pytest.importorskip("pygls")

from lsprotocol import types

from tests.lsp.models import GOOD, IMPORTING, WRONG


def changed(editor, kind, *paths):
    events = [types.FileEvent(path.as_uri(), kind) for path in paths]
    editor.tell(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, types.DidChangeWatchedFilesParams(events))


def test_a_module_that_another_imports_counts_as_it_is_on_disk_and_as_it_is_open(editor, tmp_path):
    net, widths = tmp_path / "net.py", tmp_path / "widths.py"
    widths.write_text("WIDTH = 8\n", encoding="utf-8")
    net.write_text(IMPORTING, encoding="utf-8")
    uri = editor.open(net, IMPORTING)
    assert editor.found(uri) == []
    widths.write_text("WIDTH = 6\n", encoding="utf-8")
    changed(editor, types.FileChangeType.Changed, widths)
    assert [each.code for each in editor.wait(uri, lambda told: bool(told.diagnostics))] == ["CL401"]
    other = editor.open(widths, "WIDTH = 8\n")
    editor.wait(uri, lambda told: not told.diagnostics)
    editor.change(other, "WIDTH = 5\n")
    (found,) = editor.wait(uri, lambda told: bool(told.diagnostics))
    assert "`in_channels=5`" in found.message
    editor.close(other)
    editor.wait(uri, lambda told: bool(told.diagnostics) and "`in_channels=6`" in told.diagnostics[0].message)


def test_a_module_that_is_removed_or_renamed_is_missed(editor, tmp_path):
    net, widths = tmp_path / "net.py", tmp_path / "widths.py"
    widths.write_text("WIDTH = 8\n", encoding="utf-8")
    net.write_text(IMPORTING, encoding="utf-8")
    uri = editor.open(net, IMPORTING)
    assert editor.found(uri) == []
    widths.rename(tmp_path / "others.py")
    rename = types.FileRename(widths.as_uri(), (tmp_path / "others.py").as_uri())
    editor.tell(types.WORKSPACE_DID_RENAME_FILES, types.RenameFilesParams([rename]))
    assert [each.code for each in editor.wait(uri, lambda told: bool(told.diagnostics))] == ["CL901"]
    widths.write_text("WIDTH = 8\n", encoding="utf-8")
    changed(editor, types.FileChangeType.Created, widths)
    editor.wait(uri, lambda told: not told.diagnostics)
    widths.unlink()
    changed(editor, types.FileChangeType.Deleted, widths)
    editor.wait(uri, lambda told: bool(told.diagnostics))


def test_a_document_without_a_file_is_checked_by_itself(editor):
    uri = editor.open("untitled:Untitled-1", WRONG)
    assert [each.code for each in editor.found(uri)] == ["CL401"]
    editor.close(uri)
    assert editor.wait(uri, lambda told: not told.diagnostics) == []


def test_cells_of_notebooks_and_installed_packages_are_left_alone(editor, tmp_path):
    cell = editor.open(f"vscode-notebook-cell:{tmp_path}/a.ipynb#C1", WRONG)
    package = tmp_path / "lib" / "site-packages" / "net.py"
    package.parent.mkdir(parents=True)
    package.write_text(WRONG, encoding="utf-8")
    installed = editor.open(package, WRONG)
    path = tmp_path / "net.py"
    path.write_text("", encoding="utf-8")
    assert editor.found(editor.open(path, GOOD)) == []
    assert not {cell, installed} & set(editor.told)


def test_lines_that_end_as_on_windows_and_characters_outside_of_the_first_plane(editor, tmp_path):
    path = tmp_path / "net.py"
    text = WRONG.replace("self.conv2 = nn", 'self.name, self.conv2 = "𝔸é", nn').replace("\n", "\r\n")
    path.write_text(text, encoding="utf-8", newline="")
    uri = editor.open(path, text)
    (found,) = editor.found(uri)
    line = text.split("\r\n")[8]
    column = len(line[: line.index("nn.Conv2d")].encode("utf-16-le")) // 2
    assert found.range.start == types.Position(8, column)
    fix = editor.actions(uri, found.range, ["quickfix"])[0]
    (edit,) = fix.edit.changes[uri] if fix.edit.changes else fix.edit.document_changes[0].edits
    assert edit.range.start == types.Position(8, column + len("nn.Conv2d("))
    assert (edit.range.end.character - edit.range.start.character, edit.new_text) == (1, "8")


def test_settings_are_those_of_the_folder_and_a_mistake_in_them_is_told(editor, tmp_path):
    settings = tmp_path / "convlint.toml"
    settings.write_text('ignore = ["channel-mismatch"]\n', encoding="utf-8")
    path = tmp_path / "net.py"
    path.write_text(WRONG, encoding="utf-8")
    uri = editor.open(path, WRONG)
    assert editor.found(uri) == []
    settings.write_text("ignore = []\n", encoding="utf-8")
    changed(editor, types.FileChangeType.Changed, settings)
    editor.wait(uri, lambda told: bool(told.diagnostics))
    settings.write_text("ignroe = []\n", encoding="utf-8")
    changed(editor, types.FileChangeType.Changed, settings)
    shown = editor.message(lambda text: "ignroe" in text)
    assert shown.startswith("net.py is not checked: ")
    assert "ignore" in shown
    editor.wait(uri, lambda told: not told.diagnostics)


def test_a_file_that_is_not_saved_for_the_first_time_yet_is_checked_once_it_is(editor, tmp_path):
    path = tmp_path / "new.py"
    uri = editor.open(path, WRONG)
    path.write_text(WRONG, encoding="utf-8")
    saved = types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri))
    editor.tell(types.TEXT_DOCUMENT_DID_SAVE, saved)
    assert [each.code for each in editor.found(uri)] == ["CL401"]
