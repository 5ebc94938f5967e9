"""Operations whose every unit is computed from the unit of the same place, and those that only look like it."""

from convlint.graph.model import ModelGraph, Node

CELLWISE_JOINS = frozenset({"join", "cat"})
"""Joins whose every unit is computed from units of the same place."""

_CELLWISE = frozenset({"pointwise", "norm", "dropout", "activation"})
_REORDERING = frozenset({"flip", "fliplr", "flipud", "roll", "cumsum", "cumprod", "logcumsumexp"})
_SPREADING = frozenset({"softmax", "log_softmax", "softmin", "gumbel_softmax", "normalize"})


def keeps_places(graph: ModelGraph, node: Node) -> bool:
    """Whether it has one input and units stay where they are; normalisation as in ``eval`` mode or over channels.

    `spreads` says which of these operations let a unit see others besides.
    """
    if node.kind in _CELLWISE:
        return not reorders(node)
    layer = graph.layers.get(node.layer) if node.layer is not None else None
    return layer is not None and layer.class_name == "Identity"


def reorders(node: Node) -> bool:
    """Whether units of an operation that keeps the shape are computed from units of other places."""
    return node.operation in _REORDERING


def spreads(node: Node) -> bool:
    """Whether units see all others along an axis, which may be a spatial one."""
    return node.operation in _SPREADING
