"""Where a model's arguments and inputs are from: what is said first counts, and the report says which that was."""

import re

import pytest

NET = '''\
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


{directive}
class Net(nn.Module):
    """A network of one layer.

    {docstring}
    """

    def __init__(self{width}):
        super().__init__()
        self.conv = nn.Conv2d(3, {size}, 1)

    def forward(self, x{annotation}):
        return self.conv(x)


def test_net():
    {test}


def check():
    {function}


if __name__ == "__main__":
    {script}
'''

CALL = "Net({})(torch.zeros(1, 3, 16, 16))"


@pytest.fixture
def said(tmp_path, monkeypatch, convlint, warm_engine):
    """``said({...})`` → where the report says that arguments and input are from, if these places speak of them."""
    monkeypatch.chdir(tmp_path)

    def check(places, *, has_argument):
        call = CALL.format("num_classes=4" if has_argument else "")
        text = NET.format(
            directive=f'# convlint: input("N 3 S S"){" arg(num_classes=4)" * has_argument}' * ("directive" in places),
            annotation=': "Float[Tensor, \'n 3 h w\']"' * ("annotations" in places),
            docstring=f">>> {call}" * ("docstring" in places),
            width=", num_classes" * has_argument,
            size="num_classes" if has_argument else "8",
            **{each: call if each in places else "pass" for each in ("script", "test", "function")},
        )
        (tmp_path / "net.py").write_text(text)
        (tmp_path / "other.py").write_text(f"import torch\nfrom net import Net\n\n{call * ('other' in places)}\n")
        arguments = "args = {num_classes = 4}\n" * has_argument
        entry = f'[models."net.py:Net"]\ninput = "N 3 S S"\n{arguments}'
        (tmp_path / "convlint.toml").write_text(entry * ("settings" in places))
        result = convlint("check", ".")
        assert result.exit_code == 0, result.output
        (line,) = re.findall(r"^  assumed for Net: (.*)$", result.stdout, re.MULTILINE)
        return line.split("; ")

    return check


INPUTS = {
    "settings": "input from the settings",
    "directive": "input from the directive, line 11",
    "annotations": "input from the annotations of forward",
    "script": "input from the script, line 35",
    "test": "input from the test test_net, line 27",
    "function": "input from the function check, line 31",
    "docstring": "input from the docstring of Net, line 15",
    "other": "input from the script, other.py:4",
    "nothing": 'input x = "N 3 H W" (Conv2d takes 3 channels of `conv`)',
}


@pytest.mark.parametrize("first", INPUTS)
def test_inputs_are_from_the_first_place_that_shows_them(said, first):
    places = list(INPUTS)
    assert said(places[places.index(first) :], has_argument=False) == [INPUTS[first]]


ARGUMENTS = {
    "settings": "arguments from the settings",
    "directive": "arguments from the directive, line 11",
    "script": "arguments from the script, line 35",
    "test": "arguments from the test test_net, line 27",
    "function": "arguments from the function check, line 31",
    "docstring": "arguments from the docstring of Net, line 15",
    "other": "arguments from the script, other.py:4",
    "nothing": "num_classes = 10",
}


@pytest.mark.parametrize("first", ARGUMENTS)
def test_arguments_are_from_the_first_place_that_shows_them(said, first):
    places = list(ARGUMENTS)
    assert said(places[places.index(first) :], has_argument=True)[0] == ARGUMENTS[first]


def test_a_function_of_the_name_main_counts_as_the_script(said, tmp_path, convlint):
    assert said({"test", "function"}, has_argument=True)[0] == ARGUMENTS["test"]
    net = tmp_path / "net.py"
    net.write_text(net.read_text().replace("def check()", "def main()"))
    assert "assumed for Net: arguments from the function main, line 31; " in convlint("check", ".").stdout
