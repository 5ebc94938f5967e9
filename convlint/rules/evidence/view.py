"""One path of a model as the rules look at it: its flow, its windows, its geometry, each worked out once."""

from collections.abc import Mapping
from functools import cached_property

from convlint.arithmetic.window import Window
from convlint.diagnostics import Span
from convlint.graph.flow import Flow
from convlint.graph.geometry import Geometries, geometries
from convlint.graph.model import GraphPath, Layer, ModelGraph, Node
from convlint.graph.windows import AxisTransposed, AxisWindow, parameters_of, transposed_of, windows_of
from convlint.rules.evidence.grid import Grids, grids
from convlint.symbolic.domain import Domain


class View:
    """A path with what can be read off it."""

    def __init__(self, graph: ModelGraph, path: GraphPath) -> None:
        self.graph = graph
        self.path = path
        self.flow = Flow(path)

    @property
    def domain(self) -> Domain:
        """The sizes that this path accepts."""
        return self.path.domain

    @cached_property
    def is_live(self) -> bool:
        """Whether any size runs to the end of what was traced."""
        return self.path.is_live

    @cached_property
    def windows(self) -> tuple[tuple[Node, tuple[AxisWindow, ...]], ...]:
        """The nodes that slide windows, in order, with one window an axis."""
        found = ((node, windows_of(self.graph, self.flow, node)) for node in self.flow.nodes)
        return tuple((node, windows) for node, windows in found if windows)

    def window(self, node: Node, axis: int) -> Window | None:
        """The numbers of the window that the node slides over ``axis``, if it does."""
        windows = self._windows_by_node.get(node.name, ())
        return next((each.window for each in windows if each.axis == axis), None)

    @cached_property
    def _windows_by_node(self) -> Mapping[str, tuple[AxisWindow, ...]]:
        return {node.name: windows for node, windows in self.windows}

    @cached_property
    def transposed(self) -> tuple[tuple[Node, tuple[AxisTransposed, ...]], ...]:
        """The transposed convolutions, in order, with one entry an axis."""
        found = ((node, transposed_of(self.graph, self.flow, node)) for node in self.flow.nodes)
        return tuple((node, axes) for node, axes in found if axes)

    @cached_property
    def geometries(self) -> Mapping[str, Geometries]:
        """Receptive field, jump and centre by node name and axis."""
        return geometries(self.graph, self.flow)

    @cached_property
    def grids(self) -> Grids:
        """The sampling grid of every map, also where a geometry ends."""
        return grids(self.flow, self.geometries, self.windows, self.transposed)

    @cached_property
    def returned(self) -> tuple[Node, ...]:
        """The nodes whose tensors the model returns."""
        found = {
            each.name: each for node in self.flow.nodes if node.op == "output" for each in self.flow.inputs(node)
        }
        return tuple(found.values())

    def layer(self, node: Node) -> Layer | None:
        """The layer that the node calls."""
        return self.graph.layers.get(node.layer) if node.layer is not None else None

    def parameters(self, node: Node) -> Mapping[str, object]:
        """The numbers of the node and of its layer."""
        return parameters_of(self.graph, node)

    def span(self, node: Node) -> Span:
        """Where to change it: the constructor of its layer, else the call, else the model's class."""
        layer = self.layer(node)
        if layer is not None and layer.constructor is not None:
            return layer.constructor
        return node.call or self.graph.span

    def call_span(self, node: Node) -> Span:
        """Where it is called, else where to change it."""
        return node.call or self.span(node)

    def place(self, node: Node) -> str:
        """Where it is in the model: the path of its layer, or of the module that calls it."""
        return node.layer or node.module

    def title(self, node: Node) -> str:
        """How to call it in a sentence: ``layer1.0.conv1`` or the operation."""
        return f"`{node.layer}`" if node.layer else f"`{node.operation}`"
