"""What cannot be understood of what the user wrote."""

from convlint.report import Problem
from convlint.symbolic.parse import ExpressionError


class UsageError(ValueError):
    """What was asked for cannot be understood; ``problem`` says where and how to ask."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def expression_problem(error: ExpressionError, source: str, text: str, start: int, help_: str) -> UsageError:
    """The mistake in an expression that begins at offset ``start`` of ``text``, the value of the option ``source``."""
    column = min(start + error.column - 1, max(len(text) - 1, 0)) if text else None
    message = error.message if error.message != "cannot be read" else "this cannot be read"
    return UsageError(Problem(message, source, text, column, 1, (help_,)))
