"""A rule is one file, named after it, and its docstring is its document: the same headings for all, examples that run.

A document is one sentence, and then the sections of `HEADINGS` in their order, none of them empty.  ``Flagged`` and
``Clean`` each hold one ``python`` block: a class ``Net``, with its inputs in comments (``# input: N 3 H W``) and, where
sizes are declared, those too (``# where: H % 2 == 0``).  ``References`` is a list, each item with an arXiv number or an
address.
"""

import ast
import importlib
import pkgutil
import re
from collections import Counter

import pytest
import torch

import convlint.rules
from convlint.rules import registry
from convlint.rules.base import Rule
from convlint.rules.document import EXAMPLE_HEADINGS, HEADINGS, Document, Section
from convlint.rules.families import FAMILIES

MODULES = [module.name for module in pkgutil.iter_modules(convlint.rules.__path__) if not module.ispkg]
FILES = {
    module: rule
    for module in MODULES
    if isinstance(rule := getattr(importlib.import_module(f"convlint.rules.{module}"), "RULE", None), Rule)
}
RULES = registry.rules()
WITH_EXAMPLES = [rule for rule in RULES if rule.reads_graphs]

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
every_example = pytest.mark.parametrize(
    ("rule", "heading"),
    [(rule, heading) for rule in WITH_EXAMPLES for heading in EXAMPLE_HEADINGS],
    ids=lambda value: value.name if isinstance(value, Rule) else value,
)
every_rule_with_examples = pytest.mark.parametrize("rule", WITH_EXAMPLES, ids=lambda rule: rule.name)


def document(rule: Rule) -> Document:
    return Document.read(rule.document)


def example(trace, rule: Rule, heading: str):
    """The graph of the `Net` that a section defines, for the input that its comments declare."""
    (shown,) = document(rule).examples(heading)
    names: dict[str, object] = {}
    exec(compile(shown.code, f"{rule.name}.py", "exec"), names)
    with torch.device("meta"):
        module = names["Net"]()
    return trace(module, *shown.inputs, where=shown.where)


def test_every_rule_is_found():
    assert set(FILES.values()) == set(RULES)


@pytest.mark.parametrize("module", FILES)
def test_a_file_is_named_after_its_rule(module):
    assert FILES[module].name == module.replace("_", "-")


@pytest.mark.parametrize("module", FILES)
def test_the_docstring_is_the_document(module):
    assert FILES[module].document == importlib.import_module(f"convlint.rules.{module}").__doc__


def test_codes_and_names_are_unique():
    assert [key for key, uses in Counter(rule.code for rule in RULES).items() if uses > 1] == []
    assert [key for key, uses in Counter(rule.name for rule in RULES).items() if uses > 1] == []


@every_rule
def test_code_and_name_are_well_formed(rule):
    assert re.fullmatch(r"CL\d{3}", rule.code)
    assert rule.code[:3] in FAMILIES
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)


@every_rule
def test_a_document_begins_with_one_sentence(rule):
    assert re.fullmatch(r"[A-Z`][^\n]*\.", rule.summary)


@every_rule
def test_a_document_has_the_headings_in_order(rule):
    wanted = [heading for heading in HEADINGS if rule.reads_graphs or heading not in EXAMPLE_HEADINGS]
    assert [section.heading for section in document(rule).sections] == wanted


@every_rule
def test_no_section_is_empty(rule):
    assert [section.heading for section in document(rule).sections if not section.text] == []


@every_rule
def test_references_can_be_followed(rule):
    items = re.split(r"^- ", document(rule).section("References"), flags=re.MULTILINE)
    assert len(items) > 1
    assert items[0] == ""
    assert [item for item in items[1:] if not re.search(r"arXiv:\d{4}\.\d{4,5}|https://\S+\.\S+", item)] == []


@every_example
def test_an_example_is_one_net_with_its_input(rule, heading):
    (shown,) = document(rule).examples(heading)
    classes = [node.name for node in ast.parse(shown.code).body if isinstance(node, ast.ClassDef)]
    assert "Net" in classes
    assert shown.inputs


@every_rule_with_examples
def test_flagged_example_is_flagged(trace, rule):
    found = registry.check(example(trace, rule, "Flagged"))
    assert rule.name in {finding.name for finding in found}, [(each.name, each.message) for each in found]


@every_rule_with_examples
def test_the_safety_of_a_fix_is_said(trace, rule):
    found = registry.check(example(trace, rule, "Flagged"))
    is_mended = any(finding.remedy is not None for finding in found if finding.name == rule.name)
    assert rule.is_fixable or not is_mended


def test_rules_that_mend_are_fixable():
    assert {rule.name for rule in RULES if rule.is_fixable} >= {"channel-mismatch", "non-invertible-stride"}
    assert not registry.find("floor-ambiguity").is_fixable


@every_rule_with_examples
def test_clean_example_is_clean(trace, rule):
    graph = example(trace, rule, "Clean")
    assert graph.paths[0].failure is None
    assert [each.message for each in registry.check(graph) if each.name == rule.name] == []


def test_headings_in_code_are_code():
    read = Document.read("One.\n\n## Flagged\n\n```python\n## no heading\n```\n\n## Fix\n\nNone.\n")
    assert read == Document("One.", (Section("Flagged", "```python\n## no heading\n```"), Section("Fix", "None.")))
