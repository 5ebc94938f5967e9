"""The maps that a node brings together: which two of them do not fit, and which repeat a cell."""

from collections.abc import Sequence
from dataclasses import dataclass

from convlint.graph.cellwise import CELLWISE_JOINS
from convlint.graph.model import Node
from convlint.rules.evidence.refusal import Refusal
from convlint.symbolic.dim import Size, evaluate

JOINS = CELLWISE_JOINS | {"stack"}
"""The kinds of nodes that bring maps of one size together."""


@dataclass(frozen=True, slots=True)
class Branches:
    """Two maps (None for one that was not recorded) whose sizes on ``axis`` differ at the refusal's witness."""

    left: Node | None
    right: Node | None
    axis: int
    sizes: tuple[Size, Size]


def differing(refusal: Refusal) -> Branches | None:
    """The two branches of a refused join; None where no two of the same rank differ."""
    details = refusal.requirement.details
    axis, sizes = details.get("axis"), details.get("sizes")
    inputs = refusal.view.flow.inputs(refusal.node)
    if isinstance(axis, int) and isinstance(sizes, tuple) and len(sizes) == 2:
        rank = max((len(each.shape) for each in inputs), default=0)
        left = _with_size(inputs, axis - rank, sizes[0])
        right = _with_size([each for each in inputs if each is not left], axis - rank, sizes[1])
        return Branches(left, right, axis, (sizes[0], sizes[1]))
    for first, left in enumerate(inputs):
        for right in inputs[first + 1 :]:
            if len(left.shape) != len(right.shape):
                continue
            for axis, (one, other) in enumerate(zip(left.shape, right.shape, strict=True)):
                here = evaluate(one, refusal.witness) != evaluate(other, refusal.witness)
                if here and axis != refusal.node.parameters.get("dim"):
                    return Branches(left, right, axis, (one, other))
    return None


def is_whole(branch: Node, join: Node, axis: int) -> bool:
    """Whether a branch of the rank of ``join`` brings all of its cells on an axis, rather than one that is repeated."""
    return len(branch.shape) == len(join.shape) and (branch.shape[axis] != 1 or join.shape[axis] == 1)


def _with_size(nodes: Sequence[Node], from_end: int, size: Size) -> Node | None:
    for node in nodes:
        if -from_end <= len(node.shape) and node.shape[from_end] == size:
            return node
    return None
