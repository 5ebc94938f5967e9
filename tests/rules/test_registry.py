"""Finding, running and grouping rules."""

import subprocess
import sys
from dataclasses import replace

import pytest
from torch import nn

from convlint.diagnostics import Related, Severity, Span
from convlint.rules import registry
from convlint.rules.base import Finding

HERE, THERE = Span("a.py", 3, 1, 3, 9), Span("a.py", 1, 1, 1, 9)
FINDING = Finding(Severity.INFO, "uneven", HERE, place="layer1.conv", code="CL103", name="padding-lost-to-floor")


def test_rules_are_found_by_code_and_by_name():
    assert registry.find("CL301") is registry.find("skip-size-mismatch")


@pytest.mark.parametrize("key", ["CL999", "", "no-such-rule"])
def test_unknown_rules(key):
    with pytest.raises(registry.UnknownRuleError):
        registry.find(key)


def test_only_chosen_rules_run(trace):
    graph = trace(nn.Sequential(nn.Conv2d(3, 3, 4, 2, 1)), "N 3 H W")
    assert {each.name for each in registry.check(graph, {"floor-ambiguity"})} == {"floor-ambiguity"}


def test_a_report_without_a_graph_has_its_rule_s_severity():
    finding = registry.report("import-failed", "no module named x", HERE, ("install x",))
    assert (finding.code, finding.severity, finding.help) == ("CL901", Severity.ERROR, ("install x",))


class TestGrouping:
    def test_one_line_is_one_finding_that_names_its_places(self):
        (finding,) = registry.group(
            [FINDING, replace(FINDING, place="layer2.conv"), replace(FINDING, place="layer2.conv")]
        )
        assert finding.notes == ("at `layer1.conv`, `layer2.conv`",)

    def test_what_differs_is_noted(self):
        (finding,) = registry.group([FINDING, replace(FINDING, place="layer2.conv", message="more uneven")])
        assert finding.message == "uneven"
        assert finding.notes == ("at `layer2.conv`: more uneven",)

    def test_the_gravest_speaks(self):
        (finding,) = registry.group([FINDING, replace(FINDING, severity=Severity.ERROR, message="broken")])
        assert (finding.severity, finding.message) == (Severity.ERROR, "broken")

    def test_long_lists_are_cut(self):
        (finding,) = registry.group([replace(FINDING, place=f"layer{i}") for i in range(9)])
        assert finding.notes[0].endswith("and 3 more")

    def test_rules_and_lines_stay_apart_and_in_order(self):
        findings = registry.group([FINDING, replace(FINDING, code="CL101"), replace(FINDING, span=THERE)])
        assert [(each.span.line, each.code) for each in findings] == [(1, "CL103"), (3, "CL101"), (3, "CL103")]

    def test_a_place_is_not_related_to_itself(self):
        related = (Related(HERE, "here"), Related(THERE, "there"))
        (finding,) = registry.group([replace(FINDING, related=related)])
        assert [each.message for each in finding.related] == ["there"]


def test_rules_need_no_torch():
    code = "from convlint.rules import registry; registry.rules(); import sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_layer_of_a_line_that_builds_several_is_named(trace):
    widths = [(3, 8), (8, 8), (4, 8)]
    graph = trace(nn.Sequential(*[nn.Conv2d(*each, 1) for each in widths]), "N 3 H W")
    shared = {name: replace(layer, constructor=HERE) for name, layer in graph.layers.items()}
    alone = {name: replace(layer, constructor=None) for name, layer in graph.layers.items()} | {"2": shared["2"]}
    notes = [
        registry.check(replace(graph, layers=layers), {"channel-mismatch"})[0].notes for layers in (shared, alone)
    ]
    assert notes == [("at `2`",), ()]
