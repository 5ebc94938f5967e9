import pytest

FORWARD = "    def forward(self, x):\n        return x\n"


def names(found):
    return [model.class_name for model in found.models]


@pytest.mark.parametrize(
    ("imports", "base"),
    [
        ("import torch", "torch.nn.Module"),
        ("import torch.nn as nn", "nn.Module"),
        ("from torch import nn", "nn.Module"),
        ("from torch.nn import Module", "Module"),
        ("from torch.nn import Module as M", "M"),
        ("from torch.nn import *", "Module"),
        ("import lightning as L  # torch", "L.LightningModule"),
        ("from pytorch_lightning import LightningModule", "LightningModule"),
        ("import torch\nfrom elsewhere import BaseModel", "BaseModel"),
        ("import torch", "torch.nn.Conv2d"),
        ("import torch\nBase = torch.nn.Module", "Base"),
        ("import torch\nfrom typing import Generic, TypeVar", "torch.nn.Module, Generic[TypeVar('T')]"),
    ],
)
def test_what_derives_from_a_module_is_a_model(project, imports, base):
    assert names(project({"a.py": f"{imports}\n\nclass Net({base}):\n{FORWARD}"})) == ["Net"]


@pytest.mark.parametrize(
    "code",
    [
        f"class Net:\n{FORWARD}",
        f"class Net(torch.autograd.Function):\n{FORWARD}",
        "class Net(nn.Module):\n    pass\n",
        "class Net(nn.Module):\n    def forward(self, x):\n        raise NotImplementedError\n",
        "class Net(nn.Module):\n    def forward(self, x):\n        '''To be defined.'''\n        ...\n",
        "class Net(nn.ModuleList):\n    pass\n",
        f"class Net(nn.Module):\n    @abstractmethod\n    def head(self): ...\n{FORWARD}",
        f"def make():\n    class Net(nn.Module):\n    {FORWARD}",
    ],
)
def test_what_cannot_be_run_is_no_model(project, code):
    assert names(project({"a.py": f"import torch\nfrom torch import nn\n\n{code}"})) == []


def test_a_sequential_has_a_forward_already(project):
    assert names(project({"a.py": "from torch import nn\nclass Net(nn.Sequential):\n    pass\n"})) == ["Net"]


def test_bases_are_followed_through_the_file_and_through_imports(project):
    found = project(
        {
            "pkg/__init__.py": "from .base import Base\n",
            "pkg/base.py": f"from torch import nn\nclass Root(nn.Module):\n    pass\nclass Base(Root):\n{FORWARD}",
            "pkg/net.py": "import torch\nfrom . import Base\nclass Net(Base):\n    pass\n",
        }
    )
    assert names(found) == ["Base", "Net"]


def test_classes_under_conditions_and_inside_of_classes_count(project):
    code = f"import torch\nfrom torch import nn\nif torch:\n    class A(nn.Module):\n    {FORWARD}".replace(
        "        return", "            return"
    )
    outer = "class B:\n    class C(nn.Module):\n        def forward(self, x):\n            return x\n"
    assert names(project({"a.py": f"{code}\n{outer}"})) == ["A", "B.C"]


def test_bases_that_go_round_in_circles_end(project):
    code = f"import torch\nclass A(B):\n{FORWARD}class B(A):\n{FORWARD}"
    assert names(project({"a.py": code})) == []


BASE = """
import torch
from torch import nn


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        {binding}

    def forward(self, x):
        return self.decode(x)

    def decode(self, x):
        return self.encoder(x)


class Net(Base):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Conv2d(3, 8, 3)
"""


def test_a_base_whose_forward_reads_what_only_subclasses_bind_is_no_model(project):
    assert names(project({"a.py": BASE.format(binding="")})) == ["Net"]


@pytest.mark.parametrize(
    "binding",
    [
        "self.encoder = None",
        "self.add_module('encoder', nn.Identity())",
        "setattr(self, 'enc' + 'oder', nn.Identity())",
        "self.__dict__.update(encoder=abs)",
    ],
)
def test_a_base_that_binds_what_it_reads_or_may_do_so_is_one(project, binding):
    assert names(project({"a.py": BASE.format(binding=binding)})) == ["Base", "Net"]


def test_an_attribute_that_nobody_binds_is_a_mistake_of_a_class_without_subclasses(project):
    assert names(project({"a.py": BASE.format(binding="").partition("class Net")[0]})) == ["Base"]
