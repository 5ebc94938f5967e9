"""Mistakes in what the items of directives say: at their places in the source, and as answers to who asked."""

from dataclasses import replace

from convlint.engine.places import where
from convlint.report import Problem
from convlint.source.directives import Item, Mistake
from convlint.source.text import shown_lines


def mistake_of(problem: Problem, item: Item) -> Mistake:
    """What is wrong with an item, where ``problem`` is what is wrong with its text (and its name, before ``=``)."""
    span = item.span
    if problem.column is not None:
        shift = len(item.name) + 1 if item.name else 0
        column = span.column + max(problem.column - shift, 0)
        span = replace(span, column=column, end_column=min(column + problem.length, max(span.end_column, column + 1)))
    return Mistake(problem.message, span, problem.help)


def problem_of(mistake: Mistake) -> Problem:
    """A mistake in a comment, for those who asked for the one model that it speaks of."""
    span = mistake.span
    line = shown_lines(span.path)[span.line - 1]
    start = len(line) - len(line.lstrip())
    message = f"{where(span)}: {mistake.message}"
    return Problem(message, "", line[start:], span.column - 1 - start, span.end_column - span.column, mistake.help)
