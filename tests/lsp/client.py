"""A client that speaks to a server of its own, over standard input and output, as an editor does."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest_lsp
from lsprotocol import types

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""Seconds: torch is imported behind the first answer, on machines that do something else too."""


class Editor:
    """An editor: what it has open, and what it was told about that."""

    def __init__(self, capabilities: types.ClientCapabilities, *roots: Path, options: Any = None) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self.root = roots[0] if roots else Path.cwd()
        self.told: dict[str, types.PublishDiagnosticsParams] = {}
        self.refreshed: list[str] = []
        self.registered: list[types.Registration] = []
        self.progress: list[str] = []
        self._news = threading.Condition()
        self._versions: dict[str, int] = {}
        self.client = self.run(self._started(capabilities, roots, options))

    async def _started(self, capabilities: types.ClientCapabilities, roots: tuple[Path, ...], options: Any) -> Any:
        client = pytest_lsp.LanguageClient()

        @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(params: types.PublishDiagnosticsParams) -> None:
            with self._news:
                self.told[params.uri] = params
                self._news.notify_all()

        @client.feature(types.PROGRESS)
        def progressed(params: types.ProgressParams) -> None:
            self.progress.append(params.value["kind"] if isinstance(params.value, dict) else params.value.kind)

        @client.feature(types.WINDOW_SHOW_MESSAGE)
        def shown(params: types.ShowMessageParams) -> None:
            client.messages.append(params)

        @client.feature(types.WINDOW_LOG_MESSAGE)
        def logged(params: types.LogMessageParams) -> None:
            client.log_messages.append(params)

        for method in (
            types.WORKSPACE_INLAY_HINT_REFRESH, types.WORKSPACE_CODE_LENS_REFRESH, types.WORKSPACE_DIAGNOSTIC_REFRESH
        ):  # fmt: skip
            client.feature(method)(lambda *_, method=method: self.refreshed.append(method))
        client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda asked: self.registered.extend(asked.registrations))
        client.feature(types.WINDOW_WORK_DONE_PROGRESS_CREATE)(lambda _: None)
        command = [sys.executable, "-m", "convlint", "server"]
        await client.start_io(*command, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=str(self.root))
        folders = [types.WorkspaceFolder(root.as_uri(), root.name) for root in roots]
        self.introduction = await client.initialize_session(
            types.InitializeParams(
                capabilities=capabilities,
                root_uri=folders[0].uri if folders else None,
                workspace_folders=folders or None,
                initialization_options=options,
            )
        )
        return client

    def run(self, coroutine: Any) -> Any:
        """What a coroutine gives, run where the client is."""
        future: Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        return future.result(PATIENCE)

    def tell(self, method: str, params: Any) -> None:
        """Send a notification."""
        self._loop.call_soon_threadsafe(self.client.protocol.notify, method, params)

    def open(self, path: Path | str, text: str) -> str:
        """Open a document; gives its URI."""
        uri = path if isinstance(path, str) else path.as_uri()
        self._versions[uri] = 1
        document = types.TextDocumentItem(uri, "python", 1, text)
        self.tell(types.TEXT_DOCUMENT_DID_OPEN, types.DidOpenTextDocumentParams(document))
        return uri

    def change(self, uri: str, text: str) -> None:
        """Give a document another text."""
        self._versions[uri] += 1
        change = types.TextDocumentContentChangeWholeDocument(text)
        document = types.VersionedTextDocumentIdentifier(self._versions[uri], uri)
        self.tell(types.TEXT_DOCUMENT_DID_CHANGE, types.DidChangeTextDocumentParams(document, [change]))

    def open_notebook(self, uri: str, *cells: str | tuple[str, str], kind: str = "jupyter-notebook") -> list[str]:
        """Open a notebook with these texts in its cells, in Python or in the language named; gives the cells' URIs."""
        texts = [("python", each) if isinstance(each, str) else each for each in cells]
        documents = [
            types.TextDocumentItem(f"vscode-notebook-cell:{uri.partition(':')[2]}#{number}", language, 1, text)
            for number, (language, text) in enumerate(texts)
        ]
        self._versions |= {uri: 1, **{each.uri: 1 for each in documents}}
        kinds = {"markdown": types.NotebookCellKind.Markup}
        listed = [
            types.NotebookCell(kinds.get(each.language_id, types.NotebookCellKind.Code), each.uri) for each in documents
        ]
        notebook = types.NotebookDocument(uri, kind, 1, listed)
        self.tell(types.NOTEBOOK_DOCUMENT_DID_OPEN, types.DidOpenNotebookDocumentParams(notebook, documents))
        return [each.uri for each in documents]

    def change_notebook(self, uri: str, cells: types.NotebookDocumentCellChanges) -> None:
        """Change the cells of a notebook."""
        for each in cells.text_content or ():
            self._versions[each.document.uri] = each.document.version
        for opened in cells.structure.did_open or () if cells.structure else ():
            self._versions[opened.uri] = opened.version
        self._versions[uri] += 1
        notebook = types.VersionedNotebookDocumentIdentifier(self._versions[uri], uri)
        change = types.NotebookDocumentChangeEvent(cells=cells)
        self.tell(types.NOTEBOOK_DOCUMENT_DID_CHANGE, types.DidChangeNotebookDocumentParams(notebook, change))

    def type_in_cell(self, uri: str, cell: str, text: str, where: types.Range | None = None) -> None:
        """Give a cell another text, or a range of it."""
        change = (
            types.TextDocumentContentChangeWholeDocument(text)
            if where is None
            else types.TextDocumentContentChangePartial(where, text)
        )
        document = types.VersionedTextDocumentIdentifier(self._versions[cell] + 1, cell)
        content = types.NotebookDocumentCellContentChanges(document, [change])
        self.change_notebook(uri, types.NotebookDocumentCellChanges(text_content=[content]))

    def close_notebook(self, uri: str, cells: list[str]) -> None:
        """Close a notebook."""
        documents = [types.TextDocumentIdentifier(each) for each in cells]
        notebook = types.NotebookDocumentIdentifier(uri)
        self.tell(types.NOTEBOOK_DOCUMENT_DID_CLOSE, types.DidCloseNotebookDocumentParams(notebook, documents))

    def close(self, uri: str) -> None:
        """Close a document."""
        document = types.TextDocumentIdentifier(uri)
        self.tell(types.TEXT_DOCUMENT_DID_CLOSE, types.DidCloseTextDocumentParams(document))

    def wait(self, uri: str, wanted: Callable[[types.PublishDiagnosticsParams], bool]) -> list[types.Diagnostic]:
        """The diagnostics of a file, once they are as ``wanted``."""
        with self._news:
            assert self._news.wait_for(lambda: uri in self.told and wanted(self.told[uri]), PATIENCE), self.told
            return list(self.told[uri].diagnostics)

    def found(self, uri: str) -> list[types.Diagnostic]:
        """The diagnostics of the version of a document that was sent last."""
        return self.wait(uri, lambda told: told.version == self._versions[uri])

    def eventually(self, happens: Callable[[], Any]) -> Any:
        """What ``happens`` gives, once that is something."""
        deadline = time.monotonic() + PATIENCE
        while not (found := happens()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return found

    def message(self, wanted: Callable[[str], bool]) -> str:
        """The first message to the user that is as ``wanted``, once it came."""
        return self.eventually(lambda: [each.message for each in self.client.messages if wanted(each.message)])[0]

    def ask(self, method: str, params: Any) -> Any:
        """The answer to a request."""
        return self.run(self.client.protocol.send_request_async(method, params))

    def hints(self, uri: str) -> list[types.InlayHint]:
        """The inlay hints of a document."""
        everything = types.Range(types.Position(0, 0), types.Position(10_000, 0))
        document = types.TextDocumentIdentifier(uri)
        return self.ask(types.TEXT_DOCUMENT_INLAY_HINT, types.InlayHintParams(document, everything))

    def actions(self, uri: str, where: types.Range, only: list[str] | None = None) -> list[types.CodeAction]:
        """The code actions in a range."""
        document = types.TextDocumentIdentifier(uri)
        context = types.CodeActionContext([], only)
        return self.ask(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionParams(document, where, context))

    def leave(self) -> None:
        """End the server."""
        self.run(self.client.shutdown_session())
        self._loop.call_soon_threadsafe(self._loop.stop)
