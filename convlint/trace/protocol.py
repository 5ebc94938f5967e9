"""What the client and the worker say to each other: frozen requests and answers, one JSON object a line.

The lines travel over private descriptors, never over the standard output of user code.  Neither side trusts the other:
a line that cannot be read is an error of the process that wrote it, not of the reader.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from convlint.diagnostics import Span
from convlint.graph.model import CallSite, InputSpec
from convlint.symbolic.dim import evaluate
from convlint.trace.overlay import Overlay

FailureRule = Literal[
    "import-failed", "construct-failed", "invalid-layer", "input-unknown", "trace-failed", "timed-out"
]
Json = dict[str, Any]


AS_SCRIPT = 'keep what should only run as a script under `if __name__ == "__main__":`'
NO_EXIT = "raise an exception instead: code that ends the process cannot be used as a part of another program"
"""Ways out, for both sides to name."""


CANCEL = b'{"cancel":true}\n'
"""The line that gives up the request under way: its process is ended, and the worker stays warm for the next one."""


class ProtocolError(ValueError):
    """A line that is no message of this protocol."""


@dataclass(frozen=True, slots=True)
class ModelRef:
    """Which model to build.

    ``source`` is a file (``models/unet.py``) or a dotted module (``torchvision.models``), ``qualname`` a class, a
    factory or a module instance in it, nested with dots.  ``arguments`` are pairs of a parameter's name (or its
    position, ``"0"``) and a Python literal as source text.  With ``part``, the submodule at this path
    (``decoder.0``) is meant instead of the whole.  ``overlay`` are files to be read with other content than they have
    on disk (see `convlint.trace.overlay`).  ``packages`` are top-level modules from outside of the project that the
    source imports: a worker may import those ahead.
    """

    source: str
    qualname: str
    arguments: tuple[tuple[str, str], ...] = ()
    part: str = ""
    overlay: Overlay = ()
    packages: tuple[str, ...] = ()

    @property
    def is_file(self) -> bool:
        """Whether `source` is a path rather than a dotted module."""
        return self.source.endswith((".py", ".ipynb")) or os.sep in self.source or "/" in self.source


@dataclass(frozen=True, slots=True)
class InputText:
    """One input of ``forward`` as the user wrote it: ``shape`` is ``"N 3 H W"``.

    ``name`` is a parameter of ``forward``, or a place inside one: ``batch.image`` (a dict's key), ``features.0`` (a
    list's item).  Without a name, inputs go to the parameters in order.
    """

    shape: str
    name: str | None = None
    dtype: str = "float32"


@dataclass(frozen=True, slots=True)
class TraceRequest:
    """Trace this model.  Without ``inputs`` the worker infers them; ``nominal`` sizes choose the first path."""

    model: ModelRef
    inputs: tuple[InputText, ...] = ()
    where: tuple[str, ...] = ()
    nominal: Mapping[str, int] = field(default_factory=dict)
    name: str = ""
    """How the model is called in reports; the qualname where empty."""
    is_part: bool = False
    """Whether it is traced alone for want of the model that it is a part of."""


@dataclass(frozen=True, slots=True)
class PartsRequest:
    """Build this model and say which parts it has."""

    model: ModelRef


@dataclass(frozen=True, slots=True)
class Part:
    """A submodule of a class of the user's own.

    ``alike`` is the path of the first part that is built in the same way: its own where there is none before it.
    """

    path: str
    class_name: str
    alike: str


@dataclass(frozen=True, slots=True)
class ConcreteInput:
    """One input with numbers for sizes."""

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"


def concrete(inputs: Sequence[InputSpec], sizes: Mapping[str, int]) -> tuple[ConcreteInput, ...]:
    """Inputs at the given sizes of their symbols."""
    return tuple(
        ConcreteInput(spec.name, tuple(int(evaluate(size, sizes)) for size in spec.shape), spec.dtype)
        for spec in inputs
    )


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """Run this model in plain PyTorch, on meta tensors, once for each entry of ``runs``, each time in a fresh state.

    Where a run has an entry in ``sites`` and meta tensors see nothing wrong, that call is repeated alone on the CPU.
    """

    model: ModelRef
    runs: tuple[tuple[ConcreteInput, ...], ...]
    sites: tuple[CallSite | None, ...] = ()

    def site(self, run: int) -> CallSite | None:
        """The call to repeat in the run of this number."""
        return self.sites[run] if self.sites else None


Request = TraceRequest | ReplayRequest | PartsRequest


@dataclass(frozen=True, slots=True)
class ReplayOutcome:
    """What PyTorch did with one run.

    ``unsupported`` means that meta tensors cannot answer (data-dependent code, no meta kernel), ``too-large`` that the
    call to repeat on the CPU takes too much memory: no proof either way.
    ``shapes`` are the sizes of the output tensors, in the order of the nested output.
    """

    status: Literal["returned", "raised", "unsupported", "too-large"]
    exception: str = ""
    message: str = ""
    span: Span | None = None
    shapes: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class TraceFailure:
    """Why there is no graph: the rule that reports it, what happened, where in the user's files, and the way out.

    Paths in spans are absolute.  ``was_built`` says that it happened to a model that could be built, ``by_chance`` that
    it may be due to something else than the user's files and the limits.
    """

    rule: FailureRule
    message: str
    span: Span | None = None
    help: tuple[str, ...] = ()
    was_built: bool = False
    by_chance: bool = False


@dataclass(frozen=True, slots=True)
class Footprint:
    """What an answer depends on in the file system, by absolute paths.

    ``files`` were read, directories ``listed``, and a file at an ``absent`` path would have been taken, had there been
    one.  Installed packages are left out.
    """

    files: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()

    def __or__(self, other: Footprint) -> Footprint:
        merged = (tuple(sorted({*one, *two})) for one, two in zip(self._all(), other._all(), strict=True))
        return Footprint(*merged)

    def _all(self) -> tuple[tuple[str, ...], ...]:
        return self.files, self.absent, self.listed


@dataclass(frozen=True, slots=True)
class Ended:
    """A request whose process ended without an answer: its exit status, a negative signal number, or None: killed."""

    reason: Literal["timeout", "exit", "output", "cancelled"]
    status: int | None = None


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """The interpreter that a worker runs under, and the directories in it that hold no user code."""

    python: str
    python_version: str
    torch_version: str
    libraries: tuple[str, ...]


def request_to_json(request: Request, seconds: float) -> Json:
    """A request and its time limit in seconds."""
    model = request.model
    common: Json = {
        "source": model.source,
        "qualname": model.qualname,
        "arguments": [list(pair) for pair in model.arguments],
        "part": model.part,
        "overlay": [list(pair) for pair in model.overlay],
        "packages": list(model.packages),
        "seconds": seconds,
    }
    match request:
        case TraceRequest():
            return common | {
                "want": "graph",
                "inputs": [[text.shape, text.name, text.dtype] for text in request.inputs],
                "where": list(request.where),
                "nominal": dict(request.nominal),
                "name": request.name,
                "is_part": request.is_part,
            }
        case ReplayRequest():
            runs = [[[tensor.name, list(tensor.shape), tensor.dtype] for tensor in run] for run in request.runs]
            sites = [site and [site.layer, span_to_json(site.call)] for site in request.sites]
            return common | {"want": "replay", "runs": runs, "sites": sites}
        case PartsRequest():
            return common | {"want": "parts"}


def request_from_json(data: Json) -> tuple[Request, float]:
    """The inverse of `request_to_json`; raises ProtocolError."""
    try:
        arguments = tuple((str(name), str(text)) for name, text in data["arguments"])
        overlay = tuple((str(path), str(content)) for path, content in data["overlay"])
        packages = tuple(str(name) for name in data["packages"])
        model = ModelRef(data["source"], data["qualname"], arguments, data["part"], overlay, packages)
        seconds = float(data["seconds"])
        if data["want"] == "parts":
            return PartsRequest(model), seconds
        if data["want"] == "replay":
            runs = tuple(
                tuple(ConcreteInput(name, tuple(shape), dtype) for name, shape, dtype in run) for run in data["runs"]
            )
            sites = tuple(site and CallSite(site[0], span_from_json(site[1])) for site in data["sites"])
            return ReplayRequest(model, runs, sites), seconds
        inputs = tuple(InputText(shape, name, dtype) for shape, name, dtype in data["inputs"])
        nominal = dict(data["nominal"])
        return TraceRequest(model, inputs, tuple(data["where"]), nominal, data["name"], data["is_part"]), seconds
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"not a request: {error!r}") from error


def failure_to_json(failure: TraceFailure) -> Json:
    return {
        "rule": failure.rule,
        "message": failure.message,
        "span": span_to_json(failure.span),
        "help": list(failure.help),
        "was_built": failure.was_built,
    }


def failure_from_json(data: Json) -> TraceFailure:
    """Raises ProtocolError."""
    try:
        rule = data["rule"]
        if rule not in get_args(FailureRule):
            raise ProtocolError(f"not a failure: {rule!r}")
        help_ = tuple(str(line) for line in data["help"])
        return TraceFailure(rule, str(data["message"]), span_from_json(data["span"]), help_, bool(data["was_built"]))
    except (KeyError, TypeError) as error:
        raise ProtocolError(f"not a failure: {error!r}") from error


def part_to_json(part: Part) -> list[str]:
    return [part.path, part.class_name, part.alike]


def part_from_json(data: list[str]) -> Part:
    """Raises ProtocolError."""
    try:
        path, class_name, alike = map(str, data)
    except (TypeError, ValueError) as error:
        raise ProtocolError(f"not a part: {error!r}") from error
    return Part(path, class_name, alike)


def footprint_to_json(footprint: Footprint) -> Json:
    return {"files": footprint.files, "absent": footprint.absent, "listed": footprint.listed}


def footprint_from_json(data: Json) -> Footprint:
    """Raises ProtocolError."""
    try:
        files, absent, listed = (tuple(map(str, data[each])) for each in ("files", "absent", "listed"))
    except (KeyError, TypeError) as error:
        raise ProtocolError(f"not a footprint: {error!r}") from error
    return Footprint(files, absent, listed)


def outcome_to_json(outcome: ReplayOutcome) -> Json:
    return {
        "status": outcome.status,
        "exception": outcome.exception,
        "message": outcome.message,
        "span": span_to_json(outcome.span),
        "shapes": [list(shape) for shape in outcome.shapes],
    }


def outcome_from_json(data: Json) -> ReplayOutcome:
    """Raises ProtocolError."""
    try:
        shapes = tuple(tuple(int(size) for size in shape) for shape in data["shapes"])
        span = span_from_json(data["span"])
        return ReplayOutcome(data["status"], data["exception"], data["message"], span, shapes)
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"not an outcome: {error!r}") from error


def span_to_json(span: Span | None) -> list[Any] | None:
    return None if span is None else [span.path, span.line, span.column, span.end_line, span.end_column]


def span_from_json(data: list[Any] | None) -> Span | None:
    return None if data is None else Span(*data)


def encode(message: Json) -> bytes:
    """One line, newline included.  Text that no encoding can hold (lone surrogates) stays escaped."""
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> Json:
    """The object of one line; raises ProtocolError."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("not a line of JSON") from error
    if not isinstance(message, dict):
        raise ProtocolError("not a JSON object")
    return message
