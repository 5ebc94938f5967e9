"""Feature maps are joined that have different numbers of channels.

## What it does

Compares the channels of what an addition, a product, `torch.cat` along another axis or `torch.stack` brings together.

## Why is this bad

PyTorch raises, at every input size.

## Formula

Two sizes of an axis broadcast if they are equal or one of them is 1.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, kernel_size=3, padding=1)

    def forward(self, x):
        return x + self.conv(x)
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, kernel_size=3, padding=1)
        self.shortcut = nn.Conv2d(3, 8, kernel_size=1)

    def forward(self, x):
        return self.shortcut(x) + self.conv(x)
```

## Fix

A 1×1 convolution on the shortcut, or the same number of channels on both branches.

## Limits

A branch with one channel broadcasts, and is not flagged here.

## References

- He et al., *Deep Residual Learning for Image Recognition*, arXiv:1512.03385, projection shortcuts.
"""

from collections.abc import Iterator

from convlint.diagnostics import Severity
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import requirement
from convlint.rules.evidence.join import join_account
from convlint.rules.evidence.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Joins whose maps differ in channels."""
    return requirement.findings(subject, RULE.name, join_account, at_call=True)


RULE = Rule("CL302", "skip-channel-mismatch", Severity.ERROR, __doc__, check)
