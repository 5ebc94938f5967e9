"""An operation is refused by PyTorch for some input sizes.

## What it does

Reports whatever no rule of its own speaks for: matrix products, reshapes, indices, paddings, ranks.

## Why is this bad

PyTorch raises in the middle of `forward`.

## Formula

That of the operation; the message says it.

## Flagged

```python
# input: N 3 H W
import torch
from torch import nn

class Net(nn.Module):
    def forward(self, x):
        return torch.matmul(x, torch.cat([x, x], dim=2))
```

## Clean

```python
# input: N 3 H W
import torch
from torch import nn

class Net(nn.Module):
    def forward(self, x):
        return torch.matmul(x, x.transpose(2, 3))
```

## Fix

Depends on the operation.

An error where declared sizes, or all sizes, fail. Without declared sizes it is one warning a model.

## Limits

Where PyTorch's own kernels had to answer at one size, nothing is claimed about other sizes.

## References

- https://docs.pytorch.org/docs/stable/notes/broadcasting.html
"""

from collections.abc import Iterator
from dataclasses import replace

from convlint.diagnostics import Severity
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import requirement
from convlint.rules.evidence.consequence import is_handed_on, stride_of, ways_back
from convlint.rules.evidence.refusal import Refusal
from convlint.rules.evidence.requirement import Account, plain_account
from convlint.rules.evidence.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Operations that PyTorch refuses."""
    return requirement.findings(subject, RULE.name, _account)


_IN_ONE_PIECE = "use `.reshape(...)`, which copies where it has to, or call `.contiguous()` before the view"


def _account(subject: Subject, refusal: Refusal) -> Account:
    account = plain_account(subject, refusal)
    if "strides" in refusal.requirement.details:
        return replace(account, help=(_IN_ONE_PIECE,))
    cause = subject.cause_of(refusal)
    if cause is None:
        return replace(account, help=tuple(_alignment(refusal)))
    up, down = (cause.view.title(node) for node in (cause.pairs[0].up, cause.pairs[0].down))
    takes_size = cause.pairs[0].up.kind in {"conv_transpose", "max_unpool"}
    called = f"call the {up} before it with `output_size=`"
    if is_handed_on(cause.pairs[0].up):
        called = f"take {up} out of its `nn.Sequential`, which hands on the map alone, and call it with `output_size=`"
    deed = called if takes_size else f"instead of by {up}, resize to `size=`"
    sized = f"{deed}, the size that {down} was given"
    ways = ways_back(subject, cause, refusal.requirement.domain)
    return replace(account, related=(*account.related, stride_of(cause.view, cause.pairs[0])), help=(sized, *ways))


def _alignment(refusal: Refusal) -> Iterator[str]:
    """Where a tensor of one axis was to meet the first axis of another: how it does."""
    inputs = refusal.view.flow.inputs(refusal.node)
    if refusal.node.kind != "join" or len(inputs) != 2:
        return
    flat, tall = sorted(inputs, key=lambda each: len(each.shape))
    if len(flat.shape) == 1 < len(tall.shape) and flat.shape[0] == tall.shape[0]:
        nones = ", None" * (len(tall.shape) - 1)
        yield f"axes meet from the last one on: `[:{nones}]` gives the tensor of one axis as many as the other has"


RULE = Rule("CL405", "shape-error", Severity.ERROR, __doc__, check)
