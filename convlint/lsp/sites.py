"""The places of the source that a graph speaks of: calls, and constructors of layers, each with all that ran there."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from convlint.diagnostics import Span
from convlint.graph.contract import render_shape
from convlint.graph.model import GraphPath, ModelGraph, ModuleCall, Node, TensorValue
from convlint.graph.shown import shown_path

_SILENT = frozenset({"attribute", "output", "placeholder", "size"})
"""Kinds of nodes that stand for no call that makes a tensor."""


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One run of a call: what was called, and the tensors that it gave.

    ``module`` is the path of the layer or module that was called, for a function that of the module which called it.
    ``node`` is the operation where it is one, ``constructor`` where what was called was built.
    """

    graph: ModelGraph
    path: GraphPath
    module: str
    name: str
    outputs: tuple[TensorValue, ...]
    node: Node | None = None
    constructor: Span | None = None

    @property
    def sizes(self) -> str:
        """``N×64×⌈H/4⌉×⌈W/4⌉``, as the sizes are before any requirement."""
        return ", ".join(render_shape(each, (self.path.entered,)) for each in self.outputs)


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
    """Everything that ran on the way which is shown of each graph; ``place`` says where a range is for the client."""
    calls: dict[Span, list[Instance]] = {}
    built: dict[Span, list[Instance]] = {}
    contained: dict[Span, list[Instance]] = {}
    for graph in graphs:
        path = shown_path(graph)
        for each in _events(graph, path, place) if path is not None else ():
            found = [(contained, each.built)] if each.is_inside else [(calls, each.call)]
            for known, span in (*found, (built, each.built)):
                if span is not None:
                    known.setdefault(span, []).append(each.instance)
    return Sites(*({span: tuple(each) for span, each in sorted(known.items())} for known in (calls, built, contained)))


@dataclass(frozen=True, slots=True)
class _Event:
    """Something that ran: by which call, in whose ``forward``, and where what was called was built."""

    instance: Instance
    call: Span
    caller: str
    built: Span | None
    is_inside: bool
    """Whether a container of torch's made the call: the place is then that of the call of the container."""


def _events(graph: ModelGraph, path: GraphPath, place: Callable[[Span], Span]) -> Iterator[_Event]:
    """What ran, in order."""
    returned: dict[str, list[ModuleCall]] = {}
    containers: dict[Span, list[str]] = {}
    for call in path.calls:
        returned.setdefault(call.after, []).append(call)
        containers.setdefault(call.call, []).append(call.module)

    def event(instance: Instance, call: Span, caller: str) -> _Event:
        within = any(f"{caller}.".startswith(f"{each}.") for each in containers.get(call, ()))
        return _Event(instance, place(call), caller, instance.constructor, within)

    for node in path.nodes:
        if node.call is not None and node.kind not in _SILENT:
            layer = graph.layers.get(node.layer) if node.layer is not None else None
            name = layer.class_name if layer is not None else node.operation
            built = place(layer.constructor) if layer is not None and layer.constructor is not None else None
            module = node.layer if node.layer is not None else node.module
            yield event(Instance(graph, path, module, name, node.outputs, node, built), node.call, node.module)
        for each in returned.get(node.name, ()):
            built = place(each.constructor) if each.constructor is not None else None
            instance = Instance(graph, path, each.module, each.module_class, each.outputs, None, built)
            yield event(instance, each.call, each.caller)


def real_span(span: Span) -> Span:
    """The span in the file that its path leads to."""
    return replace(span, path=real_path(span.path))


@lru_cache(maxsize=1024)
def real_path(path: str) -> str:
    """The absolute path without links."""
    return os.path.realpath(path)
