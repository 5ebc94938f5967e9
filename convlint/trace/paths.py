"""Following a model along every branch that its own Python takes on sizes."""

from __future__ import annotations

import dis
import time
import types
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from convlint.diagnostics import Span
from convlint.graph.model import Failure, GraphPath, InputSpec, ModelGraph
from convlint.symbolic.domain import Domain
from convlint.trace import origin
from convlint.trace.arrange import arrange, forward_parameters
from convlint.trace.layers import layers_of
from convlint.trace.listening import listening
from convlint.trace.positions import span_at
from convlint.trace.protocol import concrete
from convlint.trace.provenance import CONSTANT
from convlint.trace.python_names import symbolic_names
from convlint.trace.recording import Recording
from convlint.trace.replay import is_out_of_memory, run_on_meta
from convlint.trace.session import Infeasible, Refusal, Refused, Session, Start, Untraceable
from convlint.trace.state import restored
from convlint.trace.tensor import SymbolicTensor, tensor_values
from convlint.trace.tracer import ShapeTracer

MAX_PATHS = 64
"""Branches that are followed in one model; what is left is said to be unexplored."""

MAX_SECONDS = 60.0
"""Time after which no further branch is begun."""


@dataclass(frozen=True, slots=True)
class FollowedPath:
    """One path with its steps, those that an assertion ends on the way, and the branches that it left for others."""

    path: GraphPath
    recording: Recording
    refused: tuple[GraphPath, ...]
    forks: tuple[Start, ...]
    unexplored: tuple[Domain, ...]


def trace_model(
    module: torch.nn.Module,
    inputs: Sequence[InputSpec],
    domain: Domain,
    nominal: Mapping[str, int],
    *,
    name: str,
    class_name: str,
    span: Span,
    is_declared: bool = False,
    assumed: tuple[str, ...] = (),
    source_roots: tuple[str, ...] = (),
    max_paths: int = MAX_PATHS,
    max_seconds: float = MAX_SECONDS,
) -> ModelGraph:
    """Trace a model over every size of ``domain``, beginning at ``nominal`` (a member of it).

    The module should be on the meta device and in eval mode; its attributes are restored after each path.
    """
    queue = deque([Start((), domain, nominal)])
    paths: list[GraphPath] = []
    unexplored: list[Domain] = []
    began = time.monotonic()
    while queue:
        start = queue.popleft()
        if len(paths) >= max_paths or time.monotonic() - began > max_seconds:
            unexplored.append(start.domain)
            continue
        followed = follow_path(module, inputs, domain, start, source_roots)
        if followed is None:
            continue
        paths += [followed.path, *followed.refused]
        queue.extend(followed.forks)
        unexplored.extend(followed.unexplored)
    return ModelGraph(
        name=name,
        class_name=class_name,
        span=span,
        inputs=tuple(inputs),
        declared=domain,
        is_declared=is_declared,
        layers=layers_of(module),
        paths=tuple(paths),
        unexplored=tuple(unexplored),
        assumed=assumed,
    )


def follow_path(
    module: torch.nn.Module,
    inputs: Sequence[InputSpec],
    domain: Domain,
    start: Start,
    source_roots: tuple[str, ...] = (),
) -> FollowedPath | None:
    """Run the model once, with the answers of ``start`` at its first forks. None where no size takes this path.

    Raises what ends a program: exits, and errors of exhausted memory, which say nothing of sizes.
    """
    session = Session(start, domain, source_roots)
    failure: Failure | None = None
    raised: Exception | None = None
    result: Any = None
    with restored(module, keep=CONSTANT):
        tracer = ShapeTracer(module, session)
        args, kwargs = _arguments(module, inputs, tracer)
        try:
            with symbolic_names(), listening(tracer):
                result = module(*args, **kwargs)
        except Infeasible:
            return None
        except Refused as error:
            last = tracer.recording.last_name
            failure = Failure("refused", str(error), "RuntimeError", error.rule, error.span, last)
        except Exception as error:
            if is_out_of_memory(error):
                raise
            raised = error
        else:
            tracer.output(result)
    if raised is not None:
        failure = _failure(raised, module, inputs, session, tracer)
    path = GraphPath(
        nodes=tracer.recording.nodes(),
        entered=session.entered,
        domain=session.domain,
        failure=failure,
        specialisations=tuple(session.specialisations),
        outputs=tensor_values(result),
        calls=tuple(tracer.recording.calls),
    )
    refused = tuple(_refused(refusal, tracer.recording) for refusal in session.refusals)
    return FollowedPath(path, tracer.recording, refused, tuple(session.forks), tuple(session.unexplored))


def _refused(refusal: Refusal, recording: Recording) -> GraphPath:
    """The path of the sizes that the model asserts away."""
    nodes = recording.nodes(refusal.steps)
    last = nodes[-1].name if nodes else None
    return GraphPath(
        nodes=nodes,
        entered=refusal.entered,
        domain=refusal.domain,
        failure=Failure(
            "raised", refusal.message or "AssertionError", "AssertionError", None, refusal.span, last, refusal.condition
        ),
        specialisations=refusal.specialisations,
        outputs=(),
    )


def graph_module(
    module: torch.nn.Module, inputs: Sequence[InputSpec], nominal: Mapping[str, int]
) -> torch.fx.GraphModule:
    """The model as a ``torch.fx.GraphModule``: it computes what the model computes on the sizes of its nominal path.

    Raises the failure of that path as a RuntimeError.
    """
    symbols = sorted({symbol for spec in inputs for size in spec.shape for symbol in getattr(size, "symbols", ())})
    domain = Domain.of(tuple(symbols))
    followed = follow_path(module, inputs, domain, Start((), domain, nominal))
    if followed is None or followed.path.failure is not None:
        raise RuntimeError(followed.path.failure.message if followed and followed.path.failure else "no such path")
    return torch.fx.GraphModule(module, followed.recording.fx_graph())


def _arguments(
    module: torch.nn.Module, inputs: Sequence[InputSpec], tracer: ShapeTracer
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Symbolic tensors for the inputs, recorded as placeholders, as ``forward`` wants to be given them."""
    tensors = [SymbolicTensor.of(tuple(spec.shape), getattr(torch, spec.dtype)) for spec in inputs]
    args, kwargs = arrange(module, [spec.name for spec in inputs], tensors)
    names = [item.name for item in forward_parameters(module) if item.kind is not item.VAR_POSITIONAL]
    for index, value in enumerate(args):
        tracer.placeholder(names[index] if index < len(names) else f"input_{index}", value)
    for name, value in kwargs.items():
        tracer.placeholder(name, value)
    return args, kwargs


def _failure(
    error: Exception, module: torch.nn.Module, inputs: Sequence[InputSpec], session: Session, tracer: ShapeTracer
) -> Failure:
    """What an exception out of user code means: its own refusal, an error that PyTorch confirms, or our limit."""
    span = _user_line(error, session.source_roots)
    last = tracer.recording.last_name
    name = type(error).__name__
    message = str(error).strip().partition("\n")[0] or name
    if isinstance(error, Untraceable):
        return Failure("untraceable", message, name, None, span, last)
    if _raised_by_the_model(error):
        return Failure("raised", message, name, None, span, last, session.avoided)
    run = run_on_meta(module, concrete(inputs, session.nominal))
    if run.error is None or run.is_unsupported:
        return Failure("untraceable", message, name, None, span, last)
    kind = type(run.error).__name__
    if kind == name:
        return Failure("error", message, name, None, span, last)
    span = _user_line(run.error, session.source_roots) or span
    return Failure("error", str(run.error).strip().partition("\n")[0] or kind, kind, None, span, last)


def _frames(error: BaseException) -> Iterator[types.TracebackType]:
    traceback = error.__traceback__
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _user_line(error: BaseException, roots: tuple[str, ...]) -> Span | None:
    """The innermost place of the user's own files that an exception went through."""
    chosen: Span | None = None
    for preferred in (roots, ()):
        for traceback in _frames(error):
            path = traceback.tb_frame.f_code.co_filename
            if not origin.is_internal(path) and (not preferred or origin.is_user_code(path, preferred)):
                chosen = span_at(traceback.tb_frame.f_code, traceback.tb_lasti, traceback.tb_lineno)
        if chosen is not None:
            return chosen
    return None


def _raised_by_the_model(error: BaseException) -> bool:
    """Whether a ``raise`` or ``assert`` of user code made this exception (``torch._assert`` counts as one)."""
    innermost = list(_frames(error))[-1]
    code = innermost.tb_frame.f_code
    if code.co_name == "_assert" and code.co_filename == torch.__file__:
        return True
    if origin.is_internal(code.co_filename):
        return False
    return code.co_code[innermost.tb_lasti] == dis.opmap["RAISE_VARARGS"]
