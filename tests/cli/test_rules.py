"""``convlint rule`` and ``convlint rules``."""

import json

import pytest

from convlint.rules import registry


@pytest.mark.parametrize("key", ["CL301", "cl301", "skip-size-mismatch"])
def test_a_rule_is_explained_by_code_or_name(convlint, key):
    result = convlint("rule", key)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("CL301 skip-size-mismatch  error, joins\n\nFeature maps are joined")


@pytest.mark.parametrize(
    ("key", "near"),
    [("CL3O1", "CL301"), ("skip-size", "skip-size-mismatch"), ("padding-lost", "padding-lost-to-floor")],
)
def test_an_unknown_rule_names_the_nearest(convlint, key, near):
    result = convlint("rule", key)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        f"error: there is no rule `{key}`",
        f"  {key}",
        f"  {'^' * len(key)}",
        f"  help: did you mean {near}?",
    ]


@pytest.mark.parametrize(
    ("key", "help_"),
    [
        ("skip", "did you mean skipped-input, skip-size-mismatch or skip-channel-mismatch?"),
        ("CL3", "did you mean CL301, CL302, CL303, CL304 or CL305?"),
        ("padding-", "did you mean padding-lost-to-floor or padding-exceeds-window?"),
        ("CL", "`convlint rules` lists them"),
        ("xyzzy", "`convlint rules` lists them"),
    ],
)
def test_a_part_of_rules_is_no_rule_and_names_them(convlint, key, help_):
    result = convlint("rule", key)
    assert result.exit_code == 2
    assert f"  help: {help_}" in result.stderr


def test_a_rule_as_json(convlint):
    document = json.loads(convlint("rule", "CL301", "--output-format", "json").stdout)
    assert document["version"] == 1
    assert document["rule"]["name"] == "skip-size-mismatch"
    headings = [section["heading"] for section in document["rule"]["sections"]]
    assert headings[0] == "What it does"
    assert headings[-1] == "References"


def test_all_rules_as_text(convlint):
    result = convlint("rules")
    assert result.exit_code == 0
    listed = [line.split()[:3] for line in result.stdout.splitlines() if line.startswith("  ")]
    assert listed == [[rule.code, rule.name, rule.severity.label] for rule in registry.rules()]


def test_all_rules_as_json(convlint):
    document = json.loads(convlint("rules", "--output-format", "json").stdout)
    assert [each["code"] for each in document["rules"]] == [rule.code for rule in registry.rules()]
    assert set(document["rules"][0]) == {"code", "name", "severity", "family", "fixable", "summary"}
