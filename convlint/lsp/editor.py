"""The client: what it can do, and telling it something, from any thread."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

from lsprotocol import types
from pygls.capabilities import get_capability
from pygls.lsp.server import LanguageServer

BEGIN_AFTER = 1.0
"""Seconds that a check may take without anybody being told that it is under way."""


class Editor:
    """Speaks to the client in the thread of the server's event loop, whichever thread asks for it."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._told: set[str] = set()
        self._progress: str | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._message = ""
        self._asked = ""

    def can(self, capability: str) -> bool:
        """Whether the client has a capability, ``workspace.inlay_hint.refresh_support``."""
        capabilities: Any = self._server.client_capabilities
        return bool(get_capability(capabilities, capability, None))

    @property
    def pulls(self) -> bool:
        """Whether it asks for the diagnostics of its documents itself."""
        return self.can("text_document.diagnostic")

    def later(self, do: Callable[[], None]) -> None:
        """Have something done in the thread of the event loop."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(do)

    def publish(self, params: types.PublishDiagnosticsParams) -> None:
        """Tell the diagnostics of a file."""
        self._server.text_document_publish_diagnostics(params)

    def refresh(self) -> None:
        """Have everything asked for again that the client asks for by itself."""
        if self.can("workspace.inlay_hint.refresh_support"):
            self._server.workspace_inlay_hint_refresh(None)
        if self.can("workspace.code_lens.refresh_support"):
            self._server.workspace_code_lens_refresh(None)
        if self.pulls and self.can("workspace.diagnostics.refresh_support"):
            self._server.workspace_diagnostic_refresh(None)

    def log(self, message: str, kind: types.MessageType = types.MessageType.Log, *, once: bool = False) -> None:
        """Write to the client's log; ``once``, unless the same stands there already."""
        if once and message in self._told:
            return
        self._told.add(message)
        self.later(lambda: self._server.window_log_message(types.LogMessageParams(kind, message)))

    def complain(self, message: str) -> None:
        """Tell the user that something cannot be done, the same thing once."""
        if message not in self._told:
            self._told.add(message)
            params = types.ShowMessageParams(types.MessageType.Warning, message)
            self.later(lambda: self._server.window_show_message(params))

    def register(self, method: str, options: object) -> None:
        """Register for something that there is no static capability for."""
        registration = types.Registration(f"convlint-{method}", method, options)
        self._server.client_register_capability(types.RegistrationParams([registration]))

    def began(self, name: str) -> None:
        """A check is under way, of which the user is told if it takes long."""
        if self.can("window.work_done_progress"):
            self._message = name
            self._timer = self._loop.call_later(BEGIN_AFTER, self._ask_to_begin)

    def step(self, message: str) -> None:
        """How far the check is."""
        self._message = message
        if self._progress is not None:
            self._server.work_done_progress.report(self._progress, types.WorkDoneProgressReport(message=message))

    def ended(self) -> None:
        """The check is at its end."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._asked = ""
        if self._progress is not None:
            self._server.work_done_progress.end(self._progress, types.WorkDoneProgressEnd())
            self._progress = None

    def _ask_to_begin(self) -> None:
        self._asked = token = uuid.uuid4().hex
        answer = self._server.window_work_done_progress_create(types.WorkDoneProgressCreateParams(token))
        answer.add_done_callback(lambda done: None if done.exception() else self._begin(token))

    def _begin(self, token: str) -> None:
        if self._asked == token:
            begun = types.WorkDoneProgressBegin(title="convlint", message=self._message)
            self._server.work_done_progress.begin(token, begun)
            self._progress = token
