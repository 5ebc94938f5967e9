"""The sizes that a model accepts are not those that are recorded.

## What it does

With `--locked`, compares the contract of each model with the one in `convlint.lock`, which
`convlint contract --write` has written: the sizes that it accepts, and the sizes that come out. A model that refuses
what it accepted is an error; an output of another size, and a model that is recorded and no longer there, or there
under another name, a warning; a model that accepts more, and one that is not recorded, an info.

## Why is this bad

Whoever uses the model relies on what it accepted: a service that resizes to multiples of 8, a checkpoint that was
trained at 500 pixels. A change that narrows this breaks them, and no test of the usual size shows it.

## Formula

`recorded ∖ accepted` is not empty: with the exact sets of both, not with examples.

## Fix

Where the change is meant, `convlint contract --write` records it, and the difference of the file says it to those who
review it. Where it is not, the finding names a size that was accepted: `convlint contract TARGET --at` says what
refuses it now. Nothing is applied by itself.

## Limits

Sizes count where both contracts speak of them: those that were not declared, or not followed to the end, then or now,
are no change. A model whose input is written otherwise (`N 3 S S` for `N 3 H W`) cannot be compared, and says so.

## References

- Semantic versioning, what a public interface is, https://semver.org
"""

from convlint.diagnostics import Severity
from convlint.rules.base import Rule

RULE = Rule("CL603", "contract-changed", Severity.ERROR, __doc__)
