"""convlint's side: a model traced at symbolic sizes."""

import inspect
from collections.abc import Mapping

from torch import nn

from benchmarks.zoo.catalogue import Built
from benchmarks.zoo.plain import BATCH
from convlint.diagnostics import Span
from convlint.graph.model import InputSpec, ModelGraph
from convlint.symbolic.canonical import symbol
from convlint.symbolic.domain import Domain
from convlint.trace.paths import trace_model

SYMBOLS = ("N", "H", "W")
ALL_SIZES = Domain.of(SYMBOLS)


def nominal_of(built: Built) -> dict[str, int]:
    """The default size of a model, as numbers for the symbols."""
    _, rows, columns = built.input_size
    return {"N": BATCH, "H": rows, "W": columns}


def trace(built: Built, domain: Domain = ALL_SIZES, nominal: Mapping[str, int] | None = None) -> ModelGraph:
    """The graph of a model over ``domain``, declared unless it is all sizes."""
    name = type(built.module).__name__
    parameter = next(iter(inspect.signature(built.module.forward).parameters))
    shape = (symbol("N"), built.input_size[0], symbol("H"), symbol("W"))
    return trace_model(
        built.module,
        (InputSpec(parameter, shape),),
        domain,
        nominal or nominal_of(built),
        name=name,
        class_name=name,
        span=_forward_span(built.module),
        is_declared=domain is not ALL_SIZES,
    )


def _forward_span(module: nn.Module) -> Span:
    """The line where ``forward`` begins: to find that of its class takes as long as to trace some models."""
    code = inspect.unwrap(type(module).forward).__code__
    return Span(code.co_filename, code.co_firstlineno, 1, code.co_firstlineno, 1)
