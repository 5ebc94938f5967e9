"""The declared sizes hold some that the model itself refuses.

## What it does

Compares the sizes that the user declared with those that the model's own `assert` and `raise` let through, and names
the declared ones that it refuses.

## Why is this bad

Either the declaration promises what the model does not keep, or the model refuses what it should accept. Whoever relies
on the declaration gets an exception.

## Formula

`declared ∖ accepted` is not empty.

## Flagged

```python
# input: N 3 H W
# where: H % 16 == 0
# where: W % 16 == 0
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2, padding=1)

    def forward(self, x):
        assert x.shape[2] % 32 == 0, "height must be a multiple of 32"
        return self.conv(x)
```

## Clean

```python
# input: N 3 H W
# where: H % 32 == 0
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2, padding=1)

    def forward(self, x):
        assert x.shape[2] % 32 == 0, "height must be a multiple of 32"
        return self.conv(x)
```

## Fix

Declare what the model accepts, or pad its input to a size that it accepts. Which of the two is right is not for a
linter to say, so nothing is applied by itself.

What PyTorch's operations refuse is reported by the rules for them, at the operation, and not here again. Without
declared sizes, what a model asserts is its contract, and silent.

## Limits

A `raise NotImplementedError` is taken for a method that is still to be written.

## References

- `assert` in Python's reference, https://docs.python.org/3/reference/simple_stmts.html#the-assert-statement
"""

from collections.abc import Iterator

from convlint.diagnostics import Severity
from convlint.graph.contract import union
from convlint.rules.base import Finding, Rule
from convlint.rules.evidence import wording
from convlint.rules.evidence.guards import Guard, guards
from convlint.rules.evidence.subject import Subject
from convlint.symbolic.domain import Domain


def check(subject: Subject) -> Iterator[Finding]:
    """Declared sizes that the model raises for."""
    # One statement can raise on several paths, a comparison of its condition on each.
    by_place: dict[object, list[Guard]] = {}
    for guard in guards(subject):
        span = guard.failure.span or subject.graph.span
        by_place.setdefault((span.path, span.line, guard.failure.message), []).append(guard)
    for found in by_place.values():
        failure = found[0].failure
        told = "" if failure.message == failure.exception else f": {failure.message}"
        yield Finding(
            Severity.ERROR,
            f"the model refuses {_which(subject, found)} with {failure.exception}{told}",
            failure.span or subject.graph.span,
            witness=found[0].witness,
            raises=True,
            help=_help(subject),
        )


def _which(subject: Subject, found: list[Guard]) -> str:
    failing = union(guard.failing for guard in found)
    if failing == (subject.graph.declared,):
        return "every declared size"
    text = " or ".join(sorted(_condition(subject, each) for each in failing))
    return f"declared sizes ({text})" if len(text) <= wording.LONGEST_CONDITION else "declared sizes"


def _condition(subject: Subject, failing: Domain) -> str:
    """What is said of these sizes beyond the declaration."""
    declared = subject.graph.declared
    narrowed = [symbol for symbol in declared.symbols if failing.set_of(symbol) != declared.set_of(symbol)]
    return wording.condition(failing, narrowed) or wording.condition(failing, declared.symbols) or "some"


def _help(subject: Subject) -> tuple[str, ...]:
    accepted = wording.accepted(subject)
    return (f"declare what it accepts, {accepted}, or pad the input to that",) if accepted else ()


RULE = Rule("CL601", "contract-narrower", Severity.ERROR, __doc__, check)
