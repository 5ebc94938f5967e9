"""Rows of the model's input reach no output on any path.

## What it does

Follows backwards from what the model returns which rows each operation reads, down to the inputs, and reports the rows
at an edge, or between others, that nothing reads: crops, resampling that steps over rows, what the strides of several
layers leave over together.

## Why is this bad

What the camera saw there cannot change the result, and no error says so. At an edge it is a strip that the model is
blind to; between the rows it is resolution that was paid for and thrown away, and it aliases.

## Formula

A window reads the rows `s·o_first - p_left` up to `s·o_last - p_left + k_eff - 1` of its input, of which those beyond
the map are padding; if `s > k_eff`, only those with the remainders of its taps. The rows that several layers read
together are the union over all paths.

## Flagged

```python
# input: N 3 64 64
from torch import nn
from torch.nn import functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, kernel_size=3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=0.25, mode="bilinear"))
```

## Clean

```python
# input: N 3 64 64
from torch import nn
from torch.nn import functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, kernel_size=3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=0.25, mode="bilinear", antialias=True))
```

## Fix

Pad the edge that is lost, crop less, or give the resampling a kernel that reads every row (`antialias=True`,
`mode="area"`, a pooling). Each changes what the model computes, so none is applied by itself.

An info where only some sizes lose rows.

## Limits

An operation that is not known counts as reading everything. What a single strided window leaves over or steps over at
every size is reported at that window, by `input-lost-to-floor` and `skipped-input`.

## References

- Zhang, *Making Convolutional Networks Shift-Invariant Again*, ICML 2019, arXiv:1904.11486, on what strides drop.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from convlint.diagnostics import Severity
from convlint.graph.geometry import FIRST_SPATIAL_AXIS
from convlint.graph.liveness import Rows, live_rows
from convlint.graph.model import Node
from convlint.graph.windows import WINDOW_KINDS
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.comparison import greater, greater_equal
from convlint.symbolic.dim import Size
from convlint.symbolic.predicate import Predicate
from convlint.symbolic.truth import Truth


@dataclass(frozen=True, slots=True)
class Dead:
    """Rows of an axis of an input that nothing reads where ``some`` holds: ``count`` of them at an edge (``where``)."""

    source: Node
    axis: int
    where: str
    count: Size
    some: Predicate
    rows: Rows


def check(subject: Subject) -> Iterator[Finding]:
    """Rows of the inputs that no output depends on."""
    for view in subject.live:
        if view.path.failure is not None or not view.returned:
            continue
        live = live_rows(view.graph, view.flow)
        for source in view.flow.nodes:
            if source.op != "placeholder" or not any(view.flow.reaches(source, each) for each in view.returned):
                continue
            for dead in _dead(source, live[source.name]):
                yield from _finding(subject, view, dead, _culprit(view, dead, live))


def _dead(source: Node, live: tuple[Rows, ...]) -> Iterator[Dead]:
    for axis in range(FIRST_SPATIAL_AXIS, len(source.shape)):
        rows, size = live[axis], source.shape[axis]
        if rows.has_gaps:
            yield Dead(source, axis, "", 0, greater_equal(size, rows.modulus), rows)
            continue
        after = size - 1 - rows.last
        yield Dead(source, axis, "first", rows.first, greater(rows.first, 0), rows)
        yield Dead(source, axis, "last", after, greater(after, 0), rows)


def _culprit(view: View, dead: Dead, live: Mapping[str, tuple[Rows, ...]]) -> Node | None:
    """The first operation all of whose output counts, but not all of its input."""
    from_end = dead.axis - len(dead.source.shape)
    for node in view.flow.members(view.flow.descendants(dead.source)):
        for given in view.flow.inputs(node):
            if min(len(given.shape), len(node.shape)) < -from_end:
                continue
            if _is_whole(live[node.name], node, from_end) and not _is_whole(live[given.name], given, from_end):
                return node
    return None


def _is_whole(rows: tuple[Rows, ...], node: Node, from_end: int) -> bool:
    each = rows[from_end]
    return each.first == 0 and each.last == node.shape[from_end] - 1 and not each.has_gaps


def _finding(subject: Subject, view: View, dead: Dead, culprit: Node | None) -> Iterator[Finding]:
    truth = view.domain.decide(dead.some)
    if truth is Truth.NEVER:
        return
    always = truth is Truth.ALWAYS
    if culprit is not None and culprit.kind in WINDOW_KINDS and (always or not dead.where):
        return  # the rules on windows say it
    witness = view.domain.witness(subject.near, dead.some)
    if witness is None:
        return
    matters = always or not dead.where
    yield Finding(
        Severity.WARNING if matters else Severity.INFO,
        f"{_rows(dead, witness)} no output"
        f"{'' if always or not dead.where else f' for {wording.where(dead.some, view.domain)}'}"
        f"{_at(dead, witness)}",
        view.span(culprit) if culprit is not None else subject.graph.span,
        place=view.place(culprit) if culprit is not None else "",
        witness=witness,
        help=(
            ('use a kernel that reads every row: `antialias=True`, `mode="area"`, or a pooling',)
            if not dead.where
            else ("pad that edge or crop less, so that some output depends on it",)
        ),
    )


def _rows(dead: Dead, witness: dict[str, int]) -> str:
    """``the last 3 rows of dimension 2 of `x` reach``."""
    of = f"of dimension {dead.axis} of `{dead.source.target}`"
    if not dead.where:
        return f"{dead.rows.modulus - len(dead.rows.residues)} of each {dead.rows.modulus} rows {of} reach"
    (number,) = wording.values([dead.count], witness)
    return f"the {dead.where} {number} rows {of} reach" if number > 1 else f"the {dead.where} row {of} reaches"


def _at(dead: Dead, witness: dict[str, int]) -> str:
    symbols = wording.symbols([dead.count])
    return f" (at {wording.at(witness, symbols)})" if symbols else ""


RULE = Rule("CL105", "dead-input", Severity.WARNING, __doc__, check)
