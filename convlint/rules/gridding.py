"""A run of dilated convolutions leaves holes in what its units see.

## What it does

Follows the cells that a unit sees through windows of stride 1, pads and joins back to the last change of resolution,
and reports runs that skip cells: where the rates have a common divisor, or grow faster than the kernels can close.

## Why is this bad

Neighbouring units see disjoint sets of cells, as on a chessboard, and nothing puts them together: segmentations come
out with gridding artefacts, and small objects can fall through.

## Formula

Holes are certain where `gcd(r_1 … r_n) > 1`. Otherwise hybrid dilated convolution asks for `M_2 ≤ k`, with `M_n = r_n`
and `M_i = max(M_{i+1} - 2r_i, M_{i+1} - 2(M_{i+1} - r_i), r_i)`, the rates in ascending order: with `k = 3`, 1, 2, 5
pass and 1, 2, 9 do not. Reported is what fails this test *and* skips cells when they are counted.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 8, kernel_size=3, padding=1, stride=2),
            nn.Conv2d(8, 8, kernel_size=3, padding=2, dilation=2),
            nn.Conv2d(8, 8, kernel_size=3, padding=2, dilation=2),
            nn.Conv2d(8, 8, kernel_size=3, padding=2, dilation=2),
        )
```

## Clean

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 8, kernel_size=3, padding=1, stride=2),
            nn.Conv2d(8, 8, kernel_size=3, padding=1, dilation=1),
            nn.Conv2d(8, 8, kernel_size=3, padding=2, dilation=2),
            nn.Conv2d(8, 8, kernel_size=3, padding=5, dilation=5),
        )
```

## Fix

Rates without a common divisor that start at 1 and grow slowly, such as 1, 2, 5, or an undilated convolution behind the
run. Trained weights fit their rates, so nothing is applied by itself.

## Limits

A single dilated convolution is no run, nor are several side by side (atrous spatial pyramid pooling). Silent where a
branch without a known grid joins the run, and behind an up-sampling, whose cells repeat each other.

## References

- Wang et al., *Understanding Convolution for Semantic Segmentation*, WACV 2018, arXiv:1702.08502.
- Yu, Koltun & Funkhouser, *Dilated Residual Networks*, CVPR 2017, arXiv:1705.09914.
"""

from collections.abc import Iterator

from convlint.diagnostics import Related, Severity
from convlint.graph.geometry import FIRST_SPATIAL_AXIS
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence.dilation import Run, common_rate, complete_runs, widest_gap
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View


def check(subject: Subject) -> Iterator[Finding]:
    """Runs of dilated windows that skip cells."""
    for view in subject.live:
        if all(each.window.dilation == 1 for _, windows in view.windows for each in windows):
            continue
        most = max((len(node.shape) for node, _ in view.windows), default=0)
        seen: set[frozenset[str]] = set()
        for from_end in range(FIRST_SPATIAL_AXIS - most, 0):
            for run in complete_runs(view, from_end):
                names = frozenset(run.windows)
                if names not in seen and _leaves_holes(run):
                    seen.add(names)
                    yield _finding(subject, view, run)


def _leaves_holes(run: Run) -> bool:
    rates = run.rates
    if run.length < 2 or not run.has_holes:
        return False
    return common_rate(rates) > 1 or widest_gap(rates) > run.kernel_size


def _finding(subject: Subject, view: View, run: Run) -> Finding:
    nodes = [node for node in view.flow.nodes if node.name in run.windows and run.windows[node.name].rate != 1]
    last = nodes[-1]
    common = common_rate(run.rates)
    rates = ", ".join(str(run.windows[node.name].rate) for node in view.flow.nodes if node.name in run.windows)
    why = (
        f"units see one cell of each {common} in a row"
        if common > 1
        else f"cells {widest_gap(run.rates)} apart are seen, the {widest_gap(run.rates) - 1} between them are not"
    )
    return Finding(
        Severity.WARNING,
        f"the dilation rates {rates} leave holes in the field of {view.title(last)}: {why}",
        view.span(last),
        place=view.place(last),
        witness=view.domain.witness(subject.near),
        related=tuple(
            Related(view.span(node), f"rate {run.windows[node.name].rate}")
            for node in nodes[:-1]
            if view.span(node) != view.span(last)
        ),
        help=("use rates without a common divisor that start at 1 and grow slowly, such as 1, 2, 5",),
    )


RULE = Rule("CL502", "gridding", Severity.WARNING, __doc__, check)
