"""A model cannot be built.

## What it does

Says which argument is missing, or which line of its constructor raises.

## Why is this bad

The model was not checked.

## Formula

None.

## Fix

Give the arguments: `--arg name=value`, with a Python literal for the value.

## Limits

Of the classes that the model would build, those are looked at alone whose arguments its code writes.

## References

- `torch.device("meta")`, https://docs.pytorch.org/docs/stable/meta.html
"""

from convlint.diagnostics import Severity
from convlint.rules.base import Rule

RULE = Rule("CL902", "construct-failed", Severity.WARNING, __doc__)
