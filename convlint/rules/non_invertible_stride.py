"""An up-sampling that is meant to undo a strided window cannot give back its size.

## What it does

Pairs each transposed convolution (or up-sampling by a factor) of an encoder-decoder with the strided window whose
sampling grid it returns to, and asks whether it comes back to the size that this window was given. Says which sizes
do not come back, and which `output_padding` would bring them back, when one does.

## Why is this bad

The decoder's maps drift from the encoder's by a cell a stage: reconstructions come out smaller or larger than their
input, and a skip that is added later will not fit.

## Formula

A window maps `s` sizes to one; `r = (i + 2p - k_eff) mod s` tells them apart. The transposed convolution with the same
numbers gives back `i` only with output padding `r`: where `r` varies over the sizes that may arrive, no constant does.

## Flagged

```python
# input: N 3 H W
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 8, kernel_size=4, stride=2, padding=1),
            nn.ConvTranspose2d(8, 1, kernel_size=4, stride=2, padding=1),
        )
```

## Clean

```python
# input: N 3 H W
# where: H % 2 == 0
# where: W % 2 == 0
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 8, kernel_size=4, stride=2, padding=1),
            nn.ConvTranspose2d(8, 1, kernel_size=4, stride=2, padding=1),
        )
```

## Fix

`output_padding=r` where `r` is one number for all sizes; else call the transposed convolution with
`output_size=encoder_input.shape[2:]`, or state the sizes that work.

An error where declared sizes do not come back, else a warning.

## Limits

Where a join compares the two sizes, PyTorch refuses what does not fit, and `skip-size-mismatch` speaks for it.
Decoders that pad, crop or resize back to the size are not flagged, nor up-samplings by a factor in a model whose output
`reconstruction-size` compares with its input.

## References

- Dumoulin & Visin, *A guide to convolution arithmetic for deep learning*, arXiv:1603.07285, relationship 14.
"""

from collections.abc import Iterator

from convlint.arithmetic.transposed import inverting_output_padding
from convlint.arithmetic.transposed import output_size as transposed_size
from convlint.arithmetic.window import output_size as window_size
from convlint.diagnostics import Related, Severity
from convlint.graph.model import Node
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.pairing import Pair, pairs, reconstructions
from convlint.rules.evidence.remedies import output_padding
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.dim import Size
from convlint.symbolic.domain import Truth
from convlint.symbolic.predicate import Predicate, equal, negate

_JOINS = frozenset({"join", "cat", "stack"})


def check(subject: Subject) -> Iterator[Finding]:
    """Pairs of a window and an up-sampling that do not come back to the same size."""
    for view in subject.live:
        by_node: dict[str, list[Pair]] = {}
        speaks_of_output = any(True for _ in reconstructions(view))
        for pair in pairs(view):
            if pair.transposed is None and speaks_of_output:
                continue  # an up-sampling has no numbers to mend: `reconstruction-size` says what there is to say
            if _is_decoder(view, pair) and not _is_compared(view, pair) and not _is_repaired(view, pair):
                by_node.setdefault(pair.up.name, []).append(pair)
        for found in by_node.values():
            failing = [pair for pair in found if not view.domain.holds(_comes_back(pair))]
            if failing:
                yield from _finding(subject, view, failing)


def _comes_back(pair: Pair) -> Predicate:
    """That the pair, on its own, gives back the size that its window is given."""
    shrunk = window_size(pair.target, pair.window)
    if pair.transposed is not None:
        return equal(transposed_size(shrunk, pair.transposed), pair.target)
    if pair.factor == pair.window.stride:
        return equal(shrunk * pair.window.stride, pair.target)
    return equal(pair.made, pair.target)


def _is_decoder(view: View, pair: Pair) -> bool:
    """Whether what the model returns is computed from it and back on the grid of the input."""
    return any(
        view.flow.reaches(pair.up, returned) and _is_at_input_scale(view, returned, pair.axis)
        for returned in view.returned
    )


def _is_at_input_scale(view: View, node: Node, axis: int) -> bool:
    geometry = view.geometries[node.name][axis] if axis < len(node.shape) else None
    return geometry is not None and geometry.jump == 1


def _is_compared(view: View, pair: Pair) -> bool:
    """Whether a later join brings it together with a map that goes round the window."""
    for join in view.flow.members(view.flow.descendants(pair.up)):
        if join.kind not in _JOINS:
            continue
        for branch in view.flow.inputs(join):
            goes_round = not view.flow.reaches(pair.up, branch) and not view.flow.reaches(pair.down, branch)
            if goes_round and len(branch.shape) > pair.axis and wording.symbols([branch.shape[pair.axis]]):
                return True
    return False


def _is_repaired(view: View, pair: Pair) -> bool:
    """Whether a later map has the size again."""
    simplify = view.domain.simplify
    target = simplify(pair.target)
    return any(
        len(each.shape) > pair.axis and simplify(each.shape[pair.axis]) == target
        for each in view.flow.members(view.flow.descendants(pair.up))
    )


def _finding(subject: Subject, view: View, failing: list[Pair]) -> Iterator[Finding]:
    pair = failing[0]
    wrong = negate(_comes_back(pair))
    witness = view.domain.witness(subject.near, wrong)
    if witness is None:
        return
    given, made = wording.values([pair.target, _made(pair)], witness)
    never = view.domain.decide(wrong) is Truth.ALWAYS
    sizes = "" if never else wording.where(wrong, view.domain)
    symbols = wording.symbols([pair.target])
    others = [symbol for each in failing[1:] for symbol in wording.symbols([each.target]) - symbols]
    likewise = f", and for {wording.either(list(dict.fromkeys(others)))} likewise" if others and sizes else ""
    matters = subject.graph.is_declared or not symbols
    at = f" at {wording.at(witness, symbols)}" if symbols else ""
    yield Finding(
        Severity.ERROR if matters else subject.at_some_sizes,
        f"{view.title(pair.up)} cannot undo {view.title(pair.down)}"
        f"{f' for {sizes}{likewise}' if sizes else ''}: {given} cells come back as {made}{at}",
        view.span(pair.up),
        place=view.place(pair.up),
        witness=witness,
        related=(Related(view.span(pair.down), f"this window maps {wording.size(pair.window.stride)} sizes to one"),),
        help=tuple(_help(view, pair)),
        remedy=output_padding(view, pair.up, view.domain, is_safe=matters),
    )


def _made(pair: Pair) -> Size:
    shrunk = window_size(pair.target, pair.window)
    if pair.transposed is not None:
        return transposed_size(shrunk, pair.transposed)
    return shrunk * pair.window.stride if pair.factor == pair.window.stride else pair.made


def _help(view: View, pair: Pair) -> Iterator[str]:
    if pair.transposed is None:
        yield "resize to the size of the encoder's map instead of by a factor: `size=encoder_map.shape[2:]`"
        return
    padding = pair.output_padding(view.domain)
    if padding is not None:
        yield f"`output_padding={padding}` gives back the size"
        return
    needed = inverting_output_padding(pair.target, pair.window)
    yield (
        f"no constant `output_padding` does: it would have to be {wording.size(needed, view.domain)}; "
        "call it with `output_size=encoder_map.shape[2:]`"
    )


RULE = Rule("CL201", "non-invertible-stride", Severity.ERROR, __doc__, check)
