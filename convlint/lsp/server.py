"""The wiring: which message of the client is answered by what."""

import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer

import convlint
from convlint.lsp.actions import FIX_ALL, QUICK_FIX, Action, fix_all, quick_fixes
from convlint.lsp.diagnostics import lsp_diagnostics
from convlint.lsp.documents import path_of
from convlint.lsp.editor import Editor
from convlint.lsp.edits import workspace_edit
from convlint.lsp.links import definitions, references
from convlint.lsp.preferences import SECTION, Preferences
from convlint.lsp.projects import Projects
from convlint.lsp.workspace import WATCHED, Workspace

PULL_SECONDS = 10.0
"""How long a client that asks for diagnostics waits for fresh ones before it is given those that are known."""

SAVE_SECONDS = 1.0
"""How long a client waits that is about to save a file and wants it mended."""

T = TypeVar("T")


class Server(LanguageServer):
    """pygls' server with the workspace, which is there once the client has introduced itself."""

    def __init__(self, projects: Projects) -> None:
        # Whole texts: they are what is linted, and lines need not be counted as some other side counts them.
        # All cells, so that they are counted as the user counts them.
        notebooks = types.NotebookDocumentSyncOptions([types.NotebookDocumentFilterWithNotebook("*")])
        sync = types.TextDocumentSyncKind.Full
        super().__init__("convlint", convlint.__version__, sync, notebook_document_sync=notebooks)
        self.projects = projects
        self.state: Workspace | None = None

    def begin(self, params: types.InitializeParams) -> None:
        """Take down what the client says about itself."""
        folders = [each.uri for each in params.workspace_folders or ()]
        root = params.root_uri or (params.root_path and f"file://{params.root_path}")
        if not folders and root:
            folders = [root]
        options = params.initialization_options or {}
        preferences = Preferences().updated(options)
        encoding = str(getattr(self.workspace.position_encoding, "value", self.workspace.position_encoding))
        roots = [path for uri in folders if (path := path_of(uri)) is not None]
        self.state = Workspace(Editor(self), encoding, self.projects.with_roots(roots), preferences)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log what goes wrong, here or in what the client sends; a user who types has no use for it."""
        del source
        self.window_log_message(types.LogMessageParams(types.MessageType.Error, f"{type(error).__name__}: {error}"))


def serve(projects: Projects) -> None:
    """Serve the client on standard input and output until it goes."""
    # Nobody else may write to where the client reads.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # pygls keeps texts of its own, and says at each change of a part of a cell that it expected all of it.
    logging.getLogger("pygls.workspace.text_document").disabled = True
    server = make_server(projects)
    try:
        server.start_io(sys.stdin.buffer, out)
    finally:
        if server.state is not None:
            server.state.close()


def make_server(projects: Projects) -> Server:
    """A server that answers everything that convlint has an answer to."""
    server = Server(projects)
    _synchronise(server)
    _answer(server)
    return server


def _guarded(server: Server, handle: Callable[[Workspace, Any], T], nothing: Callable[[], T]) -> Callable[[Any], T]:
    """``handle`` with the workspace; what goes wrong in it is logged, and answered with ``nothing()``."""

    @wraps(handle)
    def handler(params: Any) -> T:
        if server.state is None:
            return nothing()
        try:
            return handle(server.state, params)
        except Exception:  # noqa: BLE001  (the server stays, whatever a handler does)
            server.state.editor.log(traceback.format_exc(), types.MessageType.Error)
            return nothing()

    return handler


def _nothing() -> None:
    return None


def _synchronise(server: Server) -> None:
    """What the client tells."""

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        server.begin(params)

    def initialized(state: Workspace, _: types.InitializedParams) -> None:
        if state.editor.can("workspace.did_change_watched_files.dynamic_registration"):
            watchers = [types.FileSystemWatcher(glob) for glob in WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            state.editor.register(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)

    def opened(state: Workspace, params: types.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        state.opened(document.uri, document.version, document.text)

    def changed(state: Workspace, params: types.DidChangeTextDocumentParams) -> None:
        if params.content_changes:
            state.changed(params.text_document.uri, params.text_document.version, params.content_changes[-1].text)

    def closed(state: Workspace, params: types.DidCloseTextDocumentParams) -> None:
        state.closed(params.text_document.uri)

    def notebook_closed(state: Workspace, params: types.DidCloseNotebookDocumentParams) -> None:
        state.closed(params.notebook_document.uri)

    def watched(state: Workspace, params: types.DidChangeWatchedFilesParams) -> None:
        state.files_changed(each.uri for each in params.changes)

    def renamed(state: Workspace, params: types.RenameFilesParams) -> None:
        state.files_changed(uri for each in params.files for uri in (each.old_uri, each.new_uri))

    def deleted(state: Workspace, params: types.DeleteFilesParams) -> None:
        state.files_changed(each.uri for each in params.files)

    def folders(state: Workspace, params: types.DidChangeWorkspaceFoldersParams) -> None:
        event = params.event
        state.folders_changed((each.uri for each in event.added), (each.uri for each in event.removed))

    def configured(state: Workspace, params: types.DidChangeConfigurationParams) -> None:
        if params.settings:
            state.configured(params.settings)

    def shut_down(state: Workspace, _: None) -> None:
        state.close()

    python_files = types.FileOperationRegistrationOptions(
        [types.FileOperationFilter(types.FileOperationPattern("**/*.py"), scheme="file")]
    )
    for method, handle, options in (
        (types.INITIALIZED, initialized, None),
        (types.TEXT_DOCUMENT_DID_OPEN, opened, None),
        (types.TEXT_DOCUMENT_DID_CHANGE, changed, None),
        (types.TEXT_DOCUMENT_DID_CLOSE, closed, None),
        (types.NOTEBOOK_DOCUMENT_DID_OPEN, Workspace.notebook_opened, None),
        (types.NOTEBOOK_DOCUMENT_DID_CHANGE, Workspace.notebook_changed, None),
        (types.NOTEBOOK_DOCUMENT_DID_CLOSE, notebook_closed, None),
        (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, watched, None),
        (types.WORKSPACE_DID_RENAME_FILES, renamed, python_files),
        (types.WORKSPACE_DID_DELETE_FILES, deleted, python_files),
        (types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, folders, None),
        (types.WORKSPACE_DID_CHANGE_CONFIGURATION, configured, None),
        (types.SHUTDOWN, shut_down, None),
    ):
        server.feature(method, options)(_guarded(server, handle, _nothing))


def _answer(server: Server) -> None:
    """What the client asks."""

    def hover(state: Workspace, params: types.HoverParams) -> types.Hover | None:
        document = state.documents.at(params.text_document.uri)
        return state.knowledge.hover(document.path, params.position) if document is not None else None

    def hints(state: Workspace, params: types.InlayHintParams) -> list[types.InlayHint]:
        document = state.documents.at(params.text_document.uri)
        if document is None or not state.preferences.inlay_hints:
            return []
        return state.knowledge.hints(document.path, params.range)

    def lenses(state: Workspace, params: types.CodeLensParams) -> list[types.CodeLens]:
        document = state.documents.at(params.text_document.uri)
        if document is None or not state.preferences.code_lens:
            return []
        return state.knowledge.lenses(document.path)

    def definition(state: Workspace, params: types.DefinitionParams) -> list[types.Location]:
        document = state.documents.at(params.text_document.uri)
        return state.knowledge.links(document.path, params.position, definitions) if document is not None else []

    def reference(state: Workspace, params: types.ReferenceParams) -> list[types.Location]:
        document = state.documents.at(params.text_document.uri)
        return state.knowledge.links(document.path, params.position, references) if document is not None else []

    server.feature(types.TEXT_DOCUMENT_HOVER)(_guarded(server, hover, _nothing))
    server.feature(types.TEXT_DOCUMENT_INLAY_HINT)(_guarded(server, hints, list))
    server.feature(types.TEXT_DOCUMENT_CODE_LENS)(_guarded(server, lenses, list))
    server.feature(types.TEXT_DOCUMENT_DEFINITION)(_guarded(server, definition, list))
    server.feature(types.TEXT_DOCUMENT_REFERENCES)(_guarded(server, reference, list))
    actions: Callable[[Any], list[types.CodeAction]] = _guarded(server, _code_actions, list)
    pulled: Callable[[Any], list[types.Diagnostic]] = _guarded(server, Workspace.diagnostics, list)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions([QUICK_FIX, FIX_ALL]),
    )
    async def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        document = server.state and server.state.documents.at(params.text_document.uri)
        if server.state is not None and document and _is_wanted(FIX_ALL, params) and params.context.only:
            await server.state.settled(document.path, SAVE_SECONDS)
        return actions(params)

    @server.feature(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        types.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=False, identifier=SECTION),
    )
    async def diagnostic(params: types.DocumentDiagnosticParams) -> types.RelatedFullDocumentDiagnosticReport:
        document = server.state and server.state.documents.at(params.text_document.uri)
        if server.state is None or not document:
            return types.RelatedFullDocumentDiagnosticReport([])
        await server.state.settled(document.path, PULL_SECONDS)
        return types.RelatedFullDocumentDiagnosticReport(pulled(document.path))


def _code_actions(state: Workspace, params: types.CodeActionParams) -> list[types.CodeAction]:
    """What can be done about the findings in a range, and about all of a document."""
    document = state.documents.at(params.text_document.uri)
    if document is None:
        return []
    versioned = state.editor.can("workspace.workspace_edit.document_changes")

    def offered(action: Action, about: list[types.Diagnostic] | None = None) -> types.CodeAction:
        edit = workspace_edit(action.edits, state.documents, versioned=versioned)
        preferred = action.is_preferred or None
        return types.CodeAction(action.title, action.kind, about, is_preferred=preferred, edit=edit)

    def wanted() -> Iterator[types.CodeAction]:
        if _is_wanted(QUICK_FIX, params):
            found = state.knowledge.findings(document.path, show_info=state.preferences.show_info)
            for each, analysis in found:
                about = lsp_diagnostics([each], state.documents.lines, state.documents.uri)
                if _meet(about[0].range, params.range):
                    for action in quick_fixes(each, analysis, state.documents):
                        yield offered(action, about)
        latest = state.knowledge.analyses.get(state.documents.checked(document.path))
        if _is_wanted(FIX_ALL, params) and latest is not None and state.knowledge.is_fresh(document.path):
            for action in fix_all(document.path, latest, state.documents):
                yield offered(action)

    return list(wanted())


def _is_wanted(kind: str, params: types.CodeActionParams) -> bool:
    """Whether the client asks for actions of a kind; it names kinds by their beginnings."""
    only = params.context.only
    return only is None or any(f"{kind}.".startswith(f"{getattr(each, 'value', each)}.") for each in only)


def _meet(one: types.Range, other: types.Range) -> bool:
    """Whether two ranges have a place in common, be it only an end."""
    return one.start <= other.end and other.start <= one.end
