"""The rules as text, Markdown and JSON: all of them in a list, or the document of one."""

import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from convlint.render.json import FORMAT_VERSION
from convlint.render.style import PLAIN, Style
from convlint.render.wrap import columns, wrap
from convlint.rules.base import Rule
from convlint.rules.document import FENCE, Document

_WIDTH = 100
_LEAST_ROOM = 30
"""Columns below which a summary is no longer beside its rule's name."""

_MARGIN = "  "
_CODE_MARGIN = "    "
_CODE = re.compile(r"`[^`]+`")
_UNBREAKABLE = "\N{NO-BREAK SPACE}"


def render_rule(rule: Rule, *, style: Style = PLAIN, width: int = _WIDTH) -> str:
    """A rule's document for reading in a terminal of ``width`` columns."""
    document = Document.read(rule.document)
    title = f"{style.severity(rule.severity, rule.code)} {style.paint('bold', rule.name)}"
    blocks = [
        f"{title}  {rule.severity.label}, {rule.family.lower()}",
        _prose(document.summary, "", style, width),
    ]
    for section in document.sections:
        blocks.append(style.paint("bold", section.heading))
        blocks.extend(_blocks(section.text, style, width))
    return "\n\n".join(blocks) + "\n"


def render_rule_json(rule: Rule) -> str:
    """What `render_rules_json` says of a rule, and its document by headings."""
    document = Document.read(rule.document)
    sections = [{"heading": section.heading, "text": section.text} for section in document.sections]
    return _json({"version": FORMAT_VERSION, "rule": {**_facts(rule), "sections": sections}})


def render_rules(rules: Sequence[Rule], *, style: Style = PLAIN, width: int | None = None) -> str:
    """A line a rule, by families; ``[*]`` marks those with fixes.

    What does not fit in ``width`` columns goes on below its beginning, or below the name where that leaves no room.
    """
    widest = max((len(rule.name) for rule in rules), default=0)
    most_severe = max((len(rule.severity.label) for rule in rules), default=0)
    blocks = []
    for family, members in groupby(rules, lambda rule: rule.family):
        lines = [style.paint("bold", family)]
        for rule in members:
            severity = style.severity(rule.severity, rule.severity.label)
            mark = "[*]" if rule.is_fixable else "   "
            spaces = " " * (most_severe - len(rule.severity.label))
            head = f"{_MARGIN}{rule.code}  {rule.name:<{widest}}  {severity}{spaces}  {mark}  "
            if width is None or width - columns(head) >= _LEAST_ROOM:
                lines += wrap(f"{head}{rule.summary}", width, " " * columns(head))
            else:
                lines += wrap(f"{_MARGIN}{rule.code}  {rule.name}  {severity}  {mark}".rstrip(), width, _CODE_MARGIN)
                lines += wrap(f"{_CODE_MARGIN}{rule.summary}", width, _CODE_MARGIN)
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def render_rules_markdown(rules: Sequence[Rule]) -> str:
    """A table, with a line for each family."""
    lines = ["| code | rule | severity | fix | what it finds |", "|---|---|---|---|---|"]
    for family, members in groupby(rules, lambda rule: rule.family):
        lines.append(f"| | **{family}** | | | |")
        for rule in members:
            summary = rule.summary.replace("|", r"\|")
            fix = "yes" if rule.is_fixable else ""
            lines.append(f"| {rule.code} | {rule.name} | {rule.severity.label} | {fix} | {summary} |")
    return "\n".join(lines) + "\n"


def render_rules_json(rules: Sequence[Rule]) -> str:
    """``version`` and ``rules``, in the order of their codes."""
    return _json({"version": FORMAT_VERSION, "rules": [_facts(rule) for rule in rules]})


def _facts(rule: Rule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.label,
        "family": rule.family,
        "fixable": rule.is_fixable,
        "summary": rule.summary,
    }


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _blocks(markdown: str, style: Style, width: int) -> Iterator[str]:
    """Paragraphs and lists, filled to the width, and code as it stands."""
    for index, part in enumerate(re.split(rf"^{FENCE}.*\n", markdown + "\n", flags=re.MULTILINE)):
        if index % 2:
            code = (style.paint("cyan", line) for line in part.splitlines())
            yield "\n".join(f"{_CODE_MARGIN}{line}" if line else "" for line in code)
            continue
        for block in re.split(r"\n{2,}", part.strip()):
            items = [item for item in re.split(r"^(?=- )", block, flags=re.MULTILINE) if item]
            if items:
                yield "\n".join(_prose(item, _MARGIN, style, width) for item in items)


def _prose(text: str, margin: str, style: Style, width: int) -> str:
    """One paragraph or list item; what stands in backticks is painted, and never broken."""
    hanging = margin + _MARGIN if text.startswith("- ") else margin
    filled = textwrap.fill(
        _CODE.sub(lambda code: re.sub(r"\s", _UNBREAKABLE, code[0]), text),
        width,
        initial_indent=margin,
        subsequent_indent=hanging,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return _CODE.sub(lambda code: style.paint("cyan", code[0].replace(_UNBREAKABLE, " ")), filled)
