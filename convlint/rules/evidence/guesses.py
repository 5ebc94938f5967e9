"""Inputs that nobody declared: how the sizes of several of them relate is the caller's business, and unknown here."""

from functools import reduce
from operator import and_, or_

from convlint.graph.flow import Flow
from convlint.graph.model import Node
from convlint.rules.evidence.view import View


def relates_guesses(view: View, node: Node) -> bool:
    """Whether ``node`` brings together sizes of different guessed inputs, so that what it needs is no defect.

    Maps that all come from one earlier map of the model have their sizes from the model itself.
    """
    if not any(spec.assumed for spec in view.graph.inputs):
        return False
    flow = view.flow
    operands = flow.inputs(node)
    reached = reduce(or_, map(flow.ancestors, operands), 0)
    given = [each for each in flow.members(reached) if each.op == "placeholder"]
    if sum(len(each.outputs) for each in given) < 2:
        return False
    if len(operands) < 2:
        return node.kind == "view"  # its numbers may be those of another input
    return not _have_one_source(flow, operands, reached)


def _have_one_source(flow: Flow, operands: tuple[Node, ...], reached: int) -> bool:
    """Whether every way from the inputs to ``operands`` leads through one tensor."""
    common = reduce(and_, map(flow.ancestors, operands))
    if not common:
        return False
    source = flow.members(common)[-1]
    if len(source.outputs) != 1:
        return False
    behind = flow.ancestors(source)
    return all(
        each.op != "placeholder"
        and all(given is source or not flow.reaches(given, source) for given in flow.inputs(each))
        for each in flow.members(reached & ~behind)
    )
