"""Code lenses: above each model which sizes it accepts."""

from collections.abc import Sequence
from dataclasses import dataclass

from lsprotocol import types

from convlint.diagnostics import Span
from convlint.graph.contract import Contract
from convlint.graph.model import ModelGraph
from convlint.lsp.positions import Lines

_LONGEST = 100
"""Characters of a title."""


@dataclass(frozen=True, slots=True)
class Lens:
    """What stands above a class."""

    span: Span
    title: str


def lenses(classes: Sequence[tuple[Span, ModelGraph]]) -> tuple[Lens, ...]:
    """One lens for each model that was followed."""
    return tuple(Lens(span, title(graph)) for span, graph in classes)


def code_lens(lens: Lens, lines: Lines, why_old: str = "") -> types.CodeLens:
    """The lens; ``why_old`` says that it is from before, and why."""
    title = f"({lens.title}, {why_old})" if why_old else lens.title
    short = title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1]}…"
    # A lens needs a command to be shown; one without a name does nothing.
    return types.CodeLens(lines.range(lens.span), command=types.Command(short, ""))


def title(graph: ModelGraph) -> str:
    """Which sizes a model accepts, as far as that is known."""
    contract = Contract(graph)
    accepted = contract.render()
    unknown = ", in part" if contract.unexplored else ""
    return f"accepts {accepted}{unknown}"
