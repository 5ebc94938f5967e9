"""What a finding is known by from one run to the next."""

import hashlib
from collections import Counter
from collections.abc import Sequence

from convlint.diagnostics import Diagnostic
from convlint.render.look import Look
from convlint.report import Report


def fingerprints(diagnostics: Sequence[Diagnostic], report: Report, look: Look) -> list[str]:
    """A fingerprint for each finding, all of them different: 32 hexadecimal digits.

    It is made of the file, the rule, the model and the text of the line, so that it stays when lines are added above;
    of several findings that agree in these, the first is 0 and so on.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for each in diagnostics:
        key = (look.path(each.span.path), each.code, each.model, _line(each, report))
        text = "\0".join((*key, str(seen[key])))
        seen[key] += 1
        found.append(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32])
    return found


def _line(diagnostic: Diagnostic, report: Report) -> str:
    """The line of source that the finding begins at, with one space for all spaces."""
    lines = report.sources.get(diagnostic.span.path, ())
    index = diagnostic.span.line - 1
    return " ".join(lines[index].split()) if 0 <= index < len(lines) else ""
