"""JUnit XML."""

from dataclasses import replace
from xml.etree import ElementTree as ET

from convlint.diagnostics import Diagnostic, Severity, Span
from convlint.render.junit import render_report
from convlint.render.look import DEFAULT, Look
from convlint.report import ModelReport, Problem, Report


def finding(model="UNet", severity=Severity.WARNING, path="net.py"):
    return Diagnostic("CL301", "skip-size-mismatch", severity, "sizes differ", Span(path, 4, 16, 4, 45), model)


def model(name="UNet", status="checked", reason="", path="net.py", **more):
    return ModelReport(name, path, 1, status, reason, **more)


def read(*findings, models=(), look=DEFAULT, problems=()):
    return ET.fromstring(render_report(Report(findings, models, problems), look).encode())


def outcomes(document):
    return {
        (suite.get("name"), case.get("name")): [child.tag for child in case]
        for suite in document
        for case in suite
    }


def test_a_model_without_findings_passes():
    assert outcomes(read(models=(model(),))) == {("net.py", "UNet"): []}


def test_a_finding_is_a_failure_in_the_suite_of_its_models_file():
    document = read(finding(path="layers.py"), models=(model(),))
    assert outcomes(document) == {("net.py", "UNet: CL301 skip-size-mismatch"): ["failure"]}
    (failure,) = document.iter("failure")
    assert failure.get("message") == "skip-size-mismatch: sizes differ"
    assert failure.get("type") == "warning[CL301]"
    assert failure.text == "layers.py:4:16\nsizes differ\nmodel: UNet"


def test_the_line_of_a_case_is_one_of_its_file():
    document = read(finding(path="layers.py"), models=(model(), model("Plain")), look=Look(here="/r/src", root="/r"))
    places = {case.get("name"): (case.get("file"), case.get("line")) for case in document.iter("testcase")}
    assert places == {
        "UNet: CL301 skip-size-mismatch": ("src/layers.py", "4"),
        "Plain": ("src/net.py", "1"),
    }


def test_what_could_not_be_run_has_no_place():
    (case,) = read(problems=(Problem("there is no such file", "", "nett.py"),)).iter("testcase")
    assert (case.get("file"), case.get("line")) == (None, None)


def test_each_finding_is_counted():
    document = read(finding(), finding(), models=(model(), model("Plain"), model("Other", "skipped", "no input")))
    counts = {name: document.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "4", "failures": "2", "errors": "0", "skipped": "1"}
    (suite,) = document
    assert {name: suite.get(name) for name in counts} == counts


def test_a_model_that_was_not_checked_is_skipped_with_its_reason():
    document = read(models=(model(status="skipped", reason="no input is known"),))
    (skipped,) = document.iter("skipped")
    assert skipped.get("message") == "no input is known"


def test_a_finding_below_the_threshold_does_not_fail_its_model():
    document = read(finding(), models=(model(),), look=Look(fail_on=Severity.ERROR))
    assert outcomes(document) == {("net.py", "UNet"): ["system-out"]}
    (out,) = document.iter("system-out")
    assert out.text == "net.py:4:16: sizes differ\nmodel: UNet"


def test_models_of_one_name_are_told_apart_by_their_file():
    models = (model(path="a.py"), model(path="b.py"))
    assert outcomes(read(finding(path="b.py"), models=models)) == {
        ("a.py", "UNet"): [],
        ("b.py", "UNet: CL301 skip-size-mismatch"): ["failure"],
    }


def test_a_finding_that_several_models_have_fails_all_of_them():
    shared = replace(finding(), others=("Twin",))
    assert outcomes(read(shared, models=(model(), model("Twin"), model("Other")))) == {
        ("net.py", "Other"): [],
        ("net.py", "UNet: CL301 skip-size-mismatch"): ["failure"],
        ("net.py", "Twin: CL301 skip-size-mismatch"): ["failure"],
    }


def test_a_finding_of_a_part_is_one_of_its_model():
    whole = model(status="partial", parts=(model("UNet.head"),))
    assert outcomes(read(finding("UNet.head"), models=(whole,))) == {
        ("net.py", "UNet.head: CL301 skip-size-mismatch"): ["failure"]
    }


def test_a_finding_about_a_file_fails_what_stands_for_the_file():
    document = read(finding("", Severity.ERROR), models=(model("net.py", "failed", "no Python"),))
    assert outcomes(document) == {("net.py", "net.py: CL301 skip-size-mismatch"): ["failure"]}


def test_what_could_not_be_run_is_an_error():
    document = read(problems=(Problem("there is no such file", "", "nett.py", help=("did you mean net.py?",)),))
    assert outcomes(document) == {("convlint", "nett.py"): ["error"]}
    (error,) = document.iter("error")
    assert (error.get("message"), error.text) == ("there is no such file", "did you mean net.py?")


def test_control_characters_are_left_out_and_the_rest_comes_back(odd):
    document = ET.fromstring(render_report(odd).encode())
    (failure, *_) = document.iter("failure")
    assert "<d> & 100% : , ::error:: ]]> [31m ⌈H/2⌉ é 漢" in failure.text
