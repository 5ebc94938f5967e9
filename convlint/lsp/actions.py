"""Code actions: the fix that was tried, a comment that hides the finding, one that declares what the model needs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lsprotocol import types

from convlint.diagnostics import Applicability, Diagnostic
from convlint.fixes.ignores import NoPlaceError, with_ignores
from convlint.fixes.notebookfile import NotebookFile
from convlint.fixes.sourcefile import SourceFile
from convlint.graph.contract import Contract, render_union
from convlint.lsp.analysis import Analysis
from convlint.lsp.documents import Documents
from convlint.lsp.edits import edits_of
from convlint.source.text import SourceError, decode

QUICK_FIX = types.CodeActionKind.QuickFix.value
FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.convlint"

WHY = "say why"
"""The reason in a new comment, for its author to replace."""

_REQUIRING = frozenset({"shape-error", "shuffle-mismatch", "skip-size-mismatch", "window-exceeds-input"})
"""Rules that find sizes which a model refuses: a model that declares the others has no such finding."""


@dataclass(frozen=True, slots=True)
class Action:
    """A change that is offered: the edits by file; ``is_preferred`` where it is what nearly everybody wants."""

    title: str
    kind: str
    edits: Mapping[str, Sequence[types.TextEdit]]
    is_preferred: bool = False


def quick_fixes(found: Diagnostic, analysis: Analysis, documents: Documents) -> Iterator[Action]:
    """What can be done about a finding."""
    yield from _fix(found, documents)
    yield from _declaration(found, analysis, documents)
    yield from _ignore(found, documents)


def fix_all(path: str, analysis: Analysis, documents: Documents) -> Iterator[Action]:
    """All safe fixes of a document that hold together."""
    document = documents.whole(path)
    content = analysis.fixed.get(document.path)
    if content is not None:
        yield Action("Fix all findings of convlint", FIX_ALL, edits_of(document, content))


def _fix(found: Diagnostic, documents: Documents) -> Iterator[Action]:
    if found.fix is None:
        return
    edits: dict[str, list[types.TextEdit]] = {}
    for each in found.fix.edits:
        lines = documents.lines(each.span.path)
        edits.setdefault(each.span.path, []).append(types.TextEdit(lines.range(each.span), each.content))
    is_safe = found.fix.applicability is Applicability.SAFE
    title = _sentence(found.fix.message) + ("" if is_safe else " (changes what the model computes)")
    yield Action(title, QUICK_FIX, edits, is_safe)


def _declaration(found: Diagnostic, analysis: Analysis, documents: Documents) -> Iterator[Action]:
    """A comment at the class with the sizes that the model accepts, where nothing declares some."""
    graph = next((each for each in analysis.graphs if each.name == found.model), None)
    if found.name not in _REQUIRING or graph is None or graph.is_declared or graph.is_part:
        return
    accepted = Contract(graph).accepted
    if not accepted or accepted == (graph.declared,):
        return
    place = analysis.place(graph.span)
    lines = documents.lines(place.path)
    line = lines.all[place.line - 1]
    indent = line[: len(line) - len(line.lstrip())]
    start = lines.position(place.line, 1)
    text = f"{indent}# convlint: where({render_union(accepted, ascii=True)}){lines.line_break}"
    edit = types.TextEdit(types.Range(start, start), text)
    title = f"Declare that {render_union(accepted)} is needed"
    yield Action(title, QUICK_FIX, {place.path: [edit]})


def _ignore(found: Diagnostic, documents: Documents) -> Iterator[Action]:
    document = documents.whole(found.span.path)
    try:
        if document.cells:
            file: SourceFile = NotebookFile.of(document.path, document.content)
            edited = with_ignores(file, [(document.in_text(found.span), found.name)], WHY)
        else:
            file = SourceFile(document.path, document.content, *decode(document.content))
            edited = with_ignores(file, [(found.span, found.name)], WHY)
    except (NoPlaceError, SourceError):
        return
    yield Action(f"Ignore {found.name} here", QUICK_FIX, edits_of(document, edited.data))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
