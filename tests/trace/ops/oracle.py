"""PyTorch as the judge of the shape rules: a function traced once must agree with real runs at every size of a grid."""

from __future__ import annotations

import copy
import itertools
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import nn

from convlint.diagnostics import Span
from convlint.graph.contract import Contract
from convlint.graph.model import InputSpec, ModelGraph
from convlint.symbolic.dim import evaluate
from convlint.symbolic.domain import Domain
from convlint.symbolic.parse import parse_shape
from convlint.trace.arrange import forward_parameters
from convlint.trace.inputs import symbols
from convlint.trace.paths import trace_model
from convlint.trace.tensor import tensors_in

REFUSALS = (RuntimeError, ValueError, AssertionError, IndexError, ZeroDivisionError, TypeError, NotImplementedError)
Output = tuple[tuple[int, ...], str]


class Call(nn.Module):
    """A function as a model."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *tensors: torch.Tensor) -> Any:
        return self.function(*tensors)


@dataclass(frozen=True)
class Case:
    """A function of tensors whose ``shapes`` are as ``"2 3 H W"``, with a dtype where it is not float32.

    ``grid`` are the numbers that every symbol takes.  A ``partial`` case may leave sizes unexplored (it says
    nothing of them); a ``refused`` one is accepted nowhere.
    """

    name: str
    function: Callable[..., Any]
    shapes: tuple[str, ...] = ("2 3 H W",)
    grid: Sequence[int] = range(1, 9)
    start: int = 4
    partial: bool = False
    refused: bool = False
    device: str = "cpu"

    def check(self) -> None:
        """Compare what the trace claims with what PyTorch does, at every size."""
        module = self.function if isinstance(self.function, nn.Module) else Call(self.function)
        inputs = [_input(index, text) for index, text in enumerate(self.shapes)]
        names = symbols(inputs)
        graph = _traced(module, inputs, dict.fromkeys(names, self.start))
        contract = Contract(graph)
        real_module = copy.deepcopy(module).to(self.device).eval()
        compared = accepted = 0
        for numbers in itertools.product(self.grid, repeat=len(names)):
            sizes = dict(zip(names, numbers, strict=True))
            real = _run(real_module, inputs, sizes, self.device)
            claimed = _verdict(contract, sizes)
            if claimed is None and self.partial:
                continue
            assert claimed is (real is not None), f"{sizes}: PyTorch gives {real}, {_said(graph)}"
            compared += 1
            if real is not None:
                accepted += 1
                assert _outputs(graph, sizes) == real, sizes
        assert compared
        assert bool(accepted) is not self.refused


def agree_with_pytorch(cases: Iterable[Case]) -> pytest.MarkDecorator:
    """Run a test with each of these cases."""
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases])


def _input(index: int, text: str) -> InputSpec:
    words = text.split()
    dtype = words.pop() if words and hasattr(torch, words[-1]) else "float32"
    return InputSpec(f"tensors.{index}", tuple(parse_shape(" ".join(words))) if words else (), dtype)


def _traced(module: nn.Module, inputs: Sequence[InputSpec], nominal: Mapping[str, int]) -> ModelGraph:
    if not isinstance(module, Call):
        inputs = [InputSpec(forward_parameters(module)[0].name, spec.shape, spec.dtype) for spec in inputs]
    with warnings.catch_warnings(action="ignore"):  # PyTorch's own, of deprecated arguments
        return trace_model(
            copy.deepcopy(module).to("meta").eval(),
            inputs,
            Domain.of(symbols(inputs)),
            nominal,
            name="case",
            class_name="Case",
            span=Span(__file__, 1, 1, 1, 1),
        )


def _run(module: nn.Module, inputs: Sequence[InputSpec], sizes: Mapping[str, int], device: str) -> list[Output] | None:
    tensors = [
        torch.zeros(
            [int(evaluate(size, sizes)) for size in spec.shape], dtype=getattr(torch, spec.dtype), device=device
        )
        for spec in inputs
    ]
    try:
        with torch.no_grad(), warnings.catch_warnings(action="ignore"):
            result = module(*tensors)
    except REFUSALS:
        return None
    return [(tuple(tensor.shape), str(tensor.dtype)) for tensor in tensors_in(result)]


def _verdict(contract: Contract, sizes: Mapping[str, int]) -> bool | None:
    """What is claimed; an error of PyTorch's at the sizes that a path began with refuses them all."""
    verdict = contract.accepts(sizes)
    failed = (path for path in contract.graph.paths if path.failure is not None and path.failure.kind == "error")
    if verdict is None and any(path.entered.contains(sizes) for path in failed):
        return False
    return verdict


def _outputs(graph: ModelGraph, sizes: Mapping[str, int]) -> list[Output]:
    path = next(path for path in graph.paths if path.failure is None and path.domain.contains(sizes))
    return [
        (tuple(int(evaluate(size, sizes)) for size in output.shape), f"torch.{output.dtype}") for output in path.outputs
    ]


def _said(graph: ModelGraph) -> list[object]:
    return [(path.domain, path.failure, path.specialisations) for path in graph.paths]
