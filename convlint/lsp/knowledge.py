"""What is known of the documents that are open: the last analysis of each, told for the text as it is now."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from lsprotocol import types

from convlint.diagnostics import Diagnostic, Severity, Span
from convlint.lsp.analysis import Analysis
from convlint.lsp.diagnostics import lsp_diagnostics
from convlint.lsp.documents import Documents
from convlint.lsp.hints import inlay_hint
from convlint.lsp.hover import hover
from convlint.lsp.lens import code_lens
from convlint.lsp.sites import Sites
from convlint.lsp.stale import Moves


@dataclass(frozen=True, slots=True)
class _View:
    """What an analysis says of one file, as that is now."""

    analysis: Analysis
    moves: Moves
    shown: Analysis
    shown_moves: Moves


class Knowledge:
    """The analyses by the path of their document, and the documents."""

    def __init__(self, documents: Documents) -> None:
        self.documents = documents
        self.analyses: dict[str, Analysis] = {}

    def is_fresh(self, path: str) -> bool:
        """Whether a file, or the notebook of a cell, was analysed as it is now, with all that it depends on."""
        path = self.documents.checked(path)
        analysis, opened = self.analyses.get(path), self.documents.all
        if analysis is None or path not in opened:
            return path not in opened
        return all(
            analysis.texts[each] is opened[each].lines if each in analysis.texts else each not in opened
            for each in analysis.sources
        )

    def dependents(self, path: str) -> list[str]:
        """The other documents whose analyses a change of this file may change."""
        return [each for each, analysis in self.analyses.items() if each != path and analysis.depends_on(path)]

    def paths(self) -> set[str]:
        """The files that findings speak of."""
        return {found.span.path for analysis in self.analyses.values() for found in analysis.diagnostics}

    def diagnostics(self, path: str, *, show_info: bool) -> list[types.Diagnostic]:
        """The findings in a file."""
        found = self._findings(path, show_info=show_info)
        return lsp_diagnostics((each for each, _ in found), self.documents.lines, self.documents.uri)

    def findings(self, path: str, *, show_info: bool) -> list[tuple[Diagnostic, Analysis]]:
        """The findings in a file, with the analyses that have them; none of analyses that are not fresh."""
        found = self._findings(path, show_info=show_info)
        return [(each, view.analysis) for each, view in found if self.is_fresh(view.analysis.document.path)]

    def hints(self, path: str, wanted: types.Range) -> list[types.InlayHint]:
        """The inlay hints on some lines of a file."""
        lines = self.documents.lines(path)
        told: dict[Span, types.InlayHint] = {}
        for view in self._views(path):
            for each in view.shown.hints.get(path, ()):
                now = view.shown_moves.span(each.span)
                if now is not None and now not in told and wanted.start.line < now.end_line <= wanted.end.line + 1:
                    told[now] = inlay_hint(replace(each, span=now), lines, view.analysis.why_old)
        return list(told.values())

    def hover(self, path: str, at: types.Position) -> types.Hover | None:
        """What there is to say at a place."""
        lines = self.documents.lines(path)
        line, column = lines.place(at)
        for view in self._views(path):
            before = view.shown_moves.before(line)
            classes = [each for each in view.shown.classes if each[0].path == path]
            sites, near = view.shown.sites.of(path), view.shown.near
            found = hover(sites, classes, near, before, column) if before is not None else None
            span = view.shown_moves.span(found[0]) if found is not None else None
            if found is not None and span is not None:
                text = "\n\n".join(filter(None, (found[1], view.analysis.why_old)))
                return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), lines.range(span))
        return None

    def lenses(self, path: str) -> list[types.CodeLens]:
        """The code lenses of a file."""
        lines = self.documents.lines(path)
        told: dict[Span, types.CodeLens] = {}
        for view in self._views(path):
            for lens in view.shown.lenses:
                now = view.shown_moves.span(lens.span)
                if lens.span.path == path and now is not None:
                    told.setdefault(now, code_lens(replace(lens, span=now), lines, view.analysis.why_old))
        return list(told.values())

    def links(
        self, path: str, at: types.Position, find: Callable[[Sites, str, int, int], tuple[Span, ...]]
    ) -> list[types.Location]:
        """The places that ``find`` finds from a place of a file."""
        line, column = self.documents.lines(path).place(at)
        for view in self._views(path):
            before = view.shown_moves.before(line)
            found = find(view.shown.sites, path, before, column) if before is not None else ()
            if found:
                places = (view.shown.moves(each.path, self.documents.lines(each.path)).span(each) for each in found)
                return [self._location(each) for each in places if each is not None]
        return []

    def _location(self, span: Span) -> types.Location:
        return types.Location(self.documents.uri(span.path), self.documents.lines(span.path).range(span))

    def _views(self, path: str) -> Iterator[_View]:
        """What analyses say of a file, that of itself first."""
        lines = self.documents.lines(path)
        checked = self.documents.checked(path)
        own = self.analyses.get(checked)
        others = (each for of, each in self.analyses.items() if of != checked)
        for analysis in (*([own] if own is not None else []), *others):
            moves, shown = analysis.moves(path, lines), analysis.shown
            yield _View(analysis, moves, shown, moves if shown is analysis else shown.moves(path, lines))

    def _findings(self, path: str, *, show_info: bool) -> list[tuple[Diagnostic, _View]]:
        found: dict[tuple[str, Span, str], tuple[Diagnostic, _View]] = {}
        for view in self._views(path):
            least = Severity.INFO if show_info or view.analysis.shows_info else Severity.WARNING
            for each in view.analysis.diagnostics:
                now = view.moves.span(each.span) if each.span.path == path and each.severity >= least else None
                if now is not None:
                    found.setdefault((each.code, now, each.message), (replace(each, span=now), view))
        return list(found.values())
