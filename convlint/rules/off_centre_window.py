"""A window of even extent has no middle cell, and its padding shifts the output by half a pixel.

## What it does

Finds windows of even extent with half padding (`k_eff // 2` on both sides) or `padding='same'`, which puts the odd cell
of padding on the right.

## Why is this bad

The output does not lie on the grid of the input: unit `j` is centred half a cell beside cell `j`. One layer is nothing;
layers of one kind add up, and where such a map is joined with its input, edges are drawn double.

## Formula

The first window is centred at `(k_eff - 1)/2 - p_left` cells: `-1/2` for `p_left = k_eff/2`, `+1/2` for `'same'`.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, kernel_size=4, padding="same"))
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, kernel_size=4, stride=2, padding=1))
```

## Fix

An odd kernel. It needs new weights, so it is not applied by itself. Two even windows that shift to opposite sides
cancel.

## Limits

An even window with less padding (`kernel_size=4, stride=2, padding=1`) is centred between two cells, which is where the
cell of half the resolution belongs: it is not flagged. Padding by a layer of its own is not added to the window's.

## References

- Wu et al., *Convolution with even-sized kernels and symmetric padding*, NeurIPS 2019, arXiv:1903.08385.
"""

from collections.abc import Iterator

from convlint.arithmetic.window import same_padding
from convlint.diagnostics import Severity
from convlint.graph.windows import AxisWindow
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.places import windows_by_place
from convlint.rules.evidence.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Even windows that are padded by half of themselves."""
    for view, node, windows in windows_by_place(subject):
        shifted = next((each for each in windows if _is_shifted(each)), None)
        if shifted is None:
            continue
        left, right = shifted.window.padding
        kernel = wording.size(shifted.window.effective_kernel)
        side = "after" if left != right else "before"
        yield Finding(
            Severity.INFO,
            f"a window of {kernel} has no middle cell: with {wording.size(left)} cells of padding before and "
            f"{wording.size(right)} after, its first output lies half a cell {side} the first cell",
            view.span(node),
            place=view.place(node),
            witness=view.domain.witness(subject.near),
            help=("an odd kernel with half padding keeps the output on the grid of the input",),
        )


def _is_shifted(window: AxisWindow) -> bool:
    extent = window.window.effective_kernel
    if not isinstance(extent, int) or extent % 2:
        return False
    half = (extent // 2, extent // 2)
    return window.window.padding in {half, same_padding(extent)}


RULE = Rule("CL108", "off-centre-window", Severity.INFO, __doc__, check)
