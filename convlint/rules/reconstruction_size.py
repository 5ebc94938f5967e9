"""An encoder-decoder returns a map of another size than its input.

## What it does

Where a model returns a map with the rank, the channels and the scale of its input, after going down and up again,
compares its size with the input's, for every input size.

## Why is this bad

A loss between the two raises, or, where one broadcasts or is cropped, compares shifted images.

## Formula

`s⌊i/s⌋ = i` only for `i ≡ 0 (mod s)`: each stride of the encoder drops a remainder that the decoder cannot know.

## Flagged

```python
# input: N 1 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.MaxPool2d(2), nn.ConvTranspose2d(1, 1, kernel_size=2, stride=2))
```

## Clean

```python
# input: N 1 H W
from torch import nn
from torch.nn import functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        return F.interpolate(self.pool(x), size=x.shape[2:])
```

## Fix

Resize or crop the output to the input, pad the input to a multiple first, or state the sizes that work.

Info where the difference is the same number of cells for all sizes: a border, as unpadded convolutions leave it.

## Limits

Only outputs with the channels of the input are compared.

## References

- Dumoulin & Visin, *A guide to convolution arithmetic for deep learning*, arXiv:1603.07285.
"""

from collections.abc import Iterator

from convlint.diagnostics import Severity, Span
from convlint.graph.model import Node
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.pairing import reconstructions
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.predicate import any_of, unequal

_FIRST_SPATIAL_AXIS = 2


def check(subject: Subject) -> Iterator[Finding]:
    """Returned maps that should have the input's size and have not."""
    for view in subject.live:
        for source, returned in reconstructions(view):
            yield from _finding(subject, view, source, returned)


def _finding(subject: Subject, view: View, source: Node, returned: Node) -> Iterator[Finding]:
    axes = range(_FIRST_SPATIAL_AXIS, len(source.shape))
    border = [view.domain.simplify(returned.shape[axis] - source.shape[axis]) for axis in axes]
    wrong = any_of(*(unequal(returned.shape[axis], source.shape[axis]) for axis in axes))
    witness = view.domain.witness(subject.near, wrong)
    if witness is None:
        return
    given, made = ("×".join(map(str, wording.values(node.shape[2:], witness))) for node in (source, returned))
    symbols = wording.symbols(source.shape[2:])
    at = f" at {wording.at(witness, symbols)}" if symbols else ""
    several = any(view.domain.set_of(symbol).single is None for symbol in symbols)
    is_border = several and all(isinstance(each, int) for each in border)
    working = view.domain.without(wrong)
    works = wording.condition(working, symbols) if not working.is_empty and not is_border else ""
    yield Finding(
        Severity.INFO if is_border else subject.at_some_sizes,
        f"the output is not the size of the input{f' unless {works}' if works else ''}: {given} gives {made}{at}",
        _span(view, returned),
        witness=witness,
        notes=(
            f"input {wording.shape(source.shape, view.domain)}, output {wording.shape(returned.shape, view.domain)}",
        ),
        help=("resize the output to the input: `F.interpolate(y, size=x.shape[2:])`, or state the sizes that work",),
    )


def _span(view: View, returned: Node) -> Span:
    """The ``return`` statement if it was recorded, else where the map was made."""
    for user in view.flow.users(returned):
        if user.op == "output" and user.call is not None:
            return user.call
    return returned.call or view.span(returned)


RULE = Rule("CL202", "reconstruction-size", Severity.WARNING, __doc__, check)
