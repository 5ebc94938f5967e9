"""A comment that speaks to convlint cannot be read, or stands where it speaks of nothing.

## What it does

Says which part of the comment is not understood, and what is nearest to it: a rule that does not exist, a shape or
condition that cannot be read, a bracket that is never closed, an `ignore` without rules, a declaration at no class.

## Why is this bad

What the comment should hide is reported, and what it should declare is not.

## Formula

None.

## Fix

Write one of these, several in one comment if need be, with a reason behind `--`:

```python
# convlint: ignore[skip-size-mismatch, CL103] -- sizes are padded by the caller
# convlint: file-ignore[checkerboard]
# convlint: input("N 3 H W") where(H % 16 == 0) arg(depth=3)
```

## Limits

There is no `ignore` for all rules, and `noqa` is not read.

## References

- PEP 484, comments for type checkers, https://peps.python.org/pep-0484/#compatibility-with-other-uses-of-function-annotations
"""

from convlint.diagnostics import Severity
from convlint.rules.base import Rule

RULE = Rule("CL907", "bad-directive", Severity.ERROR, __doc__)
