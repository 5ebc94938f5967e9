"""The way through a model to a place of its source, with the sizes on the way."""

from collections.abc import Iterator

from convlint.diagnostics import Related, Span
from convlint.graph.contract import render_shape
from convlint.graph.flow import Flow
from convlint.graph.model import GraphPath, ModelGraph, Node

_MOST_STEPS = 60
"""Of a longer trail the end is kept, and its first step."""


class Trails:
    """The trails of one model; each path's flow and each step's text are made once."""

    def __init__(self, graph: ModelGraph) -> None:
        self._graph = graph
        self._flows = [Flow(path) for path in graph.paths]
        self._texts: dict[tuple[int, str], Related] = {}

    def to(self, place: Span, name: str = "") -> tuple[Related, ...]:
        """The steps from the input to what is called or built at ``place``, by the longest way that leads there.

        ``name`` is the layer or module that is meant, where ``place`` builds several.  Operations that keep the size
        are left out, but for the last.  Nothing where no operation is known to stand there.
        """
        for index, flow in enumerate(self._flows):
            node = self._node(flow, place, name)
            if node is not None:
                return tuple(self._steps(index, flow, node))
        return ()

    def _node(self, flow: Flow, place: Span, name: str) -> Node | None:
        """The first operation of the path that stands at ``place``, if possible of the layer called ``name``."""
        layers = {path for path, layer in self._graph.layers.items() if layer.constructor == place}
        found = [node for node in flow.nodes if node.call == place or node.layer in layers]
        named = [node for node in found if name and name in {node.layer, node.module}]
        return next(iter(named or found), self._failing(flow.path, place))

    def _failing(self, path: GraphPath, place: Span) -> Node | None:
        """The last operation before what stopped the path at ``place``."""
        failure = path.failure
        if failure is None or failure.span != place or failure.node is None:
            return None
        return next((node for node in path.nodes if node.name == failure.node), None)

    def _steps(self, index: int, flow: Flow, end: Node) -> list[Related]:
        way = [end]
        while inputs := flow.inputs(way[-1]):
            way.append(max(inputs, key=lambda node: flow.ancestors(node).bit_count()))
        steps = [self._step(index, flow.path, node) for node in _telling(way[::-1])]
        if len(steps) > _MOST_STEPS:
            steps = [steps[0], *steps[len(steps) - _MOST_STEPS + 1 :]]
        return steps

    def _step(self, index: int, path: GraphPath, node: Node) -> Related:
        key = (index, node.name)
        if key not in self._texts:
            sizes = ", ".join(render_shape(each, (path.entered,)) for each in node.outputs)
            if node.op == "placeholder":
                text = f"input `{node.target}`: {sizes}"
            else:
                title = f"`{node.layer or node.operation}`"
                text = f"{title} gives {sizes}" if sizes else title
            self._texts[key] = Related(node.call or self._graph.span, text)
        return self._texts[key]


def _telling(way: list[Node]) -> Iterator[Node]:
    """The inputs, the operations that change a size, and the last one; those with a place in the source."""
    shape: object = None
    for node in way:
        is_placed = node.call is not None or node.op == "placeholder"
        if node is way[-1] or (is_placed and node.shape != shape):
            yield node
        shape = node.shape
