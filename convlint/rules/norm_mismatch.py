"""A normalisation over another number of features than arrives, or over a shape that varies with the input.

## What it does

Compares `num_features`, `num_channels` or `normalized_shape` with what reaches the normalisation.

## Why is this bad

PyTorch raises: at every input size, or, where spatial axes are normalised too, at every size but one.

## Formula

`BatchNorm` and `InstanceNorm`: channels = `num_features`; `GroupNorm`: channels = `num_channels`, divisible by
`num_groups`; `LayerNorm`: the last axes = `normalized_shape`.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 16, kernel_size=3), nn.BatchNorm2d(32))
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 16, kernel_size=3), nn.BatchNorm2d(16))
```

## Fix

Set the number to the features that arrive. A `LayerNorm` over spatial axes fixes the input size: normalise over
channels instead (`nn.GroupNorm(1, channels)`). `--fix` sets the number: safe, except where the features are those of
the model's input.

An error where it never fits or where declared sizes fail; a warning where it leaves undeclared sizes only some.

## Limits

None known.

## References

- `torch.nn.LayerNorm`, https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html
"""

from collections.abc import Iterator

from convlint.diagnostics import Severity
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import requirement
from convlint.rules.evidence.features import feature_account
from convlint.rules.evidence.refusal import Refusal
from convlint.rules.evidence.remedies import features
from convlint.rules.evidence.requirement import Account
from convlint.rules.evidence.subject import Subject
from convlint.symbolic.dim import Size

_PARAMETERS = ("num_features", "num_channels", "normalized_shape")


def check(subject: Subject) -> Iterator[Finding]:
    """Normalisations that do not fit what reaches them."""
    return requirement.findings(subject, RULE.name, lambda _, refusal: _account(refusal), pin=Severity.WARNING)


def _account(refusal: Refusal) -> Account:
    parameters = refusal.view.parameters(refusal.node)
    parameter = next((name for name in _PARAMETERS if name in parameters), "num_features")
    if parameter == "normalized_shape":
        remedy = features(refusal.view, refusal.node, parameter, _normalised(refusal), refusal.requirement.domain)
        alone = "normalise over the channels alone, for example with `nn.GroupNorm(1, channels)`"
        return Account(
            refusal.requirement.message,
            help=(remedy.message if remedy is not None else alone,),
            remedy=remedy,
        )
    return feature_account(refusal, parameter, "channel")


def _normalised(refusal: Refusal) -> tuple[Size, ...]:
    """The last axes of what arrives: as many as are normalised over."""
    layer = refusal.view.layer(refusal.node)
    shape = layer.parameters.get("normalized_shape") if layer is not None else None
    inputs = refusal.view.flow.inputs(refusal.node)
    return inputs[0].shape[-len(shape) :] if isinstance(shape, tuple) and inputs else ()


RULE = Rule("CL402", "norm-mismatch", Severity.ERROR, __doc__, check)
