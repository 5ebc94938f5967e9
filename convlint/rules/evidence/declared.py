"""Inputs whose sizes somebody named, as opposed to those that may have any."""

from collections.abc import Iterator

from convlint.graph.geometry import FIRST_SPATIAL_AXIS
from convlint.graph.model import Node
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.dim import Dim


def declared_inputs(subject: Subject, view: View) -> Iterator[Node]:
    """The inputs with spatial axes, each of which is a number or bounded by what was declared."""
    for node in spatial_inputs(subject, view):
        if is_bounded(subject, node):
            yield node


def spatial_inputs(subject: Subject, view: View) -> Iterator[Node]:
    """The inputs with spatial axes whose shape was not guessed."""
    assumed = {spec.name for spec in subject.graph.inputs if spec.assumed}
    for node in view.flow.nodes:
        if node.op == "placeholder" and node.target not in assumed and len(node.shape) > FIRST_SPATIAL_AXIS:
            yield node


def is_bounded(subject: Subject, source: Node) -> bool:
    """Whether each spatial size of an input is a number, or has a largest one among those that were declared."""
    sizes = [size for size in source.shape[FIRST_SPATIAL_AXIS:] if isinstance(size, Dim)]
    return all(subject.graph.declared.bounds(size)[1] is not None for size in sizes)
