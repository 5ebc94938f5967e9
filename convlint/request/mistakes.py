"""What cannot be understood of what the user wrote."""

import difflib
from collections.abc import Iterable

from convlint.report import Problem
from convlint.symbolic.parse import ExpressionError


class UsageError(ValueError):
    """What was asked for cannot be understood; ``problem`` says where and how to ask."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem

    def __str__(self) -> str:
        """The message, what was written, and the way out: what a traceback shows."""
        problem = self.problem
        written = [" ".join(filter(None, [" ", problem.source, problem.text]))] if problem.text else []
        return "\n".join([problem.message, *written, *(f"  help: {each}" for each in problem.help)])


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "", *, cutoff: float = 0.6) -> tuple[str, ...]:
    """The way out for a word that is none of those ``known``: the nearest of them, else what ``otherwise`` says."""
    near = difflib.get_close_matches(word, list(known), 1, cutoff)
    return tuple(filter(None, [f"did you mean {near[0]}?" if near else otherwise]))


def expression_problem(error: ExpressionError, source: str, text: str, start: int, help_: str) -> UsageError:
    """The mistake in an expression that begins at offset ``start`` of ``text``, the value of the option ``source``."""
    column = min(start + error.column - 1, max(len(text) - 1, 0)) if text else None
    message = error.message if error.message != "cannot be read" else "this cannot be read"
    return UsageError(Problem(message, source, text, column, 1, (help_,)))
