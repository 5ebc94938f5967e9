"""Mistakes in what the items of directives say, at their places in the source."""

from dataclasses import replace

from convlint.report import Problem
from convlint.source.directives import Item, Mistake


def mistake_of(problem: Problem, item: Item) -> Mistake:
    """What is wrong with an item, where ``problem`` is what is wrong with its text (and its name, before ``=``)."""
    span = item.span
    if problem.column is not None:
        shift = len(item.name) + 1 if item.name else 0
        column = span.column + max(problem.column - shift, 0)
        span = replace(span, column=column, end_column=min(column + problem.length, max(span.end_column, column + 1)))
    return Mistake(problem.message, span, problem.help)
