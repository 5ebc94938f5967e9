"""What the rules say of a model that works: at the sizes it accepts, at its own size, and when nothing is declared."""

from collections import Counter
from collections.abc import Iterable

from benchmarks.zoo.catalogue import Case, build
from benchmarks.zoo.isolate import Record
from benchmarks.zoo.traced import nominal_of, trace
from convlint.diagnostics import Severity
from convlint.graph.contract import Contract
from convlint.rules.base import Finding
from convlint.rules.registry import check
from convlint.symbolic.canonical import symbol
from convlint.symbolic.comparison import equal
from convlint.symbolic.connectives import all_of
from convlint.symbolic.domain import Domain

_MOST_LISTED = 8
"""Findings that a record keeps; all are counted."""


def listen(case: Case) -> Record:
    """Errors and warnings where there is nothing wrong, and how many findings of each kind nobody asked for."""
    built = build(case)
    graph = trace(built)
    nominal = nominal_of(built)
    own_size = Domain.of(tuple(nominal)).narrow(
        all_of(*(equal(symbol(name), size) for name, size in nominal.items() if name != "N"))
    )
    loud: list[str] = []
    for domain in (*Contract(graph).accepted, own_size):
        near = domain.witness(near=nominal)
        if near is not None:
            loud += _loud(check(trace(built, domain, near)))
    undeclared = check(graph)
    loud += _loud(undeclared)
    return {
        "findings": len(loud),
        "listed_findings": list(dict.fromkeys(loud))[:_MOST_LISTED],
        "undeclared": dict(sorted(Counter(f"{each.code} {each.severity.label}" for each in undeclared).items())),
    }


def _loud(findings: Iterable[Finding]) -> list[str]:
    return [
        f"{finding.code} {finding.severity.label} {finding.span.line}: {finding.message}"
        for finding in findings
        if finding.severity >= Severity.WARNING
    ]
