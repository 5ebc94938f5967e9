"""The pipeline from targets to a report, on real workers."""

import pytest

import convlint
from convlint import engine
from convlint.diagnostics import Severity
from convlint.engine.examining import proof
from convlint.request import ContractQuery, Options, UsageError
from convlint.rules import registry
from convlint.settings import Settings
from convlint.trace.protocol import concrete

NET = """\
import torch
from torch import nn


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 8, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.up = nn.Upsample(scale_factor=2)

    def forward(self, x):
        skip = self.down(x)
        return torch.cat([skip, self.up(self.pool(skip))], 1)


class Stops(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, x):
        return self.conv(x)[: int(x.sum())]
"""


@pytest.fixture
def net(tmp_path, monkeypatch, warm_engine):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.py"
    path.write_text(NET)
    return path


def check(*targets, select=(), **options):
    return engine.check(targets, Options.read(**options), Settings(select=select))


def test_witnesses_are_close_to_the_sizes_of_the_example_call(net):
    net.write_text(f"{NET}\n\nif __name__ == '__main__':\n    UNet()(torch.zeros(4, 3, 48, 40))\n")
    (finding,) = check("net.py:UNet", select=["CL301"]).diagnostics
    assert finding.witness == {"N": 1, "H": 47, "W": 40}


def test_an_undeclared_requirement_is_one_warning(net):
    report = check("net.py:UNet", inputs=["N 3 H W"])
    (finding,) = [each for each in report.diagnostics if each.severity > Severity.INFO]
    assert finding.name == "skip-size-mismatch"
    assert finding.severity == Severity.WARNING
    assert (finding.span.path, finding.span.line) == ("net.py", 14)
    assert finding.witness is not None
    assert finding.witness["H"] % 2 == 1 or finding.witness["W"] % 2 == 1


def test_the_same_requirement_is_an_error_at_sizes_that_matter(net):
    report = check("net.py:UNet", inputs=["N 3 H W"], where=["H >= 32"], select=("skip-size-mismatch",))
    assert {each.severity for each in report.diagnostics} == {Severity.ERROR}


def test_what_the_sizes_that_matter_exclude_is_silent(net):
    report = check("net.py:UNet", inputs=["N 3 H W"], where=["H % 2 == 0", "W % 2 == 0"])
    assert not [each for each in report.diagnostics if each.severity > Severity.INFO]


def test_the_report_says_what_was_checked(net):
    (model,) = check("net.py:UNet", inputs=["N 3 H W"]).models
    assert (model.name, model.path, model.line, model.status) == ("UNet", "net.py", 5, "checked")
    assert model.input == 'x="N 3 H W"'
    assert "H % 2" in model.contract


def test_a_model_that_stops_halfway_is_partial(net):
    (model,) = check("net.py:Stops", inputs=["N 3 H W"]).models
    assert model.status == "partial"
    assert model.reason


def test_the_sources_of_findings_are_in_the_report(net):
    report = check("net.py:UNet", inputs=["N 3 H W"])
    assert report.sources["net.py"][13].lstrip().startswith("return torch.cat")


def test_a_finding_that_several_models_have_is_one_and_names_them(net):
    net.write_text(f"{NET}\n\nclass Twin(UNet):\n    pass\n")
    report = check("net.py:UNet", "net.py:Twin", select=["CL301"], inputs=["N 3 H W"])
    (finding,) = report.diagnostics
    assert (finding.model, finding.others) == ("UNet", ("Twin",))
    assert "also in Twin" in finding.notes


def test_a_finding_has_the_way_from_the_input_to_it(net):
    (finding,) = check("net.py:UNet", inputs=["N 3 H W"], select=["CL301"]).diagnostics
    assert [(step.span.path, step.span.line, step.message) for step in finding.trail] == [
        ("net.py", 5, "input `x`: N×3×H×W"),
        ("net.py", 13, "`down` gives N×8×H×W"),
        ("net.py", 14, "`pool` gives N×8×⌊H/2⌋×⌊W/2⌋"),
        ("net.py", 14, "`up` gives N×8×2⌊H/2⌋×2⌊W/2⌋"),
        ("net.py", 14, "`cat` gives N×16×2⌊H/2⌋×2⌊W/2⌋"),
    ]


def test_a_refuted_claim_is_dropped_and_remarked(net, monkeypatch):
    monkeypatch.setattr(proof, "concrete", lambda inputs, witness: concrete(inputs, dict.fromkeys(witness, 32)))
    report = check("net.py:UNet", inputs=["N 3 H W"])
    assert not [each for each in report.diagnostics if each.severity > Severity.INFO]
    assert any("internal disagreement" in remark for remark in report.remarks)


def test_select_and_ignore_choose_rules(net):
    everything = Options.read(inputs=["N 3 H W"])
    only = engine.check(["net.py:UNet"], everything, Settings(select=("CL3",)))
    assert {each.code for each in only.diagnostics} == {"CL301"}
    others = engine.check(["net.py:UNet"], everything, Settings(ignore=("skip-size-mismatch",)))
    assert "CL301" not in {each.code for each in others.diagnostics}


def test_a_path_finds_its_models(net):
    report = check("net.py")
    assert {model.name for model in report.models} == {"UNet", "Stops"}


def test_a_broken_file_does_not_stop_the_others(net, tmp_path):
    (tmp_path / "broken.py").write_text("import torch.nn\ndef f(:\n")
    missing = NET.replace("import torch\n", "import torch\nfrom no_such import WIDTH\n", 1)
    missing = missing.replace("super().__init__()", "super().__init__()\n        len(WIDTH)")
    (tmp_path / "missing.py").write_text(missing)
    report = check(".")
    assert {(each.span.path, each.span.line) for each in report.diagnostics if each.code == "CL901"} == {
        ("broken.py", 2),
        ("missing.py", 2),
    }
    assert {model.status for model in report.models if model.path != "net.py"} == {"failed"}
    assert "checked" in {model.status for model in report.models if model.path == "net.py"}


def test_contract_lists_and_answers(net):
    options = Options.read(inputs=["N 3 S S"])
    assert engine.contract("net.py:UNet", options, ContractQuery(("S", 1, 6))).listed == (2, 4, 6)
    answer = engine.contract("net.py:UNet", options, ContractQuery(at={"S": 8, "N": 3}))
    assert (answer.accepted, answer.outputs) == (True, ((3, 16, 8, 8),))


def test_a_model_that_cannot_be_built_has_no_contract(net):
    with pytest.raises(UsageError, match="takes no argument `depth`"):
        engine.contract("net.py:UNet", Options.read(inputs=["N 3 S S"], arguments=["depth=3"]))


def test_the_facade(net):
    (finding,) = [each for each in convlint.check("net.py:UNet", inputs=["N 3 H W"]) if each.severity > 1]
    assert isinstance(finding, convlint.Diagnostic)
    contract = convlint.contract("net.py:UNet", inputs=["N 3 S S"])
    assert contract.accepts({"N": 1, "S": 100})
    assert not contract.accepts({"N": 1, "S": 101})


def test_a_contract_of_the_facade_is_asked_about_some_sizes_alone(net):
    contract = convlint.contract("net.py:UNet", inputs=["N 3 H W"], where=["H <= 64"])
    assert contract.accepts({"H": 10}) is True
    assert contract.accepts({"H": 11}) is False
    assert contract.accepts({"H": 66}) is None
    assert contract.accepts({"H": 10, "W": 11}) is False
    assert contract.outputs({"N": 1, "H": 10, "W": 10}) == ((1, 16, 10, 10),)
    with pytest.raises(ValueError, match=r"^the output is that of one size for each symbol: give N, W too$"):
        contract.outputs({"H": 10})
    for asked in (contract.accepts, contract.outputs):
        with pytest.raises(ValueError, match=r"^no input has a size `h`; the inputs have N, H, W$"):
            asked({"N": 1, "h": 10, "W": 10})


def test_what_the_facade_gives_is_printed_as_the_command_line_does(net):
    found = convlint.check("net.py:UNet", inputs=["N 3 H W"])
    (finding,) = [each for each in found if each.severity > 1]
    first, place, *rest = str(finding).splitlines()
    assert first.startswith("warning[CL301] skip-size-mismatch: `cat` concatenates maps")
    assert place.strip() == f"--> {finding.span}"
    assert any("^^^^" in line for line in rest)
    assert found == convlint.check("net.py:UNet", inputs=["N 3 H W"])
    contract = convlint.contract("net.py:UNet", inputs=["N 3 S S"])
    assert str(contract).splitlines()[:2] == [f"UNet (net.py:{contract.graph.span.line})", '  input    x="N 3 S S"']
    assert repr(contract) == "<Contract of UNet: S % 2 = 0>"


def test_the_facade_raises_for_what_cannot_run(net):
    with pytest.raises(ValueError, match=r"there is no such file or directory\n  nett.py\n  help: did you mean net.py"):
        convlint.check("nett.py")


WITH_WIDTH = NET.replace("def __init__(self):", "def __init__(self, width):", 1).replace("8, 3", "width, 3", 1)
SCRIPT = """

if __name__ == "__main__":
    net = UNet(5)
    net(torch.randn(1, 3, 64, 64))
"""


def test_a_target_takes_what_its_file_shows(net):
    net.write_text(WITH_WIDTH + SCRIPT)
    (model,) = check("net.py:UNet").models
    assert model.status == "checked"
    assert model.input == 'x="N 3 H W"'
    assert any(text.startswith("arguments from") for text in model.assumed)


def test_what_is_said_counts_more_than_what_the_file_shows(net):
    net.write_text(WITH_WIDTH + SCRIPT)
    graph = engine.trace("net.py:UNet", Options.read(inputs=["N 3 S S"], arguments=["width=7"]))
    assert graph.assumed == ()
    assert graph.paths[0].outputs[0].shape[1] == 14


def test_conditions_are_checked_against_the_inputs_that_the_file_shows(net):
    net.write_text(NET + SCRIPT.replace("UNet(5)", "UNet()"))
    (problem,) = check("net.py:UNet", where=["S % 2 == 0"]).problems
    assert problem.message == "no input has a size `S`"


NORMS = """\
from torch import nn


class Grouped(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, 3, 2, 1), nn.GroupNorm(8, 8))


class Instance(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, 3, 2, 1), nn.InstanceNorm2d(8))
"""


@pytest.mark.parametrize(("name", "alone"), [("Grouped", True), ("Instance", False)])
def test_statistics_of_one_value_are_refused_as_pytorch_refuses_them(net, name, alone):
    net.write_text(NORMS)
    contract = engine.contract(f"net.py:{name}", Options.read(inputs=["N 3 H W"])).contract
    accepted = [contract.accepts({"N": n, "H": h, "W": 1}) for n in (1, 2) for h in (1, 2, 3)]
    assert accepted == [False, False, True, alone, alone, True]
    assert not [each for each in check(f"net.py:{name}", inputs=["N 3 H W"]).diagnostics if each.severity > 1]


def test_a_rule_that_fails_says_so_and_the_others_still_speak(net, monkeypatch):
    whole = registry.check

    def broken(graph, names=None):
        if names is None or "floor-ambiguity" in names:
            raise KeyError("W")
        return whole(graph, names)

    monkeypatch.setattr(registry, "check", broken)
    report = check("net.py:UNet", inputs=["N 3 H W"])
    assert {each.name for each in report.diagnostics if each.severity > 1} == {"skip-size-mismatch", "trace-failed"}
    (failure,) = [each for each in report.diagnostics if each.name == "trace-failed"]
    assert failure.message == "convlint itself failed in floor-ambiguity: KeyError: 'W'"


NECK = """\
import torch
from torch import nn


class Neck(nn.Module):
    def __init__(self):
        super().__init__()
        self.fine = nn.Conv2d(8, 16, 1)
        self.coarse = nn.Conv2d(16, 16, 1)
        self.up = nn.ConvTranspose2d(16, 4, 3, stride=2)

    def forward(self, batch):
        fine, coarse = self.fine(batch["fine"]), self.coarse(batch["coarse"])
        return self.up(fine + coarse)
"""


def test_the_tensors_of_a_dict_are_inputs(net):
    net.write_text(NECK)
    report = check("net.py")
    assert [each.name for each in report.diagnostics if each.severity > 1] == ["checkerboard"]
    assert report.models[0].input == 'batch.fine="N 8 H W", batch.coarse="N 16 H W"'


GUESSED = """\
from torch import nn


class Net(nn.Module):
    def __init__(self, planes{default}):
        super().__init__()
        self.first = nn.Conv2d(3, planes, 3)
        self.second = nn.Conv2d(256, 8, 3)

    def forward(self, x):
        return self.second(self.first(x))
"""


def test_what_may_be_due_to_a_guessed_argument_is_no_error_and_has_no_fix(net):
    net.write_text(GUESSED.format(default=""))
    (finding,) = check("net.py").diagnostics
    assert (finding.code, finding.severity, finding.fix) == ("CL401", Severity.WARNING, None)
    assert finding.notes == ("guessed: planes = 64; give other arguments with `--arg name=value` if these do not fit",)


def test_what_is_wrong_with_the_defaults_is_an_error(net):
    net.write_text(GUESSED.format(default="=64"))
    (finding,) = check("net.py").diagnostics
    assert (finding.code, finding.severity, finding.notes) == ("CL401", Severity.ERROR, ())
    assert finding.fix is not None


SCRIPT_THAT_WORKS = f"""{GUESSED.format(default="=64")}

{{work}}


class Late(Net):
    pass
"""

PARSED = "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('data')\nparser.parse_args()"


@pytest.mark.parametrize(
    ("work", "settings", "code", "message"),
    [
        ("import sys\nsys.exit(2)", {}, "CL905", "the program exits while importing net.py: sys.exit(2)"),
        (PARSED, {}, "CL905", "the program exits while importing net.py: `parse_args()` calls sys.exit(2)"),
        ("open('no/such/file')", {}, "CL901", "importing net.py raises FileNotFoundError"),
        ("while True:\n    pass", {"timeout": 8.0}, "CL905", "importing net.py takes too long"),
    ],
)
def test_models_defined_before_a_script_stops_are_checked(net, work, settings, code, message):
    net.write_text(SCRIPT_THAT_WORKS.format(work=work))
    report = engine.check(["net.py"], settings=Settings(**settings))
    found = {finding.code: finding for finding in report.diagnostics}
    assert set(found) == {"CL401", code}
    assert found[code].message.startswith(message)
    first, late = report.models
    line = found[code].span.line
    assert (first.name, first.status) == ("Net", "partial")
    assert f"its file stops at line {line} when imported, and what comes after was not run" in first.assumed
    assert (late.name, late.status) == ("Late", "failed")


def test_a_command_line_that_is_read_at_the_top_level_says_what_to_put_under_main(net):
    net.write_text(SCRIPT_THAT_WORKS.format(work=PARSED))
    (finding,) = [each for each in check("net.py").diagnostics if each.code == "CL905"]
    assert finding.help == ('put `parse_args()` and what follows under `if __name__ == "__main__":`',)


def test_a_file_that_stops_in_one_that_it_imports_names_that_one(net):
    (net.parent / "options.py").write_text(PARSED)
    net.write_text(SCRIPT_THAT_WORKS.format(work="import options"))
    (model,) = [each for each in check("net.py").models if each.name == "Net"]
    assert "its file stops at line 4 of options.py when imported, and what comes after was not run" in model.assumed
