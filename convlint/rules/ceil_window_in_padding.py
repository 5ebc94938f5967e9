"""With `ceil_mode`, the last window of a pooling reads mostly padding, or is dropped after all.

## What it does

Says for which sizes the window that `ceil_mode=True` adds has less than half of its taps on the input, and for which
sizes it is not added because it would start in the padding.

## Why is this bad

The last row of outputs is made of less than the others: a maximum over few cells is smaller, an average over few cells
noisier. Where the window is dropped, the output is smaller than rounding up promises.

## Formula

`o = ⌈(i + 2p - k_eff)/s⌉ + 1`, less one if `(o - 1)s >= i + p`. The last window starts at `(o - 1)s - p` and has
`⌊(i - 1 - start)/d⌋ + 1` of its `k` taps on the input.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.MaxPool2d(3, stride=3, ceil_mode=True))
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.MaxPool2d(3, stride=2, ceil_mode=True))
```

## Fix

`ceil_mode=False` where the last cells may be lost, or an input size that the stride divides. Both change the output's
size, so neither is applied by itself.

## Limits

None known.

## References

- https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
"""

from collections.abc import Iterator

from convlint.arithmetic.window import dropped_windows, last_taps
from convlint.diagnostics import Severity
from convlint.graph.model import Node
from convlint.graph.windows import AxisWindow
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.losses import Loss, losses
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.dim import Size


def check(subject: Subject) -> Iterator[Finding]:
    """Poolings whose last window lies in the padding."""
    for loss in losses(subject, _missing):
        most = (loss.window.kernel_size - loss.least) // 2
        taps = wording.size(most) if loss.least == loss.most else f"at most {wording.size(most)}"
        yield _finding(
            loss,
            f"the last window has {taps} of its {wording.size(loss.window.kernel_size)} taps on the input{loss.where}",
            "`ceil_mode=False` drops this window, and an input size that the stride divides fills it",
        )
    for loss in losses(subject, _dropped):
        yield _finding(
            loss,
            f"`ceil_mode` adds no window, since it would start in the padding{loss.where}",
            "the output is as small as without `ceil_mode` at these sizes",
        )


def _missing(view: View, node: Node, window: AxisWindow) -> Size:
    """Above 0 where more than half of the last window's taps lie beyond the input: by how many, doubled."""
    del view, node
    if not window.window.ceil_mode:
        return 0
    return window.window.kernel_size - 2 * last_taps(window.size, window.window)


def _dropped(view: View, node: Node, window: AxisWindow) -> Size:
    del view, node
    return dropped_windows(window.size, window.window)


def _finding(loss: Loss, message: str, help_: str) -> Finding:
    return Finding(
        Severity.INFO,
        message,
        loss.view.span(loss.node),
        place=loss.view.place(loss.node),
        witness=loss.witness,
        help=(help_,),
    )


RULE = Rule("CL109", "ceil-window-in-padding", Severity.INFO, __doc__, check)
