"""Layers that are given maps whose units see the whole input already.

## What it does

At the declared size, names the convolutions and poolings whose input has a receptive field that covers the input image
on every branch that leads to them, and the layer with which they begin.

## Why is this bad

A convolution is there to put context together. Where every unit has seen the whole image there is none left: trained
classifiers of this kind do not solve more of their task in these layers, and can do without them (Richter et al.).

## Formula

`rf_in ≥ i`, where `rf_in = 1 + Σ (k_eff - 1)·jump` over the layers before, along the branch that widens it least (a
residual connection widens nothing).

## Flagged

```python
# input: N 3 8 8
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 8, kernel_size=5, padding=2),
            nn.Conv2d(8, 8, kernel_size=5, padding=2),
            nn.Conv2d(8, 8, kernel_size=3, padding=1),
        )
```

## Clean

```python
# input: N 3 32 32
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 8, kernel_size=5, padding=2),
            nn.Conv2d(8, 8, kernel_size=5, padding=2),
            nn.Conv2d(8, 8, kernel_size=3, padding=1),
        )
```

## Fix

Leave the layers out, use larger inputs, or fewer strides and smaller kernels before them. Nothing is applied by itself:
it is another model.

## Limits

Silent without a declared size. Windows of one cell do not count: they put no context together. Units at the border see
less of the image than the field is wide.

## References

- Richter, Schöning, Wiedenroth & Krumnack, *Should You Go Deeper? Optimizing Convolutional Neural Network Architectures
  without Training*, ICMLA 2021, arXiv:2106.12307.
"""

from collections.abc import Iterator

from convlint.diagnostics import Related, Severity
from convlint.graph.model import Node
from convlint.graph.windows import AxisWindow
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.declared import declared_inputs
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.comparison import less_equal
from convlint.symbolic.connectives import all_of

_MOST_RELATED = 8


def check(subject: Subject) -> Iterator[Finding]:
    """The first layer whose input sees everything, with those that follow."""
    for view in subject.live:
        sources = tuple(declared_inputs(subject, view))
        found = [
            (node, windows)
            for node, windows in view.windows
            if any(window.window.kernel_size != 1 for window in windows) and _covers(view, sources, node, windows)
        ]
        if found:
            yield _finding(subject, view, found)


def _covers(view: View, sources: tuple[Node, ...], node: Node, windows: tuple[AxisWindow, ...]) -> bool:
    """Whether the units that the windows slide over see the whole of the input that they are computed from."""
    behind = [each for each in view.flow.nodes if each.op == "placeholder" and view.flow.reaches(each, node)]
    if len(behind) != 1 or behind[0] not in sources or len(behind[0].shape) != len(node.shape):
        return False
    geometries = view.geometries[view.flow.inputs(node)[0].name]
    statements = []
    for each in windows:
        geometry = geometries[each.axis]
        if geometry is None or geometry.field is None:
            return False
        statements.append(less_equal(behind[0].shape[each.axis], geometry.field.narrowest))
    return view.domain.holds(all_of(*statements))


def _finding(subject: Subject, view: View, found: list[tuple[Node, tuple[AxisWindow, ...]]]) -> Finding:
    (first, windows), *others = found
    (source,) = (each for each in view.flow.nodes if each.op == "placeholder" and view.flow.reaches(each, first))
    geometries = view.geometries[view.flow.inputs(first)[0].name]
    axes = [each.axis for each in windows]
    fields = [geometry.field.narrowest for axis in axes if (geometry := geometries[axis]) and geometry.field]
    given = [str(view.domain.bounds(source.shape[axis])[1]) for axis in axes]
    also = f", and so do those of {wording.count(len(others), 'layer')} after it" if others else ""
    return Finding(
        Severity.INFO,
        f"the units that {view.title(first)} is given see {'×'.join(map(str, fields))} pixels, all of an input of "
        f"{'×'.join(given)}{also}: nothing is left to put together",
        view.span(first),
        place=view.place(first),
        witness=view.domain.witness(subject.near),
        related=tuple(Related(view.span(each), f"{view.title(each)} likewise") for each, _ in others[:_MOST_RELATED]),
        help=("leave these layers out, use larger inputs, or fewer strides before them",),
    )


RULE = Rule("CL501", "unproductive-layer", Severity.INFO, __doc__, check)
