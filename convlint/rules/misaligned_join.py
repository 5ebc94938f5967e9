"""Branches of equal size are joined whose units stand for different places of the input.

## What it does

Follows the sampling grid (the distance of two units, and the centre of the first) along both branches of each addition
and concatenation, and says by how many input pixels equally numbered units lie apart, and for which sizes.

## Why is this bad

The sizes agree, so nothing raises, but the join adds what lies at different places: edges blur, boxes and masks are
shifted by a constant, and the layers behind have to spend weights on undoing it.

## Formula

Window: `centre += ((k_eff - 1)/2 - p_left)·jump`, then `jump *= s`. Up-sampling by `f`: `jump /= f`, then
`centre += (1 - f)/2·jump`, or no shift with `align_corners`. Padding and cropping shift by whole units. Branches are
aligned where centre and jump agree.

## Flagged

```python
# input: N 3 64 64
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, kernel_size=3)

    def forward(self, x):
        return self.conv(x) + x[:, :, :-2, :-2]
```

## Clean

```python
# input: N 3 64 64
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, kernel_size=3)

    def forward(self, x):
        return self.conv(x) + x[:, :, 1:-1, 1:-1]
```

## Fix

Crop or pad both sides alike, use odd kernels with half padding, and let the up-sampling undo the grid of its stride:
`scale_factor=2` undoes a pooling of 2, `align_corners=True` a convolution of stride 2 with `p = (k-1)/2` at odd sizes.
Trained weights have adapted to the shift, so nothing is applied by itself.

A warning where it comes to half a pixel of the coarser grid at sizes that somebody declared, and shifting one branch by
whole units would bring the two closer; else an info: an even window of stride 1 leaves half a unit, on either side. A
map that was up-sampled for the join counts with the grid that it came from.

## Limits

Silent where one branch has no known grid. A branch of one time axis that is shifted but ends at the same pixel is taken
to be causal, and the phases of one map (`x[:, :, 0::2]` beside `x[:, :, 1::2]`) are meant to lie apart. Where the step
of an interpolation depends on the size (`align_corners`, `size=`), the distance is that at one size, and no more is
claimed. Cells that the mode nearest repeats are taken to lie on the grid of half pixels.

## References

- Araujo, Norris & Sim, *Computing Receptive Fields of Convolutional Neural Networks*, Distill 2019,
  https://distill.pub/2019/computing-receptive-fields/
- Alsallakh et al., *Mind the Pad: CNNs can develop blind spots*, ICLR 2021, arXiv:2010.02178.
"""

from collections.abc import Iterator
from fractions import Fraction

from convlint.diagnostics import Related, Severity
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.meeting import Offset, offsets
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.comparison import unequal
from convlint.symbolic.dim import Dim, evaluate
from convlint.symbolic.truth import Truth


def check(subject: Subject) -> Iterator[Finding]:
    """Joins of maps on different grids."""
    for view in subject.live:
        found: dict[str, Offset] = {}
        for offset in offsets(subject, view):
            known = found.get(offset.join.name)
            if known is None or (offset.largest or 0) > (known.largest or 0):
                found[offset.join.name] = offset
        for offset in found.values():
            yield _finding(subject, view, offset)


def _finding(subject: Subject, view: View, offset: Offset) -> Finding:
    there = _distance_there(offset)
    apart = f"{_pixels(there)} apart on the input{_where(view, offset)}"
    can_be_closer = there > offset.jump / 2
    is_far = subject.sizes_are_given and there >= offset.coarsest / 2 and can_be_closer
    return Finding(
        Severity.WARNING if is_far else Severity.INFO,
        f"`{offset.join.operation}` joins maps whose units lie {apart}",
        view.call_span(offset.join),
        place=view.place(offset.join),
        witness=offset.witness,
        related=tuple(_related(view, offset)),
        notes=(f"the coarser grid has a unit each {_pixels(offset.coarsest)} (dimension {offset.axis})",),
        help=("crop and pad both sides alike, and up-sample so that the grid of the stride is undone",),
    )


def _distance_there(offset: Offset) -> Fraction:
    """How far apart they are at the witness."""
    if isinstance(offset.distance, Dim):
        return abs(Fraction(evaluate(offset.distance, offset.witness)))
    return offset.largest or Fraction(0)


def _where(view: View, offset: Offset) -> str:
    """For which sizes: all of them, those that can be named, or the one that was looked at."""
    size = offset.join.shape[offset.axis]
    if isinstance(offset.distance, Dim):
        apart = unequal(offset.distance, 0)
        at = wording.at(offset.witness, offset.distance.symbols)
        sizes = "" if view.domain.decide(apart) is Truth.ALWAYS else f" for {wording.where(apart, view.domain)},"
        return f"{sizes} at {at}"
    if offset.distance is None and isinstance(size, Dim):
        return f" at {wording.at(offset.witness, size.symbols)}"
    return ""


def _related(view: View, offset: Offset) -> Iterator[Related]:
    for branch, word in zip(offset.branches, ("one branch", "the other branch"), strict=True):
        geometry = view.geometries[branch.name][offset.axis]
        if branch.op == "placeholder" or geometry is None:
            continue
        centre = (
            f"{float(geometry.centre):g}"
            if isinstance(geometry.centre, Fraction)
            else wording.size(geometry.centre, view.domain)
        )
        text = f"{word}, from {view.title(branch)}: first unit at {centre}, one each {_pixels(geometry.jump)}"
        yield Related(view.call_span(branch), text)


def _pixels(number: Fraction) -> str:
    text = f"{float(number):.4g}"
    return f"{text} pixel" if text == "1" else f"{text} pixels"


RULE = Rule("CL304", "misaligned-join", Severity.WARNING, __doc__, check)
