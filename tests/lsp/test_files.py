"""Which text counts of which file, wherever it is."""

import pytest

pytest.importorskip("pygls")

from lsprotocol import types

from tests.lsp.edits import applied
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
    widths.write_text("WIDTH = 8\n", encoding="utf-8")
    changed(editor, types.FileChangeType.Created, widths)
    editor.wait(uri, lambda told: not told.diagnostics)
    widths.unlink()
    params = types.DeleteFilesParams([types.FileDelete(widths.as_uri())])
    editor.tell(types.WORKSPACE_DID_DELETE_FILES, params)
    editor.wait(uri, lambda told: bool(told.diagnostics))


@pytest.mark.parametrize("name", ["untitled:Untitled-1", "vscode-vfs://github/me/nets/Untitled-1.py"])
def test_a_document_without_a_file_is_checked_as_one_of_the_workspace(editor, name):
    (editor.root / "widths.py").write_text("WIDTH = 6\n", encoding="utf-8")
    uri = editor.open(name, IMPORTING)
    (found,) = editor.found(uri)
    assert (found.code, found.related_information[0].location.uri) == ("CL401", uri)
    assert [hint.label for hint in editor.hints(uri)] == ["N×8×⌈H/2⌉×⌈W/2⌉"]
    assert "# convlint: ignore[channel-mismatch]" in applied(IMPORTING, editor.actions(uri, found.range)[0], uri)
    editor.change(uri, IMPORTING.replace("nn.Conv2d(WIDTH", "nn.Conv2d(8"))
    assert editor.found(uri) == []
    editor.close(uri)


def test_a_document_that_is_closed_has_no_findings(editor, tmp_path):
    (tmp_path / "net.py").write_text(WRONG, encoding="utf-8")
    for name in (tmp_path / "net.py", "untitled:Untitled-1"):
        uri = editor.open(name, WRONG)
        assert editor.found(uri)
        editor.close(uri)
        assert editor.wait(uri, lambda told: not told.diagnostics) == []


def test_a_file_that_was_never_saved_is_checked_as_if_it_were(editor, tmp_path):
    package = tmp_path / "nets"
    package.mkdir()
    (package / "convlint.toml").write_text('severity = {"channel-mismatch" = "warning"}\n', encoding="utf-8")
    for name in ("__init__.py", "others.py"):
        (package / name).write_text("WIDTH = 6\n", encoding="utf-8")
    uri = editor.open(package / "new.py", IMPORTING.replace("from widths", "from .others"))
    (found,) = editor.found(uri)
    assert (found.code, found.severity) == ("CL401", types.DiagnosticSeverity.Warning)


def test_another_file_may_import_one_that_was_never_saved(editor, tmp_path):
    net = tmp_path / "net.py"
    net.write_text(IMPORTING, encoding="utf-8")
    uri = editor.open(net, IMPORTING)
    assert [each.code for each in editor.found(uri)] == ["CL901"]
    editor.open(tmp_path / "widths.py", "WIDTH = 8\n")
    assert editor.wait(uri, lambda told: not told.diagnostics) == []


def test_what_files_once_were_lone_cells_and_installed_packages_are_left_alone(editor, tmp_path):
    left = [
        editor.open(f"vscode-notebook-cell:{tmp_path}/a.ipynb#C1", WRONG),
        editor.open(f"git:{tmp_path}/old.py?%7B%22ref%22%3A%22HEAD%22%7D", WRONG),
    ]
    package = tmp_path / "lib" / "site-packages" / "net.py"
    package.parent.mkdir(parents=True)
    package.write_text(WRONG, encoding="utf-8")
    left.append(editor.open(package, WRONG))
    path = tmp_path / "net.py"
    path.write_text("", encoding="utf-8")
    assert editor.found(editor.open(path, GOOD)) == []
    assert not set(left) & set(editor.told)


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


def test_a_text_in_the_encoding_that_it_declares(editor, tmp_path):
    path = tmp_path / "net.py"
    text = f"# -*- coding: latin-1 -*-\nNAME = 'é'\n{WRONG}"
    path.write_text(text, encoding="latin-1")
    uri = editor.open(path, text)
    (found,) = editor.found(uri)
    fix, ignore = editor.actions(uri, found.range, ["quickfix"])
    (everything,) = editor.actions(uri, found.range, ["source.fixAll"])
    for action in (fix, everything):
        assert applied(text, action, uri) == text.replace("nn.Conv2d(6", "nn.Conv2d(8")
    assert len(applied(text, ignore, uri)) == len(text) + len("  # convlint: ignore[channel-mismatch] -- say why")


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


def test_a_project_may_want_to_see_what_is_no_mistake(editor, tmp_path):
    (tmp_path / "convlint.toml").write_text("show-info = true\n", encoding="utf-8")
    found = editor.found(editor.open(tmp_path / "net.py", GOOD))
    assert {each.severity for each in found} == {types.DiagnosticSeverity.Hint}
