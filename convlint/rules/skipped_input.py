"""A window steps over cells of its input, which no other branch reads either.

## What it does

Finds windows whose stride exceeds their kernel, such as a 1×1 convolution with stride 2, which reads one cell in four,
and looks for the cells between two windows on the other branches.

## Why is this bad

What has been computed for those cells is thrown away: in a map of 2 rows by 2 columns, three of four values never
count. The first residual networks did so in every stage that shrinks.

## Formula

`s > k_eff`: `s - k_eff` cells between two windows are never read, on each axis.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, kernel_size=3, padding=1), nn.Conv2d(8, 8, kernel_size=1, stride=2))
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, kernel_size=3, stride=2, padding=1)
        self.shortcut = nn.Conv2d(3, 8, kernel_size=1, stride=2)

    def forward(self, x):
        return self.conv(x) + self.shortcut(x)
```

## Fix

Move the stride to a larger kernel (ResNet v1.5 moves it from the first 1×1 convolution of a block to its 3×3), or pool
before the 1×1 convolution (ResNet-D). Both need new weights, so neither is applied by itself.

A warning where no path reads the cells. Info where one does that never meets the window's again. Silent where a branch
that is joined with the window's own reads them: the shortcut of a residual block.

## Limits

Rows and columns are looked at one axis at a time, so that two branches that read the even and the odd diagonal of a map
count as reading all of it. Of a branch that goes on by a slice it is not known what it reads, and it counts as reading
all.

## References

- He et al., *Deep Residual Learning for Image Recognition*, arXiv:1512.03385.
- He et al., *Bag of Tricks for Image Classification with Convolutional Neural Networks*, arXiv:1812.01187, section 4.
"""

from collections.abc import Iterator, Sequence

from convlint.arithmetic.window import skipped_between
from convlint.diagnostics import Severity
from convlint.graph.model import Node
from convlint.graph.windows import AxisWindow
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.places import Place, place_of
from convlint.rules.evidence.readers import Cells, Reader, read_residues, readers
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.comparison import greater
from convlint.symbolic.truth import Truth


def check(subject: Subject) -> Iterator[Finding]:
    """Windows that step over cells which no branch of the same join reads."""
    seen: set[Place] = set()
    for view in subject.live:
        for node, windows in view.windows:
            place = place_of(node)
            skipping = [each for each in windows if _skips(view, node, each)]
            if not skipping or place in seen:
                continue
            severities = [severity for each in skipping if (severity := _severity(view, node, each)) is not None]
            if severities:
                seen.add(place)
                yield _finding(subject, view, node, windows, skipping[0], max(severities))


def _skips(view: View, node: Node, window: AxisWindow) -> bool:
    """Whether there are cells between two of its windows that neither reads."""
    stride, kernel = window.window.stride, window.window.effective_kernel
    if not isinstance(stride, int) or not isinstance(kernel, int) or stride <= kernel:
        return False
    return view.domain.decide(greater(node.shape[window.axis], 1)) is not Truth.NEVER


def _severity(view: View, node: Node, window: AxisWindow) -> Severity | None:
    """By who else reads what the window steps over."""
    others = readers(view, node, window.axis)
    if _all_read(window, [each for each in others if each.joins]):
        return None
    return Severity.INFO if _all_read(window, others) else Severity.WARNING


def _all_read(window: AxisWindow, others: Sequence[Reader]) -> bool:
    cells = [each.cells for each in others]
    if None in cells:
        return True
    own = Cells().through(window)
    known = [each for each in (own, *cells) if each is not None]
    return len(read_residues(known, _stride(window))) == _stride(window)


def _stride(window: AxisWindow) -> int:
    stride = window.window.stride
    assert isinstance(stride, int)
    return stride


def _finding(
    subject: Subject,
    view: View,
    node: Node,
    windows: tuple[AxisWindow, ...],
    first: AxisWindow,
    severity: Severity,
) -> Finding:
    kernel = "×".join(wording.size(each.window.effective_kernel) for each in windows)
    between = wording.size(skipped_between(first.window))
    cells = "the cell between two windows is" if between == "1" else f"the {between} cells between two windows are"
    read = "read by no path" if severity is Severity.WARNING else "only read by a path that does not join this one"
    return Finding(
        severity,
        f"a window of {kernel} moves by {_stride(first)}: {cells} {read}",
        view.span(node),
        place=view.place(node),
        witness=view.domain.witness(subject.near, greater(node.shape[first.axis], 1)),
        help=("move the stride to a window that is at least as large, or pool before it",),
    )


RULE = Rule("CL104", "skipped-input", Severity.WARNING, __doc__, check)
