"""Inputs whose sizes somebody named, as opposed to those that may have any."""

from collections.abc import Iterator

from convlint.graph.geometry import FIRST_SPATIAL_AXIS
from convlint.graph.model import Node
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.dim import Dim


def declared_inputs(subject: Subject, view: View) -> Iterator[Node]:
    """The inputs with spatial axes, each of which is a number or bounded by what was declared."""
    assumed = {spec.name for spec in subject.graph.inputs if spec.assumed}
    for node in view.flow.nodes:
        if node.op != "placeholder" or node.target in assumed:
            continue
        sizes = [size for size in node.shape[FIRST_SPATIAL_AXIS:] if isinstance(size, Dim)]
        is_bounded = all(subject.graph.declared.bounds(size)[1] is not None for size in sizes)
        if len(node.shape) > FIRST_SPATIAL_AXIS and is_bounded:
            yield node
