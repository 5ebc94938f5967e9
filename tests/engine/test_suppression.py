"""Which findings comments hide, and which comments are known to hide nothing."""

from dataclasses import replace

import pytest

from convlint import engine
from convlint.diagnostics import Severity, Span
from convlint.engine.reporting import suppression
from convlint.request import Options
from convlint.rules.base import Finding
from convlint.settings import Settings
from convlint.source.directives import Directives, read_directives

NET = """\
import torch
from torch import nn


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 8, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ConvTranspose2d(8, 8, 3, stride=2, padding=1, output_padding=1)

    def forward(self, x):
        skip = self.down(x)
        x = self.up(self.pool(skip))
        return torch.cat([skip, x], 1)
"""
BUILT = "        self.up = nn.ConvTranspose2d(8, 8, 3, stride=2, padding=1, output_padding=1)"
CALLED = "        x = self.up(self.pool(skip))"
JOINED = "        return torch.cat([skip, x], 1)"


@pytest.fixture
def found(tmp_path, monkeypatch, warm_engine):
    """``found((line, comment), ..., rest)`` → the report on the network with comments at these lines."""
    monkeypatch.chdir(tmp_path)

    def check(*comments, more="", targets=("net.py",), **selection):
        text = NET + more
        for line, comment in comments:
            assert text.count(line) == 1
            text = text.replace(line, f"{line}  # convlint: {comment}")
        (tmp_path / "net.py").write_text(text)
        return engine.check(targets, Options(), Settings(**selection))

    return check


def reported(report):
    """The names of what is more than information, and what is hidden."""
    return (
        [each.name for each in report.diagnostics if each.severity > Severity.INFO],
        [each.diagnostic.name for each in report.suppressed],
    )


def hits(text: str, finding: Finding) -> int:
    directives = read_directives("net.py", text)
    return len(suppression.hits(finding, lambda path: directives if path == "net.py" else Directives(path)))


FINDING = Finding(
    Severity.WARNING, "wrong", Span("net.py", 2, 1, 4, 2), code="CL301", name="skip-size-mismatch",
)  # fmt: skip


class TestLines:
    @pytest.mark.parametrize("line", [2, 4])
    def test_the_first_and_the_last_line_of_a_range_hide_it(self, line):
        lines = ["f(a,", "  g(1,", "    2,", "  ),", "  3)", ""]
        lines[line - 1] += "  # convlint: ignore[CL301]"
        assert hits("\n".join(lines), FINDING) == 1

    def test_a_line_in_the_middle_does_not(self):
        assert hits("f(a,\n  g(1,\n    2,  # convlint: ignore[CL301]\n  ),\n  3)\n", FINDING) == 0

    @pytest.mark.parametrize("line", [1, 5])
    def test_the_lines_where_the_statement_begins_and_ends_hide_all_in_it(self, line):
        lines = ["f(a,", "  g(1,", "    2,", "  ),", "  3)", ""]
        lines[line - 1] += "  # convlint: ignore[CL301]"
        assert hits("\n".join(lines), FINDING) == 1

    @pytest.mark.parametrize("rule", ["CL301", "cl301", "skip-size-mismatch"])
    def test_a_rule_is_named_by_code_or_name(self, rule):
        assert hits(f"\nx = 1  # convlint: ignore[{rule}]\n", FINDING) == 1

    @pytest.mark.parametrize("rule", ["CL3", "CL302", "skip"])
    def test_other_rules_are_not_meant(self, rule):
        assert hits(f"\nx = 1  # convlint: ignore[{rule}]\n", FINDING) == 0

    def test_each_directive_that_hides_it_counts(self):
        text = "# convlint: file-ignore[CL301]\n# convlint: ignore[CL301]\nx = 1  # convlint: ignore[CL301]\n"
        assert hits(text, replace(FINDING, span=Span("net.py", 3, 1, 3, 6))) == 3

    def test_a_whole_file_hides_what_is_reported_in_it(self):
        elsewhere = replace(FINDING, span=Span("b.py", 2, 1, 2, 9), counterparts=frozenset({FINDING.span}))
        assert hits("# convlint: file-ignore[CL301]\n\nx = 1\ny = 2\n", elsewhere) == 0
        assert hits("\nx = 1  # convlint: ignore[CL301]\n", elsewhere) == 1


class TestLayers:
    @pytest.mark.parametrize("line", [BUILT, CALLED])
    def test_a_layer_is_spoken_of_where_it_is_built_and_where_it_is_called(self, found, line):
        report = found((line, "ignore[checkerboard]"), more="\n# convlint: file-ignore[CL301]\n")
        assert reported(report) == ([], ["checkerboard", "skip-size-mismatch"])

    def test_a_branch_of_a_join_hides_nothing_of_it(self, found):
        report = found((CALLED, "ignore[skip-size-mismatch]"), select=("CL301", "CL906"))
        assert reported(report) == (["unused-suppression", "skip-size-mismatch"], [])


class TestUnused:
    def test_what_hides_nothing_is_told(self, found):
        report = found((JOINED, "ignore[skip-size-mismatch, CL101]"), more="\n# convlint: file-ignore[CL203]\n")
        (finding,) = [each for each in report.diagnostics if each.severity > Severity.INFO]
        assert (finding.code, finding.message) == ("CL906", "`CL101` hides nothing here")

    @pytest.mark.parametrize("selection", [{"select": ("CL3", "CL906")}, {"ignore": ("checkerboard",)}])
    def test_not_of_rules_that_did_not_run(self, found, selection):
        report = found((JOINED, "ignore[CL203]"), **selection)
        assert "unused-suppression" not in reported(report)[0]

    def test_not_where_one_model_was_asked_for(self, found):
        report = found((JOINED, "ignore[CL101]"), targets=("net.py:UNet",))
        assert "unused-suppression" not in reported(report)[0]

    @pytest.mark.parametrize(
        "more",
        [
            "\n\nclass Stops(UNet):\n    def forward(self, x):\n        return super().forward(x)[: int(x.sum())]\n",
            "\n\nclass Guessed(UNet):\n    def __init__(self, channels):\n        super().__init__()\n",
            "\n\nclass Unbuilt(UNet):\n    def __init__(self):\n        raise RuntimeError('no weights')\n",
        ],
    )
    def test_not_where_a_model_of_the_file_was_not_followed_to_its_end(self, found, more):
        report = found((JOINED, "ignore[CL101]"), more=more)
        assert "unused-suppression" not in reported(report)[0]

    def test_not_where_a_class_of_the_file_was_never_reached(self, found):
        block = "\n\nclass Block(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        block += "        self.conv = nn.Conv2d(3, 3, 4)  # convlint: ignore[CL203]\n"
        block += "\n    def forward(self, x):\n        return self.conv(x)\n"
        net = "\n\nclass Net(nn.Module):\n    def __init__(self, deep=False):\n        super().__init__()\n"
        net += "        self.body = Block() if deep else nn.Conv2d(3, 3, 4)\n"
        net += "\n    def forward(self, x):\n        return self.body(x)\n"
        assert "unused-suppression" not in reported(found(more=block + net))[0]
        assert "unused-suppression" in reported(found(more=block + net.replace("deep=False", "deep=True")))[0]

    def test_one_that_a_part_alone_needs_is_used(self, found):
        more = "\n\nclass Stops(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        more += "        self.inner = UNet()\n\n    def forward(self, x):\n"
        more += "        return self.inner(x[: int(x.sum())])\n"
        report = found((BUILT, "ignore[checkerboard]"), more=more)
        assert reported(report)[1] == ["checkerboard"]
        assert "unused-suppression" not in reported(report)[0]

    def test_it_can_be_ignored_itself(self, found):
        report = found((JOINED, "ignore[CL301, CL101, unused-suppression]"), more="\n# convlint: file-ignore[CL203]\n")
        assert reported(report)[0] == []


def test_hidden_findings_are_neither_fixed_nor_counted(found):
    report = found((JOINED, "ignore[CL301]"), (BUILT, "ignore[CL203] -- blurred later"))
    assert report.worst() is None or report.worst() == Severity.INFO
    reasons = {each.diagnostic.code: (each.directive.line, each.reason) for each in report.suppressed}
    assert reasons == {"CL203": (10, "blurred later"), "CL301": (15, "")}


def test_a_finding_of_several_models_is_hidden_once(found):
    more = "\n\nclass Twice(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    more += "        self.one = UNet()\n\n    def forward(self, x):\n        return self.one(x)\n"
    report = found((JOINED, "ignore[CL301]"), (BUILT, "ignore[CL203]"), more=more)
    assert reported(report) == ([], ["checkerboard", "skip-size-mismatch"])
