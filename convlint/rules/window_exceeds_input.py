"""A window does not fit in its input.

## What it does

Finds convolutions and poolings whose kernel is larger than the padded input, for declared sizes or for every size, and
says the least size that works.

## Why is this bad

PyTorch raises ("Kernel size can't be greater than actual input size", "Output size is too small").

## Formula

`i + p_left + p_right >= k_eff = d(k-1)+1`, carried back through the layers before it to the model's input.

## Flagged

```python
# input: N 3 64 64
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.AvgPool2d(56), nn.AvgPool2d(2))
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.AvgPool2d(56))
```

## Fix

A larger input, a smaller kernel, or an adaptive pooling. Where no size was declared, a least size is simply part of
what the model accepts, and nothing is said.

## Limits

None known.

## References

- Dumoulin & Visin, *A guide to convolution arithmetic for deep learning*, arXiv:1603.07285.
"""

from collections.abc import Iterator

from convlint.diagnostics import Severity
from convlint.graph.windows import windows_of
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import requirement, wording
from convlint.rules.evidence.channels_last import channels_first
from convlint.rules.evidence.refusal import Refusal
from convlint.rules.evidence.requirement import Account
from convlint.rules.evidence.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Windows that are larger than what they slide over."""
    return requirement.findings(subject, RULE.name, _account)


def _account(subject: Subject, refusal: Refusal) -> Account:
    view, node = refusal.view, refusal.node
    domain = refusal.requirement.domain
    for window in windows_of(subject.graph, view.flow, node):
        (given,) = wording.values([window.size], refusal.witness)
        left, right = window.window.padding
        (reach,) = wording.values([window.window.effective_kernel - left - right], refusal.witness)
        if given < reach:
            shown = wording.size_there(window.size, refusal.witness, domain, "cell")
            kernel = wording.size(window.window.effective_kernel)
            needed = wording.count(max(reach, 1), "cell")
            return Account(
                f"a window of {kernel} does not fit in {shown}",
                help=(f"the input of {view.title(node)} needs at least {needed}", *channels_first(subject)),
            )
    return Account(refusal.requirement.message)


RULE = Rule("CL106", "window-exceeds-input", Severity.ERROR, __doc__, check)
