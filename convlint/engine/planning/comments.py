"""The directives in the user's files, each file read once a run."""

import os

from convlint.source.directives import Directives, mentions_directives, read_directives
from convlint.source.notebook import is_notebook, read_notebook
from convlint.source.text import SourceError, decode_source, read_content


class Comments:
    """Reads files when their directives are asked for."""

    def __init__(self) -> None:
        self._files: dict[str, Directives] = {}

    def of(self, path: str) -> Directives:
        """The directives of a file; none where it cannot be read, or is no Python."""
        key = os.path.abspath(path)
        if key not in self._files:
            self._files[key] = _read(key)
        return self._files[key]


def _read(path: str) -> Directives:
    try:
        data = read_content(path)
        if mentions_directives(data):
            text = decode_source(path, data).text
            cells = read_notebook(data).cells if is_notebook(path) else ()
            return read_directives(path, text, [each.first for each in cells])
    except (OSError, SourceError):
        pass  # what keeps a file from being read is a finding of its own
    return Directives(path)
