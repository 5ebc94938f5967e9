"""Comments at classes: how they are built and run, and what is said of those that cannot be followed."""

import pytest

from convlint import engine
from convlint.request import Options, UsageError
from convlint.settings import DEFAULTS, ModelSettings, Settings
from convlint.trace.protocol import InputText

NET = """\
import torch
from torch import nn


# convlint: DIRECTIVES
class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        return self.pool(self.conv(x))


if __name__ == "__main__":
    Net(16)(torch.zeros(4, 3, 48, 40))
"""


@pytest.fixture
def net(tmp_path, monkeypatch, warm_engine):
    """``net("input(...)")`` writes the network with this comment above its class, and gives its path."""
    monkeypatch.chdir(tmp_path)

    def write(directives, text=NET):
        path = tmp_path / "net.py"
        path.write_text(text.replace("DIRECTIVES", directives))
        return path

    return write


def checked(settings=DEFAULTS):
    """The one model of the file, and its findings about comments."""
    report = engine.check(["net.py"], Options(), settings)
    (model,) = report.models
    return model, [each for each in report.diagnostics if each.code == "CL907"]


def test_they_come_before_what_the_file_does(net):
    net('input("B 3 S S") arg(width=4)')
    model, mistakes = checked()
    assert (model.input, mistakes) == ('x="B 3 S S"', [])
    assert model.assumed == ("arguments from the directive, line 5", "input from the directive, line 5")
    assert engine.contract("net.py:Net").contract.outputs({"B": 1, "S": 6}) == ((1, 4, 2, 2),)


def test_what_they_do_not_say_is_from_the_file(net):
    net("where(H % 2 == 0)")
    model, _ = checked()
    assert model.assumed == (
        "arguments from the script, line 17",
        "input from the script, line 17",
        "sizes from the directive, line 5",
    )


def test_sizes_that_matter_are_declared(net):
    net('input("N 3 H W") where(H == 2)')
    report = engine.check(["net.py"])
    (finding,) = [each for each in report.diagnostics if each.severity.label == "error"]
    assert finding.name == "window-exceeds-input"


def test_several_inputs_are_named(net):
    text = NET.replace("def forward(self, x)", "def forward(self, x, scale)").replace("conv(x)", "conv(x) * scale")
    net('input(x="N 3 S S", scale="1:float64")', text)
    assert checked()[0].input == 'x="N 3 S S", scale="1:float64"'


def test_one_comment_stands_for_all_ways_to_build_the_class(net):
    blocks = "class Block(nn.Identity):\n    pass\n\n\nclass Wide(nn.Identity):\n    pass\n\n\n"
    text = NET.replace("# convlint", f"{blocks}# convlint").replace("width=8", "block=Block")
    text = text.replace("width, 3)", "8, 3)\n        self.block = block()").replace("Net(16)", "Net(Block)")
    net("where(H > 4)", f"{text}    Net(Wide)\n")
    assert [each.name for each in engine.check(["net.py"]).models] == ["Net", "Net(block=Wide)"]
    net("arg(block=Wide)", f"{text}    Net(Wide)\n")
    assert checked()[0].name == "Net"


def test_the_command_line_and_the_settings_come_first(net):
    path = net('input("N 3 S S") where(S % 2 == 0)')
    graph = engine.trace("net.py:Net", Options.read(inputs=["N 3 H W"]))
    assert graph.assumed == ("arguments from the script, line 17",)
    said = ModelSettings("net.py:Net", str(path), "Net", inputs=(InputText("N 3 T T", "x"),))
    model, mistakes = checked(Settings(models=(said,)))
    assert (model.input, mistakes) == ('x="N 3 T T"', [])
    assert "sizes from the directive, line 5" not in model.assumed


def test_a_condition_holds_for_inputs_of_the_command_line_that_have_its_sizes(net):
    net("where(H % 2 == 0)")
    graph = engine.trace("net.py:Net", Options.read(inputs=["N 3 H W"], arguments=["width=2"]))
    assert graph.assumed == ("sizes from the directive, line 5",)
    assert graph.is_declared


@pytest.mark.parametrize(
    ("directives", "message", "marked"),
    [
        ('input("N 3 H/ W")', "this cannot be read", " "),
        ('input(x="N 3 H W:flot32")', "`flot32` is no dtype", "flot32"),
        ('input("N 3 H W", "N -3")', "a size has to be at least 0", "-"),
        ("where(H %% 2 == 0)", "this cannot be read", "%"),
        ("where(K % 2 == 0)", "no input has a size `K`", "K"),
        ("arg(3)", "an argument is written NAME=VALUE", "3"),
        ("arg(width=)", "this is no Python value", ""),
    ],
)
def test_what_cannot_be_read_is_told_at_its_place_and_the_rest_is_done(net, directives, message, marked):
    path = net(directives)
    model, mistakes = checked()
    (mistake,) = mistakes
    line = path.read_text().splitlines()[4]
    assert mistake.message == message
    assert line[mistake.span.column - 1 : mistake.span.end_column - 1].startswith(marked)
    assert mistake.help or marked == "3"
    assert (model.status, model.assumed[-1]) == ("checked", "input from the script, line 17")


def test_whoever_asks_for_the_one_model_is_told_as_of_an_option(net):
    net('input("N 3 H/ W")')
    with pytest.raises(UsageError) as caught:
        engine.contract("net.py:Net")
    problem = caught.value.problem
    assert problem.message == "net.py:5: this cannot be read"
    assert problem.text[problem.column or 0 :].startswith(' W")')
    assert "CL907" in {each.code for each in engine.check(["net.py:Net"]).diagnostics}


def test_a_class_that_is_no_model_has_nothing_to_declare(net):
    net('input("N 3 H W")', NET.replace("(nn.Module)", ""))
    report = engine.check(["net.py"])
    assert [each.message for each in report.diagnostics] == [
        "this class is no model, so `input` applies to nothing"
    ]


def test_parts_that_are_looked_at_alone_have_theirs(net):
    more = "\n\nclass Whole(nn.Module):\n    def __init__(self, weights):\n        super().__init__()\n"
    more += "        self.net = Net()\n        self.scale = weights['scale']\n\n"
    more += "    def forward(self, x):\n        return self.net(x) * self.scale\n"
    net('input("N 3 T T")', NET.partition("\n\nif __name__")[0] + more)
    (model,) = engine.check(["net.py"]).models
    assert [(part.name, part.input) for part in model.parts] == [("Net", 'x="N 3 T T"')]
