"""Files of which an editor holds another text than is on disk: whatever reads source files, here or in a worker, reads
that.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_NONE: Mapping[str, bytes] = MappingProxyType({})
_held: ContextVar[Mapping[str, bytes]] = ContextVar("held", default=_NONE)


@contextmanager
def unsaved(contents: Mapping[str, bytes]) -> Iterator[None]:
    """Have files be read as ``contents``, by path, in this context: of a file that is not there yet, too."""
    token = _held.set({os.path.realpath(path): content for path, content in contents.items()})
    try:
        yield
    finally:
        _held.reset(token)


def held_contents() -> Mapping[str, bytes]:
    """What an editor holds, by absolute paths without links."""
    return _held.get()


def held_content(path: str) -> bytes | None:
    """What an editor holds of a file; None where it is as on disk."""
    held = _held.get()
    return held.get(os.path.realpath(path)) if held else None
