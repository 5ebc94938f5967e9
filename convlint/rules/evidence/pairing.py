"""Which up-sampling is meant to undo which strided layer: found by the sampling grids and the joins, not by names."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from convlint.arithmetic.transposed import Transposed
from convlint.arithmetic.transposed import output_size as transposed_size
from convlint.arithmetic.window import Window
from convlint.arithmetic.window import output_size as window_size
from convlint.graph.geometry import FIRST_SPATIAL_AXIS
from convlint.graph.model import Node
from convlint.graph.windows import AxisTransposed
from convlint.rules.evidence.view import View
from convlint.symbolic.comparison import equal
from convlint.symbolic.dim import Size
from convlint.symbolic.domain import Domain
from convlint.symbolic.predicate import Predicate

_UPSAMPLING = frozenset({"conv_transpose", "resize", "shuffle", "max_unpool"})


@dataclass(frozen=True, slots=True)
class Mending:
    """The numbers of a transposed convolution, on one axis, that undo a stride."""

    padding: int
    output_padding: int


@dataclass(frozen=True, slots=True)
class Pair:
    """``up`` brings axis ``axis`` back to the sampling grid that ``down`` was given.

    ``target`` is the size that ``down`` was given, ``made`` the size that ``up`` makes.  ``window`` are the numbers of
    ``down`` where it has some, ``transposed`` those of ``up`` where it is a transposed convolution.  ``factor`` is by
    how much ``up`` refines the grid: ``window``'s stride where it undoes this one stride, more where it undoes several.
    """

    up: Node
    down: Node
    axis: int
    target: Size
    made: Size
    window: Window | None
    transposed: Transposed | None
    factor: Fraction

    @property
    def is_single(self) -> bool:
        """Whether ``up`` undoes the window of ``down`` alone, not several strides from ``down`` on."""
        return self.window is not None and self.factor == self.window.stride

    @property
    def returned(self) -> Size:
        """What ``up`` makes of what ``down`` makes of ``target``: ``made`` without what befell the map in between."""
        if self.window is None or not self.is_single or self.up.kind == "max_unpool":
            return self.made
        shrunk = window_size(self.target, self.window)
        if self.transposed is not None:
            return transposed_size(shrunk, self.transposed)
        return self.made if self.up.parameters.get("size") is not None else shrunk * self.window.stride

    @property
    def comes_back(self) -> Predicate:
        """That the two, on their own, give back the size that ``down`` is given."""
        return equal(self.returned, self.target)

    @property
    def needed(self) -> Size | None:
        """The output padding with which ``up`` would give back ``target``; None for what has no output padding."""
        if self.transposed is None:
            return None
        return self.target - self.returned + self.transposed.output_padding

    def takes(self, output_padding: int) -> bool:
        """Whether this is an output padding that adds less than one more window."""
        limit = self.transposed.stride if self.transposed is not None else 0
        return isinstance(limit, int) and 0 <= output_padding < limit

    def mending(self, domain: Domain) -> Mending | None:
        """The numbers with which ``up`` gives back ``target`` for all sizes of the domain, if there are some.

        A ``padding`` other than its own only where no output padding does.
        """
        needed = None if self.needed is None else domain.simplify(self.needed)
        if self.transposed is None or not isinstance(needed, int):
            return None
        padding, rest = self.transposed.padding, needed % 2
        if not isinstance(padding, int):
            return None
        if self.takes(needed):
            return Mending(padding, needed)
        padding -= (needed - rest) // 2
        return Mending(padding, rest) if padding >= 0 and self.takes(rest) else None


def pairs(view: View) -> Iterator[Pair]:
    """Every up-sampling with the last layer before it that left the grid to which it returns, axis by axis."""
    numbers = {node.name: axes for node, axes in view.transposed}
    for up in view.flow.nodes:
        inputs = view.flow.inputs(up) if up.kind in _UPSAMPLING else ()
        if not inputs or len(inputs[0].shape) != len(up.shape):
            continue
        for axis in range(FIRST_SPATIAL_AXIS, len(up.shape)):
            if up.shape[axis] == inputs[0].shape[axis]:
                continue
            pair = _pair(view, up, axis, numbers.get(up.name, ()))
            if pair is not None:
                yield pair


def _pair(view: View, up: Node, axis: int, numbers: tuple[AxisTransposed, ...]) -> Pair | None:
    coarse, fine = view.grids.jump(view.flow.inputs(up)[0], axis), view.grids.jump(up, axis)
    if coarse is None or fine is None or not fine < coarse:
        return None
    found = _last_to_leave(view, up, axis, fine)
    if found is None:
        return None
    given, down = found
    return Pair(
        up=up,
        down=down,
        axis=axis,
        target=given.shape[axis],
        made=up.shape[axis],
        window=view.window(down, axis),
        transposed=next((each.transposed for each in numbers if each.axis == axis), None),
        factor=coarse / fine,
    )


def _last_to_leave(view: View, up: Node, axis: int, fine: Fraction) -> tuple[Node, Node] | None:
    """The last map on the grid ``fine``, and the layer that makes a coarser one of it, from which ``up`` is reached.

    Only ways on which the map stays on a coarser grid count: what was pooled to one number is not the map any more.
    """
    found: tuple[Node, Node] | None = None
    pending = [view.flow.inputs(up)[0]]
    seen = {pending[0].name}
    while pending:
        node = pending.pop()
        for source in view.grids.sources(view.flow, node):
            jump = view.grids.jump(source, axis)
            if jump is None or len(source.shape) != len(up.shape):
                continue
            if jump == fine and (found is None or view.flow.index(node) > view.flow.index(found[1])):
                found = source, node
            elif jump > fine and source.name not in seen:
                seen.add(source.name)
                pending.append(source)
    return found
