"""No input shape is known for a model.

## What it does

Says for which parameter of `forward` no shape was declared, found in the file, or could be inferred.

## Why is this bad

The model was not checked.

## Formula

None.

## Fix

Declare it: `--input "N 3 H W"`, or `--input name="N 3 H W"` for one of several. A tensor in a list or a dict is named
by its place: `--input features.0="N 64 H W"`, `--input batch.image="N 3 H W"`.

## Limits

The modules of the project inside of the model are looked at alone.

## References

- jaxtyping, shapes in annotations, https://docs.kidger.site/jaxtyping/api/array/
"""

from convlint.diagnostics import Severity
from convlint.rules.base import Rule

RULE = Rule("CL903", "input-unknown", Severity.WARNING, __doc__)
