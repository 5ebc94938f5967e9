"""Starts workers, asks them, and turns whatever happens to them into data.  Imports neither torch nor click.

A worker runs under the interpreter of the user's project and loads convlint's package by path, so that torch is all
that has to be installed there.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import IO

from convlint.diagnostics import Span
from convlint.graph.codec import graph_from_json, graph_to_json
from convlint.graph.model import ModelGraph
from convlint.source.unsaved import held_contents
from convlint.trace.blame import blamed_frame
from convlint.trace.footprint import footprint_of, heard_in
from convlint.trace.limits import (
    GRACE,
    LOST_ANSWER,
    MEGABYTE,
    OUT_OF_MEMORY,
    CrashReport,
    Limits,
    kill_group,
    read_crash_log,
)
from convlint.trace.overlay import overlay
from convlint.trace.positions import line_span
from convlint.trace.protocol import (
    AS_SCRIPT,
    CANCEL,
    NO_EXIT,
    Ended,
    Footprint,
    Json,
    ModelRef,
    Part,
    PartsRequest,
    ProtocolError,
    ReplayOutcome,
    ReplayRequest,
    Request,
    TraceFailure,
    TraceRequest,
    WorkerInfo,
    decode,
    encode,
    failure_from_json,
    failure_to_json,
    footprint_from_json,
    outcome_from_json,
    part_from_json,
    request_to_json,
)

STARTUP_SECONDS = 120.0
"""How long an interpreter may take to import torch (cold file caches, network drives)."""

CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"
"""Whether a process with torch in it may fork and go on: macOS' own libraries do not allow it."""

_BOOTSTRAP = """
import sys
if sys.version_info < (3, 11):
    sys.exit("convlint needs Python 3.11 or later, and this is %d.%d" % sys.version_info[:2])
sys.path = [entry for entry in sys.path if entry]
import types
package = types.ModuleType("convlint")
package.__path__ = [sys.argv[1]]
sys.modules["convlint"] = package
from convlint.trace.worker import main
main(*sys.argv[2:])
"""
# The package is entered without its __init__, since what that imports need not be installed under this interpreter,
# and without its directory on sys.path, where other packages of convlint's environment would come along.

_ENVIRONMENT = {
    "PYTORCH_JIT": "0",  # scripted functions stay plain Python, which can be traced
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "",  # a linter needs no GPU, and CUDA survives no fork
    "HF_HUB_OFFLINE": "1",  # nor does it download weights
    "TRANSFORMERS_OFFLINE": "1",
    "WANDB_MODE": "disabled",
    "MPLBACKEND": "Agg",
    "PYTHONUNBUFFERED": "",
}

_MOST_NOTED = 64 * MEGABYTE
"""How much of a crash log is read."""

_AFTER_BUILDING = frozenset({"running", "tracing"})

_CRASHES = frozenset({"SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL"})
"""Signals by which the code below Python ends a process."""


class WorkerUnusableError(Exception):
    """No worker can run under this interpreter; `help` says what to do."""

    def __init__(self, message: str, *help_: str) -> None:
        super().__init__(message)
        self.help = help_


class RequestCancelledError(Exception):
    """The request was given up with `Client.cancel`."""


@dataclass(frozen=True, slots=True)
class Traced:
    """The answer to a trace: what came of it, the user's files that it depends on, and the seconds that it took.

    ``footprint`` is all that it depends on in the file system; None where another try might give something else.
    ``import_failure`` is why only a part of the model's file was executed; None where all of it was.  ``absent`` are
    the modules that its imports did not find, of which only a model that needs one knows.  ``wrong`` is what of the
    request is at fault for a failure: ``arg:depth``, ``input:0``, ``where:1``.
    """

    result: ModelGraph | TraceFailure
    sources: tuple[str, ...]
    seconds: float
    footprint: Footprint | None = None
    import_failure: TraceFailure | None = None
    absent: tuple[str, ...] = ()
    wrong: str = ""


def traced_to_json(traced: Traced) -> Json:
    """What `traced_from_json` makes the same of, without the footprint."""
    found: Json = {
        "sources": traced.sources,
        "elapsed": traced.seconds,
        "absent": traced.absent,
        "wrong": traced.wrong,
    }
    if isinstance(traced.result, TraceFailure):
        found["failure"] = failure_to_json(traced.result)
    else:
        found["graph"] = graph_to_json(traced.result)
    if traced.import_failure is not None:
        found["import_failure"] = failure_to_json(traced.import_failure)
    return found


def traced_from_json(data: Json) -> Traced:
    """The answer of a worker; raises KeyError, TypeError, ValueError."""
    return Traced(
        failure_from_json(data["failure"]) if "failure" in data else graph_from_json(data["graph"]),
        tuple(str(path) for path in data["sources"]),
        float(data["elapsed"]),
        footprint_from_json(data["footprint"]) if "footprint" in data else None,
        failure_from_json(data["import_failure"]) if "import_failure" in data else None,
        tuple(str(name) for name in data.get("absent", ())),
        str(data.get("wrong", "")),
    )


class Client:
    """Asks a worker, and starts another when it is used up.  Threads may share a client; they take turns.

    Raises WorkerUnusableError at the first request (or at `info`) where ``python`` cannot run a worker, and
    RequestCancelledError at every request from `cancel` to `renew`.
    """

    def __init__(self, python: str | None = None, limits: Limits | None = None, *, forking: bool = CAN_FORK) -> None:
        self._python = python or sys.executable
        self._limits = limits or Limits()
        self._forking = forking
        self._lock = threading.RLock()
        self._sending = threading.Lock()
        self._is_cancelled = False
        self._worker: _Worker | None = None
        self._spare: _Worker | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the workers; a later request starts new ones."""
        with self._lock:
            for worker in (self._worker, self._spare):
                if worker is not None:
                    worker.dismiss()
            self._worker = self._spare = None

    def cancel(self) -> None:
        """Give up the request under way, from another thread than the one that waits for it, and all that follow."""
        with self._sending:
            self._is_cancelled = True
            worker = self._worker
            if worker is not None:
                worker.cancel()

    def renew(self) -> None:
        """Take requests again after `cancel`."""
        with self._sending:
            self._is_cancelled = False

    def start(self) -> None:
        """Start a worker without waiting for it, so that it imports torch meanwhile."""
        with self._lock:
            if self._worker is None:
                self._worker = self._spare or self._new_worker()
                self._spare = None

    def info(self) -> WorkerInfo:
        """The interpreter that the worker runs under."""
        with self._lock:
            self.start()
            assert self._worker is not None
            try:
                return self._worker.info()
            except WorkerUnusableError:
                self.close()
                raise

    def trace(self, request: TraceRequest) -> ModelGraph | TraceFailure:
        """Trace a model."""
        return self.traced(request).result

    def traced(self, request: TraceRequest) -> Traced:
        """Trace a model, and say what the answer depends on."""
        answer = self._ask(request)
        if isinstance(answer, _Lost):
            return Traced(answer.failure, (), 0.0, answer.footprint)
        try:
            return traced_from_json(answer)
        except (KeyError, TypeError, ValueError) as error:
            return Traced(_unreadable(request.model, error), (), 0.0)

    def replay(self, request: ReplayRequest) -> tuple[ReplayOutcome, ...] | TraceFailure:
        """Run a model in plain PyTorch on meta tensors, once for each entry of ``request.runs``."""
        answer = self._ask(request)
        if isinstance(answer, _Lost):
            return answer.failure
        try:
            if "failure" in answer:
                return failure_from_json(answer["failure"])
            return tuple(outcome_from_json(outcome) for outcome in answer["outcomes"])
        except (KeyError, TypeError, ValueError) as error:
            return _unreadable(request.model, error)

    def parts(self, model: ModelRef) -> tuple[Part, ...] | TraceFailure:
        """The submodules of a model that are of the user's own classes, each before those inside of it."""
        answer = self._ask(PartsRequest(model))
        if isinstance(answer, _Lost):
            return answer.failure
        try:
            if "failure" in answer:
                return failure_from_json(answer["failure"])
            return tuple(part_from_json(part) for part in answer["parts"])
        except (KeyError, TypeError, ValueError) as error:
            return _unreadable(model, error)

    def _send(self, worker: _Worker, line: bytes) -> None:
        with self._sending:
            if self._is_cancelled:
                raise RequestCancelledError
            worker.send(line)

    def _new_worker(self) -> _Worker:
        return _Worker(self._python, self._limits, forking=self._forking)

    def _ask(self, request: Request) -> Json | _Lost:
        """The worker's answer to a request, or what its end means."""
        with self._lock:
            info = self.info()
            worker = self._worker
            assert worker is not None
            if not self._forking and self._spare is None:
                self._spare = self._new_worker()
            line = encode(request_to_json(_with_unsaved(request), self._limits.seconds))
            try:
                self._send(worker, line)
                answer = worker.answer(self._limits.seconds)
            except RequestCancelledError:
                raise
            except BaseException:
                self.close()
                raise
            log = worker.crash_log()
            has_server_ended = self._forking and isinstance(answer, Ended)  # which runs no code of the user's
            if isinstance(answer, Ended) or not self._forking:
                worker.stop()
                self._worker = None
            elif "ended" in answer:
                answer = Ended(answer["ended"], answer.get("status"))
            if self._is_cancelled:
                raise RequestCancelledError
            if isinstance(answer, Ended):
                crash = read_crash_log(log)
                failure = _failure_of_end(answer, crash, request.model, info, self._limits)
                by_chance = has_server_ended or _may_be_by_chance(answer)
                failure = replace(failure, was_built=crash.stage in _AFTER_BUILDING, by_chance=by_chance)
                return _Lost(failure, None if by_chance else _footprint_of_end(crash, request.model))
            return answer


def _with_unsaved(request: Request) -> Request:
    """The request, to be answered with what an editor holds of the files that it does not speak of."""
    held = held_contents()
    if not held:
        return request
    files = dict(overlay(held)) | dict(request.model.overlay)
    return replace(request, model=replace(request.model, overlay=tuple(sorted(files.items()))))


@dataclass(frozen=True, slots=True)
class _Lost:
    """A request whose process ended: what that means, and the footprint; None where another try might end otherwise."""

    failure: TraceFailure
    footprint: Footprint | None


class _Worker:
    """One process and the thread that reads its answers (a pipe cannot be awaited with a timeout everywhere)."""

    def __init__(self, python: str, limits: Limits, *, forking: bool) -> None:
        package = str(Path(__file__).resolve().parent.parent)
        arguments = [python, "-c", _BOOTSTRAP, package, "fork" if forking else "single"]
        self._python = python
        self._forking = forking
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._info: WorkerInfo | None = None
        try:
            self._process = subprocess.Popen(
                [*arguments, str(limits.memory), str(limits.answer)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env={**os.environ, **_ENVIRONMENT},
                start_new_session=True,
            )
        except OSError as error:
            self._log.close()
            raise WorkerUnusableError(
                f"cannot start {python}: {error.strerror or error}", "choose an interpreter with `--python`"
            ) from error
        most = limits.answer * MEGABYTE
        assert self._process.stdout is not None
        threading.Thread(target=_read_lines, args=(self._process.stdout, self._answers, most), daemon=True).start()

    def info(self) -> WorkerInfo:
        """Wait until the worker is ready; raises WorkerUnusableError."""
        if self._info is None:
            self._info = self._greeted()
        return self._info

    def _greeted(self) -> WorkerInfo:
        line = self._next_line(STARTUP_SECONDS)
        choose = "choose an interpreter with `--python`"
        if line is None:
            raise WorkerUnusableError(f"{self._python} took too long to import torch", choose)
        if not line:
            self._process.wait()
            said = self.crash_log().strip().splitlines()
            reason = f": {said[-1]}" if said else f" (exit status {self._process.returncode})"
            raise WorkerUnusableError(f"{self._python} cannot run convlint's worker{reason}", choose)
        try:
            hello = decode(line)
            if "unusable" in hello:
                raise WorkerUnusableError(hello["unusable"], *hello["help"])
            return WorkerInfo(
                hello["python"], hello["python_version"], hello["torch_version"], tuple(hello["libraries"])
            )
        except (ProtocolError, KeyError, TypeError) as error:
            raise WorkerUnusableError(f"{self._python} does not answer as a Python interpreter does", choose) from error

    def send(self, line: bytes) -> None:
        """Send a request; a worker that is gone says so in its `answer`."""
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):  # its process may be gone, and the pipe closed
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def cancel(self) -> None:
        """Have the request under way ended, if there is one; where nothing can be forked, with this process."""
        if self._forking:
            self.send(CANCEL)
        else:
            kill_group(self._process.pid)

    def answer(self, seconds: float) -> Json | Ended:
        """Wait for the answer to what was sent, or for the end of the process."""
        # A forking worker keeps the time of its children itself; this is the limit for the worker.
        answer = self._next_line(seconds + 3 * GRACE)
        if answer is None:
            return Ended("timeout")
        if not answer:
            return Ended("exit", self._exit_status())
        try:
            return decode(answer)
        except ProtocolError:
            return Ended("output")

    def crash_log(self) -> str:
        """What the last request noted about itself."""
        self._log.seek(0)
        return self._log.read(_MOST_NOTED).decode(errors="replace")

    def dismiss(self) -> None:
        """Let the process end by itself, if it is ready to, with all that user code has left running; else kill it."""
        assert self._process.stdin is not None
        if self._info is not None:
            with suppress(OSError, subprocess.TimeoutExpired):
                self._process.stdin.close()
                self._process.wait(GRACE)
        self.stop()

    def stop(self) -> None:
        """Kill the process and what it started."""
        kill_group(self._process.pid)
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except OSError:
                pass  # a request that was never read
        self._log.close()

    def _next_line(self, seconds: float) -> bytes | None:
        """The next line, b"" at the end of the process, None when the time is up."""
        try:
            return self._answers.get(timeout=seconds)
        except queue.Empty:
            return None

    def _exit_status(self) -> int | None:
        try:
            return self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            return None


def _read_lines(stream: IO[bytes], lines: queue.SimpleQueue[bytes], most: int) -> None:
    """Pass on lines of up to ``most`` bytes, then b"" for the end."""
    with stream:
        while True:
            line = stream.readline(most)
            if not line.endswith(b"\n"):
                break
            lines.put(line)
    lines.put(b"")


def _may_be_by_chance(ended: Ended) -> bool:
    """Whether something else than the user's code may have ended a process: a signal from elsewhere, want of processes.

    A system that has no memory to fork one looks as code does that closed the way of the answer.
    """
    if ended.reason != "exit":
        return False
    if ended.status is None or ended.status == LOST_ANSWER:
        return True
    return ended.status < 0 and _signal_name(-ended.status) not in _CRASHES


def _footprint_of_end(crash: CrashReport, model: ModelRef) -> Footprint:
    """What a process that ended had looked for, and its source."""
    return footprint_of(heard_in(crash.heard), (os.path.abspath(model.source),) if model.is_file else ())


def _failure_of_end(
    ended: Ended, crash: CrashReport, model: ModelRef, info: WorkerInfo, limits: Limits
) -> TraceFailure:
    """What the end of a process means to the user, at the line where it was."""
    place = blamed_frame(crash.frames, _roots_of(model), info.libraries)
    span = line_span(*place) if place is not None else model_span(model)
    doing = _doing(crash.stage, model)
    smaller = "build a smaller model with `--arg name=value`"
    if ended.reason == "timeout" or crash.timed_out:
        message = f"{doing} took longer than {limits.seconds:g} s"
        return TraceFailure("timed-out", message, span, (f"raise the limit with `--timeout SECONDS`, or {smaller}",))
    if ended.reason == "output":
        return TraceFailure("timed-out", f"{doing} gave an answer that is too large or not readable", span, (smaller,))
    if ended.status == LOST_ANSWER:
        message = f"the program closed convlint's own files while {doing}"
        return TraceFailure("timed-out", message, span, ("do not close descriptors that the file did not open",))
    if ended.status == OUT_OF_MEMORY:
        message = f"{doing} took more than {limits.memory} MB of memory"
        return TraceFailure("timed-out", message, span, (f"raise the limit with `--memory MEGABYTES`, or {smaller}",))
    alone = AS_SCRIPT if crash.stage == "importing" else NO_EXIT
    if ended.status is not None and ended.status < 0:
        killed = _signal_name(-ended.status)
        message = f"the process was killed while {doing}: {killed}"
        if killed == "SIGKILL" and place is None:
            message += ", as a system out of memory does"
        if killed in _CRASHES:
            alone = "a library crashes there, below Python: `python -X faulthandler` shows where"
        return TraceFailure("timed-out", message, span, (alone,))
    status = "" if ended.status is None else f" with status {ended.status}"
    return TraceFailure("timed-out", f"the process exits{status} while {doing}", span, (alone,))


def _doing(stage: str, model: ModelRef) -> str:
    """What was being done with the model, in words."""
    match stage:
        case "building":
            return f"building `{model.qualname.rpartition('.')[2]}`"
        case "running" | "tracing":
            return f"{stage} `forward`"
        case _:
            return f"importing {os.path.basename(model.source)}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _roots_of(model: ModelRef) -> tuple[str, ...]:
    """Where the user's code is likely to be, for a process that did not live to say."""
    here = os.getcwd()
    return (os.path.dirname(os.path.abspath(model.source)), here) if model.is_file else (here,)


def model_span(model: ModelRef) -> Span | None:
    """The first line of the model's file, where nothing better is known."""
    return line_span(os.path.abspath(model.source), 1) if model.is_file else None


def _unreadable(model: ModelRef, error: Exception) -> TraceFailure:
    return TraceFailure("trace-failed", f"the worker's answer cannot be read: {error!r}", model_span(model))
