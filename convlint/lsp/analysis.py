"""What a check found out about one version of a document, as frozen data: every request is answered from it."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from convlint.diagnostics import Diagnostic, Span, cell_path, split_cell
from convlint.engine.places import with_spans
from convlint.graph.model import ModelGraph
from convlint.lsp.analyst import Looked
from convlint.lsp.document import Document
from convlint.lsp.hints import Hint, hints
from convlint.lsp.lens import Lens, lenses
from convlint.lsp.positions import Lines
from convlint.lsp.sites import Sites, real_path, sites
from convlint.lsp.stale import Moves
from convlint.report import ModelReport


@dataclass(frozen=True)
class Analysis:
    """The findings about a document and its models; paths are absolute and without links.

    ``texts`` are the lines of all documents as they were open then, by path.  ``fixed`` is the content of files with
    all safe fixes.  ``sources`` are the files that the models depend on.  ``good`` is the last analysis that could
    follow a model, where this one could not.  ``notebooks`` are those that were open then, by path.
    """

    document: Document
    texts: Mapping[str, Lines] = field(default_factory=dict)
    shows_info: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()
    models: tuple[ModelReport, ...] = ()
    graphs: tuple[ModelGraph, ...] = ()
    fixed: Mapping[str, bytes] = field(default_factory=dict)
    sources: frozenset[str] = frozenset()
    good: "Analysis | None" = None
    notebooks: Mapping[str, Document] = field(default_factory=dict)

    @cached_property
    def sites(self) -> Sites:
        """What ran, by place."""
        return sites(self.graphs, self.place)

    @cached_property
    def hints(self) -> Mapping[str, tuple[Hint, ...]]:
        """The hints, by file."""
        return {path: hints(each) for path, each in self.sites.by_file().items()}

    @cached_property
    def classes(self) -> tuple[tuple[Span, ModelGraph], ...]:
        """The models that were followed, each with the name of its class."""
        return tuple({self.place(graph.span): graph for graph in reversed(self.graphs)}.items())

    @property
    def shown(self) -> "Analysis":
        """Where sizes come from: this one, or an earlier one that had some."""
        return self.good or self

    @cached_property
    def why_old(self) -> str:
        """Why the sizes are from before; empty where they are not."""
        if self.good is None:
            return ""
        stopped = next(each for each in self.models if each.status in {"failed", "skipped"})
        cell = split_cell(stopped.path)[1]
        where = f"line {stopped.line}" if cell is None else f"line {stopped.line} of cell {cell}"
        return f"from before: {stopped.reason} ({where})"

    @cached_property
    def lenses(self) -> tuple[Lens, ...]:
        """The code lenses, in all files."""
        return lenses(self.classes)

    def prepare(self) -> None:
        """Make what is shown ahead of the first request: rendering sizes takes a while."""
        _ = self.hints, self.lenses

    def place(self, span: Span) -> Span:
        """Where a range of a file is for the client: by a path without links, or in a cell of an open notebook."""
        return placed(span, self.notebooks)

    def near(self, span: Span) -> Span:
        """A range of a file as its user names it: ``net.py``, or ``net.ipynb:cell 3``."""
        notebook = self.notebooks.get(real_path(span.path))
        inside = notebook.in_cell(span) if notebook is not None else span
        return replace(inside, path=os.path.basename(inside.path))

    def depends_on(self, path: str) -> bool:
        """Whether another content of a file may change this; where something could not be run, any may."""
        is_known = all(each.status in {"checked", "partial"} for each in self.models)
        return path in self.sources or not is_known

    def moves(self, path: str, lines: Lines) -> Moves:
        """Where the lines of a file have gone since."""
        known = self.texts.get(path)
        return Moves() if known is None or known.text == lines.text else Moves.between(known.all, lines.all)


def placed(span: Span, notebooks: Mapping[str, Document]) -> Span:
    """Where a range of a file, or of a cell by its number, is for the client, who has ``notebooks`` open."""
    file, number = split_cell(span.path)
    real = real_path(file)
    notebook = notebooks.get(real)
    if notebook is not None:
        return notebook.shown(span)
    return replace(span, path=real if number is None else cell_path(real, number))


def texts_of(documents: Iterable[Document]) -> dict[str, Lines]:
    """The lines of documents, and of the cells of notebooks, by path."""
    return {shown.path: shown.lines for each in documents for shown in (each, *each.cells)}


def analysed(looked: Looked, last: Analysis | None) -> Analysis:
    """The analysis that a check gives; ``last`` is the one before of the same document."""
    checked, report = looked.checked, looked.checked.report
    notebooks = {path: each for path, each in looked.documents.items() if each.cells}
    found = Analysis(
        document=looked.document,
        texts=texts_of(looked.documents.values()),
        shows_info=looked.settings.at(looked.document.path).show_info,
        diagnostics=tuple(with_spans(each, lambda span: placed(span, notebooks)) for each in report.diagnostics),
        models=tuple(replace(each, path=real_path(each.path)) for each in report.models),
        graphs=checked.graphs,
        fixed={real_path(each.path): each.after for each in checked.patch.files},
        sources=frozenset(map(real_path, checked.sources)) | {looked.document.path},
        notebooks=notebooks,
    )
    good = last.shown if last is not None and not found.graphs else None
    has_failed = any(each.status in {"failed", "skipped"} for each in found.models)
    return replace(found, good=good) if good is not None and good.graphs and has_failed else found
