"""What is looked at when the client says something, and what it is told of that."""

import asyncio

import pytest

pytest.importorskip("pygls")

from lsprotocol import types

from convlint.diagnostics import Diagnostic, Severity, Span
from convlint.lsp import workspace as workspaces
from convlint.lsp.analysis import Analysis, texts_of
from convlint.lsp.analyst import PAUSE
from convlint.lsp.preferences import Preferences
from convlint.lsp.projects import Projects
from convlint.lsp.workspace import Workspace


class Looks:
    """An analyst that takes down what it is asked for."""

    def __init__(self, listener):
        self.asked = []

    def look_at(self, paths, documents, projects, *, urgent=False, pause=0.0):
        if paths := list(paths):
            self.asked.append((paths, urgent, pause))


class Told:
    """An editor that takes down what it is told."""

    def __init__(self, *, pulls=False):
        self.pulls = pulls
        self.published = []

    def publish(self, params):
        self.published.append((params.uri, [each.code for each in params.diagnostics], params.version))

    def refresh(self):
        pass


@pytest.fixture
def make(monkeypatch, tmp_path):
    """A workspace with what it asked for and what it told."""
    monkeypatch.setattr(workspaces, "Analyst", Looks)

    def made(*, pulls=False):
        async def inside():
            return Workspace(Told(pulls=pulls), "utf-16", Projects((str(tmp_path),)), Preferences())

        return asyncio.run(inside())

    return made


def finding(path, code="CL401", related=()):
    return Diagnostic(code, "channel-mismatch", Severity.ERROR, "wrong", Span(path, 1, 1, 1, 2), related=related)


def take(workspace, uri, *findings, sources=()):
    """Have a document been analysed as it is now."""
    document = workspace.documents.at(uri)
    depending = frozenset({document.path, *map(str, sources)})
    texts = texts_of(workspace.documents.all.values())
    workspace._take(Analysis(document, texts, diagnostics=findings, sources=depending))


def test_a_document_is_looked_at_when_it_is_opened_and_a_while_after_an_edit(make, tmp_path):
    workspace, path = make(), str(tmp_path / "net.py")
    uri = (tmp_path / "net.py").as_uri()
    workspace.opened(uri, 1, "x = 1")
    workspace.changed(uri, 2, "x = 2")
    workspace.changed(uri, 3, "x = 2")
    assert workspace._analyst.asked == [([path], True, 0.0), ([path], True, PAUSE)]


def test_what_depends_on_an_edited_file_is_looked_at_behind_it(make, tmp_path):
    workspace = make()
    net, widths = (tmp_path / name for name in ("net.py", "widths.py"))
    workspace.opened(net.as_uri(), 1, "import widths")
    take(workspace, net.as_uri(), sources=[widths])
    workspace.opened(widths.as_uri(), 1, "")
    take(workspace, widths.as_uri())
    workspace._analyst.asked.clear()
    workspace.changed(widths.as_uri(), 2, "WIDTH = 1")
    workspace.changed(net.as_uri(), 2, "import widths  # why")
    # The last of them is looked at first.
    assert [paths for paths, _, _ in workspace._analyst.asked] == [[str(net), str(widths)], [str(net)]]


@pytest.mark.parametrize("event", ["files_changed", "folders_changed", "configured"])
def test_what_may_change_by_an_event_is_looked_at_again(make, tmp_path, event):
    workspace, net, widths = make(), tmp_path / "net.py", tmp_path / "widths.py"
    workspace.opened(net.as_uri(), 1, "import widths")
    take(workspace, net.as_uri(), sources=[widths])
    workspace._analyst.asked.clear()
    if event == "files_changed":
        workspace.files_changed([(tmp_path / "unrelated.py").as_uri(), net.as_uri()])
        assert workspace._analyst.asked == []
        workspace.files_changed([widths.as_uri()])
        workspace.files_changed([(tmp_path / "pyproject.toml").as_uri()])
        assert workspace._analyst.asked == [([str(net)], False, 0.0)] * 2
    elif event == "folders_changed":
        (tmp_path / "other").mkdir()
        workspace.folders_changed([(tmp_path / "other").as_uri()], [tmp_path.as_uri()])
        assert workspace.projects.roots == (str(tmp_path / "other"),)
        assert workspace.documents.put("untitled:1", 1, "").path == str(tmp_path / "other" / "1.py")
        assert workspace._analyst.asked == [([str(net)], False, 0.0)]
    else:
        workspace.configured({"showInfo": True})
        assert workspace._analyst.asked == []
        workspace.configured({"config": ["timeout = 5"]})
        assert workspace.projects.config == ("timeout = 5",)
        assert workspace._analyst.asked == [([str(net)], False, 0.0)]


def test_findings_are_told_of_the_version_that_they_are_of(make, tmp_path):
    workspace, net = make(), tmp_path / "net.py"
    uri = net.as_uri()
    workspace.opened(uri, 1, "x")
    take(workspace, uri, finding(str(net)))
    workspace.changed(uri, 2, "y")
    workspace._publish_all()
    assert workspace.editor.published == [(uri, ["CL401"], 1)]
    take(workspace, uri)
    workspace._publish_all()
    assert workspace.editor.published[1:] == [(uri, [], 2)]


def test_nothing_is_offered_for_findings_of_an_earlier_text(make, tmp_path):
    workspace, net = make(), tmp_path / "net.py"
    workspace.opened(net.as_uri(), 1, "x")
    take(workspace, net.as_uri(), finding(str(net)))
    assert len(workspace.knowledge.findings(str(net), show_info=False)) == 1
    workspace.changed(net.as_uri(), 2, "x\n")
    assert workspace.knowledge.findings(str(net), show_info=False) == []
    # They are still seen where their lines are.
    assert len(workspace.diagnostics(str(net))) == 1


def test_findings_in_files_that_are_not_open_are_told_and_taken_back(make, tmp_path):
    workspace, net, block = make(pulls=True), tmp_path / "net.py", tmp_path / "block.py"
    block.write_text("x", encoding="utf-8")
    workspace.opened(net.as_uri(), 1, "x")
    take(workspace, net.as_uri(), finding(str(net)), finding(str(block)))
    assert workspace.editor.published == [(block.as_uri(), ["CL401"], None)]
    workspace.opened(block.as_uri(), 1, "x")  # from now on the client asks
    assert workspace.editor.published[1:] == [(block.as_uri(), [], 1)]
    workspace.closed(net.as_uri())
    assert workspace.diagnostics(str(block)) == []


def test_a_notebook_that_changes_is_looked_at_after_a_while_and_its_cells_that_go_have_no_findings(make, tmp_path):
    workspace, uri = make(), (tmp_path / "net.ipynb").as_uri()
    cell = types.NotebookCell(types.NotebookCellKind.Code, "vscode-notebook-cell:1")
    notebook = types.NotebookDocument(uri, "jupyter-notebook", 1, [cell])
    texts = [types.TextDocumentItem(cell.document, "python", 1, "x")]
    workspace.notebook_opened(types.DidOpenNotebookDocumentParams(notebook, texts))
    document = workspace.documents.all[str(tmp_path / "net.ipynb")]
    workspace._take(Analysis(document, texts_of([document]), diagnostics=(finding(cell.document),)))
    structure = types.NotebookDocumentCellChangeStructure(types.NotebookCellArrayChange(0, 1))
    change = types.NotebookDocumentChangeEvent(cells=types.NotebookDocumentCellChanges(structure=structure))
    identifier = types.VersionedNotebookDocumentIdentifier(2, uri)
    workspace.notebook_changed(types.DidChangeNotebookDocumentParams(identifier, change))
    path = str(tmp_path / "net.ipynb")
    assert workspace._analyst.asked == [([path], True, 0.0), ([path], True, PAUSE)]
    assert workspace.editor.published == [(cell.document, ["CL401"], 1), (cell.document, [], None)]
