"""The report as JSON: the fields that programs rely on."""

import json
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from convlint.diagnostics import Applicability, Diagnostic, Edit, Fix, Related, Severity, Span
from convlint.render.json import render_report
from convlint.render.look import Look
from convlint.report import ModelReport, Report

PLACE = Span("net.py", 4, 16, 5, 45)


def test_every_field_of_a_finding():
    finding = Diagnostic(
        "CL301", "skip-size-mismatch", Severity.ERROR, "sizes differ", PLACE, "UNet", {"H": 3},
        (Related(Span("net.py", 3, 1, 3, 2), "parts here"),), ("pad",), ("twice",),
        Fix(Applicability.UNSAFE, "set `padding=1`", (Edit(Span("net.py", 7, 3, 7, 4), "1"),)),
    )  # fmt: skip
    (found,) = json.loads(render_report(Report((finding,))))["diagnostics"]
    assert found == {
        "code": "CL301",
        "name": "skip-size-mismatch",
        "severity": "error",
        "message": "sizes differ",
        "path": "net.py",
        "cell": None,
        "line": 4,
        "column": 16,
        "end_line": 5,
        "end_column": 45,
        "model": "UNet",
        "witness": {"H": 3},
        "related": [
            {
                "message": "parts here",
                "path": "net.py",
                "cell": None,
                "line": 3,
                "column": 1,
                "end_line": 3,
                "end_column": 2,
            }
        ],
        "notes": ["twice"],
        "help": ["pad"],
        "fix": {
            "applicability": "unsafe",
            "message": "set `padding=1`",
            "edits": [
                {
                    "content": "1",
                    "path": "net.py",
                    "cell": None,
                    "line": 7,
                    "column": 3,
                    "end_line": 7,
                    "end_column": 4,
                }
            ],
        },
    }


def test_every_field_of_a_model():
    part = ModelReport("UNet.head", "net.py", 9, "checked")
    model = ModelReport(
        "UNet", "net.py", 1, "partial", "data-dependent", 'x="N 3 H W"', ("n = 2",), "H % 2 == 0", parts=(part,),
        absent=("pandas",),
    )  # fmt: skip
    (found,) = json.loads(render_report(Report((), (model,))))["models"]
    assert found == {
        "name": "UNet",
        "path": "net.py",
        "cell": None,
        "line": 1,
        "status": "partial",
        "reason": "data-dependent",
        "stopped_by": None,
        "input": 'x="N 3 H W"',
        "assumed": ["n = 2"],
        "contract": "H % 2 == 0",
        "absent_imports": ["pandas"],
        "parts": [
            {
                "name": "UNet.head",
                "path": "net.py",
                "cell": None,
                "line": 9,
                "status": "checked",
                "reason": None,
                "stopped_by": None,
                "input": None,
                "assumed": [],
                "contract": None,
                "absent_imports": [],
                "parts": [],
            }
        ],
    }


def test_what_is_not_known_is_null():
    model = ModelReport("UNet", "net.py", 1, "skipped", "no input", stopped_by="input-unknown")
    finding = Diagnostic("CL901", "import-failed", Severity.ERROR, "no module", PLACE)
    document = json.loads(render_report(Report((finding,), (model,))))
    assert document["version"] == 1
    assert document["models"][0]["input"] is None
    assert document["models"][0]["stopped_by"] == "input-unknown"
    assert document["models"][0]["contract"] is None
    assert document["diagnostics"][0]["witness"] is None
    assert document["diagnostics"][0]["fix"] is None
    assert document["diagnostics"][0]["model"] is None


class TestSchema:
    """The schema that is shipped describes what is printed, and no field beside it."""

    SCHEMA = json.loads(files("convlint.render").joinpath("report.schema.json").read_text(encoding="utf-8"))

    @pytest.mark.parametrize("report", ["odd", "nothing", "only_problems"])
    @pytest.mark.parametrize("look", [Look(), Look(statistics=True)])
    def test_every_report_is_as_it_says(self, report, look, request):
        Draft202012Validator(_closed(self.SCHEMA)).validate(
            json.loads(render_report(request.getfixturevalue(report), look))
        )

    def test_it_is_a_schema_and_of_this_version(self):
        Draft202012Validator.check_schema(self.SCHEMA)
        assert self.SCHEMA["properties"]["version"]["const"] == json.loads(render_report(Report()))["version"]

    def test_statistics_are_there_when_they_are_asked_for(self, odd):
        assert "statistics" not in json.loads(render_report(odd))
        assert json.loads(render_report(odd, Look(statistics=True)))["statistics"][1] == {
            "code": "CL103", "name": "padding-lost-to-floor", "count": 1, "fixable": False
        }  # fmt: skip


def _closed(schema):
    """The schema without room for fields that it does not describe."""
    match schema:
        case dict():
            closed = {key: _closed(value) for key, value in schema.items()}
            return {"additionalProperties": False, **closed} if "required" in schema else closed
        case list():
            return [_closed(item) for item in schema]
        case _:
            return schema
