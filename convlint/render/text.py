"""The report as a person reads it: each finding with its source, in the manner of rustc, then what was checked."""

from collections.abc import Iterator, Mapping, Sequence

from convlint.diagnostics import Diagnostic, Severity
from convlint.render import fixes, suppressed
from convlint.render.look import DEFAULT, Look
from convlint.render.remarks import remarks
from convlint.render.snippet import Mark, excerpt
from convlint.render.statistics import table
from convlint.render.style import PLAIN, Style
from convlint.render.summary import summary
from convlint.report import Problem, Report

_MOST_MODELS = 8

Sources = Mapping[str, Sequence[str]]


def render_report(report: Report, look: Look = DEFAULT) -> str:
    """The whole report.

    Info findings of one rule in one model are one line unless they are asked for; the summary counts each of them.
    """
    if look.statistics:
        return "\n\n".join("\n".join(lines) for lines in (table(report, look), summary(report, look)) if lines) + "\n"
    style = look.style
    blocks = [
        render_diagnostic(each, report.sources, style=style, unsafe_fixes=look.unsafe_fixes)
        for each in look.shown(report)
    ]
    hidden = [each for each in report.diagnostics if not look.is_shown(each)]
    if hidden:
        blocks.append("\n".join(_information(hidden, style)))
    if look.verbose:
        blocks.extend(_remarks(report, style))
    if look.show_suppressed and report.suppressed:
        blocks.append("\n".join(suppressed.listed(report)))
    blocks.append("\n".join(summary(report, look)))
    return "\n\n".join(blocks) + "\n"


def render_diagnostic(
    diagnostic: Diagnostic, sources: Sources, *, style: Style = PLAIN, unsafe_fixes: bool = False
) -> str:
    """One finding, without a final line break."""
    title = style.severity(diagnostic.severity, f"{diagnostic.severity.label}[{diagnostic.code}]")
    if fixes.is_made(diagnostic, unsafe=unsafe_fixes):
        title += " [*]"
    out = [f"{title} {style.paint('bold', f'{diagnostic.name}: {diagnostic.message}')}"]
    places = [diagnostic.span, *(related.span for related in diagnostic.related)]
    gutter = len(str(max(place.end_line for place in places)))

    def edge(text: str) -> str:
        return style.paint("blue", text)

    def alarm(text: str) -> str:
        return style.severity(diagnostic.severity, text)

    blank = " " * gutter
    marks = [Mark(diagnostic.span, "^", alarm)]
    marks += [Mark(related.span, "-", edge, (related.message,)) for related in diagnostic.related]
    for path in dict.fromkeys(mark.span.path for mark in marks):
        here = [mark for mark in marks if mark.span.path == path]
        out.append(f"{blank}{edge('-->' if here[0].character == '^' else ':::')} {here[0].span}")
        rows = excerpt(here, sources.get(path, ()), gutter, edge)
        if rows:
            out += [f"{blank} {edge('|')}", *rows]
        else:
            out += [f"{blank} {edge(':')} {mark.span.line}: {label}" for mark in here for label in mark.labels]
    said = remarks(diagnostic)
    if said:
        out.append(f"{blank} {edge('|')}")
    for word, text in said:
        first, *rest = text.split("\n")
        out.append(f"{blank} {edge('=')} {style.paint('bold', f'{word}:')} {first}")
        out.extend(f"{blank} {' ' * (len(word) + 3)} {line}" for line in rest)
    return "\n".join(out)


def render_problem(problem: Problem, *, style: Style = PLAIN, severity: str = Severity.ERROR.label) -> str:
    """A mistake in what was asked for, with a caret at its place."""
    out = [f"{style.severity(Severity.of(severity), severity)}: {problem.message}"]
    if problem.text:
        prefix = f"  {problem.source} " if problem.source else "  "
        out.append(f"{prefix}{problem.text}")
        if problem.column is not None:
            mark = "^" * max(problem.length, 1)
            out.append(" " * (len(prefix) + problem.column) + style.paint("red", mark))
    out.extend(f"  {style.paint('bold', 'help:')} {text}" for text in problem.help)
    return "\n".join(out) + "\n"


def _information(hidden: Sequence[Diagnostic], style: Style) -> Iterator[str]:
    """One line for all info findings of one rule in one model; of more than a few models, in all of them together."""
    subjects = [each.model or each.span.path for each in hidden]
    order = {subject: index for index, subject in enumerate(dict.fromkeys(subjects))}
    if len(order) > _MOST_MODELS:
        everywhere = f"{len(order)} models"
        subjects, order = [everywhere] * len(hidden), {everywhere: 0}
    kinds: dict[tuple[int, str, str, str], list[Diagnostic]] = {}
    for subject, each in zip(subjects, hidden, strict=True):
        kinds.setdefault((order[subject], each.code, subject, each.name), []).append(each)
    for (_, code, subject, name), found in sorted(kinds.items()):
        place = f"{found[0].span.path}:{found[0].span.line}"
        rule = f"{style.severity(Severity.INFO, code)} {name}"
        yield f"{subject}: {len(found)} × {rule}, {'first ' if len(found) > 1 else ''}at {place}"
    yield style.paint("dim", f"  --show-info lists {'it' if len(hidden) == 1 else 'them'}")


def _remarks(report: Report, style: Style) -> Iterator[str]:
    lines: list[str] = []
    for model in report.models:
        lines.append(f"{style.paint('bold', model.name)} ({model.path}:{model.line}): {model.status}")
        facts = [("input", model.input), *(("assumed", each) for each in model.assumed), ("accepts", model.contract)]
        lines.extend(f"  {word}: {text}" for word, text in facts if text)
    lines.extend(f"note: {remark}" for remark in report.remarks)
    if lines:
        yield "\n".join(lines)
