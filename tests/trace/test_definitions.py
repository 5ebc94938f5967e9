"""Of a notebook only that is executed which its models are made of."""

import ast

import pytest

from convlint.trace.definitions import definitions


def kept(code: str) -> str:
    return ast.unparse(definitions(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        "import torch.nn as nn",
        "WIDTH = 2 * 32",
        "a, b = (1, 2)",
        "WIDTH: int = 64",
        "names = ['a', str(3), *map(str, range(3))]",
        "import torch\ndevice = torch.device('cuda' if torch.cuda.is_available() else 'cpu')",
        "from torch import nn\nact = nn.ReLU()",
        "from functools import partial\nfrom torch import nn\nConv = partial(nn.Conv2d, bias=False)",
        "table = {k: 2 * k for k in range(3)}",
        "double = lambda x: 2 * x",
        "from dataclasses import dataclass\n\n@dataclass\nclass Config:\n    width: int = 3\nconfig = Config()",
        "import sys\nsys.path.append('..')",
        "try:\n    import apex\nexcept ImportError:\n    apex = None",
        "def build():\n    return open('weights')",
    ],
)
def test_definitions_and_plain_values_are_kept(code: str) -> None:
    assert kept(code) == code


@pytest.mark.parametrize(
    "code",
    [
        "data = open('images.bin')",
        "import torch\nweights = torch.load('net.pt')",
        "import os\nos.makedirs('out')",
        "import os\nfiles = os.listdir('.')",
        "class Data:\n    pass\ndata = Data()",
        "for i in range(3):\n    print(i)",
        "with open('log') as file:\n    text = file.read()",
        "print('hello')",
        "assert False",
        "raise SystemExit",
        "total = unknown + 1",
        "x = [print(i) for i in range(3)]",
    ],
)
def test_work_is_left_out(code: str) -> None:
    assert ast.unparse(ast.parse(code).body[-1]) not in kept(code)


def test_what_depends_on_work_is_left_out_too() -> None:
    assert kept("data = open('images.bin')\nsize = len(data)\nWIDTH = 3") == "WIDTH = 3"


def test_lines_stay_where_they_are() -> None:
    tree = definitions(ast.parse("print(1)\n\nclass Net:\n    pass"))
    assert tree.body[0].lineno == 3
