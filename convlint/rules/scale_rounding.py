"""A `scale_factor` misses the size that it is meant to give, because it is multiplied as a double and rounded down.

## What it does

Compares the size that `F.interpolate(scale_factor=)` gives with the exact product, for scales that are a ratio of sizes
and for decimal numbers and fractions that no double holds.

## Why is this bad

The map comes out one row short, for a few sizes in a thousand: a join or a loss fails that passed all tests.

## Formula

PyTorch gives `⌊double(i) · double(scale)⌋`: `199 · (800/199) = 799.99…`, hence 799.

## Flagged

```python
# input: N 3 H W
from torch import nn
from torch.nn import functional as F

class Net(nn.Module):
    def forward(self, x):
        return F.interpolate(x, scale_factor=(800 / x.shape[2], 800 / x.shape[3]))
```

## Clean

```python
# input: N 3 H W
from torch import nn
from torch.nn import functional as F

class Net(nn.Module):
    def forward(self, x):
        return F.interpolate(F.interpolate(x, size=(800, 800)), scale_factor=0.5)
```

## Fix

Pass `size=`. The map is then sampled at other points where the scale was passed on to the kernel, so it is not applied
by itself.

A warning where the scale is a ratio of sizes, or the sizes are declared; else info.

## Limits

A constant is taken for the simplest fraction with a denominator up to 1000 that it is the double of, and decided for
every size that gives up to 2³² cells. A ratio of sizes is computed at every accepted size up to 4096, one symbol at a
time: that none beyond misses is not claimed.

## References

- https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from convlint.arithmetic.resize import scale_rounds_down, scaled_size
from convlint.diagnostics import Severity
from convlint.graph.geometry import FIRST_SPATIAL_AXIS
from convlint.graph.model import Node
from convlint.graph.scale import meant
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.places import Place, place_of
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.canonical import symbol as dimension
from convlint.symbolic.comparison import equal
from convlint.symbolic.dim import Dim, Size, evaluate, symbols_of

_LARGEST_TRIED = 4096


@dataclass(frozen=True, slots=True)
class Miss:
    """Sizes at which a scale gives ``made`` of ``given`` cells, where the exact product is ``meant``."""

    witness: Mapping[str, int]
    given: int
    made: int
    meant: int


def check(subject: Subject) -> Iterator[Finding]:
    """Interpolations by a number that rounds to another size than the product."""
    seen: set[Place] = set()
    for view in subject.live:
        for node in view.flow.nodes:
            place = place_of(node)
            if node.kind == "resize" and place not in seen:
                for axis, scale in _scales(view, node):
                    miss = _miss(subject, view, view.flow.inputs(node)[0].shape[axis], scale)
                    if miss is not None:
                        seen.add(place)
                        yield _finding(subject, view, node, axis, scale, miss)
                        break


def _finding(
    subject: Subject, view: View, node: Node, axis: int, scale: "Fraction | Dim", miss: Miss
) -> Finding:
    matters = isinstance(scale, Dim) or subject.sizes_are_given
    symbols = symbols_of(scale) | symbols_of(view.flow.inputs(node)[0].shape[axis])
    return Finding(
        Severity.WARNING if matters else Severity.INFO,
        f"`scale_factor` gives {miss.made} cells, not {miss.meant}, of {miss.given}: the product is rounded down"
        f"{f' (at {wording.at(miss.witness, symbols)})' if symbols else ''}",
        view.call_span(node),
        place=view.place(node),
        witness=miss.witness,
        help=("pass the size itself: `F.interpolate(x, size=...)`",),
    )


def _scales(view: View, node: Node) -> Iterator[tuple[int, "Fraction | Dim"]]:
    """The axes that are multiplied by a number which doubles round, with the number that is meant."""
    scales = view.parameters(node).get("scale_factor")
    inputs = view.flow.inputs(node)
    if not isinstance(scales, tuple | list) or not inputs:
        return
    for axis, scale in enumerate(scales, FIRST_SPATIAL_AXIS):
        if isinstance(scale, Dim):
            yield axis, scale
        elif isinstance(scale, float) and math.isfinite(scale):
            exact = meant(scale)
            if exact != Fraction(scale):
                yield axis, exact


def _miss(subject: Subject, view: View, size: Size, scale: "Fraction | Dim") -> Miss | None:
    """Accepted sizes at which PyTorch's product is not the exact one."""
    if isinstance(scale, Fraction):
        witness = view.domain.witness(subject.near, scale_rounds_down(size, scale))
        candidates = iter([witness] if witness is not None else [])
        made = scaled_size(size, float(scale))
    else:
        candidates = _candidates(subject, view, symbols_of(size) | symbols_of(scale))
        made = scaled_size(size, scale)
    for sizes in candidates:
        cells = int(evaluate(size, sizes))
        exact = math.floor(cells * Fraction(evaluate(scale, sizes)))
        rounded = int(evaluate(made, sizes))
        if rounded != exact:
            return Miss(sizes, cells, rounded, exact)
    return None


def _candidates(subject: Subject, view: View, symbols: frozenset[str]) -> Iterator[dict[str, int]]:
    """Accepted sizes: one symbol after the other varied, by their distance from its usual size."""
    base = view.domain.witness(subject.near)
    if base is None:
        return
    yield base
    for symbol in sorted(symbols):
        others = view.domain
        for other in symbols - {symbol}:
            others = others.narrow(equal(dimension(other), base[other]))
        numbers = others.set_of(symbol).clip(0, _LARGEST_TRIED).iterate()
        for number in sorted(numbers, key=lambda number: abs(number - base[symbol])):
            sizes = {**base, symbol: number}
            if others.contains(sizes):
                yield sizes


RULE = Rule("CL408", "scale-rounding", Severity.WARNING, __doc__, check)
