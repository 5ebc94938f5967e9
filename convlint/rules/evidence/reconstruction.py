"""Which returned map is the input again, after going down and up."""

from collections.abc import Iterator
from dataclasses import dataclass

from convlint.diagnostics import Span
from convlint.graph.extent import is_negligible
from convlint.graph.geometry import FIRST_SPATIAL_AXIS
from convlint.graph.model import Node
from convlint.rules.evidence.view import View
from convlint.symbolic.comparison import unequal
from convlint.symbolic.connectives import any_of
from convlint.symbolic.domain import Domain
from convlint.symbolic.predicate import Predicate


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """``returned`` has the rank, the channels and the grid of ``source``, an input, with coarser maps in between."""

    source: Node
    returned: Node

    @property
    def axes(self) -> range:
        """The spatial axes."""
        return range(FIRST_SPATIAL_AXIS, len(self.source.shape))

    @property
    def differences(self) -> tuple[Predicate, ...]:
        """That the two differ, axis by axis."""
        return tuple(unequal(self.returned.shape[axis], self.source.shape[axis]) for axis in self.axes)

    @property
    def differs(self) -> Predicate:
        """That the two differ in size."""
        return any_of(*self.differences)

    def fails(self, domain: Domain) -> bool:
        """Whether the two differ at sizes of the domain that count: at more than a last few of endlessly many."""
        return not all(is_negligible(domain.narrow(each), domain) for each in self.differences)


def reconstructions(view: View) -> Iterator[Reconstruction]:
    """Each returned map with the input that it reconstructs."""
    for returned in view.returned:
        for source in view.flow.nodes:
            if source.op == "placeholder" and _is_reconstruction(view, source, returned):
                yield Reconstruction(source, returned)
                break


def _is_reconstruction(view: View, source: Node, returned: Node) -> bool:
    return (
        len(source.shape) == len(returned.shape) > FIRST_SPATIAL_AXIS
        and source.shape[1] == returned.shape[1]
        and view.flow.reaches(source, returned)
        and all(jump == 1 for jump in view.grids.jumps[returned.name][FIRST_SPATIAL_AXIS:])
        and _goes_down(view, source, returned)
    )


def _goes_down(view: View, source: Node, returned: Node) -> bool:
    return any(
        jump is not None and jump > 1
        for each in view.flow.between(source, returned)
        for jump in view.grids.jumps[each.name][FIRST_SPATIAL_AXIS:]
    )


def returned_at(view: View, returned: Node) -> Span:
    """The ``return`` statement if it was recorded, else where the map was made."""
    for user in view.flow.users(returned):
        if user.op == "output" and user.call is not None:
            return user.call
    return view.call_span(returned)
