"""Recurrent layers: the length of a sequence passes through, whatever it is."""

from __future__ import annotations

from typing import Any

import torch

from convlint.symbolic.comparison import greater_equal
from convlint.trace.ops.registry import shape_rule
from convlint.trace.session import Session
from convlint.trace.tensor import Value, shape_of


def _sequence(input: torch.Tensor, state: torch.Tensor, bidirectional: bool) -> Value:
    """The output sequence: batch and length of the input, the features of every direction."""
    features = shape_of(state)[-1]
    return Value((*shape_of(input)[:-1], features * (2 if bidirectional else 1)), input.dtype)


def _require_steps(session: Session, input: torch.Tensor, batch_first: bool) -> None:
    length = shape_of(input)[1 if batch_first else 0]
    session.require(greater_equal(length, 1), "shape-error", lambda: f"a sequence of length {length} has no step")


@shape_rule("lstm", kind="recurrent")
def lstm(
    session: Session, input: torch.Tensor, hx: Any, _weights: Any, _has_biases: Any = True, _layers: Any = 1,
    _dropout: Any = 0.0, _train: Any = False, bidirectional: Any = False, batch_first: Any = False,
) -> Any:
    """``(output, (h, c))`` flattened; packed sequences, whose batch sizes are data, are left to PyTorch."""
    if isinstance(hx, torch.Tensor) or isinstance(_weights, torch.Tensor):
        return NotImplemented
    _require_steps(session, input, batch_first)
    hidden, cell = hx
    return (
        _sequence(input, hidden, bidirectional),
        Value(shape_of(hidden), input.dtype),
        Value(shape_of(cell), input.dtype),
    )


@shape_rule("gru", "rnn_tanh", "rnn_relu", kind="recurrent")
def recurrent(
    session: Session, input: torch.Tensor, hx: Any, _weights: Any, _has_biases: Any = True, _layers: Any = 1,
    _dropout: Any = 0.0, _train: Any = False, bidirectional: Any = False, batch_first: Any = False,
) -> Any:
    """``(output, h)``."""
    if not isinstance(hx, torch.Tensor) or isinstance(_weights, torch.Tensor):
        return NotImplemented
    _require_steps(session, input, batch_first)
    return _sequence(input, hx, bidirectional), Value(shape_of(hx), input.dtype)


@shape_rule("lstm_cell", kind="recurrent")
def lstm_cell(session: Session, input: torch.Tensor, hx: Any, w_ih: torch.Tensor, *_: Any, **__: Any) -> Any:
    """``(h, c)`` after one step."""
    hidden, cell = hx
    _check_step(session, input, hidden, w_ih)
    return Value(shape_of(hidden), input.dtype), Value(shape_of(cell), input.dtype)


@shape_rule("gru_cell", "rnn_tanh_cell", "rnn_relu_cell", kind="recurrent")
def cell(session: Session, input: torch.Tensor, hx: torch.Tensor, w_ih: torch.Tensor, *_: Any, **__: Any) -> Any:
    """``h`` after one step."""
    _check_step(session, input, hx, w_ih)
    return Value(shape_of(hx), input.dtype)


def _check_step(session: Session, input: torch.Tensor, hidden: torch.Tensor, weight: torch.Tensor) -> None:
    """The step's own features and batch; the size of the state is the layer's."""
    shape, state, expected = shape_of(input), shape_of(hidden), shape_of(weight)[-1]
    session.require_equal(
        shape[-1], expected, "linear-mismatch", lambda: f"expected {expected} input features, got {shape[-1]}"
    )
    for a, b in zip(shape[:-1], state[:-1], strict=True):
        session.require_equal(a, b, "shape-error", lambda: f"batch of {shape[0]} and states of {state[0]}")
