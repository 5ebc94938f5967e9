"""Models that are built under names which the code around imports itself, not its file."""

import pytest

NET = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width, norm=None):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)

    def forward(self, x):
        return self.conv(x)
"""


@pytest.mark.parametrize(
    "train",
    [
        "def main():\n    from net import Net\n    model = Net(7)\n    model(torch.randn(2, 3, 64, 64))\n",
        "def main():\n    import net as nets\n    model = nets.Net(7)\n    model(torch.randn(2, 3, 64, 64))\n",
        "def test_net():\n    from net import Net as Model\n    Model(7)(torch.randn(2, 3, 64, 64))\n",
        "class TestNet:\n    def test(self):\n        from net import Net\n        Net(7)(torch.randn(2, 3, 64, 64))\n",
        "if __name__ == '__main__':\n    from net import Net\n    Net(7)(torch.randn(2, 3, 64, 64))\n",
        "def build():\n    from net import Net\n    return Net(7)\n\nbuild()(torch.randn(2, 3, 64, 64))\n",
        '"""How to train.\n\n>>> from net import Net\n>>> Net(7)(torch.randn(2, 3, 64, 64))\n"""\n',
    ],
)
def test_what_a_body_of_code_imports_itself_is_followed(project, train):
    docstring, rest = (train, "") if train.startswith('"""') else ("", train)
    (model,) = project({"net.py": NET, "train.py": f"{docstring}import torch\n\n{rest}"}).roots
    assert model.arguments == (("width", "7"),)
    assert [each.shape for each in model.inputs] == ["N 3 H W"]
    assert "train.py:" in model.inputs_source


def test_an_import_in_a_function_counts_there_only(project):
    other = NET.replace("3, width", "1, width")
    one = "def one():\n    from other import Net\n    Net(1)\n\n"
    train = f"import torch\nfrom net import Net\n\n{one}def two():\n    Net(2)\n"
    roots = project({"net.py": NET, "other.py": other, "train.py": train}).roots
    found = {model.path: model.arguments for model in roots}
    assert found == {"net.py": (("width", "2"),), "other.py": (("width", "1"),)}


def test_a_name_that_only_a_function_imports_is_no_argument_elsewhere(project):
    train = "import torch\n\ndef main():\n    from net import Net\n    from layers import Norm\n    Net(7, norm=Norm)\n"
    (model,) = project({"net.py": NET, "train.py": train}).roots
    assert model.arguments == (("width", "7"),)


def test_a_part_that_a_method_imports_is_no_root(project):
    net = NET.replace("self.conv =", "from part import Part\n        self.part = Part(width)\n        self.conv =")
    found = project({"part.py": NET.replace("Net", "Part"), "net.py": net})
    assert [model.class_name for model in found.roots] == ["Net"]


def test_documentation_that_calls_a_package_as_it_is_installed_speaks_of_its_own_file(project):
    example = '    """\n    >>> from installed.nets import Net\n    >>> Net(7)\n    """\n'
    (model,) = project({"net.py": NET.replace("(nn.Module):\n", f"(nn.Module):\n{example}")}).roots
    assert model.arguments == (("width", "7"),)
