"""Where the cache of a project lies, and the marks by which its directory is known."""

import os

from convlint.filesystem import write_whole
from convlint.project import project_root

NAME = ".convlint_cache"

_TAG = "CACHEDIR.TAG"
_SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55"
"""What the first line of the tag is for every program (https://bford.info/cachedir)."""

_OWN_TAG = f"{_SIGNATURE}\n# This directory is convlint's cache; `convlint clean` removes it.\n"


def directory(given: str | None = None) -> str:
    """The absolute path of the cache: ``given``, or in the root of the project."""
    return os.path.abspath(given or os.path.join(project_root(os.getcwd()), NAME))


def make(path: str) -> None:
    """Make the directory of a cache and mark it, so that backups and git leave it out; raises OSError."""
    if is_ours(path):
        return
    os.makedirs(path, exist_ok=True)
    for name, content in ((".gitignore", "*\n"), (_TAG, _OWN_TAG)):
        write_whole(os.path.join(path, name), content.encode("ascii"))


def is_ours(path: str) -> bool:
    """Whether a directory carries convlint's mark."""
    try:
        with open(os.path.join(path, _TAG), encoding="ascii") as file:
            return file.read() == _OWN_TAG
    except (OSError, ValueError):
        return False


def remove(path: str) -> bool:
    """Remove a cache; False where there is none.  Raises NotOursError, OSError."""
    import shutil

    if not os.path.lexists(path):
        return False
    if os.path.islink(path) or not is_ours(path):
        raise NotOursError(path)
    shutil.rmtree(path)
    return True


class NotOursError(Exception):
    """A path that convlint did not make, so that it is not removed."""
