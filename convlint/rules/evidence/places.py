"""Places of a model that a trace comes to on several paths, or several times: each is spoken of once."""

from collections.abc import Iterator

from convlint.diagnostics import Span
from convlint.graph.model import Node
from convlint.graph.windows import AxisWindow
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View

Place = tuple[Span | None, str | None, str]


def place_of(node: Node) -> Place:
    """Where a node stands, the same on every path: the call in the source, the layer and the module of the model."""
    return node.call, node.layer, node.module


def windows_by_place(subject: Subject) -> Iterator[tuple[View, Node, tuple[AxisWindow, ...]]]:
    """What slides windows, once a call and layer: for what is true of a window on every path that it lies on."""
    seen: set[Place] = set()
    for view in subject.live:
        for node, windows in view.windows:
            place = place_of(node)
            if place not in seen:
                seen.add(place)
                yield view, node, windows
