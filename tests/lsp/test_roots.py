"""A client with two folders, that counts columns in characters and has files watched, and one without any folder."""

import pytest

pytest.importorskip("pygls")

from lsprotocol import types

from tests.lsp.models import GOOD, WRONG


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two folders: in the second one, wrong channels are no finding."""
    one, two = (tmp_path_factory.mktemp(name) for name in ("one", "two"))
    (two / "convlint.toml").write_text('ignore = ["CL401"]\n', encoding="utf-8")
    return one, two


@pytest.fixture(scope="module")
def editor(folders):
    pytest.importorskip("pytest_lsp")
    from tests.lsp.client import Editor

    watching = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
    capabilities = types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=["utf-32"]),
        workspace=types.WorkspaceClientCapabilities(
            did_change_watched_files=watching,
            inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=True),
            code_lens=types.CodeLensWorkspaceClientCapabilities(refresh_support=True),
        ),
    )
    started = Editor(capabilities, *folders)
    yield started
    started.leave()


def test_each_file_has_the_settings_of_its_folder_which_are_read_again_when_folders_change(editor, folders):
    one, two = (editor.open(folder / "net.py", WRONG) for folder in folders)
    assert [[each.code for each in editor.found(uri)] for uri in (one, two)] == [["CL401"], []]
    (folders[1] / "convlint.toml").unlink()
    event = types.WorkspaceFoldersChangeEvent([], [types.WorkspaceFolder(folders[0].as_uri(), "one")])
    editor.tell(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, types.DidChangeWorkspaceFoldersParams(event))
    editor.wait(two, lambda told: bool(told.diagnostics))


def test_columns_are_characters(editor, folders):
    text = WRONG.replace("self.conv2 = nn", 'self.name, self.conv2 = "𝔸é", nn')
    uri = editor.open(folders[0] / "wide.py", text)
    (found,) = editor.found(uri)
    assert editor.introduction.capabilities.position_encoding == "utf-32"
    line = text.split("\n")[8]
    assert found.range.start == types.Position(8, line.index("nn.Conv2d"))


def test_what_may_change_findings_is_watched(editor):
    (registration,) = editor.eventually(lambda: editor.registered)
    assert registration.method == types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    watched = {each["globPattern"] for each in registration.register_options["watchers"]}
    assert {"**/*.py", "**/*.ipynb", "**/pyproject.toml", "**/convlint.toml"} <= watched


def test_hints_and_lenses_are_asked_for_again_once_they_are_known(editor, folders):
    editor.refreshed.clear()
    editor.found(editor.open(folders[0] / "fresh.py", GOOD))
    wanted = {types.WORKSPACE_INLAY_HINT_REFRESH, types.WORKSPACE_CODE_LENS_REFRESH}
    editor.eventually(lambda: wanted <= set(editor.refreshed))


def test_an_editor_may_have_no_folder_at_all(tmp_path):
    pytest.importorskip("pytest_lsp")
    from tests.lsp.client import Editor

    editor = Editor(types.ClientCapabilities())
    for name in (tmp_path / "net.py", "untitled:Untitled-1"):
        assert [each.code for each in editor.found(editor.open(name, WRONG))] == ["CL401"]
    editor.leave()
