"""The model freezes a size into one number: beyond it, nothing is claimed.

## What it does

Names the places where a size of the input had to become a number: a list as long as the image is high, a table indexed
by a size, an operation that can only be run at one size.

## Why is this bad

It is not, by itself. It says for which sizes convlint followed the model, and for which it did not.

## Formula

None.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Module):
    def forward(self, x):
        return sum([0.5, 0.25, 0.125][n % 3] for n in range(x.shape[2])) * x
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Module):
    def forward(self, x):
        return x * (x.shape[2] / 2)
```

## Fix

None is needed. Declare the sizes that matter, so that they are the ones that are followed.

## Limits

A size that is frozen while the model is built is not seen.

## References

- `torch.export`, the same under another tracer, https://docs.pytorch.org/docs/stable/export.html
"""

from collections.abc import Iterator

from convlint.diagnostics import Severity
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence.subject import Subject
from convlint.symbolic.render import render_predicate


def check(subject: Subject) -> Iterator[Finding]:
    """Sizes that became numbers."""
    seen: set[object] = set()
    for view in subject.views:
        for each in view.path.specialisations:
            span = each.span or subject.graph.span
            if span in seen:
                continue
            seen.add(span)
            yield Finding(
                Severity.INFO,
                f"{each.reason}: nothing is claimed unless {render_predicate(each.predicate, least=1)}",
                span,
                witness=view.domain.witness(subject.near),
            )


RULE = Rule("CL602", "size-specialised", Severity.INFO, __doc__, check)
