"""The report as text, by whole output."""

from dataclasses import replace

import pytest

from convlint.diagnostics import Diagnostic, Related, Severity, Span
from convlint.render.look import Look
from convlint.render.style import Style
from convlint.render.text import render_diagnostic, render_problem, render_report
from convlint.render.wrap import columns
from convlint.report import ModelReport, Problem, Report

SOURCE = (
    "class UNet(nn.Module):",
    "    def forward(self, x):",
    "        y = self.down(x)",
    "        return torch.cat([x, self.up(y)], 1)",
)
MISMATCH = Diagnostic(
    code="CL301",
    name="skip-size-mismatch",
    severity=Severity.WARNING,
    message="branches of different height are concatenated unless H % 2 == 0",
    span=Span("net.py", 4, 16, 4, 45),
    model="UNet",
    witness={"N": 1, "H": 3},
    related=(Related(Span("net.py", 3, 13, 3, 25), "the branches part here"),),
    help=("pad the input to a multiple of 2",),
    notes=("at `up1`, `up2`",),
)
UNEVEN = Diagnostic("CL103", "padding-lost-to-floor", Severity.INFO, "uneven", Span("net.py", 3, 13, 3, 25), "UNet")


def report(*diagnostics, **more):
    return Report(diagnostics=diagnostics, sources={"net.py": SOURCE}, **more)


def test_a_finding_shows_its_line_its_branches_and_the_way_out():
    assert render_diagnostic(MISMATCH, {"net.py": SOURCE}) == "\n".join(
        [
            "warning[CL301] skip-size-mismatch: branches of different height are concatenated unless H % 2 == 0",
            " --> net.py:4:16",
            "  |",
            "3 |         y = self.down(x)",
            "  |             ------------ the branches part here",
            "4 |         return torch.cat([x, self.up(y)], 1)",
            "  |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
            "  |",
            "  = model: UNet, for example at N = 1, H = 3",
            "  = note: at `up1`, `up2`",
            "  = help: pad the input to a multiple of 2",
        ]
    )


def test_what_moves_the_cursor_is_not_written():
    message = "one\r\n\x1b[2Jtwo\a"
    finding = replace(MISMATCH, message=message, notes=(message,), related=(Related(MISMATCH.span, message),))
    model = ModelReport("Net", "net.py", 1, "failed", message)
    text = render_report(report(finding, models=(model,)))
    assert [character for character in text if not character.isprintable() and character != "\n"] == []
    assert "skip-size-mismatch: one  [2Jtwo" in text
    assert render_problem(Problem(message)) == "error: one  [2Jtwo \n"


class TestWidth:
    """On a terminal the text fits its columns."""

    @pytest.mark.parametrize("width", [40, 60, 100])
    def test_every_line_fits(self, odd, width):
        text = render_report(odd, Look(show_info=True, width=width, style=Style(colour=True)))
        assert [line for line in text.splitlines() if columns(line) > width] == []

    @pytest.mark.parametrize("width", range(1, 40, 6))
    def test_a_terminal_of_few_columns_is_no_reason_to_fail(self, width, odd):
        text = render_report(odd, Look(show_info=True, verbose=True, width=width))
        assert "".join(text.split()).startswith("error[CL301][*]skip-size-mismatch:")

    def test_a_narrow_report(self):
        assert render_diagnostic(MISMATCH, {"net.py": SOURCE}, Look(width=40)) == "\n".join(
            [
                "warning[CL301] skip-size-mismatch:",
                "  branches of different height are",
                "  concatenated unless H % 2 == 0",
                " --> net.py:4:16",
                "  |",
                "3 |         y = self.down(x)",
                "  |             ------------",
                "  |             the branches part here",
                "4 | …eturn torch.cat([x, self.up(y)], 1)",
                "  |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
                "  |",
                "  = model: UNet, for example at N = 1, H",
                "           = 3",
                "  = note: at `up1`, `up2`",
                "  = help: pad the input to a multiple of",
                "          2",
            ]
        )

    def test_a_mistake_in_a_long_text_is_shown_with_what_is_around_it(self):
        problem = Problem("cannot be read", "--where", "H >= 1 and " * 9 + "H %% 2", 101, 2)
        assert render_problem(problem, width=40) == (
            "error: cannot be read\n  --where … H >= 1 and H >= 1 and H %% 2\n                                    ^^\n"
        )

    def test_without_a_terminal_nothing_is_broken(self, odd):
        text = render_report(odd)
        assert "very " * 1999 + "very" in text
        assert "long " * 1999 + "long" in text


def test_a_finding_without_its_source_still_says_everything():
    text = render_diagnostic(MISMATCH, {})
    assert "  : 3: the branches part here" in text
    assert "= help: pad the input to a multiple of 2" in text


class TestInformation:
    """Info findings are summed up unless they are asked for."""

    def test_one_kind_in_one_model_is_one_line(self):
        later = replace(UNEVEN, span=Span("net.py", 4, 16, 4, 45))
        assert render_report(report(UNEVEN, later)).splitlines() == [
            "UNet: 2 × CL103 padding-lost-to-floor, first at net.py:3",
            "  --show-info lists them",
            "",
            "0 models: 0 checked. Found 2 info.",
        ]

    def test_kinds_and_models_stay_apart(self):
        other = replace(UNEVEN, code="CL101", name="floor-ambiguity")
        elsewhere = replace(UNEVEN, model="Head")
        assert render_report(report(UNEVEN, elsewhere, other, UNEVEN)).splitlines()[:3] == [
            "UNet: 1 × CL101 floor-ambiguity, at net.py:3",
            "UNet: 2 × CL103 padding-lost-to-floor, first at net.py:3",
            "Head: 1 × CL103 padding-lost-to-floor, at net.py:3",
        ]

    def test_many_models_are_one_line_together(self):
        many = [replace(UNEVEN, model=f"Net{index}") for index in range(20)]
        first, *_ = render_report(report(*many)).splitlines()
        assert first == "20 models: 20 × CL103 padding-lost-to-floor, first at net.py:3"

    def test_each_is_listed_when_asked_for(self):
        text = render_report(report(UNEVEN, UNEVEN), Look(show_info=True))
        assert text.count("net.py:3:13") == 2
        assert "×" not in text
        assert text.endswith("Found 2 info.\n")

    def test_others_are_never_summed_up(self):
        text = render_report(report(UNEVEN, MISMATCH))
        assert "warning[CL301]" in text
        assert text.endswith("Found 1 warning, 1 info.\n")


def test_the_summary_counts_models_and_says_why_some_were_skipped():
    models = (
        ModelReport("UNet", "net.py", 1, "checked"),
        ModelReport("Head", "net.py", 9, "skipped", "no input shape could be found"),
    )
    text = render_report(report(MISMATCH, models=models))
    assert text.endswith(
        "2 models: 1 checked, 1 skipped. Found 1 warning.\n"
        "  skipped: Head (net.py:9): no input shape could be found\n"
    )


def test_the_parts_that_were_looked_at_alone_are_named():
    parts = (
        ModelReport("UNet.up", "net.py", 9, "checked", input='x="N 8 H W"'),
        ModelReport("UNet.down", "net.py", 9, "partial", "no size was found that it accepts", 'x="N 4 H W"'),
        ModelReport("UNet.neck", "net.py", 19, "skipped", "no inputs were found"),
    )
    models = (ModelReport("UNet", "net.py", 1, "partial", "it stops (line 7)", parts=parts),)
    assert render_report(report(models=models)) == (
        "1 model: 1 checked (1 in part). No findings.\n"
        "  partial: UNet (net.py:1): it stops (line 7)\n"
        '    looked at alone: UNet.up (x="N 8 H W"), UNet.down (x="N 4 H W")\n'
        "    partial: UNet.down: no size was found that it accepts\n"
        "    skipped: UNet.neck: no inputs were found\n"
    )


def test_many_parts_are_named_for_verbose_only():
    alike = [ModelReport(f"Net.{n}", "net.py", n, "partial", "it stops", f'x="N {n} H W"') for n in range(1, 6)]
    others = [ModelReport(f"Net.{n}", "net.py", n, "skipped", f"reason {n}") for n in range(6, 9)]
    found = report(models=(ModelReport("Net", "net.py", 1, "partial", "it stops", parts=(*alike, *others)),))
    assert render_report(found).partition("it stops\n")[2] == (
        '    looked at alone: Net.1 (x="N 1 H W"), Net.2 (x="N 2 H W"), Net.3 (x="N 3 H W") and 2 more\n'
        "    partial: Net.1, Net.2, Net.3 and 2 more: it stops\n"
        "    skipped: Net.6: reason 6\n"
        "    skipped: Net.7: reason 7\n"
        "    not checked in full for other reasons: 1 part\n"
        "    --verbose lists all of them\n"
    )
    in_full = render_report(found, Look(verbose=True))
    assert "--verbose" not in in_full
    assert "    partial: Net.1, Net.2, Net.3, Net.4, Net.5: it stops\n" in in_full
    assert "    skipped: Net.8: reason 8\n" in in_full


def test_what_was_assumed_is_said():
    models = (ModelReport("UNet", "net.py", 1, "checked", assumed=("n_classes = 2",)),)
    assert "assumed for UNet: n_classes = 2" in render_report(report(models=models))


def test_nothing_found_is_said():
    models = (ModelReport("UNet", "net.py", 1, "checked"),)
    assert render_report(report(models=models)) == "1 model: 1 checked. No findings.\n"


def test_a_problem_points_at_its_place():
    problem = Problem("`int63` is no dtype", "--input", "t=N:int63", 4, 5, ("did you mean int64?",))
    assert render_problem(problem) == "\n".join(
        [
            "error: `int63` is no dtype",
            "  --input t=N:int63",
            "              ^^^^^",
            "  help: did you mean int64?",
            "",
        ]
    )


def test_colour_only_when_asked_for():
    assert "\x1b" not in render_report(report(MISMATCH))
    assert "\x1b[1;33mwarning[CL301]\x1b[0m" in render_report(report(MISMATCH), Look(style=Style(colour=True)))
