"""What the client has open, and what is done when that changes."""

import asyncio
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from lsprotocol import types

from convlint.engine.progress import Step
from convlint.lsp.analysis import Analysis, analysed, texts_of
from convlint.lsp.analyst import PAUSE, Analyst, Looked
from convlint.lsp.document import Document
from convlint.lsp.documents import Documents, path_of
from convlint.lsp.editor import Editor
from convlint.lsp.knowledge import Knowledge
from convlint.lsp.preferences import Preferences
from convlint.lsp.projects import Projects
from convlint.project import SETTINGS_FILES
from convlint.render.remarks import in_words
from convlint.settings import SettingsError

WATCHED = ("**/*.py", "**/*.ipynb", *(f"**/{name}" for name in SETTINGS_FILES))
"""Files whose change may change findings."""


class Workspace:
    """The documents with what is known of them.  All methods but those of a `Listener` run in one thread."""

    def __init__(self, editor: Editor, encoding: str, projects: Projects, preferences: Preferences) -> None:
        self.editor = editor
        self.documents = Documents(encoding, projects.home)
        self.knowledge = Knowledge(self.documents)
        self.preferences = preferences
        self._command_line = projects.config
        self.projects = replace(projects, config=(*projects.config, *preferences.config))
        self._analyst = Analyst(self)
        self._published: dict[str, types.PublishDiagnosticsParams] = {}
        self._arrival = asyncio.Event()

    def close(self) -> None:
        """End the workers."""
        self._analyst.close()
        self.documents.close()

    # what the client says

    def opened(self, uri: str, version: int | None, text: str) -> None:
        """A file was opened: it is looked at right away."""
        self._opened(self.documents.put(uri, version, text))

    def notebook_opened(self, params: types.DidOpenNotebookDocumentParams) -> None:
        """A notebook was opened: it is looked at right away."""
        self._opened(self.documents.put_notebook(params))

    def changed(self, uri: str, version: int | None, text: str) -> None:
        """Somebody types."""
        known = self.documents.at(uri)
        document = self.documents.put(uri, version, text)
        if known is None or known.lines.text != text:
            self._changed(document)

    def notebook_changed(self, params: types.DidChangeNotebookDocumentParams) -> None:
        """Somebody types in a cell, makes, moves or removes one."""
        self._changed(self.documents.change_notebook(params))
        self._publish_all()  # cells that are gone have no findings

    def _opened(self, document: Document | None) -> None:
        if document is not None:
            for each in document.cells or (document,):
                if self.editor.pulls and each.path in self._published:
                    self._publish(each.path, ())  # the client asks for them now
            self._look_at([*self.knowledge.dependents(document.path), document.path], urgent=True)

    def _changed(self, document: Document | None) -> None:
        if document is not None:
            self._look_at([*self.knowledge.dependents(document.path), document.path], urgent=True, pause=PAUSE)

    def closed(self, uri: str) -> None:
        """A file or notebook was closed: its text counts no more, nor do its findings."""
        document = self.documents.drop(uri)
        if document is not None:
            self.knowledge.analyses.pop(document.path, None)
            self._look_at(self.knowledge.dependents(document.path))
            self._publish_all()

    def files_changed(self, uris: Iterable[str]) -> None:
        """Files were written, made, renamed or removed, by whomever."""
        paths = [path for uri in uris if (path := path_of(uri)) is not None]
        opened = self.documents.all
        if any(path.endswith(".toml") for path in paths):
            self._look_at(opened)
            return
        known = self.knowledge.analyses
        # What is open is read from the client.
        self._look_at(each for each in known if any(p not in opened and known[each].depends_on(p) for p in paths))

    def folders_changed(self, added: Iterable[str], removed: Iterable[str]) -> None:
        """The workspace has other folders."""
        paths = [path for uri in added if (path := path_of(uri)) is not None]
        gone = [path for uri in removed if (path := path_of(uri)) is not None]
        self.projects = self.projects.with_roots(paths, gone)
        self.documents.home = self.projects.home
        self._look_at(self.documents.all)

    def configured(self, value: Any) -> None:
        """The client has other preferences."""
        before, self.preferences = self.preferences, self.preferences.updated(value)
        if before.config != self.preferences.config:
            self.projects = replace(self.projects, config=(*self._command_line, *self.preferences.config))
            self._look_at(self.documents.all)
        self._publish_all()
        self.editor.refresh()

    def _look_at(self, paths: Iterable[str], *, urgent: bool = False, pause: float = 0.0) -> None:
        opened = self.documents.all
        wanted = [each for each in paths if each in opened]
        self._analyst.look_at(wanted, opened, self.projects, urgent=urgent, pause=pause)

    # what the client is told

    def diagnostics(self, path: str) -> list[types.Diagnostic]:
        """The diagnostics of a file."""
        return self.knowledge.diagnostics(path, show_info=self.preferences.show_info)

    async def settled(self, path: str, seconds: float) -> None:
        """Wait until a document was looked at as it is now, but no longer than so many seconds."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not self.knowledge.is_fresh(path):
            self._arrival.clear()
            try:
                await asyncio.wait_for(self._arrival.wait(), deadline - asyncio.get_running_loop().time())
            except TimeoutError:
                return

    def _publish_all(self) -> None:
        """Tell the findings of all files and cells, but of the open ones where the client asks for them."""
        shown = self.documents.shown
        # What somebody types in now is told once it was looked at.
        fresh = [] if self.editor.pulls else [path for path in shown if self._is_known(path)]
        for path in (*((self.knowledge.paths() | set(self._published)) - set(shown)), *fresh):
            self._publish(path, self.diagnostics(path))

    def _is_known(self, path: str) -> bool:
        return self.documents.checked(path) in self.knowledge.analyses and self.knowledge.is_fresh(path)

    def _publish(self, path: str, diagnostics: Sequence[types.Diagnostic]) -> None:
        """Tell the findings of one file, unless the client knows them."""
        document, last = self.documents.shown.get(path), self._published.pop(path, None)
        uri = document.uri if document is not None else last.uri if last is not None else self.documents.uri(path)
        told = types.PublishDiagnosticsParams(uri, list(diagnostics), document.version if document else None)
        if told != last and (diagnostics or document is not None or last is not None):
            self.editor.publish(told)
        if diagnostics or document is not None:
            self._published[path] = told

    # what the analyst says, in its own thread

    def began(self, document: Document) -> None:
        """See `Listener`."""
        self.editor.later(partial(self.editor.began, os.path.basename(document.path)))

    def step(self, step: Step) -> None:
        """See `Listener`."""
        self.editor.later(partial(self.editor.step, f"{step.name} ({step.done}/{step.total})"))

    def ended(self, document: Document, looked: Looked | None) -> None:
        """See `Listener`."""
        self.editor.later(self.editor.ended)
        if looked is None:
            return
        found = analysed(looked, self.knowledge.analyses.get(document.path))
        self.editor.later(partial(self._take, found))
        self.editor.log(f"models run under {looked.settings.python}", once=True)
        for problem in looked.checked.report.problems:
            self.editor.complain("; ".join(in_words(problem)))
        found.prepare()  # findings do not wait for it
        self.editor.later(self.editor.refresh)

    def unsettled(self, document: Document, error: SettingsError) -> None:
        """See `Listener`."""
        for problem in error.problems:
            self.editor.complain(f"{os.path.basename(document.path)} is not checked: {'; '.join(in_words(problem))}")
        self.editor.later(partial(self._take_nothing, document))

    def failed(self, document: Document, trace: str) -> None:
        """See `Listener`."""
        self.editor.log(f"{document.path} could not be checked:\n{trace}", types.MessageType.Error)
        self.editor.later(partial(self._take_nothing, document))

    def _take_nothing(self, document: Document) -> None:
        """Nobody knows anything about a document: what was known before is about another run."""
        opened = self.documents.all
        if opened.get(document.path) is document:
            texts = texts_of(opened.values())
            self._take(Analysis(document, texts, sources=frozenset({document.path})))

    def _take(self, found: Analysis) -> None:
        path = found.document.path
        if path in self.documents.all:
            self.knowledge.analyses[path] = found
            self._publish_all()
        self._arrival.set()
