"""Arguments, inputs and conditions that cannot be, where the command line or the settings have them.

That is no finding in a model: the answer stands where it was written.
"""

from collections.abc import Iterator
from dataclasses import replace

from convlint.engine.planning.job import Job
from convlint.graph.model import InputSpec, Layer, ModelGraph
from convlint.report import Problem
from convlint.symbolic.comparison import equal
from convlint.trace.protocol import TraceFailure

_AXES = {"1d": ("L",), "2d": ("H", "W"), "3d": ("D", "H", "W")}


def misstated(job: Job, result: ModelGraph | TraceFailure, wrong: str) -> Problem | None:
    """What was said of a model and cannot be, at its place; None where nothing is, or nobody said it."""
    places = dict(job.places)
    if isinstance(result, TraceFailure) and _is_misnamed(job, result):
        target = f"{job.request.model.source}:{job.request.model.qualname}"
        return Problem(result.message, "", target, 0, len(target), result.help)
    if isinstance(result, TraceFailure):
        place = places.get(wrong)
        return replace(place, message=f"{place.message}{result.message}", help=result.help) if place else None
    for index, spec in enumerate(result.inputs):
        place = places.get(f"input:{index}")
        misfit = next(_misfits(result, spec), None) if place is not None else None
        if place is not None and misfit is not None:
            message, out = misfit
            return replace(place, message=f"{place.message}{message}", help=(out,))
    return None


def _is_misnamed(job: Job, failure: TraceFailure) -> bool:
    """Whether a module or a name in it is not there, which is a mistake of the asking and in no file of the user's."""
    model = job.request.model
    is_missing = failure.message == f"there is no `{model.qualname}` in {model.source}"
    return not model.is_file and (is_missing or failure.span is None)


def _misfits(graph: ModelGraph, spec: InputSpec) -> Iterator[tuple[str, str]]:
    """Convolutions that are given the input itself, which has not the axes that they take: what is wrong, a way out."""
    for layer in _readers(graph, spec):
        axes = _AXES.get(layer.class_name[-2:], ())
        channels = layer.parameters.get("in_channels")
        rank = len(axes) + 2
        if not axes or not isinstance(channels, int):
            continue
        sample = " ".join([str(channels), *axes])
        title = f"`{layer.path}`, a {layer.class_name},"
        if len(spec.shape) not in {rank - 1, rank}:
            yield f"{title} takes {rank} axes, and this input has {len(spec.shape)}", f'write "N {sample}"'
        elif len(spec.shape) == rank - 1 and not isinstance(spec.shape[0], int):
            if not graph.declared.holds(equal(spec.shape[0], channels)):
                message = f"{title} takes {rank} axes: {rank - 1} are one sample, of which the first is its channels"
                yield message, f'write "N {sample}", or "{sample}" for one sample'


def _readers(graph: ModelGraph, spec: InputSpec) -> Iterator[Layer]:
    """The layers that are given an input as it is."""
    for path in graph.paths:
        given = {node.name for node in path.nodes if node.op == "placeholder" and node.target == spec.name}
        for node in path.nodes:
            if node.layer in graph.layers and not given.isdisjoint(node.inputs[:1]):
                yield graph.layers[str(node.layer)]
