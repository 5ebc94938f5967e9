"""Checks documents in a thread of its own, once the user pauses: the latest text wins, and nothing queues."""

import threading
import time
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from convlint.engine.progress import Step
from convlint.engine.session import Checked, Session
from convlint.lsp.document import Document
from convlint.lsp.projects import Projects
from convlint.settings import Settings, SettingsError
from convlint.trace.client import RequestCancelledError
from convlint.trace.limits import Limits

PAUSE = 0.3
"""Seconds without an edit after which a document is looked at."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A check that came to its end: of ``document``, while ``documents`` were open, under ``settings``."""

    document: Document
    documents: Mapping[str, Document]
    settings: Settings
    checked: Checked


class Listener(Protocol):
    """Who is told, in the thread of the analyst."""

    def began(self, document: Document) -> None:
        """A check is under way."""

    def step(self, step: Step) -> None:
        """How far it is."""

    def ended(self, document: Document, looked: Looked | None) -> None:
        """It is at its end, or was given up."""

    def unsettled(self, document: Document, error: SettingsError) -> None:
        """The settings cannot be read: nothing is checked."""

    def failed(self, document: Document, trace: str) -> None:
        """The check failed by a mistake of convlint's."""


class Analyst:
    """One thread, and one warm worker for each interpreter.  All methods may be called from any thread."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._changed = threading.Condition()
        self._documents: Mapping[str, Document] = {}
        self._projects = Projects()
        self._waiting: dict[str, None] = {}
        self._not_before = 0.0
        self._under_way: tuple[str, Session] | None = None
        self._sessions: dict[tuple[str, float, int], Session] = {}
        self._is_closed = False
        self._thread = threading.Thread(target=self._work, name="analyst", daemon=True)
        self._thread.start()

    def look_at(
        self,
        paths: Iterable[str],
        documents: Mapping[str, Document],
        projects: Projects,
        *,
        urgent: bool = False,
        pause: float = 0.0,
    ) -> None:
        """Check these of the documents that are open now, the last one first, after a ``pause`` of so many seconds.

        A check that is under way is given up where it is of one of them; where they are ``urgent``, any is, and is
        made again behind all others.
        """
        with self._changed:
            self._documents, self._projects = documents, projects
            for path in paths:
                self._waiting.pop(path, None)
                self._waiting[path] = None
            self._not_before = max(self._not_before, time.monotonic() + pause)
            if self._under_way is not None:
                path, session = self._under_way
                if urgent or path in self._waiting or path not in documents:
                    session.cancel()
            self._changed.notify()

    def close(self) -> None:
        """Give up everything and end the workers."""
        with self._changed:
            self._is_closed = True
            if self._under_way is not None:
                self._under_way[1].cancel()
            self._changed.notify()
        self._thread.join(timeout=5)
        for session in self._sessions.values():
            session.close()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._is_closed and not self._is_due():
                    self._changed.wait(max(self._not_before - time.monotonic(), 0.01) if self._waiting else None)
                if self._is_closed:
                    return
                path, _ = self._waiting.popitem()
                document, documents, projects = self._documents.get(path), self._documents, self._projects
            if document is not None:
                try:
                    self._look(document, documents, projects)
                except Exception:  # noqa: BLE001  (the thread stays, whatever it finds)
                    self._listener.failed(document, traceback.format_exc())

    def _is_due(self) -> bool:
        return bool(self._waiting) and time.monotonic() >= self._not_before

    def _look(self, document: Document, documents: Mapping[str, Document], projects: Projects) -> None:
        looked = None
        self._listener.began(document)
        try:
            settings = projects.settings(document.path)
            session = self._session(settings)
            with self._changed:
                session.renew()
                if self._documents is not documents:
                    session.cancel()
                self._under_way = document.path, session
            contents = {path: each.content for path, each in documents.items()}
            checked = session.check([document.path], settings, contents, self._listener.step)
            looked = Looked(document, documents, settings, checked)
        except RequestCancelledError:
            with self._changed:
                if document.path not in self._waiting:  # then behind everything else: what is edited comes first
                    self._waiting = {document.path: None, **self._waiting}
        except SettingsError as error:
            self._listener.unsettled(document, error)
        finally:
            with self._changed:
                self._under_way = None
            self._listener.ended(document, looked)

    def _session(self, settings: Settings) -> Session:
        assert settings.python is not None
        key = settings.python, settings.timeout, settings.memory
        if key not in self._sessions:
            limits = Limits(seconds=settings.timeout, memory=settings.memory)
            self._sessions[key] = Session(settings.python, limits)
        return self._sessions[key]
