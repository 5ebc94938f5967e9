"""What one run found out, as frozen data: the engine makes it, the renderers read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from convlint.diagnostics import Diagnostic, Severity, Span
from convlint.source.written import PlacedCell

if TYPE_CHECKING:
    # A report that was kept is shown again without the algebra of sizes.
    from convlint.graph.contract import Contract
    from convlint.graph.grounds import Ground

Status = Literal["checked", "partial", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class ContractRecord:
    """A model's contract as it is kept: as people read it, and exactly, as JSON (see `convlint.lock`).

    ``input`` has an item for each input of ``forward`` (``x: N 3 H W``), ``output`` one for each way in which the sizes
    come out.
    """

    input: tuple[str, ...]
    accepts: str
    output: tuple[str, ...]
    exact: str


@dataclass(frozen=True, slots=True)
class ModelReport:
    """What became of one model.

    ``checked``: every size was followed to the end.  ``partial``: some of the model was not (``reason`` says what).
    ``skipped``: it could not be built, or no input is known.  ``failed``: its file cannot be imported, or its worker
    died.  ``input`` and ``contract`` are as the user would write and read them, empty where unknown.  ``parts`` are
    those that were looked at alone, since the model itself was not followed to its end.  ``stopped_by`` is the name of
    the rule that says why there is no ``graph``.  ``record`` is what a lock file keeps of a model that was traced.
    ``absent`` are the modules that imports of its file did not find.
    """

    name: str
    path: str
    line: int
    status: Status
    reason: str = ""
    input: str = ""
    assumed: tuple[str, ...] = ()
    contract: str = ""
    parts: tuple["ModelReport", ...] = ()
    stopped_by: str = ""
    record: ContractRecord | None = None
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InsideReport:
    """A model that was not checked by itself, since one of another file builds it: ``host`` is that file."""

    name: str
    path: str
    line: int
    host: str


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that a comment of the user's hides: the place of the comment's directive, and the reason it gives."""

    diagnostic: Diagnostic
    directive: Span
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something that was asked for could not be run: not a finding, but a mistake in the asking.

    ``text`` is what the user wrote and ``column`` (from 0) where in it the mistake is; ``source`` names the option or
    argument it came from.
    """

    message: str
    source: str = ""
    text: str = ""
    column: int | None = None
    length: int = 1
    help: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Findings in order of place, the models in order of place, and what could not be run.

    ``warnings`` are mistakes in the asking that kept nothing from running.
    ``sources`` holds the lines of the files that findings speak of, ``cells`` where those of notebooks stand in their
    files.  ``remarks`` is what only ``--verbose`` shows.
    ``fixed`` counts the findings that are gone since their fixes were made.  ``suppressed`` are those that comments
    hide, which count for nothing else.  ``inside`` are models that are checked inside of others, in files that nobody
    asked for; of those, only what is found in the files that somebody asked for is here.  ``left_out`` are the codes of
    rules that had nothing to look at, since no model was run.
    """

    diagnostics: tuple[Diagnostic, ...] = ()
    models: tuple[ModelReport, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cells: Mapping[str, PlacedCell] = field(default_factory=dict)
    fixed: int = 0
    suppressed: tuple[Suppressed, ...] = ()
    left_out: tuple[str, ...] = ()
    inside: tuple[InsideReport, ...] = ()

    @property
    def unused_imports(self) -> tuple[str, ...]:
        """The modules that imports did not find and no model needs."""
        needed = {model.reason for model in self.models if model.stopped_by == "import-failed"}
        absent = {name for model in self.models for name in model.absent}
        return tuple(sorted(name for name in absent if not any(f"`{name}`" in reason for reason in needed)))

    def worst(self) -> Severity | None:
        """The highest severity among the findings; None without any."""
        return max((diagnostic.severity for diagnostic in self.diagnostics), default=None)

    def paths(self) -> frozenset[str]:
        """The files, and cells of notebooks, that it points at."""
        spans = [each.span for each in self.diagnostics]
        spans += [place.span for each in self.diagnostics for place in (*each.related, *each.trail)]
        spans += [edit.span for each in self.diagnostics if each.fix is not None for edit in each.fix.edits]
        return frozenset([*(span.path for span in spans), *(each.path for each in self.models)])


@dataclass(frozen=True, slots=True)
class ContractAnswer:
    """What a model accepts, and the answers to what was asked of it.

    ``at`` are the sizes that were asked about and ``accepted`` whether some input of these sizes runs; None where that
    is not known, or nothing was asked.  ``example`` are the sizes of such an input, those of other symbols too, and
    ``outputs`` the output's sizes there; ``refusal`` is what refuses them, if that is known.  ``is_outside`` says that
    no declared size is like that.  ``listed`` are the accepted sizes of one symbol in a range, ``unknown`` those of the
    range about which nothing is known.
    """

    contract: "Contract"
    path: str
    at: Mapping[str, int] = field(default_factory=dict)
    accepted: bool | None = None
    example: Mapping[str, int] = field(default_factory=dict)
    outputs: tuple[tuple[int, ...], ...] = ()
    refusal: "Ground | None" = None
    is_outside: bool = False
    symbol: str = ""
    listed: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()
