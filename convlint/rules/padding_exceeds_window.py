"""The padding is at least as wide as the window, so that the outputs at the border see padding only.

## What it does

Compares the padding of convolutions with the extent of their kernel.

## Why is this bad

The first and last outputs do not depend on the input at all: they are the bias. Usually a kernel was made smaller (to
1×1) and its padding left behind.

## Formula

`p >= k_eff = d(k-1)+1`: the first `⌊(p - k_eff)/s⌋ + 1` windows lie in the padding. No window needs more than
`p = k_eff - 1` (full padding, R7).

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, kernel_size=1, padding=1))
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, kernel_size=3, padding=2))
```

## Fix

Half padding, `p = (k_eff - 1)/2`, keeps the size. The output's size changes with it, so that the fix is
unsafe (`--unsafe-fixes`).

## Limits

Padding by a layer or function of its own (`nn.ZeroPad2d`, and every `padding_mode` but zeros) is not added to the
window's. Poolings cannot be padded so far: PyTorch refuses more than half of the kernel.

## References

- Dumoulin & Visin, *A guide to convolution arithmetic for deep learning*, arXiv:1603.07285, section 2.3.
"""

from collections.abc import Iterator

from convlint.diagnostics import Severity
from convlint.graph.windows import AxisWindow
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.places import windows_by_place
from convlint.rules.evidence.remedies import half_padding
from convlint.rules.evidence.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Windows that fit into their padding."""
    for view, node, windows in windows_by_place(subject):
        blind = next((each for each in windows if _blind(each)), None)
        if blind is None:
            continue
        kernel, padding = blind.window.effective_kernel, blind.window.padding[0]
        outputs = _blind(blind)
        border = "output of the axis sees" if outputs == 1 else f"{outputs} outputs of the axis see"
        yield Finding(
            Severity.WARNING,
            f"padding {wording.size(padding)} holds the whole window of {wording.size(kernel)}: "
            f"the first {border} padding only",
            view.span(node),
            place=view.place(node),
            witness=view.domain.witness(subject.near),
            help=(_help(blind),),
            remedy=half_padding(view, node, windows),
        )


def _blind(window: AxisWindow) -> int:
    """How many windows at the left lie in the padding."""
    kernel, stride, padding = window.window.effective_kernel, window.window.stride, window.window.padding[0]
    if not (isinstance(kernel, int) and isinstance(stride, int) and isinstance(padding, int)):
        return 0
    return max((padding - kernel) // stride + 1, 0)


def _help(window: AxisWindow) -> str:
    kernel = window.window.effective_kernel
    assert isinstance(kernel, int)
    if kernel % 2:
        return f"`padding={(kernel - 1) // 2}` keeps the size; more than {kernel - 1} adds outputs that see nothing"
    return f"more than {kernel - 1} adds outputs that see nothing"


RULE = Rule("CL107", "padding-exceeds-window", Severity.WARNING, __doc__, check)
