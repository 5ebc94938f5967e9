"""A linear layer is given another number of features than it was built for, or fixes the model's input size.

## What it does

Compares `in_features` with the last axis of what arrives, for every input size: never equal is an error, with the right
number; equal for some sizes only means that the layer pins the model to them. That is an info, and a warning where the
size at which a script or a test uses the model is not one of them.

## Why is this bad

PyTorch raises ("mat1 and mat2 shapes cannot be multiplied"). A pinned model cannot be used at another resolution.

## Formula

After a flatten, `in_features = C · o_H · o_W`, which depends on the input size unless a pooling fixes it.

## Flagged

```python
# input: N 3 32 32
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, kernel_size=3), nn.Flatten(), nn.Linear(8 * 32 * 32, 10))
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 8, kernel_size=3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10)
        )
```

## Fix

Set `in_features` to the number that arrives; to accept other sizes, pool to a fixed size before the flatten. `--fix`
sets the number where it does not depend on the input size: safe, except where the features are those of the model's
input.

## Limits

For a pin, the sizes are those of the whole model, not of this layer alone.

## References

- `torch.nn.Linear`, https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
"""

from collections.abc import Iterator

from convlint.diagnostics import Severity
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import requirement
from convlint.rules.evidence.features import feature_account
from convlint.rules.evidence.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Linear layers that do not fit what reaches them."""
    return requirement.findings(
        subject, RULE.name, lambda _, refusal: feature_account(refusal, "in_features", "feature")
    )


RULE = Rule("CL403", "linear-mismatch", Severity.ERROR, __doc__, check)
