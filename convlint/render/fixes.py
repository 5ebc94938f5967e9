"""How the text report speaks of fixes."""

from collections.abc import Iterator

from convlint.diagnostics import Applicability, Diagnostic
from convlint.render.counts import counted
from convlint.report import Report


def is_made(diagnostic: Diagnostic, *, unsafe: bool) -> bool:
    """Whether ``--fix``, with ``unsafe`` together with ``--unsafe-fixes``, fixes it."""
    return diagnostic.fix is not None and (unsafe or diagnostic.fix.applicability is Applicability.SAFE)


def remark(diagnostic: Diagnostic) -> Iterator[str]:
    """What the fix does, where no help says the same."""
    fix = diagnostic.fix
    if fix is None or (fix.applicability is Applicability.SAFE and fix.message in diagnostic.help):
        return
    unsafe = fix.applicability is Applicability.UNSAFE
    yield f"{fix.message}{' (unsafe: only with --unsafe-fixes)' if unsafe else ''}"


def summary(report: Report, *, unsafe: bool) -> Iterator[str]:
    """How many findings were fixed, and how many can be."""
    if report.fixed:
        yield f"Fixed {counted(report.fixed, 'finding')}."
    fixable = sum(is_made(each, unsafe=unsafe) for each in report.diagnostics)
    more = sum(is_made(each, unsafe=True) for each in report.diagnostics) - fixable
    if fixable:
        yield f"[*] {fixable} fixable with --fix" + (f" ({more} more with --unsafe-fixes)" if more else "")
    elif more:
        yield f"{more} fixable with --fix --unsafe-fixes"
