"""Whether a model runs at sizes of which only some are said."""

from collections.abc import Mapping

from convlint.graph.contract import Contract, Sizes
from convlint.graph.typical import typical_sizes
from convlint.symbolic.canonical import symbol
from convlint.symbolic.comparison import equal
from convlint.symbolic.connectives import all_of
from convlint.symbolic.predicate import Predicate


def at_sizes(sizes: Sizes) -> Predicate:
    """That these symbols have these sizes."""
    return all_of(*(equal(symbol(name), size) for name, size in sizes.items()))


def acceptance(contract: Contract, given: Predicate) -> tuple[bool | None, Mapping[str, int]]:
    """Whether some sizes that satisfy ``given`` are accepted, and such sizes; None where that is not known."""
    near = typical_sizes(contract.graph)
    for domain in contract.accepted:
        witness = domain.witness(near, given)
        if witness is not None:
            return True, witness
    if any(domain.witness(satisfying=given) is not None for domain in contract.unexplored):
        return None, {}
    return False, {}
