"""Processes that are forked to answer requests, and the pipes between them (worker side)."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from convlint.trace import limits
from convlint.trace.limits import Limits
from convlint.trace.protocol import CANCEL, encode

_CHUNK = 1 << 16
_POLL = 0.2
"""Seconds between looks at a child that closed its pipe but did not end."""

CANCELLED = encode({"ended": "cancelled", "status": None})
"""The answer to a request that was given up."""


class Channel:
    """The two descriptors by which a process is asked and answers."""

    def __init__(self, requests: int, answers: int) -> None:
        self.requests = requests
        self.answers = answers
        self._pending = b""

    def receive(self) -> bytes | None:
        """The next line; None when the other side is gone."""
        while not self.has_line:
            chunk = os.read(self.requests, _CHUNK)
            if not chunk:
                return None
            self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\n")
        return line + b"\n"

    @property
    def has_line(self) -> bool:
        """Whether a line was read ahead."""
        return b"\n" in self._pending

    def send(self, line: bytes) -> None:
        """Write a line; ends this process where the descriptor is gone."""
        view = memoryview(line)
        try:
            while view:
                view = view[os.write(self.answers, view) :]
        except OSError:
            limits.end(limits.LOST_ANSWER)

    def close(self) -> None:
        for descriptor in (self.requests, self.answers):
            with suppress(OSError):
                os.close(descriptor)


@dataclass(slots=True)
class Process:
    """A forked process: what to ask it by, and how it ended."""

    number: int
    requests: int
    answers: int
    has_ended: bool = False
    status: int | None = None
    is_server: bool = False
    """Whether it asks others itself, and has to live on when a request is given up."""

    def ask(self, line: bytes, upstream: Channel, seconds: float, bounds: Limits) -> bytes | None:
        """Its answer to ``line``, or why it was given up; None where it ended without one.

        Ends this process when ``upstream`` is gone: nobody waits for an answer then.  A line from there is `CANCEL`.
        """
        deadline = time.monotonic() + seconds
        try:
            os.write(self.requests, line)
        except OSError:
            self._await_end()
            return None
        chunks: list[bytes] = []
        size = 0
        sources = [self.answers, upstream.requests]
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select(sources, [], [], 0 if upstream.has_line else min(left, _POLL))
            if upstream.has_line or upstream.requests in ready:
                # No second request comes before the first is answered.
                is_cancelled = upstream.receive() is not None
                if is_cancelled and self.is_server:
                    deadline = min(deadline, time.monotonic() + limits.GRACE)
                    with suppress(OSError):
                        os.write(self.requests, CANCEL)
                    continue
                self.stop()
                if not is_cancelled:
                    limits.end(0)
                return CANCELLED
            if self.answers in ready:
                chunk = os.read(self.answers, _CHUNK)
                if not chunk:
                    sources = [upstream.requests]
                chunks.append(chunk)
                size += len(chunk)
                if chunk.endswith(b"\n"):
                    return b"".join(chunks)
                if size > bounds.answer * limits.MEGABYTE:
                    self.stop()
                    return encode({"ended": "output", "status": None})
            elif self._await_end(os.WNOHANG):
                return None
        self.stop()
        return encode({"ended": "timeout", "status": None})

    def epitaph(self) -> bytes:
        """How it ended, as an answer."""
        return encode({"ended": "exit", "status": self.status})

    def stop(self) -> None:
        """Kill it and all that it started, and forget its descriptors."""
        limits.kill_group(self.number)
        if not self.has_ended:
            with suppress(ProcessLookupError):
                os.kill(self.number, signal.SIGKILL)  # one that has just been forked leads no group yet
        self._await_end()
        for descriptor in (self.requests, self.answers):
            with suppress(OSError):
                os.close(descriptor)

    def _await_end(self, options: int = 0) -> bool:
        if not self.has_ended:
            number, status = os.waitpid(self.number, options)
            if number:
                self.has_ended = True
                self.status = os.waitstatus_to_exitcode(status)
        return self.has_ended


_own_fork = threading.local()


def start(upstream: Channel, run: Callable[[Channel], None]) -> Process:
    """Fork a process that leads a group of its own and dies with this one; it runs ``run`` and ends."""
    its_requests, requests = os.pipe()
    answers, its_answers = os.pipe()
    parent = os.getpid()
    _own_fork.is_under_way = True
    number = os.fork()
    _own_fork.is_under_way = False
    if number:
        os.close(its_requests)
        os.close(its_answers)
        return Process(number, requests, answers)
    status = limits.LOST_ANSWER
    try:
        os.setsid()
        limits.die_with_parent(parent)
        for descriptor in (requests, answers):
            os.close(descriptor)
        upstream.close()
        run(Channel(its_requests, its_answers))
        status = 0
    finally:
        limits.end(status)


def keep_from_forks(channel: Channel) -> None:
    """See to it that a process which user code forks neither answers a second time nor takes requests."""

    def close() -> None:
        if not getattr(_own_fork, "is_under_way", False):
            channel.close()

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=close)
