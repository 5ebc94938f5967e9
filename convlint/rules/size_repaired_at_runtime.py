"""A pad, a crop or an interpolation makes a branch fit its join, by an amount that depends on the input size.

## What it does

Finds the operations right before a join that add, drop or resample a number of cells which the sizes decide, and says
for which sizes they act, and by how many input pixels they shift the branch against itself.

## Why is this bad

It is the usual repair of a decoder that does not come back to the encoder's size, and better than a crash. But it acts
at some sizes only, so that a model which was trained on crops meets it first in production, where it shifts the decoder
against the encoder: by a whole cell on one side, or by a little everywhere.

## Formula

A pad of `left` cells moves the branch by `left·jump`. A crop that starts at cell `start` moves it by as much the other
way. An interpolation of `i` cells to `o = f·i + d` moves the last unit by `d/f` cells against the scale `f`.

## Flagged

```python
# input: N 3 H W
import torch
from torch import nn
from torch.nn import functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool, self.up = nn.MaxPool2d(2), nn.Upsample(scale_factor=2)

    def forward(self, x):
        up = self.up(self.pool(x))
        rows, columns = x.shape[2] - up.shape[2], x.shape[3] - up.shape[3]
        return torch.cat([x, F.pad(up, (0, columns, 0, rows))], dim=1)
```

## Clean

```python
# input: N 3 H W
# where: H % 2 == 0
# where: W % 2 == 0
import torch
from torch import nn
from torch.nn import functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool, self.up = nn.MaxPool2d(2), nn.Upsample(scale_factor=2)

    def forward(self, x):
        up = self.up(self.pool(x))
        rows, columns = x.shape[2] - up.shape[2], x.shape[3] - up.shape[3]
        return torch.cat([x, F.pad(up, (0, columns, 0, rows))], dim=1)
```

## Fix

None is needed where such sizes do not occur, or the shift does not matter. Else pad the input to a multiple of the
model's stride once, and crop the output. It changes what the model computes, so it is not applied by itself.

## Limits

Only what stands before a join, with nothing but cell by cell operations between, is taken for a repair: padding of the
input to a multiple is not, nor `'same'` padding before a convolution.

## References

- Ronneberger et al., *U-Net*, arXiv:1505.04597, whose crops are the first of the kind.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from convlint.arithmetic.geometry import position
from convlint.diagnostics import Severity
from convlint.graph.border import border
from convlint.graph.geometry import FIRST_SPATIAL_AXIS
from convlint.graph.model import Node
from convlint.graph.scale import ratio
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.meeting import is_joined
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.comparison import unequal
from convlint.symbolic.connectives import any_of
from convlint.symbolic.dim import Dim, Size
from convlint.symbolic.predicate import Predicate
from convlint.symbolic.truth import Truth


@dataclass(frozen=True, slots=True)
class Repair:
    """What is done to one axis: it acts where ``acts`` holds, and moves units by ``shift`` cells of the branch."""

    axis: int
    acts: Predicate
    shift: Size | Fraction


def check(subject: Subject) -> Iterator[Finding]:
    """Size-dependent pads, crops and interpolations before a join."""
    for view in subject.live:
        for node in view.flow.nodes:
            if node.kind not in {"pad", "crop", "resize"} or view.flow.is_constant(node) or not is_joined(view, node):
                continue  # a table of positions is cut or resized to the map that it is added to
            repairs = [each for each in _repairs(view, node) if view.domain.decide(each.acts) is not Truth.NEVER]
            if repairs:
                yield from _finding(subject, view, node, repairs)


def _repairs(view: View, node: Node) -> Iterator[Repair]:
    given = view.flow.inputs(node)[0]
    simplify = view.domain.simplify
    for axis in range(FIRST_SPATIAL_AXIS, len(node.shape)):
        match node.kind:
            case "pad":
                before, after = (simplify(each) for each in border(node, axis - len(node.shape)))
                shift: Size | Fraction = -before
            case "crop":
                start, after = (simplify(each) for each in _cropped(view, node, given, axis))
                before, shift = start, start
            case _:
                step = _step_by_size(view, node, given, axis)
                if step is None:
                    continue
                off = position(given.shape[axis] - node.shape[axis] * step)
                if not isinstance(off, Dim):
                    continue
                before = simplify(off)
                after, shift = 0, before
        if isinstance(before, Dim) or isinstance(after, Dim):
            yield Repair(axis, any_of(unequal(before, 0), unequal(after, 0)), shift)


def _cropped(view: View, node: Node, given: Node, axis: int) -> tuple[Size, Size]:
    """Cells that a slice drops before and after; nothing is said of one with a step."""
    slices = view.parameters(node).get("slices")
    part = slices[axis] if isinstance(slices, tuple) and len(slices) == len(node.shape) else None
    if not isinstance(part, tuple) or part[0] != axis or part[2] != 1:
        return 0, 0
    start: Size = part[1]
    return start, given.shape[axis] - start - node.shape[axis]


def _step_by_size(view: View, node: Node, given: Node, axis: int) -> Fraction | None:
    """Source cells for each output cell, leaving out remainders, of an interpolation that was given a size."""
    parameters = view.parameters(node)
    if node.operation != "interpolate" or parameters.get("size") is None or len(given.shape) != len(node.shape):
        return None
    return ratio(given.shape[axis], node.shape[axis])


def _finding(subject: Subject, view: View, node: Node, repairs: list[Repair]) -> Iterator[Finding]:
    first = repairs[0]
    witness = view.domain.witness(subject.near, first.acts)
    if witness is None:
        return
    always = view.domain.decide(first.acts) is Truth.ALWAYS
    sizes = "" if always else f" for {wording.where(first.acts, view.domain)}"
    symbols = list(
        dict.fromkeys(symbol for each in repairs[1:] for symbol in sorted(each.acts.symbols - first.acts.symbols))
    )
    likewise = wording.likewise(symbols) if sizes else ""
    verb = {"pad": "pads", "crop": "crops", "resize": "resamples"}[node.kind]
    yield Finding(
        Severity.INFO,
        f"`{node.operation}` {verb} a branch to the size of the other{sizes}{likewise}{_shifts(view, node, first)}",
        view.call_span(node),
        place=view.place(node),
        witness=witness,
        help=("pad the input to a multiple of the model's stride instead, and crop the output",),
    )


def _shifts(view: View, node: Node, repair: Repair) -> str:
    """``, which shifts it by up to 2 pixels``; empty where that is not bounded."""
    geometry = view.geometries[view.flow.inputs(node)[0].name][repair.axis]
    if geometry is None:
        return ""
    pixels = position(repair.shift * geometry.jump)
    low, high = view.domain.bounds(pixels) if isinstance(pixels, Dim) else (pixels, pixels)
    if low is None or high is None:
        return ""
    most = max(abs(Fraction(low)), abs(Fraction(high)))
    if most == 0:
        return ", without moving its first unit"
    up_to = "up to " if low != high else ""
    return f", which shifts it by {up_to}{float(most):.4g} input {'pixel' if most == 1 else 'pixels'}"


RULE = Rule("CL305", "size-repaired-at-runtime", Severity.INFO, __doc__, check)
