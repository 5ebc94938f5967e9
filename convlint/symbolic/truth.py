"""What sets, bounds and single relations decide about a statement, without drawing conclusions from it."""

from collections.abc import Callable
from enum import Enum
from functools import partial

from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.constraints import Constraints
from convlint.symbolic.functions import Interval
from convlint.symbolic.intset import IntSet
from convlint.symbolic.limits import TooFineError
from convlint.symbolic.predicate import FALSE, TRUE, AllOf, AnyOf, Predicate, Relation, Within
from convlint.symbolic.ranges import range_of


class Truth(Enum):
    """What holds over a whole domain. ALWAYS and NEVER are proofs."""

    ALWAYS = "always"
    NEVER = "never"
    SOMETIMES = "sometimes"
    UNKNOWN = "unknown"


def shallow_truth(domain: Constraints, predicate: Predicate) -> Truth:
    """What sets, bounds and single relations decide."""
    if isinstance(predicate, Within):
        return _decide_within(domain.set_of(predicate.symbol), predicate.allowed)
    if isinstance(predicate, Relation):
        return _decide_relation(domain, predicate)
    assert isinstance(predicate, AllOf | AnyOf)
    truths = [shallow_truth(domain, part) for part in predicate.parts]
    deciding, neutral = (Truth.NEVER, Truth.ALWAYS) if isinstance(predicate, AllOf) else (Truth.ALWAYS, Truth.NEVER)
    if deciding in truths:
        return deciding
    if all(truth is neutral for truth in truths):
        return neutral
    return Truth.UNKNOWN if Truth.UNKNOWN in truths else Truth.SOMETIMES


def _decide_within(possible: IntSet, allowed: IntSet) -> Truth:
    try:
        if possible.is_subset(allowed):
            return Truth.ALWAYS
        if possible.is_disjoint(allowed):
            return Truth.NEVER
    except TooFineError:
        pass
    return Truth.SOMETIMES


def _decide_relation(domain: Constraints, relation: Relation) -> Truth:
    if relation in domain.relations:
        return Truth.ALWAYS
    if relation.op in ("==", "!=") and relation.opposite in domain.relations:
        return Truth.NEVER
    truth = _sign_truth(relation.op, range_of(domain.sets, domain.relations, relation.dim))
    if truth is None:
        return Truth.UNKNOWN if relation.unbacked else Truth.SOMETIMES
    return truth


def _sign_truth(op: str, interval: Interval) -> Truth | None:
    low, high = interval
    if op in ("==", "!="):
        if (low is not None and low > 0) or (high is not None and high < 0):
            return Truth.NEVER if op == "==" else Truth.ALWAYS
        if low == 0 == high:
            return Truth.ALWAYS if op == "==" else Truth.NEVER
        return None
    if low is not None and (low > 0 or (low == 0 and op == ">=")):
        return Truth.ALWAYS
    if high is not None and (high < 0 or (high == 0 and op == ">")):
        return Truth.NEVER
    return None


def without_decided(domain: Constraints, predicate: Predicate) -> Predicate:
    """Without the parts that sets and bounds alone decide; used inside `narrow`, hence without narrowing."""
    return reduced(predicate, partial(shallow_truth, domain))


def reduced(predicate: Predicate, decide: Callable[[Predicate], Truth | None]) -> Predicate:
    """Without the parts that ``decide`` settles one way or the other."""
    truth = decide(predicate)
    if truth is Truth.ALWAYS:
        return TRUE
    if truth is Truth.NEVER:
        return FALSE
    if isinstance(predicate, AnyOf):
        return any_of(*[reduced(p, decide) for p in predicate.parts])
    if isinstance(predicate, AllOf):
        return all_of(*[reduced(p, decide) for p in predicate.parts])
    return predicate
