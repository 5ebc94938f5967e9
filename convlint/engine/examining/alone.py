"""The parts of a model that was not followed to its end: which of them are looked at alone, and in which order.

Of a model that was built, they are the submodules that no path came to; of one that cannot be built, the classes of its
file whose arguments it writes.  A part that is followed to its end covers what is inside of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from os.path import abspath
from typing import Protocol

from convlint.discover import DiscoveredModel, models_inside
from convlint.engine.examining.look import Sight
from convlint.engine.planning.comments import Comments
from convlint.engine.planning.directed import Directed
from convlint.engine.planning.job import Job
from convlint.graph.model import ModelGraph
from convlint.rules.base import Finding
from convlint.trace.client import Client
from convlint.trace.protocol import ModelRef, Part, TraceFailure, TraceRequest

MOST_PARTS = 12
"""How many parts of one model are looked at alone."""

PATIENCE = 30.0
"""Seconds after which no further part of a model is begun."""

OF_THE_RUN = "CL9"
"""The codes that say why something was not checked: of a part, its report says it."""


class Rest(Protocol):
    """What is left of a model, to be looked at part by part."""

    def jobs(self) -> Iterator[Job]:
        """The parts that are left; what `saw` is told in between counts."""

    def saw(self, job: Job, graph: ModelGraph, *, to_end: bool) -> None:
        """Take down what the trace of a part came to, and whether it was followed to its end."""


def rest_of(client: Client, job: Job, sight: Sight) -> Rest | None:
    """What is left of a model whose trace stopped, or of which there is none; raises WorkerUnusableError."""
    model, result = job.request.model, sight.result
    if isinstance(result, TraceFailure) and not result.was_built:
        # Where something stands in for what was not found, the import went on, and others may do without.
        lacks_module = result.rule == "import-failed" and bool(sight.absent)
        is_unbuilt = (lacks_module or result.rule in {"construct-failed", "invalid-layer"}) and model.is_file
        inside = models_inside(model.source, model.qualname) if is_unbuilt else ()
        return _Classes(job, Directed(Comments()).described(inside)) if is_unbuilt else None
    if isinstance(result, TraceFailure) and result.rule == "input-unknown" and job.request.inputs:
        return None  # what was asked for is at fault, not the model
    parts = client.parts(model)
    if isinstance(parts, TraceFailure):
        return None
    rest = _Submodules(job, parts)
    if isinstance(result, ModelGraph):
        rest.saw(job, result, to_end=False)
    return rest


def news(findings: Iterable[Finding], known: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings about a part that nothing graver or equal is ``known`` of at the same place."""
    gravest: dict[object, int] = {}
    for each in known:
        key = each.code, each.span
        gravest[key] = max(gravest.get(key, 0), each.severity)
    return tuple(
        each
        for each in findings
        if not each.code.startswith(OF_THE_RUN) and each.severity > gravest.get((each.code, each.span), 0)
    )


@dataclass(slots=True)
class _Submodules:
    """The parts of a model that was built."""

    whole: Job
    parts: Sequence[Part]
    entered: set[str] = field(default_factory=set)
    ended: list[str] = field(default_factory=list)

    def jobs(self) -> Iterator[Job]:
        tried: set[str] = set()
        for part in self.parts:
            twins = (each.path for each in self.parts if each.alike == part.alike)
            if part.alike in tried or any(map(self._is_covered, twins)):
                continue
            tried.add(part.alike)
            yield self._job(part)

    def saw(self, job: Job, graph: ModelGraph, *, to_end: bool) -> None:
        place = job.request.model.part
        for module in {node.module for path in graph.paths for node in path.nodes}:
            names = [*filter(None, [place, *module.split(".")])]
            self.entered.update(".".join(names[: end + 1]) for end in range(len(names)))
        if to_end:
            self.ended.append(f"{place}.")

    def _is_covered(self, path: str) -> bool:
        return path in self.entered or path.startswith(tuple(self.ended))

    def _job(self, part: Part) -> Job:
        model = replace(self.whole.request.model, part=part.path)
        return Job(TraceRequest(model, name=f"{self.whole.name}.{part.path}", is_part=True), self.whole.path)


@dataclass(slots=True)
class _Classes:
    """The parts of a model that cannot be built."""

    whole: Job
    models: Sequence[DiscoveredModel]
    seen: set[str] = field(default_factory=set)

    def jobs(self) -> Iterator[Job]:
        for model in self.models:
            if model.class_name not in self.seen:
                packages = self.whole.request.model.packages
                reference = ModelRef(abspath(model.path), model.qualname, model.arguments, packages=packages)
                request = TraceRequest(reference, model.inputs, model.where, name=model.name, is_part=True)
                yield Job(request, self.whole.path, model.span.line, model.assumed)

    def saw(self, job: Job, graph: ModelGraph, *, to_end: bool) -> None:
        del job, to_end
        self.seen.update(node.module_class for path in graph.paths for node in path.nodes)
