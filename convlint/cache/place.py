"""Where the cache of a project lies, and the marks by which its directory is known."""

import os

from convlint.filesystem import upwards, write_whole
from convlint.project import PYPROJECT, SETTINGS_FILES, project_root

NAME = ".convlint_cache"

_TAG = "CACHEDIR.TAG"
_SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55"
"""What the first line of the tag is for every program (https://bford.info/cachedir)."""

_OWN_TAG = f"{_SIGNATURE}\n# This directory is convlint's cache; `convlint clean` removes it.\n"


def directory(given: str | None = None) -> str:
    """The absolute path of the cache: ``given``, or in the root of the project."""
    return os.path.abspath(given or os.path.join(project_root(os.getcwd()), NAME))


def stated(start: str) -> str | None:
    """The directory that the nearest settings file at or above ``start`` names, found without reading all settings.

    It is where a run looks first: an entry says itself what it answers, and whoever writes one asks the settings.
    """
    for directory in upwards(start):
        for name in SETTINGS_FILES:
            try:
                with open(os.path.join(directory, name), "rb") as file:
                    data = file.read()
            except OSError:
                continue
            if b"cache-dir" in data:
                named = _named(data, ("tool", "convlint") if name == PYPROJECT else ())
                return named and os.path.normpath(os.path.join(directory, os.path.expanduser(named)))
            if name != PYPROJECT or b"tool.convlint" in data:
                return None
    return None


def _named(data: bytes, table: tuple[str, ...]) -> str | None:
    """The value of ``cache-dir`` in a table of a TOML document; None where there is none that can be read."""
    import tomllib

    try:
        found = tomllib.loads(data.decode("utf-8-sig"))
        for key in table:
            found = found[key]
        named = found["cache-dir"]
    except (ValueError, KeyError, TypeError):
        return None
    return named if isinstance(named, str) else None


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
