"""What one request asks for, in the process that runs user code: import, build, find inputs, trace or replay."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType

import torch
from torch import nn

from convlint.diagnostics import Span
from convlint.graph.codec import graph_to_json
from convlint.graph.model import CallSite, InputSpec
from convlint.symbolic.canonical import symbol
from convlint.symbolic.domain import Domain
from convlint.trace.absent import Absent
from convlint.trace.blame import blamed_span, is_user_file
from convlint.trace.failures import LIBRARIES, LoadError, ends_the_program, summary
from convlint.trace.footprint import Watch
from convlint.trace.importing import import_source
from convlint.trace.infer import Chosen, InputsUnknownError, choose_declared, infer, input_names
from convlint.trace.inputs import DeclaredError, read_domain, read_inputs, symbols
from convlint.trace.limits import CrashLog
from convlint.trace.load import Loaded, construct, failure_of, find
from convlint.trace.on_cpu import TooLargeError, repeating_on_cpu
from convlint.trace.parts import parts_of
from convlint.trace.paths import trace_model
from convlint.trace.protocol import (
    ConcreteInput,
    Json,
    ModelRef,
    PartsRequest,
    ReplayOutcome,
    ReplayRequest,
    Request,
    TraceFailure,
    TraceRequest,
    concrete,
    failure_to_json,
    footprint_to_json,
    outcome_to_json,
    part_to_json,
)
from convlint.trace.replay import run_on_meta
from convlint.trace.stand_ins import AbsentError, behind

_EXPLORE_SHARE = 0.5
"""The share of the time limit after which no further branch is begun: what was learnt by then is reported."""

_SEARCH_SHARE = 0.3
"""The part of a request's time that may go into finding inputs and nominal sizes."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A source that was imported, or why it was not, with the user's files behind it and when they last changed.

    ``missed`` are the files that were looked for in vain, ``absent`` the modules for which something stands in.
    """

    module: ModuleType | None
    roots: tuple[str, ...]
    failure: TraceFailure | None
    files: Mapping[str, int | None]
    watch: Watch
    missed: tuple[str, ...]
    absent: tuple[Absent, ...] = ()

    def loaded(self, model: ModelRef) -> ModuleType:
        """The module, where it got as far as ``model``; raises LoadError."""
        name = model.qualname.partition(".")[0]
        if self.module is None or (self.failure is not None and not hasattr(self.module, name)):
            assert self.failure is not None
            raise LoadError(self.failure)
        return self.module

    @property
    def is_stale(self) -> bool:
        """Whether a file changed since, or one is there now that an import missed."""
        return any(_changed(path) != time_ for path, time_ in self.files.items()) or any(
            map(os.path.lexists, self.missed)
        )


def import_once(model: ModelRef, seconds: float, log: CrashLog) -> Imported:
    """Import the source of ``model`` within ``seconds``; what this and all that follows depends on goes to the log."""
    watch = Watch(LIBRARIES, log.heard)
    watch.begin()
    module: ModuleType | None
    roots: tuple[str, ...]
    failure: TraceFailure | None = None
    absent: tuple[Absent, ...] = ()
    try:
        source = import_source(model, seconds)
        module, roots, failure, absent = source.module, source.roots, source.failure, source.absent
    except LoadError as error:
        module, roots, failure = None, (), error.failure
    files = {path: _changed(path) for path in _files(model, roots)}
    return Imported(module, roots, failure, files, watch, watch.footprint().absent, absent)


def answer(request: Request, imported: Imported, log: CrashLog, seconds: float) -> Json:
    """The answer to one request, as a message; exceptions of user code become failures."""
    started = time.monotonic()
    was_built = False
    found: Json
    try:
        log.stage("building")
        loaded = construct(find(request.model, imported.loaded(request.model), imported.roots), request.model)
        was_built = True
        log.stage("running")
        match request:
            case ReplayRequest():
                found = {"outcomes": [outcome_to_json(outcome) for outcome in _replay(request, loaded)]}
            case PartsRequest():
                found = {"parts": [part_to_json(part) for part in parts_of(loaded)]}
            case TraceRequest():
                found = {"graph": _trace(request, loaded, log, seconds)}
    except LoadError as error:
        found = {"failure": failure_to_json(replace(error.failure, was_built=was_built)), "wrong": error.wrong}
    except AbsentError as error:  # the model itself holds what stands in: as its ``forward``, or as what it is made by
        found = {"failure": failure_to_json(replace(error.absent.failure(), was_built=was_built))}
    sources = sorted(_files(request.model, imported.roots))
    footprint = footprint_to_json(imported.watch.footprint())
    if imported.failure is not None and imported.module is not None:
        found["import_failure"] = failure_to_json(imported.failure)
    found["absent"] = sorted({each.title for each in imported.absent})
    return found | {"sources": sources, "footprint": footprint, "elapsed": time.monotonic() - started}


def trace_a_small_model() -> None:
    """Show that the tracer speaks this torch, and import what its meta kernels import when they are first called.

    That takes about a second, which every request would spend again.  Raises what the tracer raises.
    """
    with torch.device("meta"):
        layers = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.MaxPool2d(2)).eval()
        torch.cat([torch.empty(1), torch.empty(1)])  # its kernel is another that imports much
    specs = (InputSpec("input", (symbol("N"), 3, symbol("H"), symbol("W"))),)
    sizes = {"N": 2, "H": 32, "W": 32}
    error = run_on_meta(layers, concrete(specs, sizes)).error
    if error is not None:
        raise error
    graph = trace_model(
        layers,
        specs,
        Domain.of(symbols(specs)),
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


def _trace(request: TraceRequest, loaded: Loaded, log: CrashLog, seconds: float) -> Json:
    """The graph as JSON; raises LoadError."""
    target = loaded.target
    try:
        chosen, domain = _choose(request, loaded.module, seconds * _SEARCH_SHARE)
        if chosen.is_unsupported and not loaded.real_values:
            # Values are needed in ``forward`` too: build it with them.
            loaded = construct(target, request.model, real_values=True)
            chosen, domain = _choose(request, loaded.module, seconds * _SEARCH_SHARE)
    except DeclaredError as error:
        unknown = _unknown_input(loaded, str(error), target.span)
        raise LoadError(replace(unknown.failure, help=error.help or unknown.failure.help), error.wrong) from error
    except InputsUnknownError as error:
        if error.error is None:
            raise _unknown_input(loaded, str(error), target.span) from error
        needed = behind(error.error)
        if isinstance(needed, AbsentError):
            raise LoadError(needed.absent.failure()) from error
        span = blamed_span(error.error, target.roots, LIBRARIES) or target.span
        raise _unknown_input(loaded, f"{error}: {summary(error.error)}", span) from error
    except BaseException as error:
        if not ends_the_program(error):
            raise
        raise failure_of(error, "trace-failed", "running `forward`", target) from error
    met = behind(chosen.error) if chosen.error is not None else None
    if isinstance(met, AbsentError):
        raise LoadError(met.absent.failure())
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
            max_seconds=seconds * _EXPLORE_SHARE,
        )
    except BaseException as error:
        raise failure_of(error, "trace-failed", "running `forward`", target) from error
    usual = chosen.nominal if chosen.error is None else request.nominal
    return graph_to_json(replace(graph, is_part=request.is_part, usual=usual, guessed=loaded.guessed))


def _choose(request: TraceRequest, module: nn.Module, seconds: float) -> tuple[Chosen, Domain]:
    """Inputs to trace with, declared or inferred, and the sizes they may have."""
    if request.inputs:
        declared = read_inputs(module, request.inputs)
        domain = read_domain(declared, request.where)
        return choose_declared(module, declared, domain, request.nominal, seconds), domain
    chosen = infer(module, request.nominal, seconds)
    domain = read_domain(chosen.inputs, request.where)
    if request.where:
        numbers = choose_declared(module, chosen.inputs, domain, request.nominal, seconds)
        chosen = replace(numbers, assumed=chosen.assumed)
    return chosen, domain


def _unknown_input(loaded: Loaded, message: str, span: Span) -> LoadError:
    names = input_names(loaded.module)
    how = " ".join(f'--input {name}="N 3 H W"' for name in names) or '--input "N 3 H W"'
    return LoadError(TraceFailure("input-unknown", message, span, (f"declare what it takes: `{how}`",)))


def _replay(request: ReplayRequest, loaded: Loaded) -> list[ReplayOutcome]:
    """What plain PyTorch does at each of the sizes asked for; raises LoadError."""
    try:
        outcomes = _replay_all(request, loaded)
        if loaded.real_values or all(outcome.status != "unsupported" for outcome in outcomes):
            return outcomes
        loaded = construct(loaded.target, request.model, real_values=True)
        return _replay_all(request, loaded)
    except BaseException as error:
        if not ends_the_program(error):
            raise
        raise failure_of(error, "trace-failed", "running `forward`", loaded.target) from error


def _replay_all(request: ReplayRequest, loaded: Loaded) -> list[ReplayOutcome]:
    return [_replay_once(loaded, run, request.site(index)) for index, run in enumerate(request.runs)]


def _replay_once(loaded: Loaded, run: Sequence[ConcreteInput], site: CallSite | None) -> ReplayOutcome:
    result = run_on_meta(loaded.module, run)
    if site is not None and (result.error is None or result.is_unsupported):
        with repeating_on_cpu(loaded.module, site, loaded.target.roots) as mode:
            result = run_on_meta(loaded.module, run, mode)
    if isinstance(result.error, TooLargeError):
        return ReplayOutcome("too-large")
    if result.error is None:
        return ReplayOutcome("returned", shapes=result.shapes())
    kind = type(result.error).__name__
    text = summary(result.error).removeprefix(f"{kind}: ")
    span = blamed_span(result.error, loaded.target.roots, LIBRARIES)
    return ReplayOutcome("unsupported" if result.is_unsupported else "raised", kind, text, span)


def _files(model: ModelRef, roots: tuple[str, ...]) -> set[str]:
    """The user's files that this process imported: what an answer depends on."""
    imported = {str(getattr(module, "__file__", None) or "") for module in list(sys.modules.values())}
    files = {path for path in imported if is_user_file(path, roots, LIBRARIES)}
    if model.is_file:
        files.add(os.path.abspath(model.source))
    return files


def _changed(path: str) -> int | None:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None
