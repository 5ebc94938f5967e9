"""The file of a model cannot be imported.

## What it does

Says which import or which line fails, and why.

## Why is this bad

Nothing that the file defines from there on was checked.

## Formula

None.

## Fix

Install what is missing into the interpreter that runs the models (`--python` names it), or mend the line.

## Limits

Models that are defined before a line fails are checked, without what the rest of the file would have done to them.
Where an `import` at the top level of a file finds nothing, the models that need what it imports fail, and no others;
the report names the imports that none needs. Imports under `try`, `if` or in functions may be meant to fail, and do.

## References

- Python's import system, https://docs.python.org/3/reference/import.html
"""

from convlint.diagnostics import Severity
from convlint.rules.base import Rule

RULE = Rule("CL901", "import-failed", Severity.ERROR, __doc__)
