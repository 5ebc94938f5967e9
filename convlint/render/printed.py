"""Findings and contracts that `print` shows as the command line does: what callers from Python are given."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Self

from convlint.diagnostics import Diagnostic
from convlint.graph.asked import acceptance, at_sizes
from convlint.graph.contract import Contract, Sizes
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
    """A contract with the path of the file that its model is in, which may be asked about some sizes alone."""

    path: str

    def accepts(self, sizes: Sizes) -> bool | None:
        """Whether the model runs at these sizes; None where that was not explored.

        A symbol without a size may have any: whether some input like that runs.  Raises ValueError for sizes that no
        input has.
        """
        self._check(sizes)
        if all(name in sizes for name in self.symbols):
            return super().accepts(sizes)
        given = at_sizes(sizes)
        return None if self.graph.declared.narrow(given).is_empty else acceptance(self, given)[0]

    def outputs(self, sizes: Sizes) -> tuple[tuple[int, ...], ...] | None:
        """The sizes of the output tensors; None where the model refuses these sizes or it is not known.

        Raises ValueError for a symbol without a size, and for sizes that no input has.
        """
        self._check(sizes)
        missing = [name for name in self.symbols if name not in sizes]
        if missing:
            raise ValueError(f"the output is that of one size for each symbol: give {', '.join(missing)} too")
        return super().outputs(sizes)

    def _check(self, sizes: Sizes) -> None:
        """That only sizes of the inputs are spoken of; raises ValueError."""
        for name in sizes:
            if name not in self.symbols:
                known = f"the inputs have {', '.join(self.symbols)}" if self.symbols else "the inputs have no symbol"
                raise ValueError(f"no input has a size `{name}`; {known}")

    def __repr__(self) -> str:
        return f"<Contract of {self.graph.name}: {self.render()}>"

    def __str__(self) -> str:
        return render_text(ContractAnswer(self, self.path)).rstrip("\n")
