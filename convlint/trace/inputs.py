"""What the user declared of ``forward``'s inputs, as specifications and sizes (worker side)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from convlint.graph.model import InputSpec
from convlint.symbolic.dim import symbols_of
from convlint.symbolic.domain import Domain
from convlint.symbolic.parse import ExpressionError, parse_condition, parse_shape
from convlint.trace.arrange import ArrangeError, arrange, name_inputs
from convlint.trace.protocol import InputText


def read_inputs(module: nn.Module, texts: Sequence[InputText]) -> tuple[InputSpec, ...]:
    """Declared inputs with their names in ``forward``; raises ExpressionError or ArrangeError."""
    names = name_inputs(module, [text.name for text in texts])
    arrange(module, names, names)  # raises for a name that is not there
    for text in texts:
        if not isinstance(getattr(torch, text.dtype, None), torch.dtype):
            raise ArrangeError(f"`{text.dtype}` is no dtype of torch")
    return tuple(
        InputSpec(name, tuple(parse_shape(text.shape)), text.dtype) for name, text in zip(names, texts, strict=True)
    )


def read_domain(inputs: Sequence[InputSpec], where: Sequence[str]) -> Domain:
    """All sizes >= 1 of the symbols of ``inputs`` that satisfy every condition; raises ExpressionError."""
    names = symbols(inputs)
    domain = Domain.of(names)
    for text in where:
        condition = parse_condition(text)
        unknown = sorted(condition.symbols - set(names))
        if unknown:
            raise ExpressionError(f"`{unknown[0]}` is in no input", text, max(text.find(unknown[0]), 0))
        domain = domain.narrow(condition)
    return domain


def symbols(inputs: Sequence[InputSpec]) -> tuple[str, ...]:
    """The size symbols of some inputs, in the order in which they appear."""
    found = (name for spec in inputs for size in spec.shape for name in sorted(symbols_of(size)))
    return tuple(dict.fromkeys(found))
