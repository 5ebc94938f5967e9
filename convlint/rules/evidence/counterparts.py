"""The two places of a layer: where it is built, and where it is called."""

from collections.abc import Mapping

from convlint.diagnostics import Span
from convlint.graph.model import ModelGraph


class Counterparts:
    """For each layer of a model, all places in the source that are its own."""

    def __init__(self, graph: ModelGraph) -> None:
        built = {path: layer.constructor for path, layer in graph.layers.items() if layer.constructor is not None}
        calls: dict[str, set[Span]] = {}
        for path in graph.paths:
            for node in path.nodes:
                if node.layer is not None and node.call is not None:
                    calls.setdefault(node.layer, set()).add(node.call)
        self._built: Mapping[str, Span] = built
        self._calls: Mapping[str, set[Span]] = calls

    def of(self, layer: str, span: Span) -> frozenset[Span]:
        """The calls of a layer for its constructor's ``span``, and its constructor for that of a call; else nothing."""
        constructor, calls = self._built.get(layer), self._calls.get(layer, set())
        if span == constructor:
            return frozenset(calls - {span})
        return frozenset({constructor} if constructor is not None and span in calls else ())
