"""The documents that the client has open: their text counts, whatever is on disk."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from lsprotocol import types
from pygls.uris import to_fs_path

from convlint.diagnostics import split_cell
from convlint.lsp.document import Document
from convlint.lsp.notebooks import OpenNotebook
from convlint.lsp.positions import Lines
from convlint.source.notebook import SUFFIX, is_notebook
from convlint.source.text import shown_lines
from convlint.trace.blame import INSTALLED

LEFT_ALONE = frozenset(
    "conflictresolution diffview fugitive git gitfs gitlens hg pr review svn vscode-notebook-cell".split()
)
"""Schemes of views of what some file once was, and of cells without their notebook."""


class Documents:
    """What is open, by path.  What is no file has a path where nothing is: in ``home``, or a directory of our own."""

    def __init__(self, encoding: str, home: str = "") -> None:
        self.encoding = encoding
        self.home = home
        self._open: dict[str, Document] = {}
        self._shown: dict[str, Document] = {}
        self._paths: dict[str, str] = {}
        self._notebooks: dict[str, OpenNotebook] = {}
        self._private: tempfile.TemporaryDirectory[str] | None = None

    @property
    def all(self) -> Mapping[str, Document]:
        """What is checked of the documents that are open now, files and notebooks; it does not change any more."""
        return MappingProxyType(dict(self._open))

    @property
    def shown(self) -> Mapping[str, Document]:
        """What the user reads of them: files, and the cells of notebooks; it does not change any more."""
        return MappingProxyType(dict(self._shown))

    def at(self, uri: str) -> Document | None:
        """The file or cell with this URI."""
        return self._shown.get(self._paths.get(uri, ""))

    def checked(self, path: str) -> str:
        """The path of what is checked as a whole: of a cell that of its notebook."""
        document = self._shown.get(path)
        return document.notebook if document is not None and document.notebook else path

    def whole(self, path: str) -> Document:
        """What is checked as a whole of a file or cell, whether it is open or not."""
        document = self._open.get(self.checked(path))
        return document or Document(self.uri(path), path, None, self.lines(path))

    def put(self, uri: str, version: int | None, text: str) -> Document | None:
        """Open a document, or give it another text; None for what is left alone."""
        known = self.at(uri)
        lines = known.lines if known is not None and known.lines.text == text else Lines(text, self.encoding)
        if known is not None:
            document = replace(known, version=version, lines=lines)
        else:
            path = self._path(uri, ".py")
            if path is None or is_notebook(path):  # a notebook's cells are no lines of its file
                return None
            document = Document(uri, path, version, lines)
        self._keep(document, (document,))
        return document

    def put_notebook(self, params: types.DidOpenNotebookDocumentParams) -> Document | None:
        """Open a notebook; None where it is left alone."""
        uri = params.notebook_document.uri
        path = self._path(uri, SUFFIX)
        return self._put(OpenNotebook.of(params, path, self.encoding)) if path is not None else None

    def change_notebook(self, params: types.DidChangeNotebookDocumentParams) -> Document | None:
        """Change a notebook; None where its code is what it was, or it is not open."""
        before = self._notebooks.get(params.notebook_document.uri)
        return self._put(before.changed(params, self.encoding)) if before is not None else None

    def drop(self, uri: str) -> Document | None:
        """Close a file or a notebook; None where it is not open, or its place has become that of another."""
        document = self._open.get(self._paths.pop(uri, ""))
        self._notebooks.pop(uri, None)
        if document is None or document.uri != uri:
            return None  # what was untitled is a file where it was thought to lie
        del self._open[document.path]
        self._forget(document)
        return document

    def uri(self, path: str) -> str:
        """The URI of a file or cell, as the client wrote it where it is open."""
        document = self._at(path)
        return document.uri if document is not None else Path(os.path.realpath(split_cell(path)[0])).as_uri()

    def lines(self, path: str) -> Lines:
        """The lines of a file or cell, whether it is open or not; none where it cannot be read."""
        document = self._at(path)
        return document.lines if document is not None else Lines("\n".join(shown_lines(path)), self.encoding)

    def close(self) -> None:
        """Remove the directory of our own."""
        if self._private is not None:
            self._private.cleanup()

    def _at(self, path: str) -> Document | None:
        return self._shown.get(path) or self._shown.get(os.path.realpath(path))

    def _put(self, notebook: OpenNotebook) -> Document | None:
        uri, known = notebook.uri, self._open.get(notebook.path)
        self._notebooks[uri] = notebook
        document = notebook.document(known)
        if document is known:
            return None
        self._forget(known)
        self._keep(document, document.cells)
        return document

    def _keep(self, document: Document, shown: tuple[Document, ...]) -> None:
        self._paths[document.uri] = document.path
        self._open[document.path] = document
        for each in shown:
            self._paths[each.uri] = each.path
            self._shown[each.path] = each

    def _forget(self, document: Document | None) -> None:
        """Nobody sees a document any more, or all its cells."""
        if document is not None:
            for each in (document, *document.cells):
                self._shown.pop(each.path, None)
            for each in document.cells:
                self._paths.pop(each.uri, None)

    def _path(self, uri: str, suffix: str) -> str | None:
        """The path of a document, which no other has; None for what is left alone."""
        if uri in self._paths:
            return self._paths[uri]
        if urlsplit(uri).scheme in LEFT_ALONE:
            return None
        path = path_of(uri)
        if path is not None and INSTALLED.intersection(path.split(os.sep)):
            return None
        if path is not None and (suffix != SUFFIX or is_notebook(path)):
            return path
        return self._free_path(uri, suffix)

    def _free_path(self, uri: str, suffix: str) -> str:
        """Where a document without a file, or one that is a notebook in the client alone, would lie."""
        wanted = Path(unquote(urlsplit(uri).path))
        is_new = wanted.is_absolute() and wanted.suffix == suffix and wanted.parent.is_dir()
        directory = Path(os.path.realpath(wanted.parent)) if is_new else self._home()
        stem = wanted.name.removesuffix(suffix) or "untitled"
        names = (f"{stem}{number}{suffix}" for number in ("", *(f"-{count}" for count in range(2, 1000))))
        paths = (str(directory / name) for name in names)
        return next(path for path in paths if not os.path.lexists(path) and path not in self._open)

    def _home(self) -> Path:
        if os.path.isdir(self.home):
            return Path(self.home)
        if self._private is None:
            self._private = tempfile.TemporaryDirectory(prefix="convlint-", ignore_cleanup_errors=True)
        return Path(os.path.realpath(self._private.name))


def path_of(uri: str) -> str | None:
    """The absolute path of a file, without links; None for what is no file."""
    path = to_fs_path(uri)
    return os.path.realpath(path) if path and os.path.isabs(path) else None
