"""Models that are not followed to their end: their parts are looked at alone, and nothing is said twice."""

from pathlib import Path

import pytest

from convlint import engine
from convlint.diagnostics import Severity, Span
from convlint.engine.examining import alone, examine
from convlint.request import Options
from convlint.rules.base import Finding
from convlint.settings import Settings

PARTS = """\
import torch
from torch import nn


class Double(nn.Module):
    def __init__(self, width, norm):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3)
        self.norm = nn.BatchNorm2d(norm)

    def forward(self, x):
        return self.norm(self.conv(x))


class Hourglass(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ConvTranspose2d(width, width, 2, 2)

    def forward(self, x):
        return x + self.up(self.pool(x))


class Gate(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = Double(width, width)

    def forward(self, x):
        if x.mean() > 0:
            return self.inner(x)
        return x


class Strange(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = Double(3, 4)

    def forward(self, x):
        return self.last(x.images)
"""

STOPS = (
    PARTS
    + """

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        {parts}

    def forward(self, x):
        {before}
        {stop}
        return {after}
"""
)

BRANCH = "assert x.sum() > 0"


@pytest.fixture
def check(tmp_path, monkeypatch, warm_engine):
    """Checks ``Net``, which stops after ``before``."""
    monkeypatch.chdir(tmp_path)

    def run_on(parts, *, before="pass", stop=BRANCH, after="x"):
        text = STOPS.format(parts="\n        ".join(parts), before=before, stop=stop, after=after)
        (tmp_path / "net.py").write_text(text)
        report = engine.check(["net.py:Net"], Options.read(inputs=["N 3 H W"]))
        assert not report.problems
        (model,) = report.models
        return model, [each for each in report.diagnostics if each.severity > Severity.INFO]

    return run_on


def test_a_part_that_was_not_reached_is_checked_with_its_own_arguments(check):
    model, findings = check(["self.head = Double(3, 7)"], after="self.head(x)")
    assert [(each.name, each.model, each.span.line) for each in findings] == [
        ("norm-mismatch", "Net.head", 9),
        ("trace-failed", "Net", 52),
    ]
    assert findings[0].message == "`num_features=7`, but 3 channels arrive"
    assert model.status == "partial"
    assert "the values of a tensor" in model.reason
    assert [(part.name, part.line, part.input) for part in model.parts] == [("Net.head", 5, 'x="N 3 H W"')]


def test_a_mistake_in_a_part_can_be_put_right(check):
    check(["self.head = Double(3, 7)", "self.norm = nn.BatchNorm2d(7)"], after="self.head(x)")
    source = Path("net.py").read_text().replace("nn.BatchNorm2d(norm)", "nn.BatchNorm2d(7)")
    Path("net.py").write_text(source)
    _, patch = engine.propose_patch(["net.py:Net"], Options.read(inputs=["N 3 H W"]))
    (change,) = patch.files
    assert change.after == source.replace("nn.BatchNorm2d(7)", "nn.BatchNorm2d(3)", 1).encode()


def test_a_part_that_was_reached_is_not_looked_at_again(check):
    model, findings = check(["self.stem = Double(3, 7)"], before="x = self.stem(x)", after="x")
    assert [(each.name, each.model) for each in findings] == [("norm-mismatch", "Net")]
    assert model.parts == ()


def test_nor_one_that_is_built_alike(check):
    parts = ["self.stem = Hourglass(3)", "self.again = Hourglass(3)", "self.other = Hourglass(4)"]
    model, _ = check(parts, before="x = self.stem(x)", after="self.other(self.again(x))")
    assert [part.name for part in model.parts] == ["Net.other"]


def test_a_line_is_spoken_of_once_by_a_rule(check):
    parts = ["self.stem = Double(3, 3)", "self.a = Double(4, 7)", "self.b = Double(5, 7)"]
    model, findings = check(parts, before="x = self.stem(x)", after="self.b(self.a(x))")
    assert [each.model for each in findings if each.name == "norm-mismatch"] == ["Net.a"]
    assert [part.name for part in model.parts] == ["Net.a", "Net.b"]


def test_the_sizes_that_reach_a_part_are_not_guessed(check):
    _, findings = check(["self.head = Hourglass(3)"], after="self.head(x)")
    assert {each.name for each in findings} == {"trace-failed"}


def test_inside_of_a_part_that_stops_the_rest_is_looked_at(check):
    model, findings = check(["self.head = Gate(3)"], after="self.head(x)")
    assert [(part.name, part.status) for part in model.parts] == [
        ("Net.head", "partial"),
        ("Net.head.inner", "checked"),
    ]
    assert [(each.name, each.model) for each in findings] == [("trace-failed", "Net")]


def test_inside_of_a_part_without_known_inputs_too(check):
    model, findings = check(["self.head = Strange()"], after="self.head(x)")
    assert [(part.name, part.status) for part in model.parts] == [
        ("Net.head", "skipped"),
        ("Net.head.last", "partial"),
    ]
    assert [(each.name, each.model) for each in findings] == [
        ("norm-mismatch", "Net.head.last"),
        ("trace-failed", "Net"),
    ]


@pytest.mark.parametrize(
    "stop",
    [
        "raise NotImplementedError('later')",
        "x.no_such_method()",
        "torch.quantize_per_tensor(x, 0.1, 0, torch.quint8).int_repr()",
        "raise SystemExit(1)",
    ],
)
def test_whatever_stops_it(check, stop):
    model, findings = check(["self.head = Double(3, 7)"], stop=stop, after="self.head(x)")
    assert model.status == "partial"
    assert model.reason
    assert "Net.head" in {each.model for each in findings}


def test_a_model_that_is_followed_to_its_end_is_not_taken_apart(check):
    model, _ = check(["self.unused = Double(3, 7)"], stop="pass")
    assert (model.status, model.parts) == ("checked", ())


def test_an_endless_forward(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = STOPS.format(parts="self.head = Double(3, 7)", before="pass", stop="while True: pass", after="self.head(x)")
    (tmp_path / "net.py").write_text(text)
    report = engine.check(["net.py:Net"], Options.read(inputs=["N 3 H W"]), Settings(timeout=3.0))
    assert {(each.name, each.model) for each in report.diagnostics if each.severity > 1} == {
        ("timed-out", "Net"),
        ("norm-mismatch", "Net.head"),
    }
    assert report.models[0].status == "partial"


def test_parts_are_bounded_in_number(check, monkeypatch):
    monkeypatch.setattr(examine, "MOST_PARTS", 2)
    parts = [f"self.part{width} = Hourglass({width})" for width in range(3, 7)]
    model, _ = check(parts, after="self.part3(x)")
    assert [part.name for part in model.parts] == ["Net.part3", "Net.part4"]
    assert model.reason.endswith("not all of its parts were looked at alone")


def test_and_in_time(check, monkeypatch):
    monkeypatch.setattr(examine, "PATIENCE", -1)
    model, _ = check(["self.head = Hourglass(3)"], after="self.head(x)")
    assert model.parts == ()
    assert model.reason.endswith("not all of its parts were looked at alone")


def test_a_wrong_declaration_is_not_the_model_s_fault(tmp_path, monkeypatch, warm_engine):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(
        STOPS.format(parts="self.head = Double(3, 7)", before="pass", stop="pass", after="self.head(x)")
    )
    report = engine.check(["net.py:Net"], Options.read(inputs=["y=N 3 H W"]))
    assert (report.diagnostics, report.models) == ((), ())
    assert [each.message for each in report.problems] == ["`forward` has no parameter `y`; it has `x`"]


UNBUILT = (
    PARTS
    + """

class Net(nn.Module):
    def __init__(self, cfg, width=8):
        super().__init__()
        self.stem = Double(width, 7)
        self.gate = Gate(2 * width)
        self.neck = Hourglass(cfg.width)
        {more}

    def forward(self, x):
        return self.neck(self.gate(self.stem(x)))
"""
)


@pytest.fixture
def check_unbuilt(tmp_path, monkeypatch, warm_engine):
    monkeypatch.chdir(tmp_path)

    def run_on(more="", signature="cfg, width=8"):
        (tmp_path / "net.py").write_text(UNBUILT.replace("{more}", more).replace("cfg, width=8", signature))
        report = engine.check(["net.py:Net"])
        (model,) = report.models
        return model, [each for each in report.diagnostics if each.severity > Severity.INFO]

    return run_on


def test_of_a_model_that_lacks_an_argument_the_parts_are_checked_that_can_be_built(check_unbuilt):
    model, findings = check_unbuilt()
    assert [(each.name, each.model) for each in findings] == [
        ("norm-mismatch", "Double"),
        ("construct-failed", "Net"),
    ]
    assert model.status == "partial"
    assert model.reason == "`Net` needs the argument `cfg`"
    assert [(part.name, part.status, part.input) for part in model.parts] == [
        ("Double", "partial", 'x="N 8 H W"'),
        ("Gate", "partial", 'x="N 16 H W"'),
    ]
    assert model.parts[0].assumed[0] == "arguments from Net.__init__, line 48"


def test_of_one_whose_constructor_raises_too(check_unbuilt):
    model, findings = check_unbuilt(more="raise ValueError(width)", signature="width=8, cfg=None")
    assert {each.name for each in findings} == {"norm-mismatch", "construct-failed"}
    assert model.status == "partial"


def test_a_model_without_such_parts_stays_skipped(tmp_path, monkeypatch, warm_engine):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(
        "from torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self, cfg):\n        super().__init__()\n"
        "        self.conv = nn.Conv2d(cfg.width, 8, 3)\n\n    def forward(self, x):\n        return self.conv(x)\n"
    )
    (model,) = engine.check(["net.py"]).models
    assert (model.status, model.parts) == ("skipped", ())


def test_known_findings_hide_equal_and_lesser_ones_at_their_place():
    def finding(severity, code="CL402", line=3):
        return Finding(severity, "no", Span("net.py", line, 1, line, 2), code=code)

    warning, error, info = (finding(each) for each in (Severity.WARNING, Severity.ERROR, Severity.INFO))
    assert alone.news([warning, error, info], [warning]) == (error,)
    elsewhere, another = finding(Severity.INFO, line=4), finding(Severity.INFO, code="CL401")
    assert alone.news([elsewhere, another, finding(Severity.ERROR, code="CL904")], [error]) == (elsewhere, another)
