"""What one request may cost, and how a process is held to it (standard library only, no torch).

A process that serves a request keeps a *crash log*: a file in which it notes its stage and, when it ends without an
answer, the stack it ended with.  The client reads it, so that even a hang or ``os._exit`` has a line.
"""

from __future__ import annotations

import faulthandler
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

LOST_ANSWER = 70
"""Exit status of a child whose descriptors were closed by user code, so that it cannot answer (EX_SOFTWARE)."""

OUT_OF_MEMORY = 71
"""Exit status of a child that the memory watchdog ended."""

MEGABYTE = 1 << 20
GRACE = 2.0
"""Seconds after its limit in which a process ends by itself, having noted where it hung, before it is killed."""

_STAGE = re.compile(r"^stage: (.*)$", re.MULTILINE)
_HEARD = re.compile(r"^heard: (.*)$", re.MULTILINE)
_STACK = re.compile(r"\(most recent call first\):$", re.MULTILINE)
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in ', re.MULTILINE)
_WATCH_INTERVAL = 0.05


@dataclass(frozen=True, slots=True)
class Limits:
    """``seconds`` of wall time and ``memory`` megabytes on top of the warm worker's own; ``answer`` in megabytes."""

    seconds: float = 60.0
    memory: int = 4096
    answer: int = 256


@dataclass(frozen=True, slots=True)
class CrashReport:
    """What a crash log says: the last stage, whether the time was up, and the frames, innermost first.

    ``heard`` are the lines of a `convlint.trace.footprint.Watch`.
    """

    stage: str
    timed_out: bool
    frames: tuple[tuple[str, int], ...]
    heard: tuple[str, ...] = ()


def read_crash_log(text: str) -> CrashReport:
    """Read the notes and faulthandler's last dump; where it shows several threads, the main one comes last."""
    stages = _STAGE.findall(text)
    stack = _STACK.split(text)[-1]
    frames = tuple((path, int(line)) for path, line in _FRAME.findall(stack))
    return CrashReport(stages[-1] if stages else "", "Timeout (" in text, frames, tuple(_HEARD.findall(text)))


class CrashLog:
    """The writing side: where this process is, and where it was when it ended."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._file = _file_at(descriptor)
        self._is_noting = False

    def clear(self) -> None:
        """Forget the last request; for the server, before it starts the next."""
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)

    def stage(self, text: str) -> None:
        """Note what is being done now (``importing``)."""
        self._write(f"stage: {text}\n".encode(errors="replace"))

    def heard(self, lines: str) -> None:
        """Note what user code looks for."""
        self._write("".join(f"heard: {line}\n" for line in lines.split("\n")).encode("ascii"))

    def watch(self, seconds: float) -> None:
        """Note the stack when the process crashes, ends itself, or is still there after ``seconds``, and end it."""
        faulthandler.enable(self._descriptor, all_threads=False)
        later = 0.0
        if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
            # Between two bytecodes the stack holds still; faulthandler's own thread can stumble over one that moves.
            signal.signal(signal.SIGALRM, self._expired)
            signal.setitimer(signal.ITIMER_REAL, seconds)
            later = GRACE / 4
        faulthandler.dump_traceback_later(seconds + later, exit=True, file=self._descriptor)
        if self._is_noting:
            return
        self._is_noting = True
        for module, name in ((os, "_exit"), (os, "abort"), (os, "kill"), (os, "killpg"), (signal, "raise_signal")):
            if hasattr(module, name):
                setattr(module, name, self._noting(getattr(module, name)))

    def stop_watching(self) -> None:
        """The request is done; nothing that follows is user code's fault."""
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()

    def note_stack(self) -> None:
        """Write the stack of the calling thread."""
        try:
            faulthandler.dump_traceback(self._descriptor, all_threads=False)
        except OSError:
            pass  # user code closed it

    def _expired(self, *_: object) -> None:
        """Note that the time is up, and where, and end the process (which notes where once more)."""
        self._write(b"Timeout (by the interpreter)\n")
        os._exit(1)

    def _noting(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function`` that first notes who called it, since it may not return."""

        def noting(*arguments: Any) -> Any:
            self.note_stack()
            return function(*arguments)

        return noting

    def _write(self, data: bytes) -> None:
        try:
            if _file_at(self._descriptor) == self._file:
                os.write(self._descriptor, data)
        except OSError:
            pass  # user code closed it, and may have opened another file under its number


def _file_at(descriptor: int) -> tuple[int, int]:
    """Which file a descriptor stands for; raises OSError."""
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino


def limit_memory(megabytes: int) -> None:
    """Let this process grow by ``megabytes`` from its present size; beyond it, allocations raise MemoryError.

    Linux bounds the address space.  Where the system does not enforce that, a thread watches the resident size and
    ends the process with `OUT_OF_MEMORY`.
    """
    if sys.platform == "linux":
        import resource

        with open("/proc/self/statm", encoding="ascii") as statm:
            present = int(statm.read().split()[0]) * resource.getpagesize()
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        if soft == hard != resource.RLIM_INFINITY:
            return  # inherited, or the user's own
        limit = present + megabytes * MEGABYTE
        if hard != resource.RLIM_INFINITY:
            limit = min(limit, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    else:
        threading.Thread(target=_watch_memory, args=(megabytes,), daemon=True).start()


def _watch_memory(megabytes: int) -> None:
    sizes = _resident_sizes()
    limit = next(sizes) + megabytes * MEGABYTE
    pause = threading.Event()
    for size in sizes:
        if size > limit:
            os._exit(OUT_OF_MEMORY)
        pause.wait(_WATCH_INTERVAL)


def _resident_sizes() -> Iterator[int]:
    """The most bytes this process ever held, again and again; nothing where the system does not say."""
    try:
        import resource
    except ImportError:
        return
    unit = 1 if sys.platform == "darwin" else 1024
    while True:
        yield resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def forbid_core_dumps() -> None:
    """A crash leaves no core file in the user's tree."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        pass


def die_with_parent(parent: int) -> None:
    """End this process when process ``parent`` does, even if that was killed (Linux)."""
    if _prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL) and os.getppid() != parent:
        end(1)


def adopt_orphans() -> None:
    """Become the parent of whatever outlives the process that it was forked from, in any group and session (Linux)."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def end_orphans(known: Collection[int] = ()) -> None:
    """Kill the children of this process that are not ``known``, and those which they leave to it."""
    for _ in range(_MOST_GENERATIONS):
        orphans = [number for number in _children() if number not in known]
        if not orphans:
            return
        for number in orphans:
            with suppress(OSError):
                os.kill(number, signal.SIGKILL)
                os.waitpid(number, 0)


def _children() -> Iterator[int]:
    """The processes whose parent is this one (Linux)."""
    if sys.platform != "linux":
        return
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return  # the usual case, in which nobody has to be looked for
    parent = str(os.getpid())
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with suppress(OSError), open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
                # The name of the program, in brackets, may hold anything.
                if stat.read().rpartition(")")[2].split()[1] == parent:
                    yield int(name)


_SET_PARENT_DEATH_SIGNAL = 1
_SET_CHILD_SUBREAPER = 36
_MOST_GENERATIONS = 16


def _prctl(option: int, value: int) -> bool:
    """Set an attribute of this process (Linux); False where that is not possible."""
    if sys.platform != "linux":
        return False
    import ctypes

    try:
        return bool(ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False


# As they were before user code or a crash log replaced them.
_exit = os._exit
_killpg = getattr(os, "killpg", None)


def end(status: int) -> NoReturn:
    """Leave at once: no ``atexit`` of user code, no waiting for its threads."""
    _exit(status)


def kill_group(leader: int) -> None:
    """Kill a process and what it started, as far as that stayed in its group."""
    if _killpg is not None:
        with suppress(ProcessLookupError, PermissionError):
            _killpg(leader, signal.SIGKILL)
