"""What convlint says: a diagnostic, the range of source it speaks of, and how much it matters.

A leaf of the package: every layer may import it, and it imports nothing of convlint.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Severity(IntEnum):
    """How much a finding matters; ordered, so that a threshold is a comparison."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The lower-case word that users read and write."""
        return self.name.lower()

    @classmethod
    def of(cls, label: str) -> "Severity":
        """The severity written as ``label``; raises KeyError."""
        return cls[label.upper()]


_CELL = ":cell "


def cell_path(path: str, number: int) -> str:
    """The path of a cell of a notebook, whose lines are counted for themselves: ``net.ipynb:cell 3``."""
    return f"{path}{_CELL}{number}"


def split_cell(path: str) -> tuple[str, int | None]:
    """The file of a path, and the number of the cell in it; None for the path of a file."""
    file, cell, number = path.rpartition(_CELL)
    return (file, int(number)) if cell and number.isdecimal() else (path, None)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A range of source: lines and columns count from 1, ``end_column`` is exclusive.

    ``path`` is that of a file, or in reports that of a cell of a notebook (`cell_path`).
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that a diagnostic speaks of, and what is there."""

    span: Span
    message: str


class Applicability(StrEnum):
    """Whether a fix may be made without asking."""

    SAFE = "safe"
    """What ran before runs as before: the model could not run, or could not do its job, without the fix."""
    UNSAFE = "unsafe"
    """It changes what the model computes, or there is another repair that may be the one that is meant."""


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """The text of ``span`` becomes ``content``; an empty span is a place to insert at."""

    span: Span
    content: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change of the source with which the finding is gone and no other is new: all edits together, or none."""

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: what is wrong, for which sizes (``witness`` is one of them), and what to change (``help``).

    ``code`` and ``name`` identify the rule (``CL301``, ``skip-size-mismatch``); ``model`` is the class or the target
    that was traced, empty where the finding is about a file, and ``others`` are further ones that have it; a note says
    so.  ``related`` are further places, ``notes`` what else holds.  ``trail`` is the way from the model's input to the
    place, with the sizes on it.  ``fix`` was tried on the source before it is offered.
    """

    code: str
    name: str
    severity: Severity
    message: str
    span: Span
    model: str = ""
    witness: Mapping[str, int] | None = None
    related: tuple[Related, ...] = ()
    help: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fix: Fix | None = None
    trail: tuple[Related, ...] = ()
    others: tuple[str, ...] = ()
