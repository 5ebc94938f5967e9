"""Runs of windows of stride 1 on one grid, and which of its cells their units see together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from math import gcd

from convlint.arithmetic.window import Window
from convlint.graph.border import border
from convlint.graph.cellwise import keeps_places
from convlint.graph.model import Node
from convlint.graph.windows import WINDOW_KINDS, windows_of
from convlint.rules.evidence.branches import is_whole
from convlint.rules.evidence.view import View


@dataclass(frozen=True, slots=True)
class Taps:
    """A window of more than one cell: how many, and their distance."""

    kernel_size: int
    rate: int


@dataclass(frozen=True, slots=True)
class Run:
    """The windows behind a unit since the last change of grid, by node name, and the cells that it sees there.

    Bit ``i`` of ``cells`` stands for the cell ``first + i`` cells from the unit.  At most ``length`` of the windows lie
    one behind the other; the rest are on parallel branches.
    """

    cells: int = 1
    first: int = 0
    windows: Mapping[str, Taps] = field(default_factory=dict)
    length: int = 0

    def through(self, name: str, window: Window) -> "Run | None":
        """Through a window of stride 1; None where its numbers depend on the sizes."""
        kernel_size, dilation, padding = window.kernel_size, window.dilation, window.padding[0]
        if not (isinstance(kernel_size, int) and isinstance(dilation, int) and isinstance(padding, int)):
            return None
        cells = reduce(lambda seen, tap: seen | self.cells << tap * dilation, range(kernel_size), 0)
        if kernel_size == 1:
            return self.shifted(padding)
        windows = {**self.windows, name: Taps(kernel_size, dilation)}
        return Run(cells, self.first - padding, windows, self.length + 1)

    def shifted(self, by: int) -> "Run":
        """On a map that has ``by`` cells more before its first."""
        return replace(self, first=self.first - by)

    @property
    def has_holes(self) -> bool:
        """Whether a unit skips cells between the first and the last that it sees."""
        return self.cells & (self.cells + 1) != 0

    @property
    def rates(self) -> tuple[int, ...]:
        """The dilations of its windows, in ascending order."""
        return tuple(sorted(each.rate for each in self.windows.values()))

    @property
    def kernel_size(self) -> int:
        """The smallest kernel of its windows."""
        return min(each.kernel_size for each in self.windows.values())


def united(runs: Sequence[Run]) -> Run:
    """What units see on any of several branches."""
    first = min(each.first for each in runs)
    cells = reduce(lambda seen, each: seen | each.cells << each.first - first, runs, 0)
    windows = {name: window for each in runs for name, window in each.windows.items()}
    return Run(cells, first, windows, max(each.length for each in runs))


def widest_gap(rates: Sequence[int]) -> int:
    """``M_2`` of hybrid dilated convolution: the largest distance of two cells that the run reads (Wang et al., 2018).

    ``M_n = r_n``, ``M_i = max(M_{i+1} - 2r_i, M_{i+1} - 2(M_{i+1} - r_i), r_i)``.
    """
    gap = rates[-1]
    for rate in reversed(rates[1:-1]):
        gap = max(gap - 2 * rate, gap - 2 * (gap - rate), rate)
    return gap


def common_rate(rates: Sequence[int]) -> int:
    """The greatest common divisor of the rates: above 1, units see one cell of each so many."""
    return gcd(*rates)


def complete_runs(view: View, axis_from_end: int) -> tuple[Run, ...]:
    """The runs over one axis that no later window on the same grid continues, each set of windows once."""
    found: dict[str, Run | None] = {}
    for node in view.flow.nodes:
        found[node.name] = _run(view, node, axis_from_end, found)
    runs = {frozenset(each.windows): each for each in found.values() if each is not None and each.windows}
    return tuple(each for names, each in runs.items() if not any(names < others for others in runs))


def _run(view: View, node: Node, from_end: int, found: Mapping[str, Run | None]) -> Run | None:
    if node.op == "placeholder":
        return Run()
    inputs = view.flow.inputs(node)
    if not inputs or -from_end > len(node.shape) or len(inputs[0].shape) != len(node.shape):
        return None
    before = found[inputs[0].name]
    parameters = view.parameters(node)
    match node.kind:
        case kind if kind in WINDOW_KINDS:
            axis = len(node.shape) + from_end
            windows = [each.window for each in windows_of(view.graph, view.flow, node) if each.axis == axis]
            if not windows:
                return None
            # A stride makes a new grid, each cell of which is made of cells of the old one.
            return (before and before.through(node.name, windows[0])) if windows[0].stride == 1 else Run()
        case "pad":
            left, _ = border(node, from_end)
            return before.shifted(left) if before is not None and isinstance(left, int) else None
        case _ if keeps_places(view.graph, node):
            return before if inputs[0].shape == node.shape else None
        case "join" | "cat":
            branches = [each for each in inputs if not view.flow.is_constant(each)]
            runs = [found[each.name] if is_whole(each, node, from_end) else None for each in branches]
            along = parameters.get("dim") if node.kind == "cat" else None
            if along == len(node.shape) + from_end:
                return None
            known = [each for each in runs if each is not None]
            return united(known) if known and len(known) == len(runs) else None
        case _:
            return None
