"""A rule's docstring is its document: its examples run, its headings are the same for all."""

import re

import pytest
import torch

from convlint.rules import registry
from convlint.rules.base import Rule

RULES = registry.rules()
HEADINGS = ["What it does", "Why is this bad", "Formula", "Flagged", "Clean", "Fix", "Limits", "References"]
WITHOUT_GRAPH = {"import-failed", "construct-failed", "input-unknown", "timed-out"}
WITH_EXAMPLES = [rule for rule in RULES if rule.name not in WITHOUT_GRAPH]


def sections(rule: Rule) -> dict[str, str]:
    parts = re.split(r"^## (.+)$", rule.document, flags=re.MULTILINE)
    return {heading: text.strip() for heading, text in zip(parts[1::2], parts[2::2], strict=True)}


def example(trace, rule: Rule, heading: str):
    """The graph of the `Net` that a section defines, for the input that its comments declare."""
    (code,) = re.findall(r"```python\n(.*?)```", sections(rule)[heading], flags=re.DOTALL)
    shapes = re.findall(r"^# input: (.+)$", code, flags=re.MULTILINE)
    where = tuple(re.findall(r"^# where: (.+)$", code, flags=re.MULTILINE))
    names: dict[str, object] = {}
    exec(compile(code, f"{rule.name}.py", "exec"), names)
    with torch.device("meta"):
        module = names["Net"]()
    return trace(module, *shapes, where=where)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_document_has_the_headings(rule):
    wanted = [heading for heading in HEADINGS if rule in WITH_EXAMPLES or heading not in {"Flagged", "Clean"}]
    assert list(sections(rule)) == wanted
    assert all(sections(rule).values())


def test_codes_and_names_are_unique():
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_code_and_name_are_well_formed(rule):
    assert re.fullmatch(r"CL\d{3}", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert rule.summary.endswith(".")


@pytest.mark.parametrize("rule", WITH_EXAMPLES, ids=lambda rule: rule.name)
def test_flagged_example_is_flagged(trace, rule):
    found = registry.check(example(trace, rule, "Flagged"))
    assert rule.name in {finding.name for finding in found}, [(each.name, each.message) for each in found]


@pytest.mark.parametrize("rule", WITH_EXAMPLES, ids=lambda rule: rule.name)
def test_clean_example_is_clean(trace, rule):
    graph = example(trace, rule, "Clean")
    assert graph.paths[0].failure is None
    assert [each.message for each in registry.check(graph) if each.name == rule.name] == []
