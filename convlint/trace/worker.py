"""The process that runs user code: requests in, one answer each out (worker side).

`main` imports torch once and then serves.  Where the system can fork, the server forks a *host* that imports the file
of a request, and the host forks a *child* for each request about that file: torch is imported once, the file once for
all its models, and nothing that user code does (crash, exit, hang, patch torch, change directory) outlives its request.
Installed packages that a file imports are imported once, for all files with the same ones and all later versions of
these: by a process on the *shelf*, which then does as the server does.  Elsewhere the process serves one request, and
the client starts another.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from convlint.trace import limits
from convlint.trace.limits import CrashLog, Limits
from convlint.trace.packages import import_ahead, installed
from convlint.trace.processes import Channel, Process, keep_from_forks, start
from convlint.trace.protocol import CANCEL, Json, TraceFailure, decode, encode, failure_to_json, request_from_json

if TYPE_CHECKING:
    from convlint.trace.answer import Imported

OLDEST_TORCH = (2, 6)
"""The first version whose symbolic sizes this tracer can speak."""

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


def _take_over_descriptors() -> tuple[Channel, CrashLog]:
    """Move the private ends away from where user code prints and reads, and leave the null device there."""
    channel, log = Channel(os.dup(0), os.dup(1)), os.dup(2)
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


def _serve_alone(channel: Channel, log: CrashLog, bounds: Limits) -> None:
    line = channel.receive()
    if line is not None:
        keep_from_forks(channel)
        seconds = _seconds(line)
        _confine(log, bounds, seconds)
        channel.send(_answered(line, None, log, seconds))


# With forking: the server, a host for each source, a child for each request.


def _serve(client: Channel, log: CrashLog, bounds: Limits) -> None:
    """Answer the client's requests, each in a process that has the packages of its source already."""
    limits.adopt_orphans()
    hosts = _Hosts(log, bounds)
    shelf: dict[tuple[str, ...], Process | None] = {}
    while (line := client.receive()) is not None:
        if line == CANCEL:
            continue  # it came after the answer
        packages = installed(decode(line)["packages"])
        if packages and packages not in shelf:
            log.clear()
            while len(shelf) >= _MOST_ON_SHELF:
                oldest = shelf.pop(next(iter(shelf)))
                if oldest is not None:
                    oldest.stop()
            shelf[packages] = _prepared(packages, client, log, bounds, _seconds(line))
            hosts.apart = frozenset(each.number for each in shelf.values() if each is not None)
        ready = shelf.get(packages)
        if ready is None:
            client.send(hosts.ask(line, client))
            continue
        client.send(ready.ask(line, client, _seconds(line) + 3 * limits.GRACE, bounds) or ready.epitaph())
        if ready.has_ended:
            del shelf[packages]
            ready.stop()
            limits.end_orphans({each.number for each in shelf.values() if each is not None})
    for each in filter(None, shelf.values()):
        each.stop()
    hosts.stop()


_MOST_ON_SHELF = 3
"""Processes with imported packages that are kept: each holds what its packages hold."""

_READY = encode({"ready": True})


def _prepared(
    packages: tuple[str, ...], client: Channel, log: CrashLog, bounds: Limits, seconds: float
) -> Process | None:
    """A server that has imported ``packages``; None where they cannot be imported for others to share."""

    def serve(channel: Channel) -> None:
        line = channel.receive()
        if line is None or not import_ahead(packages):
            return
        keep_from_forks(channel)
        limits.adopt_orphans()
        gc.collect()
        gc.freeze()
        channel.send(_READY)
        hosts = _Hosts(log, bounds)
        while (line := channel.receive()) is not None:
            if line != CANCEL:
                channel.send(hosts.ask(line, channel))
        hosts.stop()

    process = start(client, serve)
    if process.ask(_READY, client, seconds, bounds) == _READY:
        process.is_server = True
        return process
    process.stop()
    return None


@dataclass(slots=True)
class _Hosts:
    """The host of the source that was asked about last: consecutive requests about one source go to one host."""

    log: CrashLog
    bounds: Limits
    host: Process | None = None
    source: object = None
    apart: frozenset[int] = frozenset()
    """Processes of the same parent that are no hosts."""

    def ask(self, line: bytes, upstream: Channel) -> bytes:
        """The answer to a request."""
        self.log.clear()
        request = decode(line)
        source = request["source"], request["overlay"]
        patience = _seconds(line) + 2 * limits.GRACE
        known = self.host is not None and source == self.source
        reply = self.host.ask(line, upstream, patience, self.bounds) if self.host is not None and known else None
        if self.host is None or reply is None or reply == _STALE:
            self.stop()
            self.log.clear()
            self.host, self.source = start(upstream, lambda channel: _host(channel, self.log, self.bounds)), source
            reply = self.host.ask(line, upstream, patience, self.bounds) or self.host.epitaph()
        if self.host.has_ended:
            self.stop()  # what it started may be there still
        return reply

    def stop(self) -> None:
        """End the host, and what it has left running."""
        if self.host is not None:
            self.host.stop()
            self.host = None
        limits.end_orphans(self.apart)


_STALE = encode({"stale": True})
"""A host's answer when a file that it imported has changed since."""


def _host(server: Channel, log: CrashLog, bounds: Limits) -> None:
    """Import the source of the first request, and fork for it and for each that follows."""
    from convlint.trace.answer import import_once

    line = server.receive()
    if line is None:
        return
    keep_from_forks(server)
    started = time.monotonic()
    seconds = _seconds(line)
    _confine(log, bounds, seconds)
    request, _ = request_from_json(decode(line))
    log.stage("importing")
    imported = import_once(request.model, seconds, log)
    log.stop_watching()
    left = max(seconds - (time.monotonic() - started), _LEAST_SECONDS)
    while line is not None:
        if threading.active_count() > 1:
            # The threads that user code started would be missing in a fork, with the locks that they hold.
            log.watch(left)
            server.send(_answered(line, imported, log, left))
            return
        child = start(server, lambda channel: _child(channel, imported, log))
        server.send(child.ask(line, server, left + limits.GRACE, bounds) or child.epitaph())
        child.stop()
        line = server.receive()
        if line is not None and imported.is_stale:
            server.send(_STALE)
            return
        left = _seconds(line) if line is not None else 0.0


def _child(host: Channel, imported: Imported, log: CrashLog) -> None:
    line = host.receive()
    if line is not None:
        keep_from_forks(host)
        seconds = _seconds(line)
        imported.watch.tell()  # the log was cleared, and may be all that is left of this process
        log.watch(seconds)
        host.send(_answered(line, imported, log, seconds))


def _answered(line: bytes, imported: Imported | None, log: CrashLog, seconds: float) -> bytes:
    """The answer to a request, as a line; the fault is ours where it could not be made."""
    from convlint.trace.answer import answer, import_once

    try:
        request, _ = request_from_json(decode(line))
        if imported is None:
            log.stage("importing")
            imported = import_once(request.model, seconds, log)
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
