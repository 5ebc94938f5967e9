"""How the text report speaks of findings that comments hide."""

from collections.abc import Iterator

from convlint.render.look import Look
from convlint.report import Report, Suppressed


def listed(report: Report) -> Iterator[str]:
    """A line for each of them."""
    for each in report.suppressed:
        finding = each.diagnostic
        yield f"{finding.span}: suppressed {finding.code} {finding.name}: {finding.message} ({_why(each)})"


def summary(report: Report, look: Look) -> Iterator[str]:
    """How many they are, and where they are not listed, how to see them."""
    count = len(report.suppressed)
    if count:
        listed_by = f" (--show-suppressed lists {'it' if count == 1 else 'them'})"
        yield f"{count} suppressed{'' if look.show_suppressed else listed_by}"


def _why(each: Suppressed) -> str:
    place = f"line {each.directive.line}"
    if each.directive.path != each.diagnostic.span.path:
        place = f"{each.directive.path}:{each.directive.line}"
    return f"{place}: {each.reason}" if each.reason else place
