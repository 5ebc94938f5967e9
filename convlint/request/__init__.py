"""What the user asks for, read and checked before anything runs: targets, inputs, sizes, rules.

Every mistake is a `UsageError` that knows its place in what was written.
"""

from convlint.request.conditions import check_conditions
from convlint.request.inputs import read_argument, read_input
from convlint.request.mistakes import UsageError
from convlint.request.options import Options
from convlint.request.query import ContractQuery
from convlint.request.selection import Selection, read_rule
from convlint.request.targets import NotPythonError, Target

__all__ = [
    "ContractQuery",
    "NotPythonError",
    "Options",
    "Selection",
    "Target",
    "UsageError",
    "check_conditions",
    "read_argument",
    "read_input",
    "read_rule",
]
