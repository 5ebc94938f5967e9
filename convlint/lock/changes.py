"""What became of a contract: which sizes it accepts no more, which it accepts now, which come out otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from convlint.lock.recorded import Exact, Shapes
from convlint.lock.words import every, only
from convlint.report import ContractRecord
from convlint.symbolic.comparison import equal, negate
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.dim import UnbackedError, evaluate
from convlint.symbolic.domain import Domain
from convlint.symbolic.predicate import Predicate

Kind = Literal["narrowed", "widened", "output", "input"]


@dataclass(frozen=True, slots=True)
class Change:
    """One way in which a contract differs from the recorded one, and sizes at which it does."""

    kind: Kind
    message: str
    witness: Mapping[str, int] = field(default_factory=dict)


def changes(name: str, recorded: ContractRecord, present: ContractRecord) -> tuple[Change, ...]:
    """How the contract of the model ``name`` differs; only what is shown by a witness.

    A size counts where both contracts speak of it: where it was declared, and followed to the end.  Raises
    UnreadableContractError.
    """
    if recorded.input != present.input:
        before, now = ("; ".join(each.input) for each in (recorded, present))
        return (Change("input", f"the contract of {name} was recorded for {before}, and is now one for {now}"),)
    old, new = Exact(recorded.exact), Exact(present.exact)
    found: list[Change] = []
    lost = _difference(old.accepted, new)
    gained = _difference(new.accepted, old)
    if lost is not None:
        now = only(new.accepted) if gained is None else f"others: {only(new.accepted)}"
        found.append(Change("narrowed", f"{name} accepted {every(old.accepted)}, now {now}", lost))
    elif gained is not None:
        message = f"{name} accepted {only(old.accepted)}, now {every(new.accepted)}"
        found.append(Change("widened", message, gained))
    moved = _moved(old, new)
    if moved is not None:
        sizes, before, now = moved
        at = ", ".join(f"{symbol} = {size}" for symbol, size in sizes.items())
        found.append(Change("output", f"{name} gave {before} at {at}, now {now}", sizes))
    return tuple(found)


def _difference(accepted: Sequence[Domain], other: Exact) -> Mapping[str, int] | None:
    """Sizes that are accepted and that the other contract knows and refuses; None where there are none."""
    is_known = all_of(other.declared.predicate, negate(_any(other.unexplored)))
    wanted = all_of(is_known, negate(_any(other.accepted)))
    return next(filter(None, (domain.witness(satisfying=wanted) for domain in accepted)), None)


def _any(domains: Sequence[Domain]) -> Predicate:
    return any_of(*(domain.predicate for domain in domains))


def _moved(old: Exact, new: Exact) -> tuple[Mapping[str, int], str, str] | None:
    """Sizes that both accept and that come out otherwise, and the outputs of then and now."""
    for domain, before in old.outputs:
        for other, now in new.outputs:
            differs = _differ(before, now)
            sizes = domain.witness(satisfying=all_of(other.predicate, differs)) if differs is not None else None
            if sizes is not None:
                return sizes, _written(before, sizes), _written(now, sizes)
    return None


def _differ(before: Shapes, now: Shapes) -> Predicate | None:
    """Where the shapes are not the same; None where they always are."""
    if [len(shape) for shape in before] != [len(shape) for shape in now]:
        return all_of()
    pairs = [
        (one, other)
        for shapes in zip(before, now, strict=True)
        for one, other in zip(*shapes, strict=True)
        if one != other
    ]
    return any_of(*(negate(equal(one, other)) for one, other in pairs)) if pairs else None


def _written(shapes: Shapes, sizes: Mapping[str, int]) -> str:
    try:
        return ", ".join("×".join(str(evaluate(size, sizes)) for size in shape) or "a scalar" for shape in shapes)
    except UnbackedError:
        return "a size that depends on data"
