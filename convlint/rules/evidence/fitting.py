"""At which sizes refused operations would get what they need: the shortest condition that says so."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from convlint.diagnostics import Span
from convlint.graph.contract import render_union, union
from convlint.graph.model import Node, Requirement
from convlint.rules.evidence import wording
from convlint.rules.evidence.branches import JOINS
from convlint.rules.evidence.refusal import Refusal
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.comparison import equal
from convlint.symbolic.connectives import all_of
from convlint.symbolic.dim import Dim
from convlint.symbolic.domain import Domain
from convlint.symbolic.intset import IntSet
from convlint.symbolic.predicate import Predicate
from convlint.symbolic.render import render_set

Place = tuple[str, Span, str]
Wanted = Callable[[Node, Requirement], Predicate]


@dataclass(frozen=True, slots=True)
class _Demand:
    """``fits`` is asked of the sizes of ``domain``, which are those that come to an operation."""

    domain: Domain
    fits: Predicate


def fitting_sizes(subject: Subject, refusals: Sequence[Refusal]) -> str:
    """The sizes at which these operations get what they need, joins maps of one size: ``H % 16 = 0 and W % 16 = 0``.

    It holds over all paths of the model.  What the model asks for besides is left out: of the sizes that come to these
    operations the condition leaves those that fit, and it is the shortest that is found.  Empty where none fit.
    """
    places = {_place(each.view, each.node, each.rule) for each in refusals}
    wants: tuple[Wanted, ...] = (_one_size, _accepted)
    for wanted in wants:
        demands: dict[_Demand, None] = {}
        fitting: list[Domain] = []
        for view in subject.live or subject.views:
            asked = list(_demands(view, places, wanted))
            demands.update(dict.fromkeys(asked))
            # Where no size runs to the end, those that came so far.
            domain = asked[-1].domain if asked and not view.is_live else view.domain
            fitting.append(domain.narrow(all_of(*(each.fits for each in asked))))
        found = union(fitting)
        if found:
            return _shortest(found, tuple(demands))
    return ""


def _place(view: View, node: Node, rule: str) -> Place:
    return rule, view.call_span(node), view.place(node)


def _demands(view: View, places: Collection[Place], wanted: Wanted) -> Iterator[_Demand]:
    for node in view.flow.nodes:
        for requirement in node.requirements:
            if _place(view, node, requirement.rule) in places:
                yield _Demand(requirement.domain, wanted(node, requirement))


def _one_size(node: Node, requirement: Requirement) -> Predicate:
    """That joined maps have one size, without any that is repeated."""
    match requirement.details.get("sizes"):
        case (int() | Dim() as one, int() | Dim() as other) if node.kind in JOINS:
            return equal(one, other)
        case _:
            return requirement.predicate


def _accepted(node: Node, requirement: Requirement) -> Predicate:
    """That PyTorch takes them."""
    del node
    return requirement.predicate


def _shortest(fitting: tuple[Domain, ...], demands: Sequence[_Demand]) -> str:
    """The condition, of symbols that the demands speak of."""
    symbols = frozenset().union(*(each.fits.symbols for each in demands))
    found = _about(_hull(fitting), symbols)
    if not _suffices(found, demands):
        return render_union([_about(each, symbols) for each in fitting])
    for symbol in sorted(symbols & found.sets.keys()):
        simpler = (Domain({**found.sets, symbol: allowed}, found.relations) for allowed in _wider(symbol, found))
        found = next((each for each in simpler if _suffices(each, demands)), found)
    for relation in found.relations:
        rest = Domain(found.sets, [each for each in found.relations if each != relation])
        found = rest if _suffices(rest, demands) else found
    return wording.condition(found, symbols)


def _hull(domains: Sequence[Domain]) -> Domain:
    """A domain that holds all of these."""
    first, *others = domains
    sets = dict(first.sets)
    for each in others:
        sets = {symbol: allowed | each.set_of(symbol) for symbol, allowed in sets.items()}
    shared = [relation for relation in first.relations if all(relation in each.relations for each in others)]
    return Domain(sets, shared)


def _about(domain: Domain, symbols: Collection[str]) -> Domain:
    """What it says of these symbols alone."""
    return Domain(
        {symbol: allowed for symbol, allowed in domain.sets.items() if symbol in symbols},
        [relation for relation in domain.relations if relation.symbols <= set(symbols)],
    )


def _suffices(condition: Domain, demands: Sequence[_Demand]) -> bool:
    """Whether, of the sizes that come to the operations, those of the condition fit."""
    return all(each.domain.narrow(condition.predicate).holds(each.fits) for each in demands)


def _wider(symbol: str, domain: Domain) -> list[IntSet]:
    """Sets that hold that of the symbol, those that are said in fewest words first.

    They follow the law that it follows in the end, or one of a divisor of its modulus, from 0 or from its least member.
    """
    allowed = domain.set_of(symbol)
    if allowed.is_bounded:
        return []
    _, _, modulus, mask = allowed.segments[-1]
    residues = [residue for residue in range(modulus) if mask >> residue & 1]
    laws = [IntSet.residues(m, {each % m for each in residues}) for m in range(1, modulus + 1) if modulus % m == 0]
    sets = [each for law in laws for each in (law, law.clip(allowed.min() or 0))]
    return sorted((each for each in sets if allowed.is_subset(each)), key=lambda each: len(render_set(symbol, each)))
