"""A layer is given another number of channels than it was built for.

## What it does

Compares the channels of what reaches a convolution with its `in_channels` (and `groups`).

## Why is this bad

PyTorch raises, at every input size.

## Formula

The weight of a convolution is `out_channels × in_channels/groups × k…`: the channels of its input are fixed by it.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 16, kernel_size=3), nn.Conv2d(32, 64, kernel_size=3))
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 16, kernel_size=3), nn.Conv2d(16, 64, kernel_size=3))
```

## Fix

Set `in_channels` to the channels that arrive, or the `out_channels` of the layer before it. `--fix` does the former: it
is safe, as the model cannot run without, but unsafe where the channels are those of the model's input, whose
declaration may be the mistake.

## Limits

Where the channels depend on the input size, the layer leaves only certain sizes, and this is an info.

## References

- `torch.nn.Conv2d`, https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
"""

from collections.abc import Iterator
from dataclasses import replace

from convlint.diagnostics import Severity
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import requirement
from convlint.rules.evidence.channels_last import channels_first
from convlint.rules.evidence.features import feature_account
from convlint.rules.evidence.refusal import Refusal
from convlint.rules.evidence.requirement import Account
from convlint.rules.evidence.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Layers whose input has other channels than they were built for."""
    return requirement.findings(subject, RULE.name, _account)


def _account(subject: Subject, refusal: Refusal) -> Account:
    account = feature_account(refusal, "in_channels", "channel")
    return replace(account, help=(*account.help, *channels_first(subject)))


RULE = Rule("CL401", "channel-mismatch", Severity.ERROR, __doc__, check)
