"""Where a number comes from that a call does not say."""

import pytest

SOURCE = """\
from torch import nn
from sizes import CLASSES

WIDTH = 8


class Net(nn.Module):
    hidden = 4

    def __init__(self, depth, width=16, *, groups=1):
        super().__init__()
        half = width // 2
        self.wide = 2 * width
        wide = 3
        self.layers = [CALL for each in range(3)]

    def later(self):
        half = 5
"""


@pytest.mark.parametrize(
    ("expression", "origin"),
    [
        ("width", "`width`, a parameter of `__init__` (line 10), 16 by default: change it there"),
        ("depth", "`depth`, a parameter of `__init__` (line 10): change it there"),
        ("groups", "`groups`, a parameter of `__init__` (line 10), 1 by default: change it there"),
        ("half", "`half`, assigned in line 12: change it there"),
        ("self.wide", "`self.wide`, assigned in line 13: change it there"),
        ("each", "`each`, which the comprehension binds (line 15): change it there"),
        ("WIDTH", "`WIDTH`, assigned in line 4: change it there"),
        ("CLASSES", "`CLASSES`, imported in line 2: change it there"),
        ("hidden", "`hidden`: change it there"),
        ("config.width", "`config.width`: change it there"),
        ("8 * 32 * 32", "the expression `8 * 32 * 32`: change the expression"),
        ("2 * WIDTH", "the expression `2 * WIDTH`, where `WIDTH` is assigned in line 4: change the expression"),
        ("[half][0]", "the expression `[half][0]`, where `half` is assigned in line 12: change what it reads"),
    ],
)
def test_the_variable_and_its_line_are_named(edited, expression, origin):
    call = f"nn.Conv2d({expression}, 8, 3)"
    assert edited(SOURCE.replace("CALL", call), call, ("in_channels", 8, 4)) == f"`in_channels` is {origin}"
