"""The last rows of the input are never read by a strided window.

## What it does

Says for which sizes, and how many: the cells at the right or bottom edge that no window of a strided convolution or
pooling reaches, because the stride does not divide what is left.

## Why is this bad

What lies there cannot change the output: an object at the edge is not seen, and no error says so.

## Formula

`r = (i + p_left + p_right - k_eff) mod s` cells of the padded input are left over, and `max(r - p_right, 0)` of them
are real input. Rows that lie between windows in any case (`s > k_eff`) do not count.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, kernel_size=3, stride=2))
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, kernel_size=3, stride=2, padding=1))
```

## Fix

Pad on the right by `s - 1` cells at most, use `ceil_mode=True` for a pooling, or resize the input. Each changes the
output's size or values, so none is applied by itself.

A warning where the declared sizes always lose rows.

## Limits

A parallel branch that reads the same rows is not looked for.

## References

- Dumoulin & Visin, *A guide to convolution arithmetic for deep learning*, arXiv:1603.07285.
"""

from collections.abc import Iterator

from convlint.arithmetic.window import input_lost, skipped_between
from convlint.diagnostics import Severity
from convlint.graph.windows import AxisWindow
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.losses import Loss, losses
from convlint.rules.evidence.subject import Subject
from convlint.symbolic.dim import Size


def check(subject: Subject) -> Iterator[Finding]:
    """Windows that leave rows of their input unread."""
    for loss in losses(subject, _lost):
        matters = loss.always and (subject.graph.is_declared or _is_given(subject, loss))
        yield Finding(
            Severity.WARNING if matters else Severity.INFO,
            f"the last {loss.amount('row')} of the input are never read{loss.where}"
            if loss.most > 1
            else f"the last row of the input is never read{loss.where}",
            loss.view.span(loss.node),
            place=loss.view.place(loss.node),
            witness=loss.witness,
            notes=(_reckoning(loss),),
            help=("pad the right side, use `ceil_mode=True` for a pooling, or resize the input",),
        )


def _lost(window: AxisWindow) -> Size:
    if window.window.stride == 1:
        return 0
    return input_lost(window.size, window.window) - skipped_between(window.window)


def _is_given(subject: Subject, loss: Loss) -> bool:
    """Whether the size is a number because the user wrote numbers."""
    inputs = subject.graph.inputs
    written = all(not spec.assumed and not wording.symbols(spec.shape[1:]) for spec in inputs)
    return loss.constant and written


def _reckoning(loss: Loss) -> str:
    (given,) = wording.values([loss.size], loss.witness)
    (lost,) = wording.values([input_lost(given, loss.window)], loss.witness)
    symbols = wording.symbols([loss.size])
    at = f"at {wording.at(loss.witness, symbols)}, " if symbols else ""
    return f"{at}the window is given {given} cells and reads {given - lost}"


RULE = Rule("CL102", "input-lost-to-floor", Severity.WARNING, __doc__, check)
