"""Inlay hints: the sizes behind each call in ``forward``, and behind each layer of a container."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lsprotocol import types

from convlint.diagnostics import Span
from convlint.lsp.positions import Lines
from convlint.lsp.sites import Instance, Sites

_MOST_INSTANCES = 16
"""Those of one line that the tooltip lists."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What is shown behind a range of source, and more of it for who asks."""

    span: Span
    label: str
    tooltip: str


def hints(sites: Sites) -> tuple[Hint, ...]:
    """The hints of the places in one file, in the order in which they stand there."""
    calls = {span: _hint(span, runs) for span, runs in sites.calls.items() if _says(runs)}
    shown = [hint for hint in calls.values() if not _is_repeated(hint, calls)]
    shown += [_hint(span, runs) for span, runs in sites.contained.items() if _says(runs) and _is_layer(runs)]
    return tuple(sorted(shown, key=lambda hint: (hint.span.end_line, hint.span.end_column)))


def inlay_hint(hint: Hint, lines: Lines, why_old: str = "") -> types.InlayHint:
    """The hint; ``why_old`` says that it is from before, and why."""
    tooltip = f"{hint.tooltip}\n\n{why_old}" if why_old else hint.tooltip
    return types.InlayHint(
        position=lines.position(hint.span.end_line, hint.span.end_column),
        label=f"({hint.label})" if why_old else hint.label,
        tooltip=types.MarkupContent(types.MarkupKind.Markdown, tooltip),
        padding_left=True,
    )


def _says(runs: Sequence[Instance]) -> bool:
    return any(way.outputs for run in runs for way in run.ways)


def _is_layer(runs: Sequence[Instance]) -> bool:
    """Whether a place builds one layer, not all those of a model from a package."""
    return len({run.name for run in runs}) == 1


def _label(runs: Sequence[Instance]) -> str:
    """The sizes of the first run, and how many others there are where these are not all the same."""
    sizes = [run.told.line for run in runs]
    return sizes[0] if len(set(sizes)) == 1 else f"{sizes[0]} +{len(sizes) - 1}"


def _hint(span: Span, runs: Sequence[Instance]) -> Hint:
    return Hint(span, _label(runs), "\n".join(_listed(runs, span.path)))


def _listed(runs: Sequence[Instance], path: str) -> Iterator[str]:
    """The runs; with their models, where these are several or elsewhere."""
    several = len({run.graph.name for run in runs}) > 1
    for run in runs[:_MOST_INSTANCES]:
        of = f"{run.model(path)}: " if several or run.home.path != path else ""
        begin = f"- {of}`{run.module or run.graph.name}` {run.name}: "
        for sizes in run.listed():
            yield f"{begin}{sizes}"
            begin = "  or "
    if len(runs) > _MOST_INSTANCES:
        yield f"- and {len(runs) - _MOST_INSTANCES} more"


def _is_repeated(hint: Hint, others: Mapping[Span, Hint]) -> bool:
    """Whether the next call around it that ends on its line says the same."""
    around = [
        other
        for other in others.values()
        if other is not hint and other.span.end_line == hint.span.end_line and _encloses(other.span, hint.span)
    ]
    return bool(around) and max(around, key=lambda other: (other.span.line, other.span.column)).label == hint.label


def _encloses(outer: Span, inner: Span) -> bool:
    starts = (outer.line, outer.column) <= (inner.line, inner.column)
    return starts and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
