"""A comment hides findings of a rule that finds nothing there.

## What it does

Names what an `ignore[...]` or `file-ignore[...]` lists and does not hide:

```python
self.conv = nn.Conv2d(3, 8, 3)  # convlint: ignore[checkerboard]
```

## Why is this bad

It says of the code what is no longer so, and will hide the next mistake of its kind.

## Formula

None.

## Fix

Safe: the name is taken out of the list, and with the last name the comment, with its line where nothing else is there.

## Limits

Silent where it cannot be known: for rules that were not selected, where a single model was asked for, and in files with
models that were not followed to their end at every size, or were built with guessed arguments.

## References

- PEP 8, comments that contradict the code, https://peps.python.org/pep-0008/#comments
"""

from convlint.diagnostics import Severity
from convlint.rules.base import Rule

RULE = Rule("CL906", "unused-suppression", Severity.WARNING, __doc__)
