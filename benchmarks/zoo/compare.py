"""Node by node: the sizes of a trace at given numbers against those of a plain run at the same numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.zoo.probes import Sizes
from benchmarks.zoo.recorder import Call, Recording, Shapes, function_name
from convlint.graph.model import GraphPath, ModelGraph, Node, TensorValue
from convlint.symbolic.dim import UnbackedError, evaluate

_NOT_CALLS = frozenset({"placeholder", "get_attr", "output"})


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One call whose sizes differ."""

    call: str
    traced: Shapes
    real: Shapes


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many calls were compared, which differ, and which could not be paired with a call of the plain run."""

    pairs: int
    disagreements: tuple[Disagreement, ...]
    unpaired: tuple[str, ...]


def path_at(graph: ModelGraph, sizes: Sizes) -> GraphPath | None:
    """The path that accepts these sizes."""
    return next((path for path in graph.paths if path.failure is None and path.domain.contains(sizes)), None)


def compare(path: GraphPath, sizes: Sizes, real: Recording) -> Comparison:
    """Compare every call and the model's outputs."""
    pairs = 0
    disagreements: list[Disagreement] = []
    unpaired: list[str] = []
    for call, tensors, found in _paired(path, real):
        traced = _at(tensors, sizes)
        if found is None or traced is None:
            unpaired.append(call)
        else:
            pairs += 1
            if traced != found:
                disagreements.append(Disagreement(call, traced, found))
    return Comparison(pairs, tuple(disagreements), tuple(unpaired))


def _paired(path: GraphPath, real: Recording) -> Iterator[tuple[str, tuple[TensorValue, ...], Shapes | None]]:
    """Each traced call with what it gives and what the same call of the plain run gave, None where none is the same.

    The n-th call of a module is its n-th call in both.  The n-th call of a function directly inside a module is the
    n-th in both if they are equally many, with or without those that work on parameters alone.
    """
    functions: dict[tuple[str, str], list[Node]] = {}
    seen: dict[str, int] = {}
    for node in path.nodes:
        if node.op == "call_module":
            index = seen[node.target] = seen.get(node.target, -1) + 1
            calls = real.modules.get(node.target, [])
            yield node.target, node.outputs, calls[index] if index < len(calls) else None
        elif node.op not in _NOT_CALLS and node.outputs:
            name = function_name(node.target.rpartition(".")[2])
            functions.setdefault((node.module, name), []).append(node)
    for (module, name), nodes in functions.items():
        counterparts = _counterparts(real.functions.get((module, name), []), len(nodes))
        for index, node in enumerate(nodes):
            yield f"{module}:{name}#{index}", node.outputs, counterparts[index] if counterparts else None
    yield "output", path.outputs, real.outputs


def _counterparts(calls: list[Call], count: int) -> list[Shapes] | None:
    for candidates in (calls, [call for call in calls if call.from_input]):
        if len(candidates) == count:
            return [call.shapes for call in candidates]
    return None


def _at(tensors: tuple[TensorValue, ...], sizes: Sizes) -> Shapes | None:
    """The tensors' sizes at these numbers; None where they depend on data."""
    try:
        return tuple(tuple(int(evaluate(size, sizes)) for size in tensor.shape) for tensor in tensors)
    except UnbackedError:
        return None
