"""The taps of a transposed convolution fall unevenly on its output.

## What it does

Counts, for each of the `s` phases of the output grid, how many taps of the kernel land on it.

## Why is this bad

Output pixels that more taps reach are brighter: a checkerboard that training does not quite remove, in images and in
gradients alike. A phase without any tap is a hole that only the bias fills.

## Formula

Tap `t` lands on phase `(d·t) mod s`. The counts are equal if `k % s == 0` (and `d` and `s` have no common divisor).

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.ConvTranspose2d(3, 8, kernel_size=3, stride=2, padding=1, output_padding=1))
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.ConvTranspose2d(3, 8, kernel_size=4, stride=2, padding=1))
```

## Fix

A kernel that is a multiple of the stride (`kernel_size=4, padding=1` for `kernel_size=3, padding=1,
output_padding=1`: the same output size), or an up-sampling followed by a convolution. Both need new weights.

## Limits

Weights can learn to compensate; the rule looks at the arithmetic alone.

## References

- Odena, Dumoulin & Olah, *Deconvolution and Checkerboard Artifacts*, Distill 2016,
  https://distill.pub/2016/deconv-checkerboard/
"""

from collections.abc import Iterator

from convlint.arithmetic.transposed import taps_by_phase
from convlint.diagnostics import Severity
from convlint.graph.windows import AxisTransposed
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.places import Place, place_of
from convlint.rules.evidence.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Transposed convolutions whose kernel is no multiple of their stride."""
    seen: set[Place] = set()
    for view in subject.views:
        for node, axes in view.transposed:
            place = place_of(node)
            uneven = {each: taps for each in axes if (taps := _taps(each)) and min(taps) != max(taps)}
            if not uneven or place in seen:
                continue
            seen.add(place)
            first, taps = next(iter(uneven.items()))
            kernel, stride = (
                "×".join(str(getattr(each.transposed, name)) for each in axes) for name in ("kernel_size", "stride")
            )
            holes = ", so that some see none" if min(taps) == 0 else ""
            yield Finding(
                Severity.WARNING,
                f"kernel {kernel} with stride {stride} draws a checkerboard: "
                f"{_counts(taps)} taps reach neighbouring outputs{holes}",
                view.span(node),
                place=view.place(node),
                help=(_help(first),),
            )


def _taps(axis: AxisTransposed) -> tuple[int, ...] | None:
    numbers = (axis.transposed.kernel_size, axis.transposed.stride, axis.transposed.dilation)
    kernel_size, stride, dilation = numbers
    if not (isinstance(kernel_size, int) and isinstance(stride, int) and isinstance(dilation, int)) or stride < 2:
        return None
    return taps_by_phase(kernel_size, stride, dilation)


def _counts(taps: tuple[int, ...]) -> str:
    return f"{min(taps)} or {max(taps)}" if len(taps) > 4 else wording.either([str(each) for each in taps])


def _help(axis: AxisTransposed) -> str:
    kernel_size, stride = axis.transposed.kernel_size, axis.transposed.stride
    assert isinstance(kernel_size, int)
    assert isinstance(stride, int)
    multiple = -(-kernel_size // stride) * stride
    return (
        f"a kernel that is a multiple of the stride, such as {multiple}, reaches all outputs alike; "
        "so does up-sampling followed by a convolution"
    )


RULE = Rule("CL203", "checkerboard", Severity.WARNING, __doc__, check)
