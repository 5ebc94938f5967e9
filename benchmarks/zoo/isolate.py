"""Tasks in forked children, so that a crash, a hang or a huge allocation costs one model."""

import contextlib
import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Any

Record = dict[str, Any]
"""What is kept of one model: a JSON object."""

Task = Callable[[], Record]

_POLL_SECONDS = 1.0
_CONTEXT = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may use: ``seconds`` of wall clock and ``memory`` bytes of address space."""

    seconds: float
    memory: int = 12 << 30


@dataclass(frozen=True, slots=True)
class _Running:
    key: str
    process: ForkProcess
    results: Connection
    deadline: float


def run_isolated(tasks: Iterable[tuple[str, Task]], limits: Limits, jobs: int) -> Iterator[tuple[str, Record]]:
    """Yield each task's key and record as it ends, ``jobs`` at a time.

    A task that raises, dies or exceeds ``limits`` yields ``{"crash": reason}``.
    """
    waiting = iter(tasks)
    running: list[_Running] = []
    exhausted = False
    try:
        while running or not exhausted:
            while not exhausted and len(running) < jobs:
                upcoming = next(waiting, None)
                if upcoming is None:
                    exhausted = True
                else:
                    running.append(_start(*upcoming, limits))
            wait([child.results for child in running], timeout=_POLL_SECONDS)
            for child in tuple(running):
                record = _collect(child, limits)
                if record is not None:
                    running.remove(child)
                    yield child.key, record
    finally:
        for child in running:
            child.process.kill()


def describe(error: BaseException) -> str:
    """Type and first line of ``error``."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__


def _start(key: str, task: Task, limits: Limits) -> _Running:
    receiver, sender = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_child, args=(task, sender, limits), daemon=True)
    process.start()
    sender.close()
    return _Running(key, process, receiver, time.monotonic() + limits.seconds)


def _child(task: Task, results: Connection, limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    with open(os.devnull, "w") as sink, contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
        try:
            record = task()
        except BaseException as error:  # noqa: BLE001  a model may even call sys.exit
            record = {"crash": describe(error)}
    results.send(record)
    results.close()


def _collect(child: _Running, limits: Limits) -> Record | None:
    """The record of a child that has ended or must end, None while it may go on."""
    record: Record | None = None
    if child.results.poll():
        try:
            record = child.results.recv()
        except EOFError:
            child.process.join()
            record = {"crash": f"exit code {child.process.exitcode}"}
    elif time.monotonic() > child.deadline:
        child.process.kill()
        record = {"crash": f"no answer within {limits.seconds:g} s"}
    if record is not None:
        child.process.join()
        child.results.close()
    return record
