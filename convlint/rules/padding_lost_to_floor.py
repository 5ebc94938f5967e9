"""Part of the padding is never read, so that the padding in force is uneven and the sampling grid is off-centre.

## What it does

Says for which sizes a strided window reads less padding on the right or bottom than on the left or top.

## Why is this bad

The feature maps are shifted against the image, and always to the same side. Detectors and segmentations lose accuracy
by it, and small objects most (*Mind the Pad*).

## Formula

`r = (i + p_left + p_right - k_eff) mod s` cells at the right edge are not read; `min(r, p_right)` of them are padding.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, kernel_size=3, stride=2, padding=1))
```

## Clean

```python
# input: N 3 H W
# where: H % 2 == 1
# where: W % 2 == 1
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, kernel_size=3, stride=2, padding=1))
```

## Fix

Choose input sizes that keep the padding even, among those that the model accepts: `n` strides of 2 over odd kernels
with half padding want `i ≡ 1 (mod 2^n)`, which the joins of a decoder (`i ≡ 0`) may not allow; the help names only
sizes that both allow, and only if some are between half and twice those that the model is used at. Trained weights have
adapted to the shift, so nothing is applied by itself.

## Limits

Reported for zero padding and for every other padding mode alike.

## References

- Alsallakh et al., *Mind the Pad: CNNs can develop blind spots*, ICLR 2021, arXiv:2010.02178.
"""

from collections.abc import Iterator

from convlint.diagnostics import Severity
from convlint.graph.advice import is_recommendable, uneven_padding
from convlint.graph.contract import render_union
from convlint.graph.model import Node
from convlint.graph.windows import AxisWindow
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.losses import Loss, losses
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.comparison import less
from convlint.symbolic.dim import Size
from convlint.symbolic.domain import Domain


def check(subject: Subject) -> Iterator[Finding]:
    """Windows whose padding is uneven in force."""
    for loss in losses(subject, _lost):
        verb = "is" if loss.most == 1 else "are"
        yield Finding(
            Severity.INFO,
            f"{loss.amount('cell')} of padding {verb} never read{loss.where}: {_in_force(loss)}",
            loss.view.span(loss.node),
            place=loss.view.place(loss.node),
            witness=loss.witness,
            help=tuple(_help(subject, loss)),
        )


def _lost(view: View, node: Node, window: AxisWindow) -> Size:
    del view, node
    return uneven_padding(window)


def _in_force(loss: Loss) -> str:
    left, right = loss.window.padding
    if loss.least != loss.most:
        return "the padding in force is uneven"
    return f"the padding in force is {left} before and {wording.size(right - loss.most)} after"


def _help(subject: Subject, loss: Loss) -> Iterator[str]:
    """Accepted sizes that keep the padding even: at every window if there are some, else at this one."""
    advice = subject.advice
    domain, where = next(iter(advice.recommended), None), "at every layer"
    if domain is None:
        domain, where = _even_here(subject, loss), "here"
    if domain is not None:
        symbols = wording.symbols(size for spec in subject.graph.inputs for size in spec.shape[2:]) | set(loss.symbols)
        sizes = wording.condition(domain, symbols)
        example = wording.at(domain.witness(subject.near) or {}, symbols)
        few = len(sizes) > wording.LONGEST_CONDITION
        yield f"{example if few else sizes} keeps the padding even {where}{'' if few else f', for example {example}'}"
    elif advice.both:
        sizes = render_union(advice.both)
        yield (
            f"only {sizes} keeps the padding even at every layer"
            if len(sizes) <= wording.LONGEST_CONDITION
            else "no accepted size close to the usual ones keeps the padding even at every layer"
        )
    elif not subject.contract.unexplored:
        yield "no size that the model accepts keeps the padding even at every layer"
        if advice.even and advice.joins and advice.are_apart:
            yield f"{render_union(advice.even)} would, but its joins need {render_union(advice.joins)}"


def _even_here(subject: Subject, loss: Loss) -> Domain | None:
    """The accepted sizes at which this window loses no padding; None where there are none to recommend."""
    if loss.view.path.failure is not None:
        return None
    domain = loss.view.domain.narrow(less(uneven_padding(AxisWindow(loss.axes[0], loss.size, loss.window)), 1))
    return domain if is_recommendable(domain, loss.view.domain, subject.near) else None


RULE = Rule("CL103", "padding-lost-to-floor", Severity.INFO, __doc__, check)
