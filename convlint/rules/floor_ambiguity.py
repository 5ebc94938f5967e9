"""Several input sizes share one output size at a strided window, and nothing afterwards tells them apart.

## What it does

Names the strided convolutions and poolings at which different input sizes give the same output size, where no later
map comes back to the size of their input (by a skip, a crop, a pad or an interpolation to that size).

## Why is this bad

It is how strides work, and harmless in a classifier. It matters to whoever maps outputs back to inputs: which pixel a
cell stands for, and how large a reconstruction has to be, cannot be told from the output alone.

## Formula

`i = s(o-1) + k_eff - 2p + r` with `r = 0..s-1`: `s` consecutive sizes share each output size.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, kernel_size=3, stride=2, padding=1))
```

## Clean

```python
# input: N 3 H W
# where: H % 2 == 0
# where: W % 2 == 0
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, kernel_size=3, stride=2, padding=1))
```

## Fix

None is needed where the output is not mapped back. Else keep the input's size, and give it to `output_size=` or
`F.interpolate(size=)`.

## Limits

Where the size that a window is given depends on several symbols (a flattened `H*W`), one of them is varied at a time.

## References

- Dumoulin & Visin, *A guide to convolution arithmetic for deep learning*, arXiv:1603.07285, section 4.6.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from convlint.arithmetic.window import Window, output_size, remainder
from convlint.diagnostics import Severity
from convlint.graph.model import Node
from convlint.graph.windows import AxisWindow
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.places import Place, place_of
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.canonical import symbol as dimension
from convlint.symbolic.comparison import equal
from convlint.symbolic.connectives import all_of
from convlint.symbolic.dim import Dim, Size, evaluate, symbols_of
from convlint.symbolic.intset import IntSet
from convlint.symbolic.substitution import substitute

_MOST_TRIED = 600


@dataclass(frozen=True, slots=True)
class Shared:
    """Two sizes of a symbol that give a window different inputs and one output."""

    symbol: str
    sizes: tuple[int, int]
    inputs: tuple[int, int]
    output: int


def check(subject: Subject) -> Iterator[Finding]:
    """Strided windows whose output does not tell their input."""
    seen: set[Place] = set()
    for view in subject.live:
        for node, windows in view.windows:
            place = place_of(node)
            if place in seen:
                continue
            found = _ambiguous_axes(subject, view, node, windows)
            if found:
                seen.add(place)
                yield _finding(subject, view, node, found)


def _ambiguous_axes(
    subject: Subject, view: View, node: Node, windows: tuple[AxisWindow, ...]
) -> list[tuple[AxisWindow, Shared]]:
    found = []
    for window in windows:
        if window.window.stride == 1 or not isinstance(window.size, Dim):
            continue
        shared = _shared(subject, view, window)
        if shared is not None and not _undone(view, node, window):
            found.append((window, shared))
    return found


def _finding(subject: Subject, view: View, node: Node, found: list[tuple[AxisWindow, Shared]]) -> Finding:
    window, shared = found[0]
    symbols = list(dict.fromkeys(each.symbol for _, each in found))
    likewise = f" ({wording.either(symbols[1:])} likewise)" if len(symbols) > 1 else ""
    one, other = shared.sizes
    strides = "×".join(dict.fromkeys(wording.size(each.window.stride) for each, _ in found))
    return Finding(
        Severity.INFO,
        f"stride {strides} gives different sizes the same output: "
        f"{shared.symbol} = {one} and {other} both give {shared.output}{likewise}",
        view.span(node),
        place=view.place(node),
        witness={**(view.domain.witness(subject.near) or {}), shared.symbol: one},
        notes=(f"the window is given {wording.size(window.size, view.domain)} cells",),
    )


def _shared(subject: Subject, view: View, window: AxisWindow) -> Shared | None:
    """Neighbouring sizes of the domain with one output, near the usual ones if possible, else from the least on."""
    symbols = symbols_of(window.size)
    left = view.domain.simplify(remainder(window.size, window.window))
    if not isinstance(left, Dim) or not left.symbols <= symbols:  # one residue, or a window as large as another axis
        return None
    usual = view.domain.witness(subject.near)
    if usual is None:  # no size is known to come here
        return None
    for symbol in sorted(symbols):
        others = {other: usual[other] for other in symbols - {symbol} if other in usual}
        here = view.domain.narrow(all_of(*(equal(dimension(other), number) for other, number in others.items())))
        size = substitute(window.size, others)
        if symbols_of(size) == symbols_of(output_size(size, window.window)) == {symbol}:
            found = _collision(symbol, here.set_of(symbol), size, window.window, subject.near.get(symbol, 0))
            if found is not None and all(view.domain.contains({**usual, symbol: number}) for number in found.sizes):
                return found
    return None


@lru_cache(maxsize=4096)
def _collision(symbol: str, allowed: IntSet, size: Size, window: Window, near: int) -> Shared | None:
    made = output_size(size, window)
    for start in (near, 0):
        before: tuple[int, int, int] | None = None
        for tried, n in enumerate(allowed.iterate(start)):
            if tried > _MOST_TRIED:
                break
            sizes = {symbol: n}
            now = (n, int(evaluate(size, sizes)), int(evaluate(made, sizes)))
            if before is not None and before[1] != now[1] and before[2] == now[2]:
                return Shared(symbol, (before[0], n), (before[1], now[1]), now[2])
            before = now
    return None


def _undone(view: View, node: Node, window: AxisWindow) -> bool:
    """Whether a later map has the size that the window was given."""
    simplify = view.domain.simplify
    given = simplify(window.size)
    from_end = window.axis - len(view.flow.inputs(node)[0].shape)
    later = {
        each.shape[from_end]
        for each in view.flow.members(view.flow.descendants(node))
        if each is not node and len(each.shape) >= -from_end
    }
    return window.size in later or any(simplify(size) == given for size in later)


RULE = Rule("CL101", "floor-ambiguity", Severity.INFO, __doc__, check)
