"""The process that runs user code: requests in, one answer each out (worker side).

`main` imports torch once and then serves.  Where the system can fork, every request is served by a child of its own,
so that nothing that user code does (crash, exit, hang, patch torch, change directory) outlives its request; elsewhere
the process serves one request, and the client starts another.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from convlint.trace import limits
from convlint.trace.limits import CrashLog, Limits
from convlint.trace.protocol import (
    ConcreteInput,
    Json,
    ReplayOutcome,
    ReplayRequest,
    TraceFailure,
    TraceRequest,
    WorkerInfo,
    decode,
    encode,
    failure_to_json,
    outcome_to_json,
    request_from_json,
)

if TYPE_CHECKING:
    from convlint.trace.load import Loaded

OLDEST_TORCH = (2, 4)
"""The first version whose symbolic sizes this tracer can speak."""

_CHUNK = 1 << 16
_POLL = 0.2
"""Seconds between looks at a child that closed its pipe but did not end."""

_SEARCH_SHARE = 0.3
"""The part of a request's time that may go into finding inputs and nominal sizes."""


def main(mode: str, memory: str, answer: str) -> NoReturn:
    """Serve until the client goes away.  ``mode`` is ``fork`` or ``single``; ``memory``, ``answer`` are megabytes."""
    requests, answers, log = _take_over_descriptors()
    bounds = Limits(memory=int(memory), answer=int(answer))
    hello = _warm_up()
    _write_all(answers, encode(hello))
    if "unusable" in hello:
        limits.end(0)
    sys.dont_write_bytecode = True
    gc.collect()
    gc.freeze()
    pending = b""
    while True:
        line, pending = _read_line(requests, pending)
        if line is None:
            limits.end(0)
        if mode == "fork":
            log.clear()
            _write_all(answers, _serve_in_child(line, requests, answers, log, bounds))
        else:
            _serve(line, answers, log, bounds)


def _take_over_descriptors() -> tuple[int, int, CrashLog]:
    """Move the private ends away from where user code prints and reads, and leave the null device there."""
    requests, answers, log = os.dup(0), os.dup(1), os.dup(2)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.close(null)
    return requests, answers, CrashLog(log)


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
        from convlint.trace import load

        _trace_a_small_model()
    except Exception as error:
        return {
            "unusable": f"convlint does not know torch {version} of {sys.executable}: {type(error).__name__}: {error}",
            "help": ["upgrade convlint, or choose another interpreter with `--python`"],
        }
    info = WorkerInfo(sys.executable, sys.version.split()[0], version, load.LIBRARIES)
    return {
        "python": info.python,
        "python_version": info.python_version,
        "torch_version": info.torch_version,
        "libraries": list(info.libraries),
    }


def _trace_a_small_model() -> None:
    """Show that the tracer speaks this torch, and import what its meta kernels import when they are first called.

    That takes about a second, which every child would spend again.  Raises what the tracer raises.
    """
    import torch

    from convlint.diagnostics import Span
    from convlint.graph.codec import graph_to_json
    from convlint.graph.model import InputSpec
    from convlint.symbolic.dim import symbol
    from convlint.trace import inputs
    from convlint.trace.paths import trace_model
    from convlint.trace.replay import run_on_meta

    with torch.device("meta"):
        layers = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.MaxPool2d(2)).eval()
        torch.cat([torch.empty(1), torch.empty(1)])  # its kernel is another that imports much
    specs = (InputSpec("input", (symbol("N"), 3, symbol("H"), symbol("W"))),)
    sizes = {"N": 2, "H": 32, "W": 32}
    error = run_on_meta(layers, inputs.concrete(specs, sizes)).error
    if error is not None:
        raise error
    graph = trace_model(
        layers,
        specs,
        inputs.read_domain(specs, ()),
        sizes,
        name="",
        class_name="",
        span=Span("", 1, 1, 1, 1),
        is_declared=False,
        assumed=(),
        source_roots=(),
    )
    graph_to_json(graph)
    failure = graph.paths[0].failure
    if failure is not None:
        raise RuntimeError(f"a small model cannot be traced: {failure.message}")


# One request in a child of its own.


def _serve_in_child(line: bytes, requests: int, answers: int, log: CrashLog, bounds: Limits) -> bytes:
    """The answer of a forked child, one line; what became of the child where it gave none."""
    try:
        seconds = float(decode(line)["seconds"])
    except (ValueError, KeyError, TypeError):
        return encode({"ended": "exit", "status": None})
    reading, writing = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            limits.die_with_parent(parent)
            for descriptor in (reading, requests, answers):
                os.close(descriptor)
            _serve(line, writing, log, bounds)
        finally:
            limits.end(limits.LOST_ANSWER)
    os.close(writing)
    try:
        return _await_answer(child, reading, requests, seconds, bounds.answer * limits.MEGABYTE)
    finally:
        os.close(reading)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(child, 0)


def _await_answer(child: int, reading: int, requests: int, seconds: float, most: int) -> bytes:
    """Read one line from the child, within its time and the size limit; ends this process when the client is gone."""
    deadline = time.monotonic() + seconds + limits.GRACE
    chunks: list[bytes] = []
    size = 0
    sources = [reading, requests]
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            return encode({"ended": "timeout", "status": None})
        ready, _, _ = select.select(sources, [], [], min(left, _POLL))
        if requests in ready:
            # No second request comes before the first is answered: this is the end of the client.
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            limits.end(0)
        if reading in ready:
            chunk = os.read(reading, _CHUNK)
            if not chunk:
                sources = [requests]
            chunks.append(chunk)
            size += len(chunk)
            if b"\n" in chunk:
                return b"".join(chunks).partition(b"\n")[0] + b"\n"
            if size > most:
                return encode({"ended": "output", "status": None})
            continue
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return encode({"ended": "exit", "status": os.waitstatus_to_exitcode(status)})


def _serve(line: bytes, answers: int, log: CrashLog, bounds: Limits) -> NoReturn:
    """Serve one request in this process, and end it."""
    if hasattr(os, "register_at_fork"):
        # A process that user code forks must not answer a second time.
        os.register_at_fork(after_in_child=lambda: os.close(answers))
    request, seconds = request_from_json(decode(line))
    limits.forbid_core_dumps()
    log.stage("starting")
    log.watch(seconds)
    try:
        limits.limit_memory(bounds.memory)
        message = encode(answer(request, log, seconds))
    except BaseException as error:
        failure = TraceFailure("trace-failed", f"convlint itself failed: {type(error).__name__}: {error}")
        message = encode({"failure": failure_to_json(failure), "sources": [], "elapsed": 0.0})
    log.stop_watching()
    try:
        _write_all(answers, message)
    except OSError:
        limits.end(limits.LOST_ANSWER)
    limits.end(0)


def answer(request: TraceRequest | ReplayRequest, log: CrashLog, seconds: float) -> Json:
    """The answer to one request, as a message; user code's exceptions become failures."""
    from convlint.trace.load import LoadError, construct, find

    started = time.monotonic()
    roots: tuple[str, ...] = ()
    try:
        log.stage("importing")
        target = find(request.model)
        roots = target.roots
        log.stage("building")
        loaded = construct(target, request.model)
        log.stage("running")
        if isinstance(request, ReplayRequest):
            found: Json = {"outcomes": [outcome_to_json(outcome) for outcome in _replay(request, loaded)]}
        else:
            found = {"graph": _trace(request, loaded, log, seconds)}
    except LoadError as error:
        found = {"failure": failure_to_json(error.failure)}
    return found | {"sources": _sources(request, roots), "elapsed": time.monotonic() - started}


def _trace(request: TraceRequest, loaded: Loaded, log: CrashLog, seconds: float) -> Json:
    """The graph as JSON; raises LoadError."""
    from convlint.graph.codec import graph_to_json
    from convlint.symbolic.parse import ExpressionError
    from convlint.trace import inputs
    from convlint.trace.arrange import ArrangeError
    from convlint.trace.load import LoadError, failure_of, summary
    from convlint.trace.paths import trace_model

    target = loaded.target
    how = " ".join(f'--input {name}="N 3 H W"' for name in inputs.input_names(loaded.module)) or '--input "N 3 H W"'
    try:
        share = seconds * _SEARCH_SHARE
        if request.inputs:
            declared = inputs.read_inputs(loaded.module, request.inputs)
            domain = inputs.read_domain(declared, request.where)
            chosen = inputs.choose_declared(loaded.module, declared, domain, request.nominal, share)
        else:
            chosen = inputs.infer(loaded.module, request.nominal, share)
            domain = inputs.read_domain(chosen.inputs, request.where)
            if request.where:
                chosen = replace(
                    inputs.choose_declared(loaded.module, chosen.inputs, domain, request.nominal, share),
                    assumed=chosen.assumed,
                )
    except (ExpressionError, ArrangeError) as error:
        raise LoadError(
            TraceFailure("input-unknown", str(error), target.span, (f"declare inputs with `{how}`",))
        ) from error
    except inputs.InputsUnknownError as error:
        message = str(error)
        if error.error is not None:
            message += f": {summary(error.error)}"
            span = failure_of(error.error, "input-unknown", "", target).failure.span
        else:
            span = target.span
        raise LoadError(TraceFailure("input-unknown", message, span, (f"declare them with `{how}`",))) from error
    except (SystemExit, MemoryError) as error:
        raise failure_of(error, "trace-failed", "running `forward`", target) from error
    log.stage("tracing")
    try:
        graph = trace_model(
            loaded.module,
            chosen.inputs,
            domain,
            chosen.nominal,
            name=request.name or request.model.qualname,
            class_name=type(loaded.module).__name__,
            span=target.span,
            is_declared=bool(request.where),
            assumed=(*loaded.assumed, *chosen.assumed),
            source_roots=target.roots,
        )
    except BaseException as error:
        raise failure_of(error, "trace-failed", "running `forward`", target) from error
    return graph_to_json(graph)


def _replay(request: ReplayRequest, loaded: Loaded) -> list[ReplayOutcome]:
    """What plain PyTorch does at each of the sizes asked for; raises LoadError."""
    from convlint.trace.load import failure_of

    try:
        return [_replay_once(loaded, run) for run in request.runs]
    except (SystemExit, MemoryError) as error:
        raise failure_of(error, "trace-failed", "running `forward`", loaded.target) from error


def _replay_once(loaded: Loaded, run: Sequence[ConcreteInput]) -> ReplayOutcome:
    from convlint.trace.blame import blamed_span
    from convlint.trace.load import LIBRARIES, summary
    from convlint.trace.replay import run_on_meta

    result = run_on_meta(loaded.module, run)
    if result.error is None:
        return ReplayOutcome("returned", shapes=result.shapes())
    kind = type(result.error).__name__
    text = summary(result.error).removeprefix(f"{kind}: ")
    span = blamed_span(result.error, loaded.target.roots, LIBRARIES)
    return ReplayOutcome("unsupported" if result.is_unsupported else "raised", kind, text, span)


def _sources(request: TraceRequest | ReplayRequest, roots: tuple[str, ...]) -> list[str]:
    """The user's files that this process imported: what a cached answer depends on."""
    from convlint.trace.blame import is_user_file
    from convlint.trace.load import LIBRARIES

    imported = {str(getattr(module, "__file__", None) or "") for module in list(sys.modules.values())}
    files = {path for path in imported if is_user_file(path, roots, LIBRARIES)}
    if request.model.is_file:
        files.add(os.path.abspath(request.model.source))
    return sorted(files)


# Descriptors.


def _read_line(descriptor: int, pending: bytes) -> tuple[bytes | None, bytes]:
    """The next line and what follows it; None at the end."""
    while b"\n" not in pending:
        chunk = os.read(descriptor, _CHUNK)
        if not chunk:
            return None, b""
        pending += chunk
    line, _, pending = pending.partition(b"\n")
    return line, pending


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
