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
        super().__init__(nn.MaxPool2d(2), nn.Upsample(scale_factor=2))
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

Only outputs with the channels of the input are compared. Where a transposed convolution is what does not come back,
`non-invertible-stride` speaks, and where a join with a skip refuses the same sizes, `skip-size-mismatch`: they name the
output as well.

## References

- Dumoulin & Visin, *A guide to convolution arithmetic for deep learning*, arXiv:1603.07285.
"""

from collections.abc import Iterator

from convlint.diagnostics import Severity, Span
from convlint.graph.contract import render_union, union
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.consequence import stride_of
from convlint.rules.evidence.reconstruction import Reconstruction, reconstructions, returned_at
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.render import render_domain

Seen = tuple[View, Reconstruction]


def check(subject: Subject) -> Iterator[Finding]:
    """Returned maps that should have the input's size and have not."""
    silent = {
        returned_at(cause.view, each.returned)
        for cause in subject.causes
        if cause.rule != RULE.name
        for each in cause.outputs
    }
    by_place: dict[Span, list[Seen]] = {}
    for view in subject.live:
        for output in reconstructions(view):
            by_place.setdefault(returned_at(view, output.returned), []).append((view, output))
    for span, seen in by_place.items():
        differing = [(view, output) for view, output in seen if output.fails(view.domain)]
        if differing and span not in silent:
            yield from _finding(subject, span, differing[0], seen)


def _finding(subject: Subject, span: Span, example: Seen, seen: list[Seen]) -> Iterator[Finding]:
    """``example`` is the path of those ``seen`` on which the output differs."""
    view, output = example
    source, returned, domain = output.source, output.returned, view.domain
    witness = domain.witness(subject.near, output.differs)
    if witness is None:
        return
    given, made = ("×".join(map(str, wording.values(node.shape[2:], witness))) for node in (source, returned))
    symbols = wording.symbols(source.shape[2:])
    at = f" at {wording.at(witness, symbols)}" if symbols else ""
    is_border = _is_border(view, output)
    works = "" if is_border else _working(subject, seen)
    unless = f" unless {works}" if works else ""
    cause = next((each for each in subject.causes if output in each.outputs), None)
    strides = {pair.down.name: stride_of(view, pair) for pair in cause.pairs} if cause is not None else {}
    yield Finding(
        Severity.INFO if is_border else subject.at_some_sizes,
        f"the output is not the size of the input{unless}: {given} gives {made}{at}",
        span,
        witness=witness,
        related=tuple(strides.values()),
        notes=(f"input {wording.shape(source.shape, domain)}, output {wording.shape(returned.shape, domain)}",),
        help=("resize the output to the input: `F.interpolate(y, size=x.shape[2:])`, or state the sizes that work",),
    )


def _working(subject: Subject, seen: list[Seen]) -> str:
    """The sizes that come back; of those that are accepted, where that can be said shortly."""
    accepted = union(view.domain.without(output.differs) for view, output in seen)
    texts = [render_union(accepted)] if accepted else []
    if accepted and len({output.returned.shape for _, output in seen}) == 1:
        texts.append(render_domain(subject.graph.declared.without(seen[0][1].differs)))
    return next((text for text in texts if len(text) <= wording.LONGEST_CONDITION), "")


def _is_border(view: View, output: Reconstruction) -> bool:
    """Whether the two differ by the same number of cells at every one of several sizes."""
    source, returned, domain = output.source, output.returned, view.domain
    border = [domain.simplify(returned.shape[axis] - source.shape[axis]) for axis in output.axes]
    several = any(domain.set_of(symbol).single is None for symbol in wording.symbols(source.shape[2:]))
    return several and all(isinstance(each, int) for each in border)


RULE = Rule("CL202", "reconstruction-size", Severity.WARNING, __doc__, check)
