"""How often each rule found something."""

from collections import Counter
from dataclasses import dataclass

from convlint.diagnostics import Severity
from convlint.render import fixes
from convlint.render.look import Look
from convlint.report import Report


@dataclass(frozen=True, slots=True)
class Tally:
    """How many findings a rule has, of which severity at most, and whether some of them come with a fix."""

    code: str
    name: str
    count: int
    severity: Severity
    fixable: bool


def statistics(report: Report, *, unsafe_fixes: bool = True) -> list[Tally]:
    """The rules that found something, those with most findings first."""
    counts = Counter((each.code, each.name) for each in report.diagnostics)
    tallies = []
    for (code, name), count in counts.items():
        found = [each for each in report.diagnostics if (each.code, each.name) == (code, name)]
        fixable = any(fixes.is_made(each, unsafe=unsafe_fixes) for each in found)
        tallies.append(Tally(code, name, count, max(each.severity for each in found), fixable))
    return sorted(tallies, key=lambda tally: (-tally.count, tally.code))


def table(report: Report, look: Look) -> list[str]:
    """A line a rule: count, code, ``[*]`` where ``--fix`` fixes some, and name."""
    tallies = statistics(report, unsafe_fixes=look.unsafe_fixes)
    widest = max((len(str(tally.count)) for tally in tallies), default=0)
    has_fixes = any(tally.fixable for tally in tallies)
    lines = []
    for tally in tallies:
        mark = ("[*] " if tally.fixable else "    ") if has_fixes else ""
        lines.append(f"{tally.count:>{widest}}  {look.style.severity(tally.severity, tally.code)}  {mark}{tally.name}")
    return lines
