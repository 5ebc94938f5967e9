"""The sampling grid of every map: how many input pixels lie between two of its cells, also beyond what a field follows.

A geometry ends where a map becomes tokens or one vector.  Its grid does not: a map whose size grows with the input's,
or that a reshape gives the very sizes of a map before it, stands on a grid again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from convlint.graph.flow import Flow
from convlint.graph.geometry import FIRST_SPATIAL_AXIS, Geometries
from convlint.graph.model import Node
from convlint.graph.scale import ratio, slope
from convlint.graph.windows import AxisTransposed, AxisWindow
from convlint.symbolic.dim import Dim, Size

Grid = tuple[Fraction | None, ...]
Sizes = tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class Grids:
    """By node name, the jump of each axis (None: on no grid), and the maps whose grid a reshape took up again."""

    jumps: Mapping[str, Grid]
    resumed: Mapping[str, Node]

    def jump(self, node: Node, axis: int) -> Fraction | None:
        """Pixels of the input between two cells of the node's output on ``axis``; None where there is no grid."""
        jumps = self.jumps[node.name]
        return jumps[axis] if axis < len(jumps) else None

    def sources(self, flow: Flow, node: Node) -> tuple[Node, ...]:
        """The maps from which the node has its grid: its inputs, or the map whose sizes it restores."""
        resumed = self.resumed.get(node.name)
        return (resumed,) if resumed is not None else flow.inputs(node)


def grids(
    flow: Flow,
    geometries: Mapping[str, Geometries],
    windows: Sequence[tuple[Node, tuple[AxisWindow, ...]]],
    transposed: Sequence[tuple[Node, tuple[AxisTransposed, ...]]],
) -> Grids:
    """The grids of a path, from its geometries where those are known."""
    steps = dict(_steps(windows, transposed))
    symbols = _input_symbols(flow)
    jumps: dict[str, Grid] = {}
    resumed: dict[str, Node] = {}
    on_grids: dict[Sizes, list[Node]] = {}
    for node in flow.nodes:
        known: list[Fraction | None] = [None if each is None else each.jump for each in geometries[node.name]]
        missing = [axis for axis in range(FIRST_SPATIAL_AXIS, len(node.shape)) if known[axis] is None]
        source = _restored(flow, node, on_grids) if missing and node.kind == "view" else None
        if source is not None:
            resumed[node.name] = source
            known = list(jumps[source.name])
        elif node.op != "placeholder":
            for axis in missing:
                known[axis] = _grown(node.shape[axis], symbols)
                if known[axis] is None:
                    known[axis] = _continued(node, axis, flow.inputs(node), jumps, steps.get(node.name, {}))
        jumps[node.name] = tuple(known)
        if len(known) > FIRST_SPATIAL_AXIS and None not in known[FIRST_SPATIAL_AXIS:]:
            on_grids.setdefault(node.shape[FIRST_SPATIAL_AXIS:], []).append(node)
    return Grids(jumps, resumed)


def _steps(
    windows: Sequence[tuple[Node, tuple[AxisWindow, ...]]],
    transposed: Sequence[tuple[Node, tuple[AxisTransposed, ...]]],
) -> Iterator[tuple[str, dict[int, Fraction]]]:
    """By how much strided layers multiply the jump, where their stride is a number."""
    for node, axes in windows:
        strides = {each.axis: each.window.stride for each in axes}
        yield node.name, {axis: Fraction(size) for axis, size in strides.items() if isinstance(size, int)}
    for node, transposed_axes in transposed:
        strides = {each.axis: each.transposed.stride for each in transposed_axes}
        yield node.name, {axis: Fraction(1, size) for axis, size in strides.items() if isinstance(size, int)}


def _input_symbols(flow: Flow) -> frozenset[str]:
    """The symbols that are a size of an input, as they stand: ``H``, ``W``, ``T``."""
    sizes = (
        size
        for node in flow.nodes
        if node.op == "placeholder"
        for size in node.shape[FIRST_SPATIAL_AXIS:]
        if isinstance(size, Dim) and len(size.symbols) == 1
    )
    return frozenset(symbol for size in sizes for symbol in size.symbols if slope(size, symbol) == 1)


def _grown(size: Size, symbols: frozenset[str]) -> Fraction | None:
    if not isinstance(size, Dim) or len(size.symbols) != 1 or not size.symbols <= symbols:
        return None
    (symbol,) = size.symbols
    cells = slope(size, symbol)
    return 1 / cells if cells else None


def _continued(
    node: Node, axis: int, inputs: Sequence[Node], jumps: Mapping[str, Grid], steps: Mapping[int, Fraction]
) -> Fraction | None:
    """The input's grid through a layer of known stride, a resize or shuffle, or an operation that keeps the size."""
    for each in inputs:
        jump = jumps[each.name][axis] if len(each.shape) == len(node.shape) else None
        if jump is None:
            continue
        if axis in steps:
            return jump * steps[axis]
        factor = ratio(each.shape[axis], node.shape[axis])
        if factor == 1 or (factor is not None and node.kind in {"resize", "shuffle", "max_unpool"}):
            return jump * factor
    return None


def _restored(flow: Flow, node: Node, on_grids: Mapping[Sizes, Sequence[Node]]) -> Node | None:
    """The last map on a grid, of those that the node is computed from, with the node's own spatial sizes."""
    sizes = node.shape[FIRST_SPATIAL_AXIS:]
    if all(size == 1 for size in sizes):
        return None
    return next((each for each in reversed(on_grids.get(sizes, ())) if flow.reaches(each, node)), None)
