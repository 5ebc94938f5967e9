"""Tracing: the graph computes what the model computes, sizes are PyTorch's, branches on sizes are all followed."""

from __future__ import annotations

import inspect
import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from convlint.diagnostics import Span
from convlint.graph.contract import Contract
from convlint.graph.model import InputSpec, ModelGraph
from convlint.symbolic.canonical import symbol
from convlint.symbolic.domain import Domain
from convlint.trace.paths import graph_module, trace_model

N, H, W = symbol("N"), symbol("H"), symbol("W")
HERE = Span(__file__, 1, 1, 1, 1)


def traced(module: nn.Module, channels: int = 3, nominal: int = 32) -> ModelGraph:
    return trace_model(
        module.to("meta").eval(),
        [InputSpec("x", (N, channels, H, W))],
        Domain.of(("N", "H", "W")),
        {"N": 2, "H": nominal, "W": nominal},
        name="model",
        class_name=type(module).__name__,
        span=HERE,
    )


def accepted_by_pytorch(module: nn.Module, channels: int, height: int, width: int) -> tuple[int, ...] | None:
    try:
        with torch.no_grad():
            return tuple(module(torch.empty(1, channels, height, width, device="meta")).shape)
    except (RuntimeError, ValueError, AssertionError, IndexError, ZeroDivisionError):
        return None


class Skip(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(8, 3, 2, stride=2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x, self.up(F.relu(self.down(x)))], dim=1)


class Branching(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h, w = x.shape[-2:]
        if h % 2:
            x = F.pad(x, (0, 0, 0, 1))
        if w < 6:
            raise ValueError("too narrow")
        return self.conv(x)


class PaddedToMultiple(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h, w = x.size(2), x.size(3)
        bottom = max(math.ceil(h / 4) * 4 - h, 0)
        right = int((w + 3) / 4) * 4 - w
        x = F.pad(x, (0, right, 0, bottom))
        n, c, h, w = x.shape
        x = x.view(n, c, h // 4, 4, w // 4, 4).permute(0, 2, 4, 1, 3, 5)
        return x.reshape(x.size(0), -1, c * 16)


class Windows(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, c, h, w = x.shape
        return x.view(b, c, h // 7, 7, w // 7, 7).sum(dim=(3, 5))


class GlobalPool(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.avg_pool2d(x, x.size()[2:])
        y = y.expand_as(x).mean(dim=(2, 3))
        return self.head(y.view(y.size(0), -1))


class Flattened(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.head = nn.Linear(3 * 6 * 6, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.flatten(self.pool(x), 1))


class ScaledByRoot(nn.Module):
    """Attention over positions, scaled by the root of their number, with a mask for one number of them."""

    def __init__(self) -> None:
        super().__init__()
        self.mask = nn.Parameter(torch.zeros(16, 16))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = x.flatten(2).transpose(1, 2)
        scale = tokens.shape[1] ** -0.5 * math.sqrt(tokens.shape[1])
        return F.scaled_dot_product_attention(tokens * scale, tokens, tokens, attn_mask=self.mask)


class KernelOfEachImage(nn.Module):
    """A convolution with weights of its own for every image of the batch: as many groups as images."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Linear(3, 4 * 3 * 9)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, c, h, w = x.shape
        weight = self.weight(x.mean((2, 3))).view(n * 4, c, 3, 3)
        y = F.conv2d(x.reshape(1, n * c, h, w), weight, padding=1, groups=n)
        return y.view(n, 4, y.shape[-2], y.shape[-1])


class SquareOfTokens(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = x.flatten(2)
        side = int(tokens.shape[-1] ** 0.5)
        return tokens.view(x.shape[0], -1, side, side)


MODELS = [
    Skip, Branching, PaddedToMultiple, Windows, GlobalPool, Flattened, ScaledByRoot, KernelOfEachImage, SquareOfTokens,
]
NOMINAL = {"Windows": 28, "Flattened": 13, "ScaledByRoot": 4}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_contract_is_what_pytorch_accepts(model: type[nn.Module]) -> None:
    nominal = NOMINAL.get(model.__name__, 32)
    module = model().to("meta").eval()
    contract = Contract(traced(module, nominal=nominal))
    for height in range(1, 30):
        for width in (*range(1, 15), 28, height):
            accepted = accepted_by_pytorch(module, 3, height, width) is not None
            assert contract.accepts({"N": 1, "H": height, "W": width}) is accepted, (height, width)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_sizes_of_the_output_are_pytorchs(model: type[nn.Module]) -> None:
    nominal = NOMINAL.get(model.__name__, 32)
    module = model().to("meta").eval()
    graph = traced(module, nominal=nominal)
    compared = 0
    for height in range(2, 30):
        for width in (2, 7, 8, 12, 14, 28):
            sizes = {"N": 1, "H": height, "W": width}
            real = accepted_by_pytorch(module, 3, height, width)
            for path in graph.paths:
                if real is not None and path.failure is None and path.domain.contains(sizes):
                    shape = path.outputs[0].shape
                    assert tuple(s if isinstance(s, int) else s.evaluate(sizes) for s in shape) == real
                    compared += 1
    assert compared > 0


@pytest.mark.parametrize(
    "model", [Skip, Branching, PaddedToMultiple, GlobalPool, KernelOfEachImage], ids=lambda model: model.__name__
)
def test_the_graph_computes_what_the_model_computes(model: type[nn.Module]) -> None:
    torch.manual_seed(0)
    module = model().eval()
    graph = graph_module(module, [InputSpec("x", (N, 3, H, W))], {"N": 2, "H": 32, "W": 32})
    for shape in ((2, 3, 32, 32), (1, 3, 16, 24)):
        image = torch.randn(shape)
        assert torch.equal(graph(image), module(image))


def test_a_path_that_the_model_refuses_is_its_own_raise() -> None:
    failures = [path.failure for path in traced(Branching()).paths if path.failure is not None]
    assert {failure.kind for failure in failures} == {"raised"}
    assert all(failure.span is not None and failure.span.path == __file__ for failure in failures)


def test_layers_and_calls_stand_where_the_user_wrote_them() -> None:
    path = traced(Skip()).paths[0]
    cat = next(node for node in path.nodes if node.kind == "cat")
    assert cat.call is not None
    assert cat.call.path == __file__
    assert cat.requirements[0].rule == "skip-size-mismatch"


def test_data_dependent_code_is_said_and_not_counted_as_clean() -> None:
    class Data(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x if x.sum().item() > 0 else -x

    failure = traced(Data()).paths[0].failure
    assert failure is not None
    assert failure.kind == "untraceable"


def test_state_that_forward_keeps_does_not_reach_the_next_path() -> None:
    class Caching(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mask: torch.Tensor | None = None

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if self.mask is None:
                self.mask = torch.ones(x.shape[-2:])
            return x * self.mask if x.shape[-1] % 2 else x + self.mask

    module = Caching()
    graph = traced(module)
    assert len(graph.paths) == 2
    assert all(path.failure is None for path in graph.paths)
    assert module.mask is None


def test_an_operation_without_a_rule_is_answered_by_pytorch() -> None:
    class Spectral(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.fft.rfft2(x).real

    module = Spectral()
    graph = traced(module)
    shape = graph.paths[0].outputs[0].shape
    assert [s if isinstance(s, int) else s.evaluate({"N": 2, "H": 9, "W": 11}) for s in shape] == [2, 3, 9, 6]


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_a_recurrent_layer_takes_a_sequence_of_any_length(kind: type[nn.RNNBase]) -> None:
    class Rows(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rows = kind(3, 5, batch_first=True, bidirectional=True, num_layers=2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.rows(x.flatten(2).transpose(1, 2))[0]

    graph = traced(Rows())
    assert not graph.unexplored
    assert graph.paths[0].specialisations == ()
    assert graph.paths[0].outputs[0].shape == (N, H * W, 10)


def test_sizes_that_torch_assert_refuses_are_a_path_that_is_not_run() -> None:
    class Asserting(nn.Module):
        runs = 0

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            Asserting.runs += 1
            torch._assert(x.shape[2] % 8 == 0, f"rows must be a multiple of 8, not {x.shape[2]}")
            y = F.max_pool2d(x, 2)
            torch._assert(y.shape[3] == 16, "16 columns are wanted")
            return y

    graph = traced(Asserting().to("meta"))
    assert Asserting.runs == 1
    assert [path.failure and path.failure.message for path in graph.paths] == [
        None, "rows must be a multiple of 8, not H", "16 columns are wanted",
    ]
    assert [path.failure.span.line for path in graph.paths[1:]] == [first_line(Asserting) + n for n in (5, 7)]
    contract = Contract(graph)
    for height in range(1, 40):
        for width in (31, 32, 33, 34):
            accepted = height % 8 == 0 and width // 2 == 16
            assert contract.accepts({"N": 1, "H": height, "W": width}) is accepted, (height, width)


def first_line(definition: type) -> int:
    return inspect.getsourcelines(definition)[1]
