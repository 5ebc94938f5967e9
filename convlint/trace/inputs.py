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


class DeclaredError(ValueError):
    """A declared input or condition that cannot be; ``wrong`` says which: ``input:0``, ``where:1``."""

    def __init__(self, message: str, wrong: str, *help_: str) -> None:
        super().__init__(message)
        self.wrong = wrong
        self.help = help_


def read_inputs(module: nn.Module, texts: Sequence[InputText]) -> tuple[InputSpec, ...]:
    """Declared inputs with their names in ``forward``; raises DeclaredError."""
    names: list[str] = []
    for index, text in enumerate(texts):
        try:
            names = name_inputs(module, [each.name for each in texts[: index + 1]])
            arrange(module, names, names)  # raises for a name that is not there
            parse_shape(text.shape)
        except (ArrangeError, ExpressionError) as error:
            raise DeclaredError(str(error), f"input:{index}") from error
        if not isinstance(getattr(torch, text.dtype, None), torch.dtype):
            raise DeclaredError(f"`{text.dtype}` is no dtype of torch", f"input:{index}")
    return tuple(
        InputSpec(name, tuple(parse_shape(text.shape)), text.dtype) for name, text in zip(names, texts, strict=True)
    )


def read_domain(inputs: Sequence[InputSpec], where: Sequence[str]) -> Domain:
    """All sizes >= 1 of the symbols of ``inputs`` that satisfy every condition; raises DeclaredError."""
    names = symbols(inputs)
    domain = Domain.of(names)
    for index, text in enumerate(where):
        try:
            condition = parse_condition(text)
        except ExpressionError as error:
            raise DeclaredError(str(error), f"where:{index}") from error
        unknown = sorted(condition.symbols - set(names))
        if unknown:
            have = f"the inputs have {', '.join(names)}" if names else "the inputs have no symbol"
            raise DeclaredError(f"no input has a size `{unknown[0]}`", f"where:{index}", have)
        domain = domain.narrow(condition)
        if domain.is_empty:
            others = " together with the conditions before it" if index else ""
            raise DeclaredError(f"no size satisfies this{others}", f"where:{index}", "sizes are at least 1")
    return domain


def symbols(inputs: Sequence[InputSpec]) -> tuple[str, ...]:
    """The size symbols of some inputs, in the order in which they appear."""
    found = (name for spec in inputs for size in spec.shape for name in sorted(symbols_of(size)))
    return tuple(dict.fromkeys(found))
