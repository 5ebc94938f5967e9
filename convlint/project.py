"""The project that a directory belongs to, by the files that mark its root."""

import os

from convlint.filesystem import exists, upwards

PYPROJECT = "pyproject.toml"
OWN_SETTINGS = (".convlint.toml", "convlint.toml")
"""Settings files of convlint's own: beside a pyproject.toml they count for more, the first of them for most."""

SETTINGS_FILES = (*OWN_SETTINGS, PYPROJECT)

REPOSITORY = ".git"


def marked_root(start: str) -> str | None:
    """The nearest directory from ``start`` upwards that has settings or a repository; None where none has."""
    return _nearest(start, (*SETTINGS_FILES, REPOSITORY))


def project_root(start: str) -> str:
    """The same, or ``start`` where there is none."""
    return marked_root(start) or os.path.abspath(start)


def repository_root(start: str) -> str:
    """The root of the repository that ``start`` is in; ``start`` where it is in none."""
    return _nearest(start, (REPOSITORY,)) or os.path.abspath(start)


def _nearest(start: str, marks: tuple[str, ...]) -> str | None:
    for directory in upwards(start):
        if any(exists(os.path.join(directory, mark)) for mark in marks):
            return directory
    return None
