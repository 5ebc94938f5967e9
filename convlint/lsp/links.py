"""From a call to the constructor of what it calls, and from a constructor to its calls."""

from convlint.diagnostics import Span
from convlint.lsp.positions import innermost
from convlint.lsp.sites import Sites


def definitions(sites: Sites, path: str, line: int, column: int) -> tuple[Span, ...]:
    """Where the layers and modules were built that the innermost call at a place calls."""
    span = innermost(sites.of(path).calls, line, column)
    runs = sites.calls[span] if span is not None else ()
    return tuple(dict.fromkeys(run.constructor for run in runs if run.constructor is not None))


def references(sites: Sites, path: str, line: int, column: int) -> tuple[Span, ...]:
    """The calls of what the innermost constructor at a place builds."""
    span = innermost(sites.of(path).built, line, column)
    if span is None:
        return ()
    return tuple(call for call, runs in sites.calls.items() if any(run.constructor == span for run in runs))
