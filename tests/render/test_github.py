"""Annotations of a GitHub workflow."""

from convlint.diagnostics import Diagnostic, Severity, Span
from convlint.render.github import render_report
from convlint.render.look import DEFAULT, Look
from convlint.report import Problem, Report

PLACE = Span("net.py", 4, 16, 4, 45)


def finding(severity=Severity.WARNING, message="sizes differ", span=PLACE, **more):
    return Diagnostic("CL301", "skip-size-mismatch", severity, message, span, **more)


def lines(*findings, look=DEFAULT, **more):
    return render_report(Report(findings, **more), look).splitlines()


def test_a_finding_is_a_command_with_its_place():
    assert lines(finding()) == [
        "::warning file=net.py,line=4,col=16,endLine=4,endColumn=45,title=CL301 skip-size-mismatch::sizes differ",
        "0 models: 0 checked. Found 1 warning.",
    ]


def test_columns_of_several_lines_are_left_out():
    (command, _) = lines(finding(span=Span("net.py", 4, 16, 6, 2)))
    assert command.startswith("::warning file=net.py,line=4,endLine=6,title=")


def test_what_would_end_a_command_is_escaped():
    (command, _) = lines(finding(message="100%\r\n::x, y", span=Span("a,b:c%.py", 1, 1, 1, 2)))
    assert "file=a%2Cb%3Ac%25.py,line=1" in command
    assert command.endswith("::100%25%0D%0A::x, y")


def test_the_gravest_come_first_since_ten_are_shown():
    infos = [finding(Severity.INFO)] * 3
    commands = lines(*infos, finding(), finding(Severity.ERROR), look=Look(show_info=True))[:5]
    assert [command.split()[0] for command in commands] == ["::error", "::warning", "::notice", "::notice", "::notice"]


def test_notes_and_help_are_lines_of_the_message():
    (command, _) = lines(finding(model="UNet", witness={"H": 3}, notes=("twice",), help=("pad",)))
    assert command.endswith("::sizes differ%0Amodel: UNet, for example at H = 3%0Anote: twice%0Ahelp: pad")


def test_paths_are_those_of_the_repository():
    (command, _) = lines(finding(), look=Look(here="/repo/models", root="/repo"))
    assert command.startswith("::warning file=models/net.py,")


def test_what_was_asked_for_in_vain_is_a_warning():
    (command, _) = lines(warnings=(Problem("no model takes part", "--ignore", "CL9"),))
    assert command == "::warning title=convlint::--ignore CL9: no model takes part"


def test_what_could_not_be_run_is_an_error_without_a_place():
    (command, _) = lines(problems=(Problem("there is no such file", "", "nett.py", help=("did you mean net.py?",)),))
    assert command == "::error title=convlint could not run::nett.py: there is no such file%0Adid you mean net.py?"
