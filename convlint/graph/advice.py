"""Two pieces of advice on input sizes that pull apart, and which of them a model can follow.

The joins of a decoder with ``n`` halvings want ``i ≡ 0 (mod 2^n)``; ``n`` strides of 2 over odd kernels with half
padding keep that padding even for ``i ≡ 1 (mod 2^n)`` (Alsallakh et al., *Mind the Pad*, ICLR 2021).  Nothing here
knows these classes: both sets of sizes are read off the joins and windows of the traced graph.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from convlint.arithmetic.window import padding_lost
from convlint.graph.contract import Contract, domains_to_json, render_union, union
from convlint.graph.extent import is_last_few
from convlint.graph.flow import Flow
from convlint.graph.model import GraphPath, ModelGraph
from convlint.graph.typical import is_typical, typical_sizes
from convlint.graph.windows import AxisWindow, windows_of
from convlint.symbolic.comparison import less
from convlint.symbolic.connectives import all_of
from convlint.symbolic.dim import Size
from convlint.symbolic.domain import Domain
from convlint.symbolic.predicate import Predicate

Verdict = Literal["both", "joins", "neither"]


@dataclass(frozen=True)
class Advice:
    """At which sizes the joins of a model fit, and at which no window loses padding to the floor.

    Both sets are exact for the sizes of the paths that some size follows to the end.  Sizes that the model's own code
    refuses, or that were not explored, are in neither.
    """

    graph: ModelGraph

    @cached_property
    def joins(self) -> tuple[Domain, ...]:
        """The sizes that reach every join, and at which its maps fit each other."""
        return union(way.followed.narrow(way.joins_fit) for way in self._ways)

    @cached_property
    def even(self) -> tuple[Domain, ...]:
        """The sizes that reach every window with padding and a stride, and at which it reads all of its padding."""
        return union(way.followed.narrow(way.padding_even) for way in self._ways)

    @cached_property
    def both(self) -> tuple[Domain, ...]:
        """The sizes that the model accepts and at which every window reads all of its padding."""
        return union(way.accepted.narrow(way.padding_even) for way in self._ways)

    @cached_property
    def recommended(self) -> tuple[Domain, ...]:
        """``both`` without what `is_recommendable` leaves out."""
        found = ((way.accepted.narrow(way.padding_even), way.accepted) for way in self._ways)
        return union(domain for domain, accepted in found if is_recommendable(domain, accepted, self._near))

    @cached_property
    def followed(self) -> tuple[Domain, ...]:
        """The sizes of which the advice speaks."""
        return union(way.followed for way in self._ways)

    @property
    def asks_nothing(self) -> bool:
        """Whether every join fits and all padding is even at each of these sizes."""
        return self.joins == self.even == self.followed

    @property
    def are_apart(self) -> bool:
        """Whether it is proven that at no size the joins fit and the padding is even."""
        return all(one.narrow(other.predicate).is_empty for one in self.joins for other in self.even)

    @property
    def verdict(self) -> Verdict | None:
        """What some accepted sizes have: joins that fit and even padding, joins that fit, or neither.

        Even padding alone is no case: where a join does not fit, PyTorch raises.  None where sizes that were not
        explored may have more than those that were.
        """
        if self.recommended:
            return "both"
        if Contract(self.graph).unexplored:
            return None
        return "joins" if self._ways else "neither"

    @cached_property
    def symbols(self) -> frozenset[str]:
        """The sizes of which joins or padding ask anything."""
        asked = [domain for domain in (*self.joins, *self.even) if domain not in self.followed]
        return frozenset(
            name
            for name in self.graph.declared.sets
            if any(name in relation.symbols for domain in asked for relation in domain.relations)
            or any(domain.set_of(name) != self.graph.declared.set_of(name) for domain in asked)
        )

    @cached_property
    def example(self) -> Mapping[str, int] | None:
        """Accepted sizes near the typical ones, with even padding if there are some to recommend; None without any."""
        return self._nearest(self.recommended or [way.accepted for way in self._ways])

    @cached_property
    def refused_example(self) -> Mapping[str, int] | None:
        """Sizes near the typical ones that keep the padding even and are refused; None where some are accepted."""
        return None if self.both else self._nearest(self.even)

    def to_json(self) -> dict[str, Any]:
        """Text for people, and the exact form of `convlint.symbolic.codec` for programs."""
        sets = {"joins_fit": self.joins, "padding_even": self.even, "both": self.both}
        return {
            **{key: {"text": render_union(sizes), "any_of": domains_to_json(sizes)} for key, sizes in sets.items()},
            "has": self.verdict,
            "example": None if self.example is None else dict(self.example),
            "even_but_refused": None if self.refused_example is None else dict(self.refused_example),
        }

    @cached_property
    def _ways(self) -> tuple["_Way", ...]:
        return tuple(_way(self.graph, path) for path in Contract(self.graph).accepting)

    @cached_property
    def _near(self) -> Mapping[str, int]:
        return typical_sizes(self.graph)

    def _nearest(self, domains: Iterable[Domain]) -> Mapping[str, int] | None:
        near = self._near
        found = [sizes for domain in domains if (sizes := domain.witness(near)) is not None]
        return min(found, key=lambda sizes: sum(abs(sizes[name] - near.get(name, 0)) for name in sizes), default=None)


@dataclass(frozen=True, slots=True)
class _Way:
    """One accepting path: the sizes that follow it, those that it accepts, and what its joins and windows ask."""

    followed: Domain
    accepted: Domain
    joins_fit: Predicate
    padding_even: Predicate


def uneven_padding(window: AxisWindow) -> Size:
    """Cells of right padding that a strided window loses to the floor, so that what is in force is uneven."""
    if window.window.stride == 1 or window.window.padding[1] == 0:
        return 0
    return padding_lost(window.size, window.window)


def is_recommendable(domain: Domain, accepted: Domain, near: Mapping[str, int]) -> bool:
    """Whether some of the accepted sizes can be recommended.

    A last few of endlessly many, such as a single row that broadcasts in every join, cannot; nor sizes that are far
    from the typical ones, ``near``, such as 253 rows by one column for a model that is used at 32 by 32.
    """
    if domain.is_empty or is_last_few(domain, accepted, accepted.symbols):
        return False
    witness = domain.witness(near)
    closest = {symbol: accepted.set_of(symbol).nearest(size) for symbol, size in near.items()}
    return witness is not None and is_typical(witness, {s: size for s, size in closest.items() if size is not None})


def _way(graph: ModelGraph, path: GraphPath) -> _Way:
    flow = Flow(path)
    asked: list[Predicate] = []
    joins_fit: tuple[Predicate, ...] = ()
    even: list[Predicate] = []
    reached: tuple[Predicate, ...] = ()
    for node in path.nodes:
        asked += [requirement.predicate for requirement in node.requirements]
        if any(requirement.rule == "skip-size-mismatch" for requirement in node.requirements):
            joins_fit = tuple(asked)
        uneven = [lost for window in windows_of(graph, flow, node) if (lost := uneven_padding(window)) != 0]
        if uneven:
            even += [less(lost, 1) for lost in uneven]
            reached = tuple(asked)
    followed = path.entered.narrow(all_of(*(each.predicate for each in path.specialisations)))
    return _Way(followed, path.domain, all_of(*joins_fit), all_of(*reached, *even))
