"""A rule as SARIF describes it, made of its document."""

import re
from typing import Any

from convlint.diagnostics import Severity
from convlint.render.rules import render_rule
from convlint.rules import registry
from convlint.rules.base import Rule
from convlint.rules.document import Document

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
"""SARIF's words for severities."""

_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_LINK = re.compile(r"https://[^\s,;)>]+[^\s,;)>.]")
_PREPRINT = re.compile(r"arXiv:(\d{4}\.\d{4,5})")


def descriptor(code: str, name: str) -> dict[str, Any]:
    """What a log says of a rule; of one that this version does not have, its names."""
    try:
        rule = registry.find(code)
    except registry.UnknownRuleError:
        return {"id": code, "name": name, "shortDescription": {"text": name}}
    document = Document.read(rule.document)
    link = reference(document)
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": _plain(document.summary)},
        "fullDescription": {"text": _plain(document.sections[0].text if document.sections else document.summary)},
        "help": {"text": render_rule(rule), "markdown": _markdown(rule, document)},
        **({"helpUri": link} if link else {}),
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "problem.severity": _PROBLEMS[rule.severity],
            "precision": _precision(rule),
            "tags": ["pytorch", "correctness", rule.family.lower()],
        },
    }


def _precision(rule: Rule) -> str:
    """GitHub's word for how often a rule is right: errors were run in PyTorch, infos are true but rarely a mistake."""
    return {Severity.ERROR: "very-high", Severity.WARNING: "high", Severity.INFO: "medium"}[rule.severity]


def _markdown(rule: Rule, document: Document) -> str:
    sections = [f"## {section.heading}\n\n{section.text}" for section in document.sections]
    return "\n\n".join([f"# {rule.code} {rule.name}", document.summary, *sections]) + "\n"


def _plain(markdown: str) -> str:
    """The first paragraph, in one line."""
    return " ".join(markdown.split("\n\n", maxsplit=1)[0].split())


def reference(document: Document) -> str:
    """Where one can read on: the first reference that is on the web."""
    references = next((section.text for section in document.sections if section.heading == "References"), "")
    links = [*((found.start(), found[0]) for found in _LINK.finditer(references))]
    links += [(found.start(), f"https://arxiv.org/abs/{found[1]}") for found in _PREPRINT.finditer(references)]
    return min(links, default=(0, ""))[1]
