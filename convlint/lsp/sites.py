"""The places of the source that a graph speaks of: calls, and constructors of layers, each with all that ran there."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from convlint.diagnostics import Span
from convlint.graph.model import GraphPath, ModelGraph, ModuleCall
from convlint.graph.shown import shown_paths
from convlint.lsp.ways import Told, Way, told, where

_SILENT = frozenset({"attribute", "output", "placeholder", "size"})
"""Kinds of nodes that stand for no call that makes a tensor."""

_MOST_ALTERNATIVES = 8
"""Sizes of one run that are listed."""


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One run of a call: what was called, and what it gave on each way through the model on which it runs.

    ``module`` is the path of the layer or module that was called, for a function that of the module which called it.
    ``constructor`` is where what was called was built, ``home`` where the class of the graph's model stands.
    """

    graph: ModelGraph
    module: str
    name: str
    ways: tuple[Way, ...]
    home: Span
    constructor: Span | None = None

    @property
    def told(self) -> Told:
        """What there is to say of its sizes."""
        return told(self.ways, self.graph.declared)

    def model(self, path: str) -> str:
        """What the model is called where a reader has the file at ``path`` before him: ``Net``, ``Net (net.py)``."""
        elsewhere = f" ({os.path.basename(self.graph.span.path)})" if self.home.path != path else ""
        return f"{self.graph.name}{elsewhere}"

    def listed(self) -> Iterator[str]:
        """Its sizes, each alternative with the input sizes that it is of."""
        alternatives = self.told.alternatives
        for sizes, ways in alternatives[:_MOST_ALTERNATIVES]:
            yield sizes + self.condition(ways)
        if len(alternatives) > _MOST_ALTERNATIVES:
            yield f"{len(alternatives) - _MOST_ALTERNATIVES} other sizes"

    def condition(self, ways: Sequence[Way]) -> str:
        """``, for H % 2 = 0`` of some of the ways through the model, nothing of all of them."""
        return f", for {where(ways)}" if len(ways) < len(shown_paths(self.graph)) else ""


Places = Mapping[Span, tuple[Instance, ...]]


@dataclass(frozen=True, slots=True)
class Sites:
    """By place: the ``calls``, the constructors of what was called (``built``), and those of layers in a container.

    Paths of spans are without links.
    """

    calls: Places = field(default_factory=dict)
    built: Places = field(default_factory=dict)
    contained: Places = field(default_factory=dict)

    def by_file(self) -> "dict[str, Sites]":
        """Those in each file."""
        files = dict.fromkeys(span.path for places in (self.calls, self.built) for span in places)
        return {path: self.of(path) for path in files}

    def of(self, path: str) -> "Sites":
        """Those in one file."""

        def inside(places: Places) -> Places:
            return {span: each for span, each in places.items() if span.path == path}

        return Sites(inside(self.calls), inside(self.built), inside(self.contained))


def sites(graphs: Iterable[ModelGraph], place: Callable[[Span], Span]) -> Sites:
    """Everything that ran on the ways which are shown of each graph; ``place`` says where a range is for the client."""
    calls: dict[Span, list[Instance]] = {}
    built: dict[Span, list[Instance]] = {}
    contained: dict[Span, list[Instance]] = {}
    for graph in graphs:
        home = place(graph.span)
        for each, ways in _runs(graph, place):
            instance = Instance(graph, each.module, each.name, ways, home, each.built)
            found = [(contained, each.built)] if each.is_inside else [(calls, each.call)]
            for known, span in (*found, (built, each.built)):
                if span is not None:
                    known.setdefault(span, []).append(instance)
    return Sites(*({span: tuple(each) for span, each in sorted(known.items())} for known in (calls, built, contained)))


@dataclass(frozen=True, slots=True)
class _Event:
    """Something that ran: what was called, by which call, and where what was called was built."""

    module: str
    name: str
    call: Span
    built: Span | None
    is_inside: bool
    """Whether a container of torch's made the call: the place is then that of the call of the container."""


def _runs(graph: ModelGraph, place: Callable[[Span], Span]) -> Iterator[tuple[_Event, tuple[Way, ...]]]:
    """What ran, in order, with the ways on which it did: the first time is the same on all ways, and so is the next."""
    found: dict[tuple[_Event, int], list[Way]] = {}
    for path in shown_paths(graph):
        times: Counter[_Event] = Counter()
        for event, way in _events(graph, path, place):
            found.setdefault((event, times[event]), []).append(way)
            times[event] += 1
    return ((event, tuple(ways)) for (event, _), ways in found.items())


def _events(graph: ModelGraph, path: GraphPath, place: Callable[[Span], Span]) -> Iterator[tuple[_Event, Way]]:
    """What ran on one way, in order."""
    returned: dict[str, list[ModuleCall]] = {}
    containers: dict[Span, list[str]] = {}
    for call in path.calls:
        returned.setdefault(call.after, []).append(call)
        containers.setdefault(call.call, []).append(call.module)

    def event(module: str, name: str, call: Span, caller: str, constructor: Span | None) -> _Event:
        within = any(f"{caller}.".startswith(f"{each}.") for each in containers.get(call, ()))
        built = place(constructor) if constructor is not None else None
        return _Event(module, name, place(call), built, within)

    for node in path.nodes:
        if node.call is not None and node.kind not in _SILENT:
            layer = graph.layers.get(node.layer) if node.layer is not None else None
            name = layer.class_name if layer is not None else node.operation
            built = layer.constructor if layer is not None else None
            module = node.layer if node.layer is not None else node.module
            yield event(module, name, node.call, node.module, built), Way(path, node.outputs, node)
        for each in returned.get(node.name, ()):
            found = event(each.module, each.module_class, each.call, each.caller, each.constructor)
            yield found, Way(path, each.outputs)


def real_span(span: Span) -> Span:
    """The span in the file that its path leads to."""
    return replace(span, path=real_path(span.path))


@lru_cache(maxsize=1024)
def real_path(path: str) -> str:
    """The absolute path without links."""
    return os.path.realpath(path)
