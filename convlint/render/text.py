"""The report as a person reads it: each finding with its source, in the manner of rustc, then what was checked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from convlint.diagnostics import Diagnostic, Severity
from convlint.render import fixes, suppressed
from convlint.render.look import DEFAULT, Look
from convlint.render.remarks import one_line, printable, remarks
from convlint.render.snippet import Mark, excerpt
from convlint.render.statistics import table
from convlint.render.style import PLAIN, Style
from convlint.render.summary import summary
from convlint.render.wrap import LEAST_ROOM, Frame, columns, wrap
from convlint.report import Problem, Report

_INDENT = "  "
_MOST_MODELS = 8

Sources = Mapping[str, Sequence[str]]


def render_report(report: Report, look: Look = DEFAULT) -> str:
    """The whole report.

    Info findings of one rule in one model are one line unless they are asked for; the summary counts each of them.
    """
    if look.statistics:
        counted = "".join(f"{line}\n" for line in table(report, look))
        return "\n".join(filter(None, [counted, f"{_lines(summary(report, look), look)}\n"]))
    style = look.style
    blocks = [render_diagnostic(each, report.sources, look) for each in look.shown(report)]
    hidden = [each for each in report.diagnostics if not look.is_shown(each)]
    if hidden:
        blocks.append(_lines(_information(hidden, style), look))
    if look.verbose:
        blocks.extend(_remarks(report, look))
    if look.show_suppressed and report.suppressed:
        blocks.append(_lines(suppressed.listed(report), look))
    blocks.append(_lines(summary(report, look), look))
    return "\n\n".join(blocks) + "\n"


def render_diagnostic(diagnostic: Diagnostic, sources: Sources, look: Look = DEFAULT) -> str:
    """One finding, without a final line break."""
    style = look.style
    title = style.severity(diagnostic.severity, f"{diagnostic.severity.label}[{diagnostic.code}]")
    if fixes.is_made(diagnostic, unsafe=look.unsafe_fixes):
        title += " [*]"
    said = style.paint("bold", f"{diagnostic.name}: {one_line(diagnostic.message)}")
    out = wrap(f"{title} {said}", look.width, _INDENT)
    places = [diagnostic.span, *(related.span for related in diagnostic.related)]
    gutter = len(str(max(place.end_line for place in places)))

    def edge(text: str) -> str:
        return style.paint("blue", text)

    def alarm(text: str) -> str:
        return style.severity(diagnostic.severity, text)

    blank = " " * gutter
    marks = [Mark(diagnostic.span, "^", alarm)]
    marks += [Mark(related.span, "-", edge, (one_line(related.message),)) for related in diagnostic.related]
    for path in dict.fromkeys(mark.span.path for mark in marks):
        here = [mark for mark in marks if mark.span.path == path]
        out.append(f"{blank}{edge('-->' if here[0].character == '^' else ':::')} {printable(str(here[0].span))}")
        rows = excerpt(here, sources.get(path, ()), gutter, edge, look.width)
        if rows:
            out += [f"{blank} {edge('|')}", *rows]
        else:
            said_there = [f"{blank} {edge(':')} {mark.span.line}: {label}" for mark in here for label in mark.labels]
            out += [part for each in said_there for part in wrap(each, look.width, f"{blank}   ")]
    if notes := remarks(diagnostic):
        out.append(f"{blank} {edge('|')}")
    for word, text in notes:
        indent = f"{blank} {' ' * len(f'= {word}:')} "
        first, *rest = map(printable, text.splitlines() or [""])
        out += wrap(f"{blank} {edge('=')} {style.paint('bold', f'{word}:')} {first}", look.width, indent)
        out += [part for line in rest for part in wrap(indent + line, look.width, indent)]
    return "\n".join(out)


def render_problem(
    problem: Problem, *, style: Style = PLAIN, severity: str = Severity.ERROR.label, width: int | None = None
) -> str:
    """A mistake in what was asked for, with a caret at its place."""
    out = wrap(f"{style.severity(Severity.of(severity), severity)}: {one_line(problem.message)}", width, _INDENT)
    if problem.text:
        prefix = f"  {problem.source} " if problem.source else "  "
        column = problem.column or 0
        end = column + max(problem.length, 1)
        room = None if width is None else max(width - len(prefix), LEAST_ROOM)
        frame = Frame.around(column, end, columns(problem.text), room)
        out.append(f"{prefix}{frame.cut(printable(problem.text))}")
        if problem.column is not None:
            start, end = frame.place(column, end)
            out.append(" " * (len(prefix) + start) + style.paint("red", "^" * (end - start)))
    for text in problem.help:
        out += wrap(f"  {style.paint('bold', 'help:')} {printable(text)}", width, " " * len("  help: "))
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
        place = printable(f"{found[0].span.path}:{found[0].span.line}")
        rule = f"{style.severity(Severity.INFO, code)} {name}"
        yield f"{subject}: {len(found)} × {rule}, {'first ' if len(found) > 1 else ''}at {place}"
    yield style.paint("dim", f"  --show-info lists {'it' if len(hidden) == 1 else 'them'}")


def _remarks(report: Report, look: Look) -> Iterator[str]:
    style = look.style
    lines: list[str] = []
    for model in report.models:
        lines.append(f"{style.paint('bold', model.name)} ({model.path}:{model.line}): {model.status}")
        facts = [("input", model.input), *(("assumed", each) for each in model.assumed), ("accepts", model.contract)]
        lines.extend(f"  {word}: {text}" for word, text in facts if text)
    lines.extend(f"note: {remark}" for remark in report.remarks)
    if lines:
        yield _lines(lines, look)


def _lines(lines: Iterable[str], look: Look) -> str:
    """The lines one below the other, those that are too wide broken, with their own indentation and more."""
    broken = []
    for line in lines:
        broken += wrap(line, look.width, " " * (len(line) - len(line.lstrip(" "))) + _INDENT)
    return "\n".join(broken)
