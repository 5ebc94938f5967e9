"""What operations refuse: the requirements of a model that some sizes do not meet, and how much each matters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from convlint.graph.model import Node, Requirement
from convlint.rules.evidence.guesses import relates_guesses
from convlint.rules.evidence.view import View
from convlint.symbolic.comparison import negate
from convlint.symbolic.dim import Dim
from convlint.symbolic.domain import Domain
from convlint.symbolic.predicate import AllOf, AnyOf, Predicate, Within
from convlint.symbolic.truth import Truth

_FIXED_BY_WEIGHTS = frozenset({"linear-mismatch", "channel-mismatch", "norm-mismatch"})
MENTIONED = frozenset({"shuffle-mismatch"})
"""Parts of a contract that are named where something else has to be stated."""
_OWN_NUMBERS = frozenset({"invalid-layer", "invalid-output-padding"})
_OF_SEVERAL = frozenset({"join", "cat", "stack", "matmul"})
_ABOUT_CHANNELS = frozenset({"channel-mismatch", "norm-mismatch", "skip-channel-mismatch"})


class Weight(Enum):
    """How much a refusal matters."""

    ERROR = "error"
    """It refuses sizes that matter: declared ones, or every size."""
    UNSTATED = "unstated"
    """It refuses some sizes of a model for which nobody said which ones matter: the model should say so."""
    PIN = "pin"
    """Weights, or numbers that the model was built for, leave only certain input sizes."""
    CONTRACT = "contract"
    """Part of what the model accepts, and nothing to speak about: a minimum size, a size that divides."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A requirement of a node with sizes that reach it and do not meet it, ``witness`` among them."""

    view: View
    node: Node
    requirement: Requirement
    weight: Weight
    failing: Domain
    witness: Mapping[str, int]
    always: bool
    """Whether no size that reaches the node meets it."""

    @property
    def rule(self) -> str:
        """The name of the rule that speaks for it."""
        return self.requirement.rule

    @property
    def working(self) -> Domain:
        """The sizes that reach the node and meet this and its other requirements."""
        domain = self.requirement.domain
        for requirement in self.node.requirements:
            domain = domain.narrow(requirement.predicate)
        return domain


def refusals(
    views: tuple[View, ...], declared: Domain, *, is_declared: bool, near: Mapping[str, int]
) -> Iterator[Refusal]:
    """Every refusal with a witness that a finding may speak of, path by path in the order of execution."""
    accepts_something = any(view.is_live for view in views)
    pinned = _pinned(views, declared)
    for view in views:
        was_refused = view.path.failure is not None and view.path.failure.kind == "refused"
        for node in view.flow.nodes:
            for requirement in node.requirements:
                always = was_refused and requirement.domain.narrow(requirement.predicate).is_empty
                weight = (
                    Weight.CONTRACT
                    if relates_guesses(view, node)
                    else _weight(view, node, requirement, declared, always, is_declared, accepts_something, pinned)
                )
                if weight is Weight.CONTRACT and requirement.rule not in MENTIONED:
                    continue
                failing = requirement.domain if always else requirement.domain.narrow(negate(requirement.predicate))
                if failing.is_empty:
                    continue
                witness = failing.witness(near)
                if witness is not None:
                    yield Refusal(view, node, requirement, weight, failing, witness, always)


def _weight(
    view: View,
    node: Node,
    requirement: Requirement,
    declared: Domain,
    always: bool,
    is_declared: bool,
    accepts_something: bool,
    pinned: frozenset[str],
) -> Weight:
    if is_declared:
        return Weight.ERROR
    if always:
        # On a path that was followed for a few numbers only, other sizes may fare better.
        is_general = not view.path.specialisations
        if is_general and not accepts_something:
            return Weight.ERROR
        # A branch of the model that no size survives is a requirement on the size, unless the size has no part in it.
        sizeless = requirement.rule in _ABOUT_CHANNELS or (is_general and requirement.rule in _FIXED_BY_WEIGHTS)
        if sizeless and declared.decide(requirement.predicate) is Truth.NEVER:
            return Weight.ERROR
    if requirement.rule in _OWN_NUMBERS:
        return Weight.ERROR if always else Weight.CONTRACT
    if requirement.rule in {"window-exceeds-input", "shuffle-mismatch"} or is_minimum(requirement.predicate):
        return Weight.CONTRACT
    is_pin = _is_pin(view, node, requirement) or not pinned.isdisjoint(requirement.predicate.symbols)
    if is_pin:
        return Weight.PIN
    # Which sizes reach a part of a model is the model's business.
    return Weight.CONTRACT if view.graph.is_part else Weight.UNSTATED


def _is_pin(view: View, node: Node, requirement: Requirement) -> bool:
    """Whether it is about weights whose sizes the model was built with."""
    if node.kind == "attention" and _is_against_number(requirement):  # its mask or bias
        return True
    return requirement.rule in _FIXED_BY_WEIGHTS or _meets_weights(view, node)


def _pinned(views: tuple[View, ...], declared: Domain) -> frozenset[str]:
    """The symbols to which the model's own numbers leave finitely many sizes: more requirements on them are no news."""
    bounded: set[str] = set()
    for symbol in declared.sets:
        if not declared.set_of(symbol).is_bounded and all(
            view.domain.set_of(symbol).is_bounded for view in views if view.is_live
        ):
            bounded.add(symbol)
    if not bounded:
        return frozenset()
    by_numbers = frozenset().union(
        *(
            requirement.predicate.symbols
            for view in views
            for node in view.flow.nodes
            for requirement in node.requirements
            if requirement.rule == "shuffle-mismatch" or _is_pin(view, node, requirement)
        )
    )
    return by_numbers & bounded


def _meets_weights(view: View, node: Node) -> bool:
    """Whether a tensor of the input is joined with one of the model's own (which are no inputs of a node)."""
    if node.kind in _OF_SEVERAL and len(node.inputs) < 2:
        return True
    return any(view.flow.is_constant(each) for each in view.flow.inputs(node))


def _is_against_number(requirement: Requirement) -> bool:
    """Whether a size that varies has to equal one that does not."""
    details = requirement.details
    sizes = details.get("sizes", (details.get("expected"), details.get("found")))
    return isinstance(sizes, tuple) and {type(each) for each in sizes} == {int, Dim}


def is_minimum(predicate: Predicate) -> bool:
    """Whether it only asks for sizes that are large enough."""
    if isinstance(predicate, AllOf | AnyOf):
        return bool(predicate.parts) and all(is_minimum(part) for part in predicate.parts)  # without parts: FALSE
    return isinstance(predicate, Within) and (~predicate.allowed).is_bounded
