"""Who feeds whom on one path of a graph: ancestors, descendants, and where two branches part."""

from collections.abc import Iterator
from functools import cached_property

from convlint.graph.model import GraphPath, Node


class Flow:
    """The nodes of a path in the order of execution, with their edges.

    Sets of nodes are bit masks over that order, so that a deep graph's closures stay cheap.
    """

    def __init__(self, path: GraphPath) -> None:
        self.path = path
        self.nodes = path.nodes
        self._position = {node.name: index for index, node in enumerate(path.nodes)}

    def node(self, name: str) -> Node:
        """The node called ``name``; raises KeyError."""
        return self.nodes[self._position[name]]

    def index(self, node: Node) -> int:
        """Its place in the order of execution: its bit in a mask."""
        return self._position[node.name]

    def inputs(self, node: Node) -> tuple[Node, ...]:
        """The nodes of its tensor arguments, in order; those that the trace did not record are left out."""
        return tuple(self.nodes[self._position[name]] for name in node.inputs if name in self._position)

    def users(self, node: Node) -> tuple[Node, ...]:
        """The nodes that take its output, in order."""
        return tuple(self._members(self._users[self._position[node.name]]))

    def ancestors(self, node: Node) -> int:
        """Mask of the nodes that it is computed from, and itself."""
        return self._ancestors[self._position[node.name]]

    def descendants(self, node: Node) -> int:
        """Mask of the nodes that are computed from it, and itself."""
        return self._descendants[self._position[node.name]]

    def reaches(self, source: Node, target: Node) -> bool:
        """Whether ``target`` is computed from ``source`` (a node reaches itself)."""
        return bool(self.ancestors(target) >> self._position[source.name] & 1)

    def between(self, source: Node, target: Node) -> tuple[Node, ...]:
        """The nodes on the ways from ``source`` to ``target``, both included, in order."""
        return tuple(self._members(self.descendants(source) & self.ancestors(target)))

    def fork(self, one: Node, other: Node) -> Node | None:
        """The last node that both are computed from; one of the two where it feeds the other."""
        common = self.ancestors(one) & self.ancestors(other)
        return self.nodes[common.bit_length() - 1] if common else None

    def members(self, mask: int) -> tuple[Node, ...]:
        """The nodes of a mask, in order."""
        return tuple(self._members(mask))

    def is_constant(self, node: Node) -> bool:
        """Whether it is computed from weights and buffers only, not from the model's inputs."""
        return not self.ancestors(node) & self._placeholders

    @cached_property
    def _placeholders(self) -> int:
        return sum(1 << index for index, node in enumerate(self.nodes) if node.op == "placeholder")

    @cached_property
    def _ancestors(self) -> list[int]:
        masks: list[int] = []
        for index, node in enumerate(self.nodes):
            mask = 1 << index
            for name in node.inputs:
                position = self._position.get(name)
                if position is not None and position < index:
                    mask |= masks[position]
            masks.append(mask)
        return masks

    @cached_property
    def _users(self) -> list[int]:
        users = [0] * len(self.nodes)
        for index, node in enumerate(self.nodes):
            for name in node.inputs:
                position = self._position.get(name)
                if position is not None:
                    users[position] |= 1 << index
        return users

    @cached_property
    def _descendants(self) -> list[int]:
        masks = [0] * len(self.nodes)
        for index in reversed(range(len(self.nodes))):
            mask = 1 << index
            pending = self._users[index]
            while pending:
                low = pending & -pending
                mask |= masks[low.bit_length() - 1]
                pending ^= low
            masks[index] = mask
        return masks

    def _members(self, mask: int) -> Iterator[Node]:
        while mask:
            low = mask & -mask
            yield self.nodes[low.bit_length() - 1]
            mask ^= low
