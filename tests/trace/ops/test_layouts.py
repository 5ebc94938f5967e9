"""Memory layouts: strides, contiguity, and what can be viewed, as PyTorch has them at every size."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import torch
from oracle import Call, Case, agree_with_pytorch
from torch import nn

from convlint.diagnostics import Span
from convlint.graph.model import InputSpec, ModelGraph
from convlint.symbolic.dim import evaluate
from convlint.symbolic.domain import Domain
from convlint.symbolic.parse import parse_shape
from convlint.trace.layout import strides_of
from convlint.trace.paths import trace_model

F = nn.functional
GRID = (1, 2, 3, 4)


def case(name: str, function: Callable[..., Any], shape: str = "N 4 H W", **options: Any) -> Case:
    return Case(name, function, (shape,), grid=GRID, start=3, **options)


CASES = [
    case("view of a permutation", lambda x: x.permute(0, 2, 3, 1).view(-1, 4)),
    case("view of a transposition", lambda x: x.flatten(2).transpose(1, 2).view(x.size(0), -1)),
    case("view that leaves the axes apart", lambda x: x.flatten(2).transpose(1, 2).view(x.size(0), -1, 2, 2)),
    case("view of a contiguous copy", lambda x: x.permute(0, 2, 3, 1).contiguous().view(-1, 4)),
    case("view of a clone, which keeps the order", lambda x: x.permute(0, 2, 3, 1).clone().view(-1, 4)),
    case("reshape copies", lambda x: x.permute(0, 2, 3, 1).reshape(-1, 4)),
    case("flatten copies", lambda x: x.transpose(2, 3).flatten(1).view(-1)),
    case("view of every second row", lambda x: x[:, :, ::2].view(x.size(0), -1)),
    case("view of some channels", lambda x: x[:, :2].view(x.size(0), -1)),
    case("view of some channels of all samples", lambda x: x[:, :2].view(-1)),
    case("view of a crop", lambda x: x[..., :2].view(x.size(0), 4, -1)),
    case("view of an expanded map", lambda x: x.mean((2, 3), keepdim=True).expand(-1, -1, 2, 3).view(-1, 4, 6)),
    case("view across an expanded axis", lambda x: x[:, :1].expand(-1, 3, -1, -1).view(-1)),
    case("view of a part", lambda x: x.chunk(2, 1)[1].view(-1)),
    case("view of parts of the first axis", lambda x: x.flatten(0, 1).chunk(2)[1].view(-1)),
    case("view of a row", lambda x: x.unbind(1)[0].view(-1)),
    case("view of windows", lambda x: F.pad(x, (0, 2)).unfold(3, 2, 1).view(x.size(0), 4, x.size(2), -1),
         refused=True),
    case("sums keep the order", lambda x: (x.permute(0, 2, 3, 1) + torch.ones(4, device=x.device)).view(-1, 4)),
    case("the first tensor of a sum decides", lambda x: (x + torch.zeros_like(x)).view(-1)),
    case("a linear layer makes it contiguous",
         lambda x: F.linear(x.permute(0, 2, 3, 1), torch.ones(5, 4, device=x.device)).view(-1, 5)),
    case("a product makes it contiguous", lambda x: (x.transpose(2, 3) @ x).view(-1)),
    case("channels last", lambda x: x.contiguous(memory_format=torch.channels_last).view(x.size(0), -1)),
    case("channels last, put last", lambda x: x.to(memory_format=torch.channels_last).permute(0, 2, 3, 1).view(-1, 4)),
    case("unflatten is a view", lambda x: x.transpose(1, 3).unflatten(3, (2, 2)).flatten(2)),
    case("only where it is contiguous",
         lambda x: x.view(-1) if x.is_contiguous() else x, shape="N 4 H W"),
    case("only where a transposition is contiguous",
         lambda x: x.transpose(2, 3).view(-1) if x.transpose(2, 3).is_contiguous() else x),
    case("moved in place", lambda x: torch.relu(x).transpose_(2, 3).view(x.size(0), -1), device="meta"),
    case("strides", lambda x: x.view(-1)[: x.permute(0, 2, 3, 1).stride(1)]),
    case("strides of all", lambda x: x.new_zeros(x.permute(0, 2, 3, 1).stride())),
]


@agree_with_pytorch(CASES)
def test_views_of_layouts(case: Case) -> None:
    case.check()


def chain(steps: list[Callable[[Any], Any]]) -> tuple[Call, list[list[Any]]]:
    """A model that does one step after the other, and the results of its steps in each of its runs."""
    runs: list[list[Any]] = []

    def forward(x: Any) -> Any:
        runs.append([])
        for step in steps:
            x = step(x)
            runs[-1].append(x)
        return x

    return Call(forward), runs


def steps(draw: random.Random) -> list[Callable[[Any], Any]]:
    """Some operations that move axes and cut them, each for a tensor of any rank."""
    def permute(x: Any, seed: float = 0.0) -> Any:
        axes = list(range(x.dim()))
        random.Random(seed).shuffle(axes)
        return x.permute(axes)

    def make() -> Callable[[Any], Any]:
        seed, at, step = draw.random(), draw.randrange(8), draw.choice((1, 2))
        return draw.choice([
            lambda x: permute(x, seed),
            lambda x: permute(x, seed),
            lambda x: x.transpose(at % x.dim(), -1),
            lambda x: x.movedim(at % x.dim(), 0),
            lambda x: x[(*(slice(None),) * (at % x.dim()), slice(None, None, step))],
            lambda x: x.narrow(at % x.dim(), 0, 1) if x.dim() > 2 else x,
            lambda x: x.select(at % x.dim(), 0) if x.dim() > 2 else x,
            lambda x: x.unsqueeze(at % (x.dim() + 1)),
            lambda x: x.unsqueeze(at % x.dim()).expand(*x.shape[: at % x.dim()], 2, *x.shape[at % x.dim() :]),
            lambda x: x + 1,
            lambda x: x + x.new_ones(x.shape[-1:]),
            lambda x: x + x.contiguous(),
            lambda x: x.contiguous() * x,
            lambda x: x.clone(),
            lambda x: x.relu(),
            lambda x: x.flatten(at % x.dim()),
            lambda x: x.reshape(-1, *x.shape[2:]) if x.dim() > 2 else x,
            lambda x: x.chunk(1, at % x.dim())[0],
            lambda x: x.unfold(at % x.dim(), 1, step),
            lambda x: x.squeeze(at % x.dim()) if x.dim() > 2 and type(x.shape[at % x.dim()]) is int else x,
            lambda x: x.softmax(-1),
            lambda x: x.sum(at % x.dim(), keepdim=True),
            lambda x: x.contiguous(),
            lambda x: torch.cat([x, x], at % x.dim()),
            lambda x: x @ x.transpose(-1, -2),
        ])

    return [make() for _ in range(draw.randrange(1, 6))]


SHAPE = tuple(parse_shape("N 4 H 2"))


def traced(module: nn.Module) -> ModelGraph:
    return trace_model(
        module, [InputSpec("tensors.0", SHAPE)], Domain.of(("N", "H")), {"N": 3, "H": 4}, name="", class_name="",
        span=Span("", 1, 1, 1, 1), is_declared=False, assumed=(), source_roots=(),
    )


@pytest.mark.parametrize("seed", range(150))
def test_strides_are_those_of_pytorch(seed: int) -> None:
    module, runs = chain(steps(random.Random(seed)))
    path = traced(module).paths[0]
    first = runs[0]
    for numbers in product((1, 2, 3, 5), repeat=2):
        sizes = dict(zip(("N", "H"), numbers, strict=True))
        if path.failure is not None or not path.domain.contains(sizes):
            continue
        module(torch.empty([int(evaluate(size, sizes)) for size in SHAPE], device="meta"))
        for symbolic, real in zip(first, runs[-1], strict=True):
            strides = strides_of(symbolic.sizes, symbolic.lies)
            told = real.stride() if strides is None else [int(evaluate(stride, sizes)) for stride in strides]
            differing = [
                axis for axis, size in enumerate(real.shape) if size > 1 and told[axis] != real.stride(axis)
            ]
            assert not differing, (sizes, real.shape, told, real.stride())


def test_most_layouts_are_known() -> None:
    known = total = 0
    for seed in range(40):
        module, runs = chain(steps(random.Random(seed)))
        traced(module)
        known += sum(strides_of(each.sizes, each.lies) is not None for each in runs[0])
        total += len(runs[0])
    assert known > 0.7 * total
