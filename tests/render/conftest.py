"""Reports that are hard to write: odd characters, nothing at all, and only problems."""

import pytest

from convlint.diagnostics import Applicability, Diagnostic, Edit, Fix, Related, Severity, Span
from convlint.report import ModelReport, Problem, Report

ODD = "a 'b' \"c\" <d> & 100% : , ::error:: ]]> \x1b[31m\x00 ⌈H/2⌉ é 漢\r\nnext\tend"
PATH = "src/my nets, ü%25:x.py"
SOURCE = ("class Net:", f"\tx = '{ODD}'", "y = " + "long " * 2000)


@pytest.fixture
def odd():
    """Every kind of finding and model, with `ODD` wherever text may be."""
    span = Span(PATH, 2, 2, 2, 9)
    fix = Fix(Applicability.SAFE, ODD, (Edit(Span(PATH, 3, 5, 3, 9), ODD),))
    finding = Diagnostic(
        "CL301", "skip-size-mismatch", Severity.ERROR, ODD, span, f"Net {ODD}", {"H": 3},
        (Related(Span(PATH, 3, 5, 3, 10004), ODD),), (ODD,), (ODD, "very " * 2000), fix, (Related(span, ODD),),
    )  # fmt: skip
    warning = Diagnostic("CL102", "input-lost-to-floor", Severity.WARNING, ODD, Span(PATH, 1, 1, 3, 4), "Other")
    info = Diagnostic("CL103", "padding-lost-to-floor", Severity.INFO, ODD, Span("other.py", 9, 1, 9, 4), "Other")
    models = (
        ModelReport(f"Net {ODD}", PATH, 1, "checked", assumed=(ODD,)),
        ModelReport("Other", PATH, 2, "skipped", ODD),
        ModelReport("Third", PATH, 3, "failed", ODD),
    )
    problem = Problem(ODD, "--input", ODD, 3, help=(ODD,))
    told = {"problems": (problem,), "warnings": (problem,), "remarks": (ODD,)}
    return Report((finding, warning, info), models, sources={PATH: SOURCE}, **told)


@pytest.fixture
def nothing():
    """A run without models."""
    return Report()


@pytest.fixture
def only_problems():
    """A run that was asked for what there is not."""
    return Report(problems=(Problem("there is no such file or directory", "", "net.py", 0, 6, ("look again",)),))
