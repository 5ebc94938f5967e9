"""Findings and contracts that `print` shows as the command line does: what callers from Python are given."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Self

from convlint.diagnostics import Diagnostic
from convlint.graph.contract import Contract
from convlint.render.contract import render_text
from convlint.render.text import render_diagnostic
from convlint.report import ContractAnswer


@dataclass(frozen=True, slots=True, repr=False)
class PrintedDiagnostic(Diagnostic):
    """A finding with the lines of the files that it speaks of, by path."""

    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, diagnostic: Diagnostic, sources: Mapping[str, tuple[str, ...]]) -> Self:
        """The same finding."""
        return cls(**{each.name: getattr(diagnostic, each.name) for each in fields(Diagnostic)}, sources=sources)

    def __str__(self) -> str:
        return render_diagnostic(self, self.sources)


@dataclass(frozen=True, repr=False)
class PrintedContract(Contract):
    """A contract with the path of the file that its model is in."""

    path: str

    def __repr__(self) -> str:
        return f"<Contract of {self.graph.name}: {self.render()}>"

    def __str__(self) -> str:
        return render_text(ContractAnswer(self, self.path)).rstrip("\n")
