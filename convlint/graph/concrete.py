"""A path as one choice of sizes sees it: the same nodes, with numbers for sizes."""

from collections.abc import Mapping
from dataclasses import replace

from convlint.graph.model import GraphPath, Node, TensorValue
from convlint.symbolic.dim import Dim, Size, UnbackedError
from convlint.symbolic.domain import Domain
from convlint.symbolic.intset import IntSet


def at(path: GraphPath, sizes: Mapping[str, int]) -> GraphPath:
    """The path at ``sizes``, one number for each symbol; sizes that depend on data stay as they are."""
    nodes = tuple(_node(node, sizes) for node in path.nodes)
    domain = Domain({symbol: IntSet.of([number]) for symbol, number in sizes.items()})
    return replace(path, nodes=nodes, entered=domain, domain=domain, outputs=_values(path.outputs, sizes))


def _node(node: Node, sizes: Mapping[str, int]) -> Node:
    parameters = {name: _number(value, sizes) for name, value in node.parameters.items()}
    return replace(node, outputs=_values(node.outputs, sizes), parameters=parameters)


def _values(values: tuple[TensorValue, ...], sizes: Mapping[str, int]) -> tuple[TensorValue, ...]:
    return tuple(TensorValue(tuple(_size(size, sizes) for size in each.shape), each.dtype) for each in values)


def _number(value: object, sizes: Mapping[str, int]) -> object:
    if isinstance(value, Dim):
        return _size(value, sizes)
    if isinstance(value, tuple | list):
        return type(value)(_number(each, sizes) for each in value)
    return value


def _size(size: Size, sizes: Mapping[str, int]) -> Size:
    if not isinstance(size, Dim):
        return size
    try:
        value = size.evaluate(sizes)
    except UnbackedError:
        return size
    return value if isinstance(value, int) else size
