"""The documents that the client has open: their text counts, whatever is on disk."""

import io
import os
import tempfile
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from pygls.uris import to_fs_path

from convlint.lsp.positions import Lines
from convlint.source.text import shown_lines
from convlint.trace.blame import INSTALLED

CELLS = "vscode-notebook-cell"
"""The scheme of the cells of a notebook: none of them is a file that can be imported."""


@dataclass(frozen=True)
class Document:
    """One version of a document.  ``path`` is absolute, without links; ``is_file`` says whether it is the user's."""

    uri: str
    path: str
    version: int | None
    lines: Lines
    is_file: bool = True

    @cached_property
    def content(self) -> bytes:
        """The text as Python reads it from a file: in the encoding that it declares."""
        data = self.lines.text.encode("utf-8", "surrogatepass")
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            return data if encoding.startswith("utf-8") else self.lines.text.encode(encoding)
        except (SyntaxError, UnicodeError):
            return data  # what is wrong with it is a finding


class Documents:
    """What is open, by path.  Those that are no files lie in a directory of our own."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self._open: dict[str, Document] = {}
        self._paths: dict[str, str] = {}
        self._private: tempfile.TemporaryDirectory[str] | None = None

    @property
    def all(self) -> Mapping[str, Document]:
        """The documents that are open now, by path; it does not change any more."""
        return MappingProxyType(dict(self._open))

    def at(self, uri: str) -> Document | None:
        """The document with this URI."""
        return self._open.get(self._paths.get(uri, ""))

    def put(self, uri: str, version: int | None, text: str) -> Document | None:
        """Open a document, or give it another text; None for what is no file by itself, or part of a package."""
        known = self.at(uri)
        lines = known.lines if known is not None and known.lines.text == text else Lines(text, self.encoding)
        if known is not None:
            document = replace(known, version=version, lines=lines)
        elif urlsplit(uri).scheme == CELLS:
            return None
        else:
            path = path_of(uri)
            if path is not None and INSTALLED.intersection(path.split(os.sep)):
                return None
            document = Document(uri, path or self._private_path(), version, lines, is_file=path is not None)
        self._paths[uri] = document.path
        self._open[document.path] = document
        return document

    def drop(self, uri: str) -> Document | None:
        """Close a document."""
        return self._open.pop(self._paths.pop(uri, ""), None)

    def uri(self, path: str) -> str:
        """The URI of a file, as the client wrote it where it is open."""
        path = os.path.realpath(path)
        document = self._open.get(path)
        return document.uri if document is not None else Path(path).as_uri()

    def lines(self, path: str) -> Lines:
        """The lines of a file, whether it is open or not; none where it cannot be read."""
        document = self._open.get(os.path.realpath(path))
        return document.lines if document is not None else Lines("\n".join(shown_lines(path)), self.encoding)

    def close(self) -> None:
        """Remove the directory of our own."""
        if self._private is not None:
            self._private.cleanup()

    def _private_path(self) -> str:
        """A file for the text of a document that has none; it stays empty, and is there for who looks."""
        if self._private is None:
            self._private = tempfile.TemporaryDirectory(prefix="convlint-", ignore_cleanup_errors=True)
        path = Path(os.path.realpath(self._private.name), f"untitled_{len(self._paths) + 1}.py")
        path.touch()
        return str(path)


def path_of(uri: str) -> str | None:
    """The absolute path of a file, without links; None for what is no file."""
    path = to_fs_path(uri)
    return os.path.realpath(path) if path and os.path.isabs(path) else None
