"""A layer has arguments that PyTorch refuses.

## What it does

Finds layers whose own numbers cannot work: `padding='same'` with a stride, groups that do not divide the channels, a
pooling padded by more than half its kernel.

## Why is this bad

PyTorch raises as soon as the layer is built or called.

## Formula

`padding='same'` asks for `s = 1`; pooling for `p <= k/2`; groups for `g | in_channels` and `g | out_channels`.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.MaxPool2d(kernel_size=2, stride=2, padding=2))
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.MaxPool2d(kernel_size=3, stride=2, padding=1))
```

## Fix

The message says what the layer needs.

## Limits

Some of these are refused by the constructor already; then the model cannot be built.

## References

- `torch.nn.MaxPool2d`, https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
"""

from collections.abc import Iterator

from convlint.diagnostics import Severity
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import requirement
from convlint.rules.evidence.requirement import plain_account
from convlint.rules.evidence.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Layers whose own numbers cannot work."""
    return requirement.findings(subject, RULE.name, plain_account)


RULE = Rule("CL406", "invalid-layer", Severity.ERROR, __doc__, check)
