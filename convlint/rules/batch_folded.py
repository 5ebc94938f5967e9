"""A view moves positions of a map into the batch, and the model returns them as if they were samples.

## What it does

Finds views whose first size is no longer the batch, such as `x.view(-1, 512)` after a map of 512 channels that is not
1×1, where the model returns a tensor with that first size.

## Why is this bad

Nothing raises in the model: it gives `N·h·w` predictions for `N` images, and each is made of numbers that lie side by
side in memory, of one channel at several positions. Larger images than those of the training set bring it about.

## Formula

`view(-1, f)` of `N×C×h×w` has `N·C·h·w/f` rows: `N` of them only where `f = C·h·w`.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        return self.head(self.conv(x).view(-1, 8))
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        return self.head(self.pool(self.conv(x)).view(-1, 8))
```

## Fix

`x.flatten(1)`, after a pooling to a fixed size where the input's size varies: a size that does not fit then raises. A
linear layer behind it may need another `in_features`, so it is not applied by itself.

A warning where it is so for all sizes but a last few, or for declared ones; else info. Info as well where the last axis
stays as it is (after `permute(0, 2, 3, 1)`): then every row is one position, which is how predictions for each pixel
are given to a loss.

## Limits

The batch has to be a symbol. Windows that go into the batch and come back (as in Swin) are silent.

## References

- https://docs.pytorch.org/docs/stable/generated/torch.Tensor.view.html
"""

from collections.abc import Iterator
from math import prod
from typing import cast

from convlint.diagnostics import Severity
from convlint.graph.extent import is_last_few
from convlint.graph.model import Node
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.comparison import unequal
from convlint.symbolic.dim import Dim, Size, symbols_of
from convlint.symbolic.predicate import Predicate
from convlint.symbolic.truth import Truth

_LEAST_RANK = 3
_MATRIX_RANK = 2
_RESHAPING = frozenset({"view", "reshape", "view_as", "reshape_as", "flatten", "unflatten"})
"""The views that keep all elements, each once."""


def check(subject: Subject) -> Iterator[Finding]:
    """Views that make samples of positions, up to the output."""
    seen: set[object] = set()
    for view in subject.live:
        for node in view.flow.nodes:
            key = (node.call, node.module)
            if key in seen or node.operation not in _RESHAPING or not view.flow.inputs(node):
                continue
            (before,) = view.flow.inputs(node)[:1]
            if _is_returned(view, node) and _folds(view, before, node):
                finding = _finding(subject, view, before, node)
                if finding is not None:
                    seen.add(key)
                    yield finding


def _folds(view: View, before: Node, node: Node) -> bool:
    """Whether the batch leads ``before``, and something else leads what the view makes of it."""
    if len(before.shape) < _LEAST_RANK or len(node.shape) < 2 or not _is_batch(view, before.shape[0]):
        return False
    batch, rows = before.shape[0], node.shape[0]
    return isinstance(rows, Dim) and rows != batch and view.domain.decide(_folded(before, node)) is not Truth.NEVER


def _folded(before: Node, node: Node) -> Predicate:
    """Whether a row holds another number of elements than a sample did, so that there are not as many of them."""
    sample, row = (prod(each.shape[1:], start=cast("Size", 1)) for each in (before, node))
    return unequal(sample, row)


def _is_batch(view: View, size: Size) -> bool:
    inputs = [each for each in view.flow.nodes if each.op == "placeholder"]
    return isinstance(size, Dim) and any(each.shape and each.shape[0] == size for each in inputs)


def _is_returned(view: View, node: Node) -> bool:
    """Whether a returned tensor still has the rows, without an axis that counts samples."""
    return any(
        returned.shape and returned.shape[0] == node.shape[0] and view.flow.reaches(node, returned)
        for returned in view.returned
    )


def _finding(subject: Subject, view: View, before: Node, node: Node) -> Finding | None:
    batch, rows = before.shape[0], node.shape[0]
    folded = _folded(before, node)
    failing = view.domain.narrow(folded)
    witness = failing.witness(subject.near)
    if witness is None:
        return None
    given, made = wording.values((batch, rows), witness)
    there = f"{wording.count(made, 'row')} for {wording.count(given, 'sample')}"
    # Whole rows of the last axis stay together: each is one position with its features.
    is_meant = node.shape[-1] == before.shape[-1]
    symbols = tuple(dict.fromkeys([*sorted(symbols_of(batch)), *sorted(folded.symbols)]))
    return Finding(
        Severity.WARNING if _matters(subject, view, folded) and not is_meant else Severity.INFO,
        f"`{node.operation}` makes a batch of {wording.size(rows, view.domain)} out of "
        f"{wording.shape(before.shape, view.domain)}: {there} at {wording.at(witness, symbols)}",
        view.call_span(node),
        place=view.place(node),
        witness=witness,
        help=(_help(node),),
    )


def _help(node: Node) -> str:
    if len(node.shape) > _MATRIX_RANK:
        return "write `x.shape[0]` for the batch, and -1 for the axis that depends on the input size"
    return "`x.flatten(1)` keeps the batch, after a pooling to one size (`nn.AdaptiveAvgPool2d`) if sizes vary"


def _matters(subject: Subject, view: View, folded: Predicate) -> bool:
    """Whether it is so at sizes that somebody asked for, or at nearly all that are accepted."""
    kept = view.domain.without(folded)
    return subject.sizes_are_given or kept.is_empty or is_last_few(kept, view.domain, folded.symbols)


RULE = Rule("CL407", "batch-folded", Severity.WARNING, __doc__, check)
