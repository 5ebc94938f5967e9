"""What a branch sets counts where it is taken, as far as that is known."""

import ast

import pytest

from convlint.discover.conditions import holds
from convlint.discover.values import Constant

KNOWN = {
    "a < 5": True,
    "a > 5": False,
    "a <= 3": True,
    "a >= 4": False,
    "a == 3 and not b": True,
    "b or c": None,
    "c or a": True,
    "c and b": False,
    "name == 'x'": True,
    "name != 'x'": False,
    "name in ('x', 'y')": True,
    "name not in ['x']": False,
    "n is None": True,
    "n is not None": False,
    "n is c": None,
    "a < name": None,
    "a < 4 < 5": None,
    "c == 3": None,
    "a is b": False,
    "name is a": None,
}


@pytest.mark.parametrize(("test", "expected"), KNOWN.items())
def test_a_condition_holds_where_its_values_say_so(test: str, expected: bool | None) -> None:
    values = {"a": 3, "b": False, "name": "x", "n": None}

    def constant(node: ast.expr) -> Constant | None:
        if isinstance(node, ast.Name):
            return Constant(values[node.id]) if node.id in values else None
        return None if isinstance(node, ast.Compare) else Constant(ast.literal_eval(node))

    assert holds(ast.parse(test, mode="eval").body, constant) is expected


HEAD = "import argparse\nimport torch\nfrom net import Net\n\nparser = argparse.ArgumentParser()\n"
HEAD += "parser.add_argument('--big', action='store_true')\n"
HEAD += "parser.add_argument('--name', default='a')\nargs = parser.parse_args()\n"

SEVEN = {
    "of an option that is off": "ch = 7\nif args.big:\n    ch = 64\nNet(ch)\n",
    "of an option that is on": "if not args.big:\n    ch = 7\nelse:\n    ch = 64\nNet(ch)\n",
    "of one of several": (
        "if args.name == 'a':\n    ch = 7\nelif args.name == 'b':\n    ch = 8\nelse:\n    ch = 9\nNet(ch)\n"
    ),
    "that sets a dictionary": "cfg = dict(in_ch=7)\nif args.big:\n    cfg['in_ch'] = 9\nNet(**cfg)\n",
    "that imports": "from config import IN\nif args.big:\n    from other import IN\nNet(IN)\n",
    "of an expression": "Net(64 if args.big else 7)\n",
    "of a parameter": "def f(big=False):\n    if big:\n        return Net(64)\n    return Net(7)\n\nf()\n",
    "of a parameter that is given": (
        "def f(big=True):\n    if big:\n        return Net(64)\n    return Net(7)\n\nf(big=False)\n"
    ),
    "of what is not known": "if unknown():\n    ch = 7\nNet(ch)\n",
    "of a pattern": "match args.name:\n    case 'a':\n        Net(7)\n",
}


@pytest.mark.parametrize("script", SEVEN.values(), ids=SEVEN)
def test_the_branch_counts(project, net, script):
    found = project({"net.py": net, "config.py": "IN = 7\n", "other.py": "IN = 8\n", "train.py": HEAD + script})
    assert dict(found.roots[0].arguments)["in_ch"] == "7"


def test_models_of_branches_that_are_not_taken_are_seen(project, net):
    script = "net = None\nif args.big:\n    net = Net(7)\nnet(torch.zeros(1, 7, 9, 9))\n"
    found = project({"net.py": net, "train.py": HEAD + script})
    assert dict(found.roots[0].arguments)["in_ch"] == "7"
    assert [each.shape for each in found.roots[0].inputs] == ["N 7 H W"]


def test_a_function_returns_the_model_of_a_branch_that_is_only_taken_elsewhere(project, net):
    script = "def f(name=''):\n    if name == 'net':\n        return Net(7)\n\nf('net')\n"
    found = project({"net.py": net, "train.py": HEAD + script})
    assert dict(found.roots[0].arguments)["in_ch"] == "7"
