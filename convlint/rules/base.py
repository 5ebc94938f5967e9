"""What a rule is, and what it finds."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from convlint.diagnostics import Diagnostic, Related, Severity, Span
from convlint.graph.model import CallSite
from convlint.rules.document import Document
from convlint.rules.evidence.subject import Subject
from convlint.rules.families import FAMILIES
from convlint.rules.remedy import Remedy


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule has to say about a model.

    ``message`` is one lower-case line: what is wrong, for which sizes.  ``witness`` are concrete sizes, one for each
    symbol, at which it is so; ``raises`` claims that PyTorch raises there, at ``site`` where one call is to blame.
    ``place`` is where in the model it is (``layer2.0.conv1``): findings of one source line that differ only in their
    place are one.  ``remedy`` is what would take it away, at all of its places.  ``counterparts`` are the calls of the
    layer where ``span`` is its constructor, and its constructor where that is a call.  ``trail`` is the way there: the
    rules leave it to the engine.
    """

    severity: Severity
    message: str
    span: Span
    place: str = ""
    witness: Mapping[str, int] | None = None
    raises: bool = False
    site: CallSite | None = None
    related: tuple[Related, ...] = ()
    help: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    remedy: Remedy | None = None
    code: str = ""
    name: str = ""
    counterparts: frozenset[Span] = frozenset()
    trail: tuple[Related, ...] = ()

    def diagnostic(self, model: str = "") -> Diagnostic:
        """The finding as it is reported."""
        return Diagnostic(
            code=self.code,
            name=self.name,
            severity=self.severity,
            message=self.message,
            span=self.span,
            model=model,
            witness=self.witness,
            related=self.related,
            help=self.help,
            notes=self.notes,
            trail=self.trail,
        )


Check = Callable[[Subject], Iterator[Finding]]


def _nothing(subject: Subject) -> Iterator[Finding]:
    """The check of a rule that speaks where there is no graph to look at."""
    del subject
    yield from ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its code and name, the severity that it has at most, its document, and the function that finds.

    The document is Markdown: what the rule does, why, when, and what to do about it; a rule's file has it as its
    docstring.  A rule without ``check`` is one about models of which there is no graph.
    """

    code: str
    name: str
    severity: Severity
    document: str
    check: Check = _nothing

    @property
    def summary(self) -> str:
        """The first sentence of the document."""
        return Document.read(self.document).summary

    @property
    def family(self) -> str:
        """What the rules with such a code are about; raises KeyError for a code of no family."""
        return FAMILIES[self.code[:3]]

    @property
    def is_fixable(self) -> bool:
        """Whether findings may come with a fix: then the document says whether it is safe or unsafe."""
        return re.search(r"\b(un)?safe\b", Document.read(self.document).section("Fix"), re.IGNORECASE) is not None

    @property
    def reads_graphs(self) -> bool:
        """Whether a traced model can show it; the others speak where there is none."""
        return self.check is not _nothing
