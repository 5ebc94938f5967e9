"""Constraint propagation: what is left of the sizes when one more statement holds."""

from functools import lru_cache

from convlint.symbolic.connectives import any_of
from convlint.symbolic.constraints import Constraints
from convlint.symbolic.intset import ALL, EMPTY
from convlint.symbolic.limits import TooFineError
from convlint.symbolic.predicate import FALSE, TRUE, AllOf, AnyOf, Predicate, Relation, Within
from convlint.symbolic.projections import ConflictError, projections, try_substituted
from convlint.symbolic.truth import without_decided

_ROUNDS = 12
_MAX_WEIGHED = 8


@lru_cache(maxsize=8192)
def narrow(domain: Constraints, predicate: Predicate, *, weigh: bool = True) -> Constraints:
    """What is left where the statement holds; `weigh` says whether alternatives are tried one by one."""
    if domain.is_empty:
        return domain
    narrowing = _Narrowing(domain, weigh=weigh)
    try:
        narrowing.take(predicate)
        narrowing.settle()
    except ConflictError:
        return _empty(domain)
    return Constraints(narrowing.sets, narrowing.relations)


def _empty(domain: Constraints) -> Constraints:
    return Constraints(dict.fromkeys(domain.sets or ("",), EMPTY))


class _Narrowing:
    """
    Constraint propagation: sets and relations sharpen each other until nothing changes.

    `weigh` says whether each alternative of an `AnyOf` is tried by narrowing; within such a trial it is not, or the
    work would double with every `AnyOf`.
    """

    def __init__(self, domain: Constraints, *, weigh: bool) -> None:
        self.weigh = weigh
        self.sets = dict(domain.sets)
        self.relations = list(domain.relations)
        self.stale: set[str] = set()
        self.fresh: list[Predicate] = []

    def take(self, predicate: Predicate) -> None:
        """Adds a statement."""
        if isinstance(predicate, AllOf):
            for part in predicate.parts:
                self.take(part)
        elif isinstance(predicate, Within):
            self.restrict(predicate)
        elif predicate == FALSE:
            raise ConflictError
        elif predicate not in self.relations:
            self.relations.append(predicate)
            self.fresh.append(predicate)

    def restrict(self, predicate: Within) -> None:
        """Intersects the set of one symbol."""
        name = predicate.symbol
        before = self.sets.get(name, ALL)
        try:
            after = before & predicate.allowed
        except TooFineError:
            if predicate not in self.relations:
                self.relations.append(predicate)
            return
        if after.is_empty:
            raise ConflictError
        if name not in self.sets or after != before:
            self.sets[name] = after
            self.stale.add(name)

    def settle(self) -> None:
        """Re-examines the relations that speak of changed symbols, a bounded number of rounds."""
        for _ in range(_ROUNDS):
            stale, self.stale = self.stale, set()
            fresh, self.fresh = self.fresh, []
            due = [r for r in self.relations if r in fresh or not stale.isdisjoint(r.symbols)]
            if not due:
                return
            for relation in due:
                if relation in self.relations:
                    self.relations.remove(relation)
                    self.examine(relation)

    def examine(self, relation: Predicate) -> None:
        """Keeps what a relation says beyond the sets, and moves into the sets what these can say."""
        fixed = {name: n for name in relation.symbols if (n := self.sets.get(name, ALL).single) is not None}
        if fixed:
            relation = try_substituted(relation, fixed)
            if not isinstance(relation, Relation | AnyOf):
                self.take(relation)
                return
        here = Constraints(self.sets, self.relations)
        relation = without_decided(here, relation)
        if relation == TRUE:
            return
        if not isinstance(relation, Relation | AnyOf) or relation == FALSE:
            self.take(relation)
            return
        if isinstance(relation, AnyOf):
            self.examine_alternatives(here, relation)
            return
        self.relations.append(relation)
        for implied in projections(here, relation):
            self.restrict(implied)

    def examine_alternatives(self, here: Constraints, relation: AnyOf) -> None:
        """Drops alternatives that cannot be; a symbol that each of the others restricts lies in the union."""
        if not self.weigh or len(relation.parts) > _MAX_WEIGHED:
            self.relations.append(relation)
            return
        tried = [(part, narrow(here, part, weigh=False)) for part in relation.parts]
        possible = [(part, narrowed) for part, narrowed in tried if not narrowed.is_empty]
        left = any_of(*[part for part, _ in possible])
        if not isinstance(left, AnyOf) or not possible:
            self.take(left)
            return
        self.relations.append(left)
        for name in left.symbols:
            union = EMPTY
            try:
                for _, narrowed in possible:
                    union |= narrowed.set_of(name)
            except TooFineError:
                continue
            self.restrict(Within(name, union))
