"""An up-sampling that is meant to undo a strided window cannot give back its size.

## What it does

Pairs each transposed convolution, unpooling, pixel shuffle or up-sampling by a factor with the strided layer whose
sampling grid it returns to (also through tokens and a reshape), and asks whether it comes back to the size that this
layer was given. Says which sizes do not come back, and which numbers would bring them back, when some do.

The strides of one encoder-decoder that do not come back are one finding, at the first of them; the others, the joins
that refuse because of them and the output that is not the size of the input are named in it.

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

`output_padding=r` where `r` is one number for all sizes (with another `padding`, where the kernel asks for it); else
call the transposed convolution with `output_size=encoder_input.shape[2:]`, pad the input to a multiple of the strides,
or state the sizes that work.

A constant is set by `--fix`: safe where sizes that matter, or all of them, do not come back, else unsafe.

An error where declared sizes do not come back, or PyTorch refuses the join that follows, else a warning.

## Limits

Where a join compares the two sizes and no number of the layer mends it, `skip-size-mismatch` speaks, at the join.
Decoders that pad, crop or resize back to the size are not flagged, nor up-samplings by a factor in a model whose output
`reconstruction-size` compares with its input.

## References

- Dumoulin & Visin, *A guide to convolution arithmetic for deep learning*, arXiv:1603.07285, relationship 14.
"""

from collections.abc import Iterator, Mapping

from convlint.diagnostics import Related, Severity
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.cause import Cause
from convlint.rules.evidence.consequence import called_with, join_of, output_of, stride_of, ways_back
from convlint.rules.evidence.pairing import Pair
from convlint.rules.evidence.refusal import Weight
from convlint.rules.evidence.remedies import mending
from convlint.rules.evidence.subject import Subject
from convlint.rules.remedy import spatial
from convlint.symbolic.comparison import negate
from convlint.symbolic.domain import Domain
from convlint.symbolic.truth import Truth


def check(subject: Subject) -> Iterator[Finding]:
    """Pairs of a window and an up-sampling that do not come back to the same size."""
    for cause in subject.causes:
        if cause.rule == RULE.name:
            yield from _finding(subject, cause)


def _finding(subject: Subject, cause: Cause) -> Iterator[Finding]:
    view = cause.view
    join = next(iter(cause.joins), None)
    domain = view.domain if join is None else join.requirement.domain
    failing = [each for each in cause.pairs if not domain.holds(each.comes_back)]
    if not failing:
        return
    pair = failing[0]
    wrong = negate(pair.comes_back)
    witness = domain.witness(subject.near, wrong) if join is None else join.witness
    if witness is None:
        return
    symbols = wording.symbols([pair.target])
    is_graver = subject.graph.is_declared or not symbols if join is None else join.weight is Weight.ERROR
    yield Finding(
        Severity.ERROR if is_graver else subject.at_some_sizes,
        _undoes(cause, failing, domain, witness),
        view.span(pair.up),
        place=view.place(pair.up),
        witness=witness,
        raises=join is not None,
        related=tuple(_related(cause, failing)),
        help=tuple(_help(subject, cause, pair, domain)),
        remedy=mending(cause, is_safe=is_graver and (join is None or join.always)),
    )


def _undoes(cause: Cause, failing: list[Pair], domain: Domain, witness: Mapping[str, int]) -> str:
    """That an up-sampling does not undo a stride, for which sizes, and what comes back at the witness."""
    view, pair = cause.view, failing[0]
    strides = view.title(pair.down) if pair.is_single else f"the strides from {view.title(pair.down)} on"
    given, made = wording.values([pair.target, pair.returned], witness)
    symbols = wording.symbols([pair.target])
    at = f" at {wording.at(witness, symbols)}" if symbols else ""
    sizes = _where(failing, domain, has_other_paths=len(view.graph.paths) > 1 and not cause.mending)
    return f"{view.title(pair.up)} cannot undo {strides}{sizes}: {given} cells come back as {made}{at}"


def _where(failing: list[Pair], domain: Domain, *, has_other_paths: bool) -> str:
    """`` for H % 2 = 1, and for W likewise``; where no size of a path comes back, the sizes that follow it."""
    pair = failing[0]
    wrong = negate(pair.comes_back)
    symbols = wording.symbols([pair.target])
    if domain.decide(wrong) is Truth.ALWAYS:
        path = wording.condition(domain, symbols) if has_other_paths else ""
        return f" for {path}" if path else ""
    others = [
        symbol
        for each in failing
        if each.up is pair.up
        for symbol in sorted(wording.symbols([each.target]) - symbols)
    ]
    return f" for {wording.where(wrong, domain)}{wording.likewise(list(dict.fromkeys(others)))}"


def _related(cause: Cause, failing: list[Pair]) -> Iterator[Related]:
    view, first = cause.view, failing[0]
    yield stride_of(view, first)
    for pair in {each.up.name: each for each in reversed(failing) if each.up is not first.up}.values():
        yield Related(view.span(pair.up), f"nor does {view.title(pair.up)} undo {view.title(pair.down)}")
    for join in cause.joins:
        yield join_of(join)
    for output in cause.outputs:
        yield output_of(view, output)


def _help(subject: Subject, cause: Cause, pair: Pair, domain: Domain) -> Iterator[str]:
    if cause.mending:
        yield f"{_numbers(cause, pair)} gives back the size"
        return
    if pair.needed is not None:
        least, _ = domain.bounds(pair.needed)
        needed = wording.size(pair.needed, domain)
        if least is None or least < 0:
            yield "no `output_padding` takes cells away: crop the map to the encoder's, `y[..., :h, :w]`"
        else:
            call = called_with(pair.up, "output_size=encoder_map.shape[2:]")
            yield f"no constant `output_padding` does: it would have to be {needed}; {call}"
    elif pair.up.kind == "max_unpool":
        yield f"{called_with(pair.up, 'output_size=')}, the size that the pooling was given"
    else:
        yield "resize to the size of the encoder's map instead of by a factor: `size=encoder_map.shape[2:]`"
    yield from ways_back(subject, cause, domain)


def _numbers(cause: Cause, pair: Pair) -> str:
    """```output_padding=1```; with the padding where that has to be another."""
    paddings = [each.padding for each in cause.mending]
    settings = [f"`output_padding={spatial([each.output_padding for each in cause.mending])}`"]
    if pair.transposed is not None and any(each != pair.transposed.padding for each in paddings):
        settings.insert(0, f"`padding={spatial(paddings)}`")
    return " with ".join(settings)


RULE = Rule("CL201", "non-invertible-stride", Severity.ERROR, __doc__, check)
