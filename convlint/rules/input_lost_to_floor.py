"""The last rows of the input are never read by a strided window.

## What it does

Says for which sizes, and how many: the cells at the right or bottom edge that no window of a strided convolution or
pooling reaches, because the stride does not divide what is left.

## Why is this bad

What lies there cannot change the output: an object at the edge is not seen, and no error says so.

## Formula

`r = (i + p_left + p_right - k_eff) mod s` cells of the padded input are left over, and `max(r - p_right, 0)` of them
are real input. Rows that lie between windows in any case (`s > k_eff`) do not count, nor what an `F.pad` before the
window added.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, kernel_size=3, stride=2))
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, kernel_size=3, stride=2, padding=1))
```

## Fix

Pad on the right by `s - 1` cells at most, use `ceil_mode=True` for a pooling, or resize the input. Each changes the
output's size or values, so none is applied by itself.

A warning where the declared sizes always lose rows of the *model's input*: rows that no unit which is read has in its
field. Deeper in a network the fields overlap. The 3×3 convolutions before each pooling of VGG-16 have carried what lies
under the last row of a map into the rows before it: at any size, a plain VGG-16 loses a row of a map and not one pixel,
so there it is info. Info as well where a path reads the rows that does not meet this one again, and silent where a
branch of the same join reads them (a 3×3 convolution beside an average-pooled shortcut).

## Limits

Fields are taken to be without holes. Of a branch that goes on by a slice it is not known what it reads, and it counts
as reading all.

## References

- Dumoulin & Visin, *A guide to convolution arithmetic for deep learning*, arXiv:1603.07285.
- Araujo, Norris & Sim, *Computing Receptive Fields of Convolutional Neural Networks*, Distill 2019,
  https://distill.pub/2019/computing-receptive-fields/
"""

from collections.abc import Iterator

from convlint.arithmetic.window import input_lost, skipped_between
from convlint.diagnostics import Severity
from convlint.graph.border import border
from convlint.graph.model import Node
from convlint.graph.windows import AxisWindow
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.losses import Loss, losses
from convlint.rules.evidence.readers import readers
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.cases import maximum
from convlint.symbolic.comparison import greater, less
from convlint.symbolic.dim import Size


def check(subject: Subject) -> Iterator[Finding]:
    """Windows that leave rows of their input unread."""
    for loss in losses(subject, _lost):
        if all(_is_read(loss, axis, by_its_join=True) for axis in loss.axes):
            continue
        elsewhere = all(_is_read(loss, axis, by_its_join=False) for axis in loss.axes)
        matters = loss.always and subject.sizes_are_given and not elsewhere
        yield Finding(
            Severity.WARNING if matters and any(_misses_pixels(loss, axis) for axis in loss.axes) else Severity.INFO,
            f"the last {loss.amount('row')} of the input are never read{loss.where}"
            if loss.most > 1
            else f"the last row of the input is never read{loss.where}",
            loss.view.span(loss.node),
            place=loss.view.place(loss.node),
            witness=loss.witness,
            notes=(_reckoning(loss), *(("a path that does not join this one reads them",) if elsewhere else ())),
            help=("pad the right side, use `ceil_mode=True` for a pooling, or resize the input",),
        )


def _is_read(loss: Loss, axis: int, *, by_its_join: bool) -> bool:
    """Whether another branch (of the same join) reads the last row of the map wherever the window does not."""
    window = _axis_window(loss, axis)
    failing = loss.view.domain.narrow(greater(_lost(loss.view, loss.node, window), 0))
    others = readers(loss.view, loss.node, axis)
    return any(each.reads_last(failing) for each in others if each.joins or not by_its_join)


def _misses_pixels(loss: Loss, axis: int) -> bool:
    """Whether, at all sizes, the field of the last unit that is read ends before the model's input does."""
    view, window = loss.view, _axis_window(loss, axis)
    source = view.flow.inputs(loss.node)[0]
    geometry = view.geometries[source.name][axis]
    images = [
        each
        for each in view.flow.members(view.flow.ancestors(source))
        if each.op == "placeholder" and len(each.shape) == len(source.shape)
    ]
    if geometry is None or geometry.field is None or not images:
        return False
    _, after = geometry.field.extent
    last = geometry.position(window.size - 1 - input_lost(window.size, window.window)) + after
    return all(view.domain.holds(less(last, image.shape[axis] - 1)) for image in images)


def _axis_window(loss: Loss, axis: int) -> AxisWindow:
    return AxisWindow(axis, loss.view.flow.inputs(loss.node)[0].shape[axis], loss.window)


def _lost(view: View, node: Node, window: AxisWindow) -> Size:
    if window.window.stride == 1:
        return 0
    source = view.flow.inputs(node)[0]
    _, added = border(source, window.axis - len(source.shape))
    return input_lost(window.size, window.window) - skipped_between(window.window) - maximum(added, 0)


def _reckoning(loss: Loss) -> str:
    (given,) = wording.values([loss.size], loss.witness)
    (lost,) = wording.values([input_lost(given, loss.window)], loss.witness)
    symbols = wording.symbols([loss.size])
    at = f"at {wording.at(loss.witness, symbols)}, " if symbols else ""
    return f"{at}the window is given {given} cells and reads {given - lost}"


RULE = Rule("CL102", "input-lost-to-floor", Severity.WARNING, __doc__, check)
