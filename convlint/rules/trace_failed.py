"""Tracing a model stopped before its end.

## What it does

Says at which line of the user's own code it stopped, why, and how far the model was checked before that.

## Why is this bad

What comes after that line was not checked.

## Formula

None.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x
        return -x
```

## Clean

```python
# input: N 3 H W
import torch
from torch import nn

class Net(nn.Module):
    def forward(self, x):
        return torch.where(x.sum() > 0, x, -x)
```

## Fix

Where a branch depends on the values of a tensor, `torch.where` says the same without a branch. Where sizes are put in a
tensor and read from it again, compute with `x.shape`, as ints. Where `forward` raises, the message is PyTorch's or the
model's own.

## Limits

Code after a stop is not looked at. The modules of the project that the trace did not come to are looked at alone, with
the arguments that the model gave them and inputs that fit their first layers; the summary names them.

## References

- https://docs.pytorch.org/docs/stable/fx.html#limitations-of-symbolic-tracing
"""

import re
from collections.abc import Iterator

from convlint.diagnostics import Severity
from convlint.graph.model import Failure
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.guards import guards
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View


def check(subject: Subject) -> Iterator[Finding]:
    """Paths that stopped, and models that refuse every size that was tried."""
    seen: set[object] = set()
    for view in subject.views:
        failure = view.path.failure
        if failure is None or failure.kind not in {"untraceable", "error"}:
            continue
        if (failure.span, failure.message) not in seen:
            seen.add((failure.span, failure.message))
            yield _finding(subject, view, failure)
    failures = [(view, view.path.failure) for view in subject.views if view.path.failure is not None]
    all_raised = len(failures) == len(subject.views) and all(each.kind == "raised" for _, each in failures)
    # Where the user declared the sizes, `contract-narrower` says what the model refuses.
    if failures and all_raised and not any(guards(subject)):
        yield _finding(subject, *failures[0])


def _finding(subject: Subject, view: View, failure: Failure) -> Finding:
    witness = view.domain.witness(subject.near)
    at = f" at {wording.at(witness)}" if witness else ""
    name = f"{failure.exception}: " if failure.exception and failure.kind != "untraceable" else ""
    what = "tracing stops" if failure.kind == "untraceable" else f"`forward` raises{at}"
    computed = [node for node in view.flow.nodes if node.op not in {"placeholder", "output", "get_attr"}]
    checked = wording.count(len(computed), "operation")
    last = f", up to {view.title(computed[-1])}" if computed else ""
    return Finding(
        Severity.WARNING,
        f"{what}: {name}{failure.message}",
        failure.span or subject.graph.span,
        witness=witness,
        notes=(f"checked before that: {checked}{last}",),
        help=_help(failure),
    )


def _help(failure: Failure) -> tuple[str, ...]:
    if failure.kind == "untraceable":
        return _without_values(failure.message)
    if failure.kind == "raised":
        return ("no size was found that the model accepts: declare one with `--input` or `--where`",)
    return ("mend that line, or give arguments and inputs with which PyTorch runs it: `--arg name=value`, `--input`",)


_BRANCHES = ("what depends on the values of a tensor cannot be followed: `torch.where` says it without a branch",)
_NUMBERS = (
    "where these are sizes, compute with `x.shape`, as ints, instead of a tensor",
    "where they are other values, keep them in tensors: `x * x.mean()` needs no number",
)
_SELECTIONS = ("keep the size, and mask the values: `torch.where(mask, x, 0)`",)
_ARRAYS = ("compute with torch instead of NumPy",)

_INSTEAD = {
    **dict.fromkeys(("bool", "equal", "allclose", "is_nonzero", "contains"), _BRANCHES),
    **dict.fromkeys(("item", "tolist", "int", "float", "index", "complex"), _NUMBERS),
    **dict.fromkeys(("nonzero", "unique", "masked_select", "unique_consecutive", "bincount"), _SELECTIONS),
    **dict.fromkeys(("numpy", "array"), _ARRAYS),
}
"""What to write instead of an operation that needs the values of a tensor, by its name."""


def _without_values(message: str) -> tuple[str, ...]:
    """What to write instead, as the message of the trace says what it needs the values for."""
    if message.startswith("the size of what "):
        return _SELECTIONS
    needed = re.search(r"needs the values of a tensor here \((\w+)\)", message)
    return _INSTEAD.get(needed[1], _BRANCHES) if needed else _BRANCHES


RULE = Rule("CL904", "trace-failed", Severity.WARNING, __doc__, check)
