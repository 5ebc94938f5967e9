"""An output padding that is not smaller than the stride or the dilation.

## What it does

Finds transposed convolutions with `output_padding >= max(stride, dilation)`.

## Why is this bad

PyTorch raises ("output padding must be smaller than either stride or dilation").

## Formula

`a < max(s, d)`: `a` chooses among the `s` sizes that the strided window maps to one.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.ConvTranspose2d(3, 8, kernel_size=3, stride=2, output_padding=2))
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.ConvTranspose2d(3, 8, kernel_size=4, stride=2, padding=1))
```

## Fix

At most `stride - 1`; for more, a larger kernel or a pad after it.

## Limits

None known.

## References

- Dumoulin & Visin, *A guide to convolution arithmetic for deep learning*, arXiv:1603.07285, relationship 14.
"""

from collections.abc import Iterator

from convlint.diagnostics import Severity
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import requirement
from convlint.rules.evidence.refusal import Refusal
from convlint.rules.evidence.requirement import Account
from convlint.rules.evidence.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Output paddings that PyTorch refuses."""
    return requirement.findings(subject, RULE.name, _account)


def _account(subject: Subject, refusal: Refusal) -> Account:
    del subject
    limit = "an output padding is smaller than the stride, or than the dilation where that is larger"
    return Account(refusal.requirement.message, help=(limit,))


RULE = Rule("CL204", "invalid-output-padding", Severity.ERROR, __doc__, check)
