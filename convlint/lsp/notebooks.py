"""Notebooks as the client has them open: cells that come and go, each with a text of its own."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from lsprotocol import types

from convlint.lsp.document import Document
from convlint.lsp.positions import Lines

PYTHON = "python"


@dataclass(frozen=True, slots=True)
class Text:
    """What stands in a cell."""

    version: int
    language: str
    lines: Lines


NO_TEXT = Text(0, "", Lines(""))
"""That of a cell of which the client says no more than that it is there."""


@dataclass(frozen=True, slots=True)
class OpenNotebook:
    """One version of a notebook: its cells in order, and their texts by URI."""

    uri: str
    path: str
    version: int
    cells: tuple[types.NotebookCell, ...]
    texts: Mapping[str, Text]

    @classmethod
    def of(cls, params: types.DidOpenNotebookDocumentParams, path: str, encoding: str) -> "OpenNotebook":
        """The notebook as it was opened."""
        notebook = params.notebook_document
        texts = _texts(params.cell_text_documents, encoding)
        return cls(notebook.uri, path, notebook.version, tuple(notebook.cells), texts)

    def changed(self, params: types.DidChangeNotebookDocumentParams, encoding: str) -> "OpenNotebook":
        """The notebook after a change; what it says of cells that are not there is left out."""
        change, cells, texts = params.change.cells, list(self.cells), dict(self.texts)
        if change is not None and change.structure is not None:
            array = change.structure.array
            cells[array.start : array.start + array.delete_count] = array.cells or ()
            texts |= _texts(change.structure.did_open or (), encoding)
        if change is not None:
            kinds = {each.document: each for each in change.data or ()}
            cells = [kinds.get(each.document, each) for each in cells]
            for content in change.text_content or ():
                uri = content.document.uri
                if uri in texts:
                    lines = texts[uri].lines
                    for each in content.changes:
                        lines = lines.changed(each)
                    texts[uri] = replace(texts[uri], version=content.document.version, lines=lines)
        kept = {each.document: texts[each.document] for each in cells if each.document in texts}
        return replace(self, version=params.notebook_document.version, cells=tuple(cells), texts=kept)

    def document(self, known: Document | None) -> Document:
        """The document that the cells make together; ``known`` where that is the same."""
        content = json.dumps({"cells": list(map(self._as_json, self.cells)), "metadata": {}, "nbformat": 4})
        cells = tuple(map(self._document, self.cells))
        if known is not None and known.lines.text == content and known.cells == cells:
            return known
        return Document(self.uri, self.path, self.version, Lines(content), cells=cells)

    def _document(self, cell: types.NotebookCell) -> Document:
        text = self._text(cell)
        return Document(cell.document, cell.document, text.version, text.lines, notebook=self.path)

    def _as_json(self, cell: types.NotebookCell) -> dict[str, object]:
        text = self._text(cell)
        is_python = cell.kind is types.NotebookCellKind.Code and text.language == PYTHON
        return {"cell_type": "code" if is_python else "raw", "source": text.lines.text}

    def _text(self, cell: types.NotebookCell) -> Text:
        return self.texts.get(cell.document, NO_TEXT)


def _texts(documents: Iterable[types.TextDocumentItem], encoding: str) -> dict[str, Text]:
    return {each.uri: Text(each.version, each.language_id, Lines(each.text, encoding)) for each in documents}
