"""Tensors are joined that only fit because an axis of size 1 is repeated, where it should not be.

## What it does

Finds element-wise joins that PyTorch accepts and that mean something else than they look like: a map whose height or
width is 1 for some sizes and is then repeated along the other's, and a batch that lands on another axis because its
tensor has fewer axes (`(N, 1)` with `(N,)` gives `(N, N)`). In a loss of differences (`mse_loss`, `l1_loss`,
`smooth_l1_loss`, `huber_loss`) any axis that is repeated counts: each prediction has one target.

## Why is this bad

Nothing raises. A loss between `(N, 1)` and `(N,)` compares every prediction with every target, trains, and learns the
mean; a map that is repeated adds one row to all rows.

## Formula

Axes are aligned from the last one on, and an axis of size 1 is repeated. For maps, the join is accepted for
`a = b`, `a = 1` or `b = 1`; the last two are meant only where the 1 is there for every size (squeeze-and-excite,
`(N, C, 1, 1)`). Where the input's size is a number, they are not meant if the same stride leaves 1 cell on one branch
and 2 on the other.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.score = nn.Linear(3, 1)

    def forward(self, x):
        pooled = x.mean((2, 3))
        return self.score(pooled) - pooled.sum(1)
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(3, 3, 1))

    def forward(self, x):
        return x * self.gate(x)
```

## Fix

`squeeze(1)` or `unsqueeze(1)` on one of the two, `view(-1, 1, 1, 1)` for a factor for each sample, or an interpolation
to the other's size.

## Limits

The batch has to be a symbol: where it is a number, a batch and a number of channels look alike. What is computed from
the model's numbers alone (`arange(n)[:, None] - arange(n)`), or an outer product of one tensor with itself, is meant.
Where no sizes were declared, maps that are repeated for the last few small sizes only are not mentioned. Losses are
seen where they are part of `forward`, and not those against one number.

## References

- https://docs.pytorch.org/docs/stable/notes/broadcasting.html
"""

from collections.abc import Iterator
from itertools import combinations

from convlint.diagnostics import Related, Severity
from convlint.graph.extent import is_last_few
from convlint.graph.geometry import FIRST_SPATIAL_AXIS
from convlint.graph.model import Node
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.comparison import equal, greater
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.dim import Dim, Size, symbols_of
from convlint.symbolic.domain import Domain
from convlint.symbolic.predicate import FALSE

_ROUNDED_UP = 2
"""Cells of a map that rounding up leaves where rounding down leaves one."""
_LOSSES = frozenset({"mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"})
_SAME_ELEMENTS = frozenset({"view", "permute", "index"})


def check(subject: Subject) -> Iterator[Finding]:
    """Joins that broadcast where they should not."""
    for view in subject.live:
        for node in view.flow.nodes:
            if node.operation in _LOSSES:
                yield from _unpaired(subject, view, node)
            if node.kind != "join":
                continue
            inputs = [each for each in view.flow.inputs(node) if not view.flow.is_constant(each)]
            for left, right in combinations(inputs, 2):
                yield from _repeated_maps(subject, view, node, left, right)
                yield from _moved_batch(subject, view, node, left, right)


def _repeated_maps(subject: Subject, view: View, node: Node, left: Node, right: Node) -> Iterator[Finding]:
    """Two maps of one rank, of which one has a row or column that is repeated for some sizes."""
    if len(left.shape) != len(right.shape) or len(left.shape) <= FIRST_SPATIAL_AXIS:
        return
    for axis in range(FIRST_SPATIAL_AXIS, len(left.shape)):
        if left.shape[axis] == right.shape[axis]:
            continue
        repeated = any_of(
            *(
                all_of(equal(small.shape[axis], 1), greater(large.shape[axis], 1))
                for small, large in ((left, right), (right, left))
                if _is_by_chance(view, small, large, axis)
            )
        )
        if repeated == FALSE:
            continue
        failing = view.domain.narrow(repeated)
        # Undeclared sizes are any sizes: what happens for the last few of them is nothing that somebody asked for.
        if failing.is_empty or (
            not subject.sizes_are_given and is_last_few(failing, subject.graph.declared, repeated.symbols)
        ):
            continue
        witness = failing.witness(subject.near)
        if witness is None:
            continue
        there = wording.values((left.shape[axis], right.shape[axis]), witness)
        where = "" if view.domain.holds(repeated) else f" for {wording.where(repeated, view.domain)}"
        at = f" at {wording.at(witness, repeated.symbols)}" if repeated.symbols else ""
        yield Finding(
            Severity.WARNING,
            f"`{node.operation}` repeats a map along dimension {axis}{where}: {there[0]} against {there[1]}{at}",
            view.call_span(node),
            place=view.place(node),
            witness=witness,
            related=tuple(_branches(view, left, right, view.domain)),
            help=("bring one map to the size of the other: `F.interpolate(x, size=y.shape[2:])`",),
        )
        return


def _is_by_chance(view: View, small: Node, large: Node, axis: int) -> bool:
    """Whether the axis of ``small`` was not pooled to 1: it varies, or is what rounding left of maps of one stride."""
    if isinstance(small.shape[axis], Dim):
        return True
    if (small.shape[axis], large.shape[axis]) != (1, _ROUNDED_UP):
        return False
    one, other = (view.geometries[each.name][axis] for each in (small, large))
    return one is not None and other is not None and one.jump == other.jump


def _moved_batch(subject: Subject, view: View, node: Node, left: Node, right: Node) -> Iterator[Finding]:
    """The batch of the tensor with fewer axes is repeated along another axis than that of the other tensor."""
    tall, flat = (left, right) if len(left.shape) > len(right.shape) else (right, left)
    axis = len(tall.shape) - len(flat.shape)
    if axis == 0 or not flat.shape or _is_view_of(view, tall, flat) or _is_view_of(view, flat, tall):
        return
    batch = flat.shape[0]
    if not _is_batch(view, batch) or tall.shape[0] != batch or not isinstance(tall.shape[axis], int):
        return
    # What PyTorch refuses at other numbers of samples is told where it is refused.
    if tall.shape[axis] != 1 and node.requirements:
        return
    shapes = " and ".join(_tuple(each.shape) for each in (tall, flat))
    deed = "is repeated" if tall.shape[axis] == 1 else "goes"
    yield Finding(
        Severity.WARNING,
        f"`{node.operation}` of {shapes} gives {_tuple(node.shape)}: the batch {deed} along dimension {axis}",
        view.call_span(node),
        place=view.place(node),
        witness=view.domain.witness(subject.near, greater(batch, 1)),
        related=tuple(_branches(view, tall, flat, view.domain)),
        help=(f"give both {len(tall.shape)} dimensions with `unsqueeze`, or drop an axis of size 1 with `squeeze`",),
    )


def _unpaired(subject: Subject, view: View, node: Node) -> Iterator[Finding]:
    """A loss of predictions and targets of which some are repeated for the others."""
    tensors = view.flow.inputs(node)
    if len(tensors) != 2 or not all(each.shape for each in tensors) or any(map(view.flow.is_constant, tensors)):
        return
    left, right = tensors
    rank = max(len(left.shape), len(right.shape))
    one, other = ((1,) * (rank - len(each.shape)) + each.shape for each in tensors)
    pairs = list(zip(one, other, strict=True))
    repeated = [large for small, large in (*pairs, *((b, a) for a, b in pairs)) if small == 1 != large]
    # Where sizes differ otherwise, PyTorch refuses, and that is told where it is refused.
    if not repeated or any(a != b and 1 not in (a, b) for a, b in pairs):
        return
    witness = view.domain.witness(subject.near, all_of(*(greater(size, 1) for size in repeated)))
    if witness is None:
        return
    shapes = " with ".join(_tuple(each.shape) for each in tensors)
    compared = _tuple(tuple(b if a == 1 else a for a, b in pairs))
    yield Finding(
        Severity.WARNING,
        f"`{node.operation}` compares {shapes} as {compared}: what is repeated meets the targets of others",
        view.call_span(node),
        place=view.place(node),
        witness=witness,
        related=tuple(_branches(view, left, right, view.domain)),
        help=("give both one shape, with `squeeze` or `unsqueeze` on one of them",),
    )


def _is_batch(view: View, size: Size) -> bool:
    """Whether it is the number of samples: the first size of an input, and of no other axis."""
    inputs = [each for each in view.flow.nodes if each.op == "placeholder" and each.shape]
    others = wording.symbols(other for each in inputs for other in each.shape[1:])
    return isinstance(size, Dim) and any(each.shape[0] == size for each in inputs) and not symbols_of(size) & others


def _is_view_of(view: View, node: Node, source: Node) -> bool:
    """Whether it has the elements of ``source`` in another shape: an outer product is meant then."""
    while node is not source:
        inputs = view.flow.inputs(node)
        if node.kind not in _SAME_ELEMENTS or not inputs:
            return False
        node = inputs[0]
    return True


def _branches(view: View, left: Node, right: Node, domain: Domain) -> Iterator[Related]:
    for branch in (left, right):
        if branch.op != "placeholder":
            text = f"{view.title(branch)} gives {wording.shape(branch.shape, domain)}"
            yield Related(view.call_span(branch), text)


def _tuple(shape: tuple[Size, ...]) -> str:
    inner = ", ".join(wording.size(each) for each in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"


RULE = Rule("CL303", "accidental-broadcast", Severity.WARNING, __doc__, check)
