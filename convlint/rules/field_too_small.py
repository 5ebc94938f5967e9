"""Each output of a dense prediction sees only a part of the declared input.

## What it does

Compares the receptive field of maps that are returned on the grid of the input (one unit a pixel: segmentation, depth,
restoration) with the declared input size.

## Why is this bad

What lies outside the field cannot help: the class of a pixel inside a large object is guessed from a texture. For
tasks that are local (denoising, super-resolution) that is as it should be.

## Formula

`rf = 1 + Σ (k_eff - 1)·jump` over the layers of the branch that widens it most, where `jump` is the product of the
strides before; it is too small where `rf < i`.

## Flagged

```python
# input: N 3 256 256
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, kernel_size=3, padding=1), nn.Conv2d(8, 2, kernel_size=3, padding=1))
```

## Clean

```python
# input: N 3 16 16
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, kernel_size=9, padding=4), nn.Conv2d(8, 2, kernel_size=9, padding=4))
```

## Fix

More strides or dilation before the decoder, pooling of the whole map that is added to it, or smaller inputs (tiles).
None is applied by itself: it is another model.

## Limits

Silent without a declared size. Where only the least one is declared (`H >= 256`), the field has to be smaller than that
one, and hence than all; where sizes are bounded, than all of them that the model accepts. Silent too where a global
operation (attention, squeeze and excitation) lets units see more than the windows say. The effective field, where
gradients are large, is smaller than the one that is reported.

## References

- Araujo, Norris & Sim, *Computing Receptive Fields of Convolutional Neural Networks*, Distill 2019,
  https://distill.pub/2019/computing-receptive-fields/
- Luo et al., *Understanding the Effective Receptive Field*, NeurIPS 2016, arXiv:1701.04128.
"""

from collections.abc import Iterator

from convlint.diagnostics import Severity
from convlint.graph.geometry import FIRST_SPATIAL_AXIS, Geometries
from convlint.graph.model import Node
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.declared import is_bounded, spatial_inputs
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.comparison import greater
from convlint.symbolic.connectives import any_of
from convlint.symbolic.dim import Size


def check(subject: Subject) -> Iterator[Finding]:
    """Returned maps on the grid of the input whose units do not see all of it."""
    for view in subject.live:
        for source in spatial_inputs(subject, view):
            for returned in view.returned:
                if len(returned.shape) == len(source.shape) and view.flow.reaches(source, returned):
                    yield from _finding(subject, view, source, returned)


def _finding(subject: Subject, view: View, source: Node, returned: Node) -> Iterator[Finding]:
    fields = _fields(view.geometries[returned.name][FIRST_SPATIAL_AXIS:])
    if not fields:
        return
    sizes = source.shape[FIRST_SPATIAL_AXIS:]
    small = any_of(*(greater(size, field) for size, field in zip(sizes, fields, strict=True)))
    bounded = is_bounded(subject, source)
    if not view.domain.holds(small) or not (bounded or subject.graph.declared.holds(small)):
        return
    witness = view.domain.witness(subject.near if bounded else {})
    if witness is None:
        return
    least = "" if bounded else "at least "
    seen, given = (_by(each) for each in (fields, wording.values(sizes, witness)))
    symbols = wording.symbols(sizes)
    at = f" (at {wording.at(witness, symbols)})" if symbols else ""
    yield Finding(
        Severity.INFO,
        f"each output of a dense prediction sees {seen} pixels of an input of {least}{given}{at}",
        view.call_span(returned),
        place=view.place(returned),
        witness=witness,
        help=("widen the field with strides, dilation or a pooling of the whole map, if the task needs more context",),
    )


def _fields(geometries: Geometries) -> tuple[int, ...]:
    """The field on each axis, if all of them have the pixels of the input; else nothing."""
    fields = []
    for geometry in geometries:
        if geometry is None or geometry.receptive_field is None or geometry.jump != 1:
            return ()
        fields.append(int(geometry.receptive_field))
    return tuple(fields)


def _by(numbers: tuple[Size, ...]) -> str:
    return "×".join(map(str, numbers))


RULE = Rule("CL503", "field-too-small", Severity.INFO, __doc__, check)
