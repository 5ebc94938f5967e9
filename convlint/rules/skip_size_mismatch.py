"""Feature maps are joined whose sizes differ for some input sizes.

## What it does

Compares, for every input size at once, the sizes of the maps that an addition, a product, `torch.cat` or `torch.stack`
brings together. It names both branches, the layer after which they part, and the input sizes that work.

## Why is this bad

PyTorch raises in the middle of `forward`, and only for those sizes: a network that was trained on crops of 256 fails on
the first full image of 1000 × 750.

## Formula

Each stride rounds, `o = ⌊(i + 2p - k)/s⌋ + 1`, so a branch that goes down and up again comes back with
`s⌊i/s⌋`, not with `i`. `n` halvings agree with their skips only for `i ≡ 0 (mod 2^n)`.

## Flagged

```python
# input: N 3 H W
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ConvTranspose2d(3, 3, kernel_size=2, stride=2)

    def forward(self, x):
        return torch.cat([x, self.up(self.pool(x))], dim=1)
```

## Clean

```python
# input: N 3 H W
import torch
from torch import nn
from torch.nn import functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        up = F.interpolate(self.pool(x), size=x.shape[2:])
        return torch.cat([x, up], dim=1)
```

## Fix

Bring one branch to the size of the other before the join (`F.interpolate(x, size=skip.shape[2:])`, `F.pad`, a crop), or
state the sizes that work with an assert. Both change what the model does at some sizes, so neither is applied by
itself. Where half padding of the windows on one branch makes it as large as the other, that is an unsafe fix: cropping
the other branch may be what is meant.

Joins of one encoder-decoder that fail by the same strides are one finding, at the first of them.

An error where declared sizes, or all sizes, fail. Without declared sizes it is one warning a model: the model needs
something of its input and does not say so. What the model itself asserts is its contract, and silent.

## Limits

A join that only works by broadcasting an axis of size 1 is not flagged here. Where other numbers of a transposed
convolution mend the join for all sizes, `non-invertible-stride` speaks, at that layer.

## References

- Dumoulin & Visin, *A guide to convolution arithmetic for deep learning*, arXiv:1603.07285.
- Ronneberger et al., *U-Net*, arXiv:1505.04597.
"""

from collections.abc import Iterator

from convlint.diagnostics import Severity
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import requirement
from convlint.rules.evidence.join import join_account
from convlint.rules.evidence.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Joins whose maps differ in size."""
    return requirement.findings(subject, RULE.name, join_account, at_call=True)


RULE = Rule("CL301", "skip-size-mismatch", Severity.ERROR, __doc__, check)
