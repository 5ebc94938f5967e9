"""The last lines of a report for people: what was checked, what was not and why, and how much was found."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from convlint.diagnostics import Severity
from convlint.render import fixes, suppressed
from convlint.render.counts import counted
from convlint.render.look import Look
from convlint.render.remarks import printable
from convlint.report import ModelReport, Report

_MOST_PARTS = 3
"""Parts of a model that are named in one line, and lines on those that were not checked, unless for ``--verbose``."""


def summary(report: Report, look: Look) -> Iterator[str]:
    """How many models were checked, which were not and why, and how many findings of each severity.

    Without ``verbose``, which shows each model and all of its parts, also what was assumed for it.
    """
    by_status = Counter(model.status for model in report.models)
    counts = [f"{by_status['checked'] + by_status['partial']} checked"]
    counts += [f"{by_status[status]} {status}" for status in ("skipped", "failed") if by_status[status]]
    if by_status["partial"]:
        counts[0] += f" ({by_status['partial']} in part)"
    total = len(report.models)
    found = Counter(diagnostic.severity for diagnostic in report.diagnostics)
    tally = ", ".join(
        look.style.severity(severity, counted(found[severity], severity.label))
        for severity in sorted(Severity, reverse=True)
        if found[severity]
    )
    yield f"{counted(total, 'model')}: {', '.join(counts)}. {'Found ' + tally if tally else 'No findings'}."
    for model in report.models:
        if model.status != "checked":
            reason = model.reason or "no reason given"
            yield printable(f"  {model.status}: {model.name} ({model.path}:{model.line}): {reason}")
            yield from _parts(model, most=len(model.parts) if look.verbose else _MOST_PARTS)
    if report.unused_imports:
        yield printable(f"  not found, and used by no model: {', '.join(report.unused_imports)}")
    if report.inside:
        names = ", ".join(f"{each.name} ({each.host})" for each in report.inside)
        yield printable(f"  {len(report.inside)} inside models of other files: {names}")
    if report.left_out:
        rules = counted(len(report.left_out), "rule")
        yield f"  left out, since no model was run: {rules}, {', '.join(report.left_out)}"
    yield from fixes.summary(report, unsafe=look.unsafe_fixes)
    yield from suppressed.summary(report, look)
    if not look.verbose:
        yield from _assumptions(report.models)


def _parts(model: ModelReport, most: int) -> Iterator[str]:
    """Which parts of a model were looked at alone, and why not others: up to ``most`` of each by name."""
    looked_at = [f"{part.name} ({part.input})" for part in model.parts if part.status in {"checked", "partial"}]
    if looked_at:
        yield printable(f"    looked at alone: {_first(looked_at, most)}")
    reasons: dict[tuple[str, str], list[str]] = {}
    for part in model.parts:
        if part.status != "checked":
            reasons.setdefault((part.status, part.reason), []).append(part.name)
    alike = list(reasons.items())
    for (status, reason), names in alike[:most]:
        yield printable(f"    {status}: {_first(names, most)}: {reason}")
    if len(alike) > most:
        others = sum(len(names) for _, names in alike[most:])
        yield f"    not checked in full for other reasons: {counted(others, 'part')}"
    if max(len(looked_at), len(alike), *map(len, reasons.values())) > most:
        yield "    --verbose lists all of them"


def _first(names: Sequence[str], most: int) -> str:
    """The first names, and how many there are besides."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _assumptions(models: Iterable[ModelReport]) -> Iterator[str]:
    for model in models:
        if model.assumed and model.status in {"checked", "partial"}:
            yield printable(f"  assumed for {model.name}: {'; '.join(model.assumed)}")
