"""Imports that find nothing: which module is not there, why that may be, and what to do about it (worker side)."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from convlint.diagnostics import Span
from convlint.trace.blame import INSTALLED
from convlint.trace.footprint import unheard
from convlint.trace.protocol import TraceFailure

_MOST_DIRECTORIES = 2000
"""Directories of a project in which a module is looked for that is not on the path."""


@dataclass(frozen=True, slots=True)
class Absent:
    """A module that is not there.

    ``span`` is the statement that imports it, ``beside`` the path (without an ending) that it would have in a package
    of the user's, and ``project`` the directory that holds the user's code; empty where there are none.
    """

    name: str
    span: Span | None = None
    beside: str = ""
    project: str = ""

    @classmethod
    def named(cls, name: str, span: Span | None, roots: Sequence[str], project: str) -> Absent:
        """The module that an import did not find; below the ``roots`` of the user's code, it would be a file there."""
        package, _, last = name.rpartition(".")
        places = [os.path.abspath(each) for each in getattr(sys.modules.get(package), "__path__", ())]
        own = [each for each in places if os.path.join(each, "").startswith(tuple(roots))]
        return cls(name, span, os.path.join(own[0], last) if own else "", project)

    def failure(self) -> TraceFailure:
        """What it is to the user."""
        with unheard():
            return self._failure()

    def _failure(self) -> TraceFailure:
        if self.beside:
            return self._missing_file()
        package, _, last = self.name.rpartition(".")
        if package in sys.modules:
            help_ = (f"`{package}` is there and has no `{last}`: install the version that this was written for",)
            return TraceFailure("import-failed", f"no module named `{self.name}`", self.span, help_)
        here = f"install it for {sys.executable}, or choose the project's interpreter with `--python`"
        found = _found_below(self.project, self.name.partition(".")[0]) if self.project else None
        if found is not None:
            directory = os.path.dirname(found)
            here = (
                f"`{os.path.relpath(found, self.project)}` is in a directory that is not searched: put that on the "
                f"path, `PYTHONPATH={os.path.relpath(directory)}`, or import it as a part of its package"
            )
        root = ("run convlint from the project's root, so that its own packages are found",) if self.span else ()
        return TraceFailure("import-failed", f"no module named `{self.name}`", self.span, (here, *root))

    @property
    def title(self) -> str:
        """How reports call it: by its name, a file of the user's by its path."""
        return f"{os.path.relpath(self.beside, self.project or None)}.py" if self.beside else self.name

    def _missing_file(self) -> TraceFailure:
        directory, name = os.path.split(self.beside)
        known = [os.path.splitext(each)[0] for each in _listed(directory) if each.endswith(".py")]
        near = difflib.get_close_matches(name, known, 1)
        help_ = f"did you mean `.{near[0]}`?" if near else "write the file, or leave out what imports it"
        return TraceFailure("import-failed", f"there is no file `{self.title}`", self.span, (help_,))


def _found_below(project: str, top: str) -> str | None:
    """The file or package called ``top`` in a directory of the project; None where there is none, or too far away."""
    for directory in _directories(project):
        for path in (os.path.join(directory, f"{top}.py"), os.path.join(directory, top, "__init__.py")):
            if os.path.isfile(path):
                return path if path.endswith(f"{top}.py") else os.path.dirname(path)
    return None


def _directories(project: str) -> Iterator[str]:
    for where, below, _ in islice(os.walk(project), _MOST_DIRECTORIES):
        below[:] = sorted(each for each in below if not each.startswith((".", "_")) and each not in INSTALLED)
        below[:] = [each for each in below if not os.path.isfile(os.path.join(where, each, "pyvenv.cfg"))]
        yield where


def _listed(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError:
        return []
