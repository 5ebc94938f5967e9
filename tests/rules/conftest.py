"""Models traced in this process, and what the rules find in them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import torch

from convlint.diagnostics import Span
from convlint.graph.model import InputSpec, ModelGraph
from convlint.rules import registry
from convlint.rules.base import Finding
from convlint.symbolic.domain import Domain
from convlint.symbolic.parse import parse_condition, parse_shape
from convlint.trace.paths import trace_model

NOMINAL = 64
HERE = Span("model.py", 1, 1, 1, 2)


def traced(
    module: torch.nn.Module, *shapes: str, where: tuple[str, ...] = (), names: tuple[str, ...] = ()
) -> ModelGraph:
    """The graph of a module for inputs of these shapes, which are at ``names``: the parameters in order."""
    names = names or module.forward.__code__.co_varnames[1 : module.forward.__code__.co_argcount]
    inputs = tuple(InputSpec(name, parse_shape(shape)) for name, shape in zip(names, shapes, strict=False))
    symbols = list(dict.fromkeys(symbol for shape in shapes for symbol in re.findall(r"[A-Z]\w*", shape)))
    domain = Domain.of(symbols)
    for condition in where:
        domain = domain.narrow(parse_condition(condition))
    near = {symbol: 2 if symbol == "N" else NOMINAL for symbol in symbols}
    return trace_model(
        module.to("meta").eval(),
        inputs,
        domain,
        domain.witness(near) or {},
        name=type(module).__name__,
        class_name=type(module).__name__,
        span=HERE,
        is_declared=bool(where),
    )


@dataclass(frozen=True)
class Found:
    """What the rules found, easy to ask."""

    graph: ModelGraph
    findings: tuple[Finding, ...]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def of(self, name: str) -> list[Finding]:
        return [each for each in self.findings if each.name == name]

    def one(self, name: str) -> Finding:
        (finding,) = self.of(name)
        return finding

    def loud(self) -> list[str]:
        """Errors and warnings, as text."""
        return [f"{each.severity.label} {each.name}: {each.message}" for each in self.findings if each.severity > 1]


@pytest.fixture
def trace() -> Callable[..., ModelGraph]:
    return traced


@pytest.fixture
def lint() -> Callable[..., Found]:
    def run(module: torch.nn.Module, *shapes: str, where: tuple[str, ...] = ()) -> Found:
        graph = traced(module, *(shapes or ("N 3 H W",)), where=where)
        return Found(graph, registry.check(graph))

    return run
