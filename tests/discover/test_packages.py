"""Packages that a file is sure to import from outside of its project."""

from collections.abc import Callable
from pathlib import Path

import pytest

from convlint.discover import discover

MODEL = """
class Net(nn.Module):
    def forward(self, x):
        return x
"""


@pytest.fixture
def found(tmp_path: Path) -> Callable[..., tuple[str, ...]]:
    def find(text: str, **others: str) -> tuple[str, ...]:
        for name, other in others.items():
            (tmp_path / f"{name}.py").write_text(other, encoding="utf-8")
        path = tmp_path / "model.py"
        path.write_text(f"from torch import nn\n{text}\n{MODEL}", encoding="utf-8")
        (model,) = discover([str(path)]).roots
        return model.packages

    return find


def test_its_own_imports_and_those_of_the_projects_files(found: Callable[..., tuple[str, ...]]) -> None:
    assert found("import timm.layers\nfrom einops import rearrange as r") == ("einops", "timm", "torch")
    assert found("from blocks import Conv", blocks="import timm\nimport model") == ("timm", "torch")


def test_python_itself_is_no_package(found: Callable[..., tuple[str, ...]]) -> None:
    assert found("import os, math\nfrom collections import deque") == ("torch",)


def test_what_is_imported_under_a_condition_may_not_be(found: Callable[..., tuple[str, ...]]) -> None:
    assert found("try:\n    import apex\nexcept ImportError:\n    pass\nif 0:\n    import xformers") == ("torch",)


def test_the_environment_has_to_be_set_before(found: Callable[..., tuple[str, ...]]) -> None:
    assert found("import os\nos.environ['KERAS_BACKEND'] = 'torch'\nimport keras") == ()
    assert found("import setting\nimport keras", setting="import os\nos.putenv('A', 'b')") == ()
