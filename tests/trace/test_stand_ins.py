"""An import that finds nothing fails the models that need it, and no others."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from convlint.graph.model import ModelGraph
from convlint.trace.client import Client
from convlint.trace.protocol import InputText, ModelRef, Part, TraceFailure, TraceRequest

Write = Callable[[str, str], Path]
Build = Callable[..., ModelGraph | TraceFailure]

MODEL = """
class Net({bases}):
    def __init__(self, width=8{parameters}):
        super().__init__()
        self.conv = nn.Conv2d(3, {width}, 3)

    def forward(self, x{annotated}):
        {before}
        return self.conv(x)
"""


def file(imports: str, top: str = "", **parts: str) -> str:
    """A file with a `Net`, of which ``parts`` say what it is made of; its imports begin in line 3."""
    given = {"bases": "nn.Module", "parameters": "", "width": "width", "annotated": "", "before": "pass", **parts}
    return f"import torch\nfrom torch import nn\n{imports}\n{dedent(top)}\n{MODEL.format(**given)}"


@pytest.fixture
def build(client: Client) -> Build:
    """Import, build and trace a `Net`."""

    def ask(path: Path) -> ModelGraph | TraceFailure:
        return client.trace(TraceRequest(ModelRef(str(path), "Net"), (InputText("N 3 H W"),)))

    return ask


def failure(result: ModelGraph | TraceFailure) -> tuple[str, str, int]:
    """Rule, message and line."""
    assert isinstance(result, TraceFailure), result
    assert result.span is not None
    return result.rule, result.message, result.span.line


WITHOUT_NEED = {
    "a module": ("import nowhere", "nowhere.use('Agg')"),
    "a module of a package": ("import nowhere.plots as plt", "plt.rc['x'] = 3\nplt.style.size += 1"),
    "two names": ("from nowhere import this, that", "log = this(that, level=that.INFO)"),
    "annotations": ("import nowhere as pd", "def f(a: pd.A, b: 'int' = pd.n) -> pd.A | None: ...\nx: list[pd.A] = []"),
    "annotations of typing": (
        "import nowhere as pd\nfrom typing import NamedTuple, Optional, TypedDict, TypeVar, Union",
        """
        def f(a: Optional[pd.A], b: Union[int, pd.A, pd.B, None]): ...
        T = TypeVar("T", bound=pd.A)
        class A(NamedTuple):
            a: pd.A
        class B(TypedDict):
            b: pd.A
        """,
    ),
    "a decorator": ("import nowhere", "@nowhere.main(config='x')\ndef main(options): ..."),
    "a base": ("import nowhere", "class Data(nowhere.A, metaclass=nowhere.Meta): ...\nclass More(nowhere.A, x=1): ..."),
    "arithmetic": ("import nowhere", "x = -nowhere.a * 3 + 2 ** nowhere.b[1:, 2]"),
    "a context": ("import nowhere", "with nowhere.style() as style:\n    style.set()"),
    "its version": ("import nowhere", "print(nowhere.__version__, f'{nowhere.__version__:>9}', [nowhere])"),
    "a submodule of an installed package": ("from torch._six import string_classes", ""),
    "a file of the package": ("from ._version import __version__", ""),
    "fields": ("import nowhere, dataclasses", "@dataclasses.dataclass\nclass A:\n    x: int = nowhere.b"),
}  # fmt: skip


@pytest.mark.parametrize(("imports", "top"), WITHOUT_NEED.values(), ids=list(WITHOUT_NEED))
def test_what_no_model_needs_may_be_missing(write: Write, build: Build, imports: str, top: str) -> None:
    write("package/__init__.py", "")
    assert isinstance(build(write("package/model.py", file(imports, top))), ModelGraph)


KEPT = """
from torch import nn
from nowhere import Int, log

class Part(nn.Module):
    def __init__(self, in_channels: Int):
        super().__init__()
        self.log = log
        self.conv = nn.Conv2d(in_channels, 8, 3)

    def forward(self, x):
        self.log = log
        return self.conv(x)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.part = Part(3)

    def forward(self, x):
        return self.part(x)
"""


def test_a_model_may_keep_it_and_be_annotated_with_it(write: Write, client: Client) -> None:
    path = str(write("model.py", KEPT))
    for name in ("Part", "Net"):
        result = client.trace(TraceRequest(ModelRef(path, name), (InputText("N 3 H W"),)))
        assert isinstance(result, ModelGraph), result
    assert client.parts(ModelRef(path, "Net")) == (Part("part", "Part", "part"),)


NEEDED = {
    "in its constructor": {"width": "nowhere.WIDTH"},
    "as a base": {"bases": "nowhere.Module"},
    "as one of its bases": {"bases": "nn.Module, nowhere.Mixin"},
    "in forward": {"before": "nowhere.log(x)"},
    "for a decision": {"before": "if nowhere.flag == 3: pass"},
    "for a class": {"before": "isinstance(x, nowhere.Tensor)"},
    "as a default": {"parameters": ", act=nowhere.Act", "width": "act().width"},
    "as an attribute": {"before": "nowhere.last = x"},
    "for what kind of object it is": {"width": "3 if isinstance(nowhere, str) else 4"},
    "as a layer": {"before": "nn.Sequential(nowhere)"},
    "as an argument in forward": {"before": "torch.max_pool2d(x, nowhere)"},
    "as one of the arguments in forward": {"before": "torch.cat([x, nowhere], 1)"},
}


@pytest.mark.parametrize("parts", NEEDED.values(), ids=list(NEEDED))
def test_a_model_that_needs_it_fails_at_the_import(write: Write, build: Build, parts: dict[str, str]) -> None:
    result = build(write("model.py", file("import nowhere", **parts)))
    assert failure(result) == ("import-failed", "no module named `nowhere`", 3)
    assert isinstance(result, TraceFailure)
    assert result.help[0].startswith("install it for ")


def test_a_model_whose_forward_it_decorates_fails_at_the_import(write: Write, client: Client) -> None:
    text = file("import nowhere").replace("    def forward", "    @nowhere.half()\n    def forward")
    path = str(write("model.py", text))
    for inputs in ((), (InputText("N 3 H W"),)):
        result = client.trace(TraceRequest(ModelRef(path, "Net"), inputs))
        assert failure(result) == ("import-failed", "no module named `nowhere`", 3)


def test_what_is_wrong_beside_it_is_said(write: Write, build: Build) -> None:
    top = """
    def log():
        try:
            nowhere.log()
        except ImportError:
            pass
    """
    result = build(write("model.py", file("import nowhere", top, width="(log() or torch.empty('wrong'))")))
    assert failure(result)[0] == "construct-failed"
    graph = build(write("other.py", file("import nowhere", top, before="log(); torch.relu('wrong')")))
    assert isinstance(graph, ModelGraph)
    assert graph.paths[0].failure is not None
    assert "relu()" in graph.paths[0].failure.message


def test_a_name_that_is_not_there_is_told_beside_it(write: Write, client: Client) -> None:
    path = write("model.py", file("from nowhere import this"))
    result = client.trace(TraceRequest(ModelRef(str(path), "Nett"), ()))
    assert isinstance(result, TraceFailure)
    assert (result.rule, result.help) == ("construct-failed", ("did you mean `Net`?",))


def test_a_model_that_it_decorates_fails_at_the_import(write: Write, build: Build) -> None:
    text = file("import nowhere", "register = nowhere.Registry()").replace("class", "@register()\nclass")
    assert failure(build(write("model.py", text))) == ("import-failed", "no module named `nowhere`", 3)


def test_what_a_file_made_of_it_fails_at_the_import(write: Write, build: Build) -> None:
    top = """
    WIDTH = nowhere.config().width + 3

    @nowhere.jit
    def block(x):
        return x
    """
    for parts in ({"width": "WIDTH"}, {"width": "len(torch.empty(WIDTH, 3))"}, {"before": "block(x)"}):
        path = write("model.py", file("import nowhere", top, **parts))
        assert failure(build(path)) == ("import-failed", "no module named `nowhere`", 3)


FAILING = {
    "under try": "try:\n    import nowhere\nexcept ImportError:\n    nowhere = None",
    "through a file under try": "try:\n    import helper as nowhere\nexcept ImportError:\n    nowhere = None",
    "under if": "if torch:\n    import nowhere",
    "in a function": "def f():\n    import nowhere\nf()",
    "by importlib": "import importlib\nnowhere = importlib.import_module('nowhere')",
    "all its names": "from nowhere import *",
    "an installed package's": "import installed as nowhere",
}


@pytest.mark.parametrize("imports", FAILING.values(), ids=list(FAILING))
def test_imports_that_may_be_meant_to_fail_do(write: Write, build: Build, tmp_path: Path, imports: str) -> None:
    write("helper.py", "import nowhere\nfrom nowhere import more\n")
    write("site-packages/installed.py", "import nowhere\n")
    imports = f"import sys; sys.path.append({str(tmp_path / 'site-packages')!r})\n{imports}"
    result = build(write("model.py", file(imports, width="8 if nowhere is None else 9")))
    if "except" in imports:
        assert isinstance(result, ModelGraph)
        assert result.layers["conv"].parameters["out_channels"] == 8
    else:
        assert failure(result)[:2] == ("import-failed", "no module named `nowhere`")


def test_nothing_else_sees_what_stands_in(write: Write, build: Build) -> None:
    write("other.py", "try:\n    import nowhere\n    WIDTH = 9\nexcept ImportError:\n    WIDTH = 8\n")
    imports = "import nowhere\nimport other, sys, importlib.util\nassert 'nowhere' not in sys.modules"
    top = "assert importlib.util.find_spec('nowhere') is None"
    result = build(write("model.py", file(imports, top, width="other.WIDTH")))
    assert isinstance(result, ModelGraph)
    assert result.layers["conv"].parameters["out_channels"] == 8


def test_a_decision_at_the_top_level_stops_the_file_where_it_is_made(write: Write, build: Build) -> None:
    path = write("model.py", file("import nowhere", "if nowhere.run:\n    pass"))
    assert failure(build(path)) == ("import-failed", "`nowhere` is needed here, and was not found", 4)


def test_a_missing_file_of_a_package_is_named(write: Write, build: Build) -> None:
    write("package/__init__.py", "")
    write("package/blocks.py", "")
    result = build(write("package/model.py", file("from .block import Block", before="Block()")))
    assert failure(result) == ("import-failed", f"there is no file `{Path('package/block.py')}`", 3)
    assert isinstance(result, TraceFailure)
    assert result.help == ("did you mean `.blocks`?",)


def test_a_module_elsewhere_in_the_project_is_found(write: Write, build: Build) -> None:
    write("pyproject.toml", "")
    write("lib/utils_of_mine.py", "")
    result = build(write("nets/model.py", file("import utils_of_mine", width="utils_of_mine.WIDTH")))
    assert isinstance(result, TraceFailure)
    assert result.help[0].startswith(f"`{Path('lib/utils_of_mine.py')}` is in a directory that is not searched")


def test_a_missing_part_of_an_installed_package(write: Write, build: Build) -> None:
    result = build(write("model.py", file("from torch._six import inf", width="inf")))
    assert failure(result) == ("import-failed", "no module named `torch._six`", 3)
    assert isinstance(result, TraceFailure)
    assert result.help[0].startswith("`torch` is there and has no `_six`")


def test_an_import_in_a_constructor_is_to_be_installed(write: Write, build: Build) -> None:
    result = build(write("model.py", file("", width="__import__('nowhere').WIDTH")))
    assert isinstance(result, TraceFailure)
    assert result.help[0].startswith("install it for ")
