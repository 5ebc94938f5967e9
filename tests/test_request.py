"""What users write, read into requests.  Mistakes and their carets are in ``tests/cli/test_bad_input.py``."""

import pytest

from convlint.request import ContractQuery, Options, Selection, Target, UsageError, read_argument, read_input
from convlint.request.selection import read_rules
from convlint.trace.protocol import InputText

RULES = {"CL101": "floor-ambiguity", "CL301": "skip-size-mismatch", "CL302": "skip-channel-mismatch"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N 3 H W", InputText("N 3 H W")),
        (" N  3 ", InputText("N  3")),
        ("x=N 3 S S", InputText("N 3 S S", "x")),
        ("t=N:int64", InputText("N", "t", "int64")),
        ("N T:long", InputText("N T", None, "int64")),
        ("mask=N T:torch.bool", InputText("N T", "mask", "bool")),
        ("batch.image=N 3 2*S S//2", InputText("N 3 2*S S//2", "batch.image")),
    ],
)
def test_inputs(text, expected):
    assert read_input(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("depth=3", ("depth", "3")),
        ("mode = 'bilinear'", ("mode", "'bilinear'")),
        ("channels=(16, 32)", ("channels", "(16, 32)")),
        ("0=[1]", ("0", "[1]")),
        ("options={'a': 1 == 1}", ("options", "{'a': 1 == 1}")),
    ],
)
def test_arguments(text, expected):
    assert read_argument(text) == expected


def test_a_condition_may_only_speak_of_sizes_of_the_inputs():
    Options.read(inputs=["N 3 S S"], where=["S % 2 == 0", "N == 1"])
    with pytest.raises(UsageError, match="no input has a size `H`"):
        Options.read(inputs=["N 3 S S"], where=["H % 2 == 0"])


def test_without_inputs_the_sizes_are_not_known_yet():
    assert Options.read(where=["H % 2 == 0"]).where == ("H % 2 == 0",)


def test_targets_of_files_and_modules(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text("class A:\n    class B: ...\n")
    target = Target.read("net.py:A.B")
    assert isinstance(target, Target)
    assert (target.source, target.qualname, target.is_file) == ("net.py", "A.B", True)
    assert target.model().source == str(tmp_path / "net.py")
    module = Target.read("torchvision.models:resnet18")
    assert isinstance(module, Target)
    assert not module.is_file


def test_a_name_that_only_running_can_know_is_left_to_the_worker(tmp_path):
    path = tmp_path / "net.py"
    path.write_text("from elsewhere import *\n")
    assert isinstance(Target.read(f"{path}:Net"), Target)


def test_rules_by_code_beginning_and_name():
    select, ignore = (read_rules("", texts, RULES) for texts in (["CL3, floor-ambiguity"], ["CL302"]))
    selection = Selection(select, ignore)
    admitted = [code for code, name in RULES.items() if selection.admits(code, name)]
    assert admitted == ["CL101", "CL301"]


def test_everything_is_selected_without_a_word():
    assert all(Selection().admits(code, name) for code, name in RULES.items())


def test_queries_of_a_contract():
    query = ContractQuery.read("S=1:300", ["N=2,H=4", "W=8"])
    assert query.listed == ("S", 1, 300)
    assert query.at == {"N": 2, "H": 4, "W": 8}
