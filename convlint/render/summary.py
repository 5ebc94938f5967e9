"""The last lines of a report for people: what was checked, what was not and why, and how much was found."""

from collections import Counter
from collections.abc import Iterable, Iterator

from convlint.diagnostics import Severity
from convlint.render import fixes, suppressed
from convlint.render.counts import counted
from convlint.render.look import Look
from convlint.render.remarks import printable
from convlint.report import ModelReport, Report


def summary(report: Report, look: Look) -> Iterator[str]:
    """How many models were checked, which were not and why, and how many findings of each severity.

    Without ``verbose``, which shows each model, also what was assumed for it.
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
            yield from _parts(model)
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


def _parts(model: ModelReport) -> Iterator[str]:
    """Which parts of a model were looked at alone, and why not others."""
    looked_at = [f"{part.name} ({part.input})" for part in model.parts if part.status in {"checked", "partial"}]
    if looked_at:
        yield f"    looked at alone: {', '.join(looked_at)}"
    for part in model.parts:
        if part.status != "checked":
            yield printable(f"    {part.status}: {part.name}: {part.reason}")


def _assumptions(models: Iterable[ModelReport]) -> Iterator[str]:
    for model in models:
        if model.assumed and model.status in {"checked", "partial"}:
            yield printable(f"  assumed for {model.name}: {'; '.join(model.assumed)}")
