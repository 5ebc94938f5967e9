"""Where branches meet unit by unit, and how far apart the grids of their units are."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations

from convlint.arithmetic.geometry import Geometry, gap_between, position
from convlint.graph.cellwise import CELLWISE_JOINS, keeps_places
from convlint.graph.concrete import at
from convlint.graph.flow import Flow
from convlint.graph.geometry import FIRST_SPATIAL_AXIS, geometries
from convlint.graph.model import Node
from convlint.rules.evidence.branches import is_whole
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.comparison import greater_equal, less_equal, unequal
from convlint.symbolic.connectives import any_of
from convlint.symbolic.dim import Dim, evaluate


@dataclass(frozen=True, slots=True)
class Offset:
    """Equally numbered units of two branches of ``join`` lie apart on ``axis``.

    ``distance`` in input pixels is exact for all sizes where it is one number or a Dim.  ``largest`` is the most that
    it comes to where that is bounded, and ``witness`` are sizes at which the branches lie apart.  ``jump`` is that of
    the finer of the two grids, and ``coarsest`` that of the coarser of the grids that the two were brought from.
    """

    join: Node
    axis: int
    branches: tuple[Node, Node]
    distance: Fraction | Dim | None
    largest: Fraction | None
    jump: Fraction
    coarsest: Fraction
    witness: dict[str, int]


def offsets(subject: Subject, view: View) -> Iterator[Offset]:
    """The pairs of branches that lie apart, for each join and axis the pair that does so most."""

    @cache
    def witness_and_geometries() -> tuple[dict[str, int], dict[str, tuple[Geometry | None, ...]]]:
        witness = view.domain.witness(subject.near)
        if witness is None:
            return {}, {}
        return witness, dict(geometries(view.graph, Flow(at(view.path, witness))))

    for join in view.flow.nodes:
        if join.kind not in CELLWISE_JOINS:
            continue
        branches = [each for each in view.flow.inputs(join) if not view.flow.is_constant(each)]
        for axis in range(FIRST_SPATIAL_AXIS, len(join.shape)):
            if join.kind == "cat" and view.parameters(join).get("dim") == axis:
                continue
            found = []
            for pair in combinations(_distinct(view, branches, join, axis), 2):
                one, other = (view.geometries[each.name][axis] for each in pair)
                if one is None or other is None or view.flow.fork(*pair) is None or _is_causal(join, axis, one, other):
                    continue
                if join.kind == "cat" and all(_is_phase(view, each, axis) for each in pair):
                    continue  # space to depth: each brings its own share of the cells
                if one.jump == other.jump and one.drift == other.drift == 0:
                    offset = _exact(subject, view, join, axis, pair, one, other)
                else:
                    witness, there = witness_and_geometries()
                    if not witness:
                        continue
                    offset = _there(join, axis, pair, there, witness)
                if offset is not None:
                    found.append(offset)
            if found:
                yield max(found, key=lambda each: each.largest or 0)


def is_joined(view: View, node: Node) -> bool:
    """Whether a join brings the node's map, cell by cell, together with one that does not come through it."""
    flow = view.flow
    pending = [node]
    while pending:
        for user in flow.users(pending.pop()):
            if keeps_places(view.graph, user):
                pending.append(user)
            elif user.kind in CELLWISE_JOINS and any(not flow.reaches(node, each) for each in flow.inputs(user)):
                return True
    return False


def _distinct(view: View, branches: list[Node], join: Node, axis: int) -> tuple[Node, ...]:
    """One branch for each grid, of those that are not repeated along the axis."""
    found: list[tuple[Node, Geometry]] = []
    for branch in branches:
        geometry = view.geometries[branch.name][axis] if is_whole(branch, join, axis) else None
        if geometry is not None and not any(_is_one_grid(geometry, known) for _, known in found):
            found.append((branch, geometry))
    return tuple(branch for branch, _ in found)


def _is_one_grid(one: Geometry, other: Geometry) -> bool:
    return (one.jump, one.centre, one.drift) == (other.jump, other.centre, other.drift)


def _is_causal(join: Node, axis: int, one: Geometry, other: Geometry) -> bool:
    """Whether, on an axis that may be time, both see up to the same last pixel: shifted on purpose."""
    may_be_time = axis == FIRST_SPATIAL_AXIS and len(join.shape) in {3, 5}
    if not may_be_time or one.field is None or other.field is None:
        return False
    ends = [position(each.centre + each.field.extent[1]) for each in (one, other) if each.field is not None]
    return ends[0] == ends[1]


def _is_phase(view: View, node: Node, axis: int) -> bool:
    """Whether it is every n-th cell of a map (`x[:, :, 1::2]`)."""
    if node.kind not in {"crop", "index"} or len(view.flow.inputs(node)) != 1:
        return False
    before, after = view.geometries[view.flow.inputs(node)[0].name], view.geometries[node.name]
    if len(before) != len(after):
        return False
    whole, part = before[axis], after[axis]
    return whole is not None and part is not None and part.jump > whole.jump


def _exact(
    subject: Subject, view: View, join: Node, axis: int, pair: tuple[Node, Node], one: Geometry, other: Geometry
) -> Offset | None:
    distance = position(one.centre - other.centre)
    if isinstance(distance, Dim):
        distance = position(view.domain.simplify(distance))
    if distance == 0:
        return None
    jump, coarsest = min(one.jump, other.jump), max(one.coarsest, other.coarsest)
    if not isinstance(distance, Dim):
        witness = view.domain.witness(subject.near)
        if witness is None:
            return None
        return Offset(join, axis, pair, distance, abs(distance), jump, coarsest, witness)
    half = coarsest / 2
    far = any_of(greater_equal(distance, half), less_equal(distance, -half))
    witness = view.domain.witness(subject.near, far) or view.domain.witness(subject.near, unequal(distance, 0))
    if witness is None:
        return None
    low, high = view.domain.bounds(distance)
    largest = None if low is None or high is None else max(abs(Fraction(low)), abs(Fraction(high)))
    return Offset(join, axis, pair, distance, largest, jump, coarsest, witness)


def _there(
    join: Node,
    axis: int,
    pair: tuple[Node, Node],
    known: dict[str, tuple[Geometry | None, ...]],
    witness: dict[str, int],
) -> Offset | None:
    """How far apart they lie at one choice of sizes, where every number is known."""
    one, other = (known[each.name][axis] for each in pair)
    if one is None or other is None:
        return None
    units = int(evaluate(join.shape[axis], witness))
    if any(evaluate(each.shape[axis], witness) != units for each in pair):
        return None  # one cell that is repeated
    gap = gap_between(one, other, units, lambda _: (None, None))
    largest = max(abs(each) for each in gap) if gap is not None else Fraction(0)
    if not largest:
        return None
    jump, coarsest = min(one.jump, other.jump), max(one.coarsest, other.coarsest)
    return Offset(join, axis, pair, None, largest, jump, coarsest, witness)
