"""What the model itself refuses among the sizes that the user declared: its own ``raise`` or ``assert``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from convlint.graph.model import Failure
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.domain import Domain

_UNFINISHED = "NotImplementedError"
"""A method that is still to be written refuses nothing on account of sizes."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A path of declared sizes that ends in an exception of the model's own, ``witness`` among them."""

    view: View
    failure: Failure
    failing: Domain
    witness: Mapping[str, int]


def guards(subject: Subject) -> Iterator[Guard]:
    """The paths on which the model refuses declared sizes.

    Sizes that an operation on the path had refused before are not among them: that is the operation's to say.
    """
    if not subject.sizes_are_given:
        return
    for view in subject.views:
        failure = view.path.failure
        if failure is None or failure.kind != "raised" or failure.exception == _UNFINISHED:
            continue
        failing = view.path.entered
        for node in view.flow.nodes:
            for requirement in node.requirements:
                failing = failing.narrow(requirement.predicate)
        witness = None if failing.is_empty else failing.witness(subject.near)
        if witness is not None:
            yield Guard(view, failure, failing, witness)
