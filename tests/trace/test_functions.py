"""What the tracer writes down must be what ``torch.fx`` can write as Python again."""

import importlib
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.fx.node import _get_qualified_name
from torch.overrides import get_testing_overrides

from convlint.trace.functions import entry_of

FUNCTIONS = [func for func in get_testing_overrides() if not isinstance(getattr(func, "__self__", None), property)]


def named(qualified: str) -> Any:
    """What a dotted name means, of which the first part is a package."""
    first, *rest = qualified.split(".")
    found: Any = importlib.import_module(first)
    for name in rest:
        found = getattr(found, name)
    return found


def test_every_function_that_is_written_down_is_found_again_by_its_name() -> None:
    entries = [entry_of(func) for func in FUNCTIONS]
    functions = [entry.target for entry in entries if entry.op == "call_function" and callable(entry.target)]
    assert len(functions) > 500
    assert [each for each in functions if named(_get_qualified_name(each)) != each] == []
    methods = [entry.target for entry in entries if entry.op == "call_method"]
    assert len(methods) > 300
    assert [each for each in methods if not hasattr(torch.Tensor, each)] == []


@pytest.mark.parametrize(
    ("func", "op", "name"),
    [
        (torch.Tensor.__pow__, "call_method", "pow"),
        (torch.Tensor.__ipow__, "call_method", "pow_"),
        (torch.Tensor.__rsub__, "call_method", "__rsub__"),
        (torch.Tensor.relu, "call_method", "relu"),
        (torch.relu, "call_function", "relu"),
    ],
)
def test_methods_are_called_as_methods(func: Callable[..., Any], op: str, name: str) -> None:
    entry = entry_of(func)
    assert entry.op == op
    assert (entry.target if op == "call_method" else entry.target.__name__) == name
