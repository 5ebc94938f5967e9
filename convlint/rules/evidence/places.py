"""The windows of a model, each place of its source once."""

from collections.abc import Iterator

from convlint.graph.model import Node
from convlint.graph.windows import AxisWindow
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View


def windows_by_place(subject: Subject) -> Iterator[tuple[View, Node, tuple[AxisWindow, ...]]]:
    """What slides windows, once a call and layer: for what is true of a window on every path that it lies on."""
    seen: set[tuple[object, ...]] = set()
    for view in subject.live:
        for node, windows in view.windows:
            key = (node.call, node.layer, node.module)
            if key not in seen:
                seen.add(key)
                yield view, node, windows
