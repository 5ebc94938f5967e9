"""The process that ran a model took too long, ran out of memory, or exited.

## What it does

Says which of them, and after how long.

## Why is this bad

The model was not checked.

## Formula

None.

## Fix

Look for an endless loop, a large allocation or a `sys.exit` while the file is imported or the model is built or run
(`argparse` exits where a file reads its command line when it is imported: that belongs under
`if __name__ == "__main__":`); raise `--timeout` or `--memory` where the model is simply large.

## Limits

Of a model that was built, the modules of the project are looked at alone. Models that a file defines before its own
code exits, or takes half of the time, are checked.

## References

- Python's `resource`, limits of a process, https://docs.python.org/3/library/resource.html
"""

from convlint.diagnostics import Severity
from convlint.rules.base import Rule

RULE = Rule("CL905", "timed-out", Severity.ERROR, __doc__)
