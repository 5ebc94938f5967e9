"""A shuffle, a window partition or a view needs a size that divides, and it does not.

## What it does

Follows pixel and channel shuffles, window partitions, folds and views, and says for which input sizes their sizes do
not divide.

## Why is this bad

PyTorch raises ("shape '[…]' is invalid for input of size …").

## Formula

`view` keeps the number of elements: `a·b·… = n`; `pixel_shuffle(r)` needs `r² | C`, `pixel_unshuffle(r)` `r | H, W`.

## Flagged

```python
# input: N 10 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.PixelShuffle(2))
```

## Clean

```python
# input: N 12 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.PixelShuffle(2))
```

## Fix

Pad the input to a multiple, or give the layer before it a number of channels that divides.

Where no size was declared and some sizes divide, it is part of what the model accepts, and nothing is said.

## Limits

None known.

## References

- Shi et al., *Real-Time Single Image and Video Super-Resolution*, arXiv:1609.05158.
"""

from collections.abc import Iterator

from convlint.diagnostics import Severity
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import requirement
from convlint.rules.evidence.requirement import plain_account
from convlint.rules.evidence.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Views and shuffles whose sizes do not divide."""
    return requirement.findings(subject, RULE.name, plain_account)


RULE = Rule("CL404", "shuffle-mismatch", Severity.ERROR, __doc__, check)
