"""What the tracer writes down about each operation."""

import inspect

import torch
from torch import Tensor, nn

from convlint.diagnostics import Span
from convlint.graph.model import InputSpec, ModelGraph
from convlint.symbolic.canonical import symbol
from convlint.symbolic.domain import Domain
from convlint.trace.paths import trace_model


def traced(module: nn.Module, name: str = "x") -> ModelGraph:
    return trace_model(
        module.to("meta").eval(),
        [InputSpec(name, (1, 3, symbol("H"), 8))],
        Domain.of(("H",)),
        {"H": 8},
        name="model",
        class_name=type(module).__name__,
        span=Span(__file__, 1, 1, 1, 1),
    )


class Returns(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = Inner()

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        y = self.inner(x)
        if x.shape[2] > 4:
            return (
                y,
                x,
            )
        z = -y
        return z  # noqa: RET504 (the statement is what is looked for)


class Inner(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * 2


def test_the_output_stands_at_the_return_statement_that_was_taken() -> None:
    lines, first = inspect.getsourcelines(Returns)
    numbers = {text.strip(): first + offset for offset, text in enumerate(lines)}
    taken = []
    for path in traced(Returns()).paths:
        (output,) = [node for node in path.nodes if node.op == "output"]
        assert output.call is not None
        assert output.call.path == __file__
        taken.append((output.call.line, output.call.end_line))
    begin = numbers["return ("]
    end = numbers["return z  # noqa: RET504 (the statement is what is looked for)"]
    assert taken == [(begin, begin + 3), (end, end)]


def test_torch_s_own_forward_has_no_return_statement_to_show() -> None:
    (path,) = traced(nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU()), "input").paths
    assert path.nodes[-1].op == "output"
    assert path.nodes[-1].call is None


class Masked(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x[x > 0]


def test_a_size_that_depends_on_values_is_said_plainly() -> None:
    (path,) = traced(Masked()).paths
    assert path.failure is not None
    assert path.failure.message == "the size of what getitem gives depends on the values of a tensor"


def test_a_call_of_a_module_made_of_others_says_what_it_gave_back() -> None:
    class Outer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.blocks = nn.Sequential(nn.Conv2d(3, 4, 3), Inner())

        def forward(self, x: Tensor) -> Tensor:
            return self.blocks(x)

    (path,) = traced(Outer()).paths
    inner, blocks = path.calls
    assert (inner.module, inner.caller, inner.after) == ("blocks.1", "blocks", "mul")
    assert (blocks.module, blocks.module_class, blocks.caller) == ("blocks", "Sequential", "")
    assert inner.call == blocks.call
    assert blocks.outputs == (path.node("mul").outputs[0],)
