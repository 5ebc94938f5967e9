"""Which up-sampling is meant to undo which strided window: found by the sampling grids and the joins, not by names."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from convlint.arithmetic.transposed import Transposed
from convlint.arithmetic.window import Window
from convlint.graph.model import Node
from convlint.graph.windows import transposed_of
from convlint.rules.evidence.view import View
from convlint.symbolic.dim import Size
from convlint.symbolic.domain import Domain

_UPSAMPLING = frozenset({"conv_transpose", "resize", "max_unpool"})
_FIRST_SPATIAL_AXIS = 2


@dataclass(frozen=True, slots=True)
class Pair:
    """``up`` brings axis ``axis`` back to the sampling grid that ``down`` was given.

    ``target`` is the size that ``down`` was given and ``shrunk`` what it made of it, ``given`` the size that ``up`` was
    given and ``made`` what it made of it.
    """

    up: Node
    down: Node
    axis: int
    target: Size
    shrunk: Size
    given: Size
    made: Size
    window: Window
    transposed: Transposed | None
    factor: Fraction

    def output_padding(self, domain: Domain) -> int | None:
        """The output padding with which ``up`` gives back ``target`` for all sizes of the domain, if there is one."""
        if self.transposed is None:
            return None
        needed = domain.simplify(self.target - self.made + self.transposed.output_padding)
        limit = self.transposed.stride
        if isinstance(needed, int) and isinstance(limit, int) and 0 <= needed < limit:
            return needed
        return None


def pairs(view: View) -> Iterator[Pair]:
    """Every up-sampling with the last window before it that left the grid to which it returns, axis by axis."""
    for up in view.flow.nodes:
        for axis, transposed in _upsampled_axes(view, up):
            pair = _pair(view, up, axis, transposed)
            if pair is not None:
                yield pair


def counterpart(view: View, branch: Node, axis: int, skip: Node) -> Pair | None:
    """The last pair on ``branch`` that ``skip`` goes round: what makes the two differ on ``axis``."""
    found = None
    for pair in pairs(view):
        if (
            pair.axis == axis
            and view.flow.reaches(pair.up, branch)
            and not view.flow.reaches(pair.up, skip)
            and not view.flow.reaches(pair.down, skip)
        ):
            found = pair
    return found


def reconstructions(view: View) -> Iterator[tuple[Node, Node]]:
    """Each returned map with the input that it reconstructs: the same rank, channels and scale, after down and up."""
    ups = {pair.up.name: pair.up for pair in pairs(view)}
    for returned in view.returned:
        if any(view.flow.reaches(up, returned) for up in ups.values()):
            source = _reconstructed(view, returned)
            if source is not None:
                yield source, returned


def _reconstructed(view: View, returned: Node) -> Node | None:
    for source in view.flow.nodes:
        if (
            source.op == "placeholder"
            and len(source.shape) == len(returned.shape) > _FIRST_SPATIAL_AXIS
            and source.shape[1] == returned.shape[1]
            and view.flow.reaches(source, returned)
            and all(
                geometry is not None and geometry.jump == 1
                for geometry in view.geometries[returned.name][_FIRST_SPATIAL_AXIS:]
            )
        ):
            return source
    return None


def _upsampled_axes(view: View, node: Node) -> Iterator[tuple[int, Transposed | None]]:
    inputs = view.flow.inputs(node) if node.kind in _UPSAMPLING else ()
    if not inputs or len(inputs[0].shape) != len(node.shape):
        return
    before, after = view.geometries[inputs[0].name], view.geometries[node.name]
    numbers = {each.axis: each.transposed for each in transposed_of(view.graph, view.flow, node)}
    for axis, (fine, coarse) in enumerate(zip(after, before, strict=True)):
        if fine is not None and coarse is not None and fine.jump < coarse.jump:
            yield axis, numbers.get(axis)


def _pair(view: View, up: Node, axis: int, transposed: Transposed | None) -> Pair | None:
    source = view.flow.inputs(up)[0]
    before, after = view.geometries[source.name][axis], view.geometries[up.name][axis]
    assert before is not None
    assert after is not None
    ancestors = view.flow.ancestors(up)
    for down, windows in reversed(view.windows):
        if not ancestors >> view.flow.index(down) & 1:
            continue
        window = next((each for each in windows if each.axis == axis), None)
        given = view.flow.inputs(down)[0]
        if window is None or len(given.shape) != len(source.shape):
            continue
        start, end = view.geometries[given.name][axis], view.geometries[down.name][axis]
        if start is not None and end is not None and start.jump == after.jump < end.jump:
            return Pair(
                up=up,
                down=down,
                axis=axis,
                target=window.size,
                shrunk=down.shape[axis],
                given=source.shape[axis],
                made=up.shape[axis],
                window=window.window,
                transposed=transposed,
                factor=before.jump / after.jump,
            )
    return None
