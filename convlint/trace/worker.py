"""The process that runs user code: requests in, one answer each out (worker side).

`main` imports torch once and then serves.  Where the system can fork, the server forks a *host* that imports the file
of a request, and the host forks a *child* for each request about that file: torch is imported once, the file and its
packages once for all its models, and nothing that user code does (crash, exit, hang, patch torch, change directory)
outlives its request.  Elsewhere the process serves one request, and the client starts another.
"""

from __future__ import annotations

import gc
import os
import select
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from convlint.trace import limits
from convlint.trace.limits import CrashLog, Limits
from convlint.trace.protocol import CANCEL, Json, TraceFailure, decode, encode, failure_to_json, request_from_json

if TYPE_CHECKING:
    from convlint.trace.answer import Imported

OLDEST_TORCH = (2, 6)
"""The first version whose symbolic sizes this tracer can speak."""

_CHUNK = 1 << 16
_POLL = 0.2
"""Seconds between looks at a child that closed its pipe but did not end."""

_LEAST_SECONDS = 0.5
"""What an import that took long leaves for the rest at least."""


def main(mode: str, memory: str, answer: str) -> NoReturn:
    """Serve until the client goes away.  ``mode`` is ``fork`` or ``single``; ``memory``, ``answer`` are megabytes."""
    channel, log = _take_over_descriptors()
    bounds = Limits(memory=int(memory), answer=int(answer))
    hello = _warm_up()
    channel.send(encode(hello))
    if "unusable" in hello:
        limits.end(0)
    sys.dont_write_bytecode = True
    gc.collect()
    gc.freeze()
    if mode == "fork":
        _serve(channel, log, bounds)
    else:
        _serve_alone(channel, log, bounds)
    limits.end(0)


def _take_over_descriptors() -> tuple[_Channel, CrashLog]:
    """Move the private ends away from where user code prints and reads, and leave the null device there."""
    channel, log = _Channel(os.dup(0), os.dup(1)), os.dup(2)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.close(null)
    return channel, CrashLog(log)


def _warm_up() -> Json:
    """Import torch and the tracer; says what this interpreter is, or why it is unusable."""
    try:
        import torch
    except ModuleNotFoundError as error:
        if error.name == "torch":
            return {"unusable": f"{sys.executable} has no torch", "help": ["choose another with `--python`"]}
        return {"unusable": f"{sys.executable} cannot import torch: {error}", "help": []}
    except BaseException as error:
        return {"unusable": f"{sys.executable} cannot import torch: {error}", "help": []}
    version = str(torch.__version__)
    numbers = tuple(int(part) for part in version.partition("+")[0].split(".")[:2] if part.isdecimal())
    if numbers < OLDEST_TORCH:
        oldest = ".".join(map(str, OLDEST_TORCH))
        return {
            "unusable": f"torch {version} of {sys.executable} is too old: convlint needs {oldest} or later",
            "help": [f"install torch {oldest} or later there, or choose another interpreter with `--python`"],
        }
    torch.set_num_threads(1)
    try:
        from convlint.trace.answer import trace_a_small_model
        from convlint.trace.failures import LIBRARIES

        trace_a_small_model()
    except Exception as error:
        return {
            "unusable": f"convlint does not know torch {version} of {sys.executable}: {type(error).__name__}: {error}",
            "help": ["upgrade convlint, or choose another interpreter with `--python`"],
        }
    return {
        "python": sys.executable,
        "python_version": sys.version.split()[0],
        "torch_version": version,
        "libraries": list(LIBRARIES),
    }


# Without forking: one request, one process.


def _serve_alone(channel: _Channel, log: CrashLog, bounds: Limits) -> None:
    line = channel.receive()
    if line is not None:
        _keep_from_forks(channel)
        seconds = _seconds(line)
        _confine(log, bounds, seconds)
        channel.send(_answered(line, None, log, seconds))


# With forking: the server, a host for each source, a child for each request.


def _serve(client: _Channel, log: CrashLog, bounds: Limits) -> None:
    """Answer the client's requests; consecutive ones about one source by one host."""
    host: _Process | None = None
    known = None
    while (line := client.receive()) is not None:
        if line == CANCEL:
            continue  # it came after the answer
        log.clear()
        request = decode(line)
        source = request["source"], request["overlay"]
        patience = _seconds(line) + 2 * limits.GRACE
        reply = host.ask(line, client, patience, bounds) if host is not None and source == known else None
        if host is None or reply is None or reply == _STALE:
            if host is not None:
                host.stop()
            log.clear()
            host, known = _start(client, lambda channel: _host(channel, log, bounds)), source
            reply = host.ask(line, client, patience, bounds) or host.epitaph()
        if host.has_ended:
            host = None
        client.send(reply)
    if host is not None:
        host.stop()


_STALE = encode({"stale": True})
"""A host's answer when a file that it imported has changed since."""


def _host(server: _Channel, log: CrashLog, bounds: Limits) -> None:
    """Import the source of the first request, and fork for it and for each that follows."""
    from convlint.trace.answer import import_once

    line = server.receive()
    if line is None:
        return
    _keep_from_forks(server)
    started = time.monotonic()
    seconds = _seconds(line)
    _confine(log, bounds, seconds)
    request, _ = request_from_json(decode(line))
    log.stage("importing")
    imported = import_once(request.model)
    log.stop_watching()
    left = max(seconds - (time.monotonic() - started), _LEAST_SECONDS)
    while line is not None:
        if threading.active_count() > 1:
            # The threads that user code started would be missing in a fork, with the locks that they hold.
            log.watch(left)
            server.send(_answered(line, imported, log, left))
            return
        child = _start(server, lambda channel: _child(channel, imported, log))
        server.send(child.ask(line, server, left + limits.GRACE, bounds) or child.epitaph())
        child.stop()
        line = server.receive()
        if line is not None and imported.is_stale:
            server.send(_STALE)
            return
        left = _seconds(line) if line is not None else 0.0


def _child(host: _Channel, imported: Imported, log: CrashLog) -> None:
    line = host.receive()
    if line is not None:
        _keep_from_forks(host)
        seconds = _seconds(line)
        log.watch(seconds)
        host.send(_answered(line, imported, log, seconds))


def _answered(line: bytes, imported: Imported | None, log: CrashLog, seconds: float) -> bytes:
    """The answer to a request, as a line; the fault is ours where it could not be made."""
    from convlint.trace.answer import answer, import_once

    try:
        request, _ = request_from_json(decode(line))
        if imported is None:
            log.stage("importing")
            imported = import_once(request.model)
        reply = encode(answer(request, imported, log, seconds))
    except BaseException as error:
        failure = TraceFailure("trace-failed", f"convlint itself failed: {type(error).__name__}: {error}")
        reply = encode({"failure": failure_to_json(failure), "sources": [], "elapsed": 0.0})
    log.stop_watching()
    return reply


def _confine(log: CrashLog, bounds: Limits, seconds: float) -> None:
    """Hold this process to its limits from here on."""
    limits.forbid_core_dumps()
    limits.limit_memory(bounds.memory)
    log.watch(seconds)


def _seconds(line: bytes) -> float:
    return float(decode(line)["seconds"])


# Processes and descriptors.


class _Channel:
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
class _Process:
    """A forked process: what to ask it by, and how it ended."""

    number: int
    requests: int
    answers: int
    has_ended: bool = False
    status: int | None = None

    def ask(self, line: bytes, upstream: _Channel, seconds: float, bounds: Limits) -> bytes | None:
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
                self.stop()
                if not is_cancelled:
                    limits.end(0)
                return encode({"ended": "cancelled", "status": None})
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


def _start(upstream: _Channel, run: Callable[[_Channel], None]) -> _Process:
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
        return _Process(number, requests, answers)
    status = limits.LOST_ANSWER
    try:
        os.setsid()
        limits.die_with_parent(parent)
        for descriptor in (requests, answers):
            os.close(descriptor)
        upstream.close()
        run(_Channel(its_requests, its_answers))
        status = 0
    finally:
        limits.end(status)


def _keep_from_forks(channel: _Channel) -> None:
    """See to it that a process which user code forks neither answers a second time nor takes requests."""

    def close() -> None:
        if not getattr(_own_fork, "is_under_way", False):
            channel.close()

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=close)
