"""Why sizes do not come back: the strides that nothing undoes, with all the joins and outputs that suffer from it.

A stride that does not come back shows in several places: at the join with its skip, at the joins further out, in the
size of the output.  These are one cause, and one finding speaks for it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from convlint.graph.extent import is_negligible
from convlint.graph.model import Node
from convlint.rules.evidence.branches import JOINS, Branches, differing
from convlint.rules.evidence.pairing import Mending, Pair
from convlint.rules.evidence.pairing import pairs as pairs_of
from convlint.rules.evidence.reconstruction import Reconstruction, reconstructions
from convlint.rules.evidence.refusal import Refusal, Weight
from convlint.rules.evidence.view import View
from convlint.symbolic.comparison import negate
from convlint.symbolic.connectives import all_of
from convlint.symbolic.dim import Dim
from convlint.symbolic.domain import Domain

_WEIGHTS = frozenset({Weight.ERROR, Weight.UNSTATED})


@dataclass(frozen=True, slots=True)
class Cause:
    """Pairs that do not come back, in the order of execution, and what they do: the joins refused, the outputs.

    ``mending`` are the numbers of the one layer that goes up in all ``pairs``, axis by axis, where it comes back with
    them at all sizes that enter the path.
    """

    view: View
    pairs: tuple[Pair, ...]
    joins: tuple[Refusal, ...] = ()
    outputs: tuple[Reconstruction, ...] = ()
    mending: tuple[Mending, ...] = ()

    @property
    def rule(self) -> str:
        """The name of the rule that speaks for it: where the numbers of a layer mend it, that of the layer."""
        if self.mending:
            return "non-invertible-stride"
        if self.joins:
            return self.joins[0].rule
        mendable = any(each.up.kind in {"conv_transpose", "max_unpool"} for each in self.pairs)
        return "reconstruction-size" if self.outputs and not mendable else "non-invertible-stride"


def causes(views: Sequence[View], refusals: Sequence[Refusal]) -> tuple[Cause, ...]:
    """Every cause once, whatever path it is on."""
    found: dict[frozenset[object], Cause] = {}
    for view in views:
        refused = [each for each in refusals if each.view is view and each.weight in _WEIGHTS]
        if not refused and not view.is_live:
            continue
        for cause in _causes(view, refused, tuple(pairs_of(view))):
            places = frozenset(map(_place, cause.pairs))
            known = next((each for each in found if each & places), places)
            found[known] = _joined(found[known], cause) if known in found else cause
    return tuple(found.values())


def _causes(view: View, refused: Sequence[Refusal], pairs: Sequence[Pair]) -> Iterator[Cause]:
    joins = [(refusal, found) for refusal in refused if (found := _behind(refusal, pairs))]
    outputs: list[tuple[Reconstruction, tuple[Pair, ...]]] = []
    seen = {pair.up.name for _, found in joins for pair in found}
    if view.is_live:
        failing = [each for each in pairs if _fails(each, view.domain)]
        outputs = [(each, found) for each in reconstructions(view) if (found := _behind_output(view, each, failing))]
        undone = [each for each in failing if is_decoder(view, each) and not is_seen_to(view, each)]
        seen |= {pair.up.name for _, found in outputs for pair in found} if undone else set()
        seen |= {pair.up.name for pair in undone}
    else:
        undone = []
    relevant = [pair for pair in pairs if pair.up.name in seen and not view.path.entered.holds(pair.comes_back)]
    for group, mending in _groups(view, relevant):
        its_joins = tuple(refusal for refusal, found in joins if any(pair in group for pair in found))
        its_outputs = tuple(each for each, found in outputs if any(pair in group for pair in found))
        if its_joins or any(pair in group for pair in undone):
            yield Cause(view, tuple(group), its_joins, its_outputs, mending)


def _groups(view: View, pairs: Sequence[Pair]) -> Iterator[tuple[list[Pair], tuple[Mending, ...]]]:
    """Pairs with one cause: an up-sampling that a number mends, or strides of which one feeds the other."""
    by_up: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_up.setdefault(pair.up.name, []).append(pair)
    chains: list[list[Pair]] = []
    for same_up in by_up.values():
        mending = _mending(view, same_up)
        if mending:
            yield same_up, mending
            continue
        fed = [chain for chain in chains if any(_are_chained(view, one, same_up[0]) for one in chain)]
        chains = [chain for chain in chains if chain not in fed]
        chains.append([*(pair for chain in fed for pair in chain), *same_up])
    for chain in chains:
        yield sorted(chain, key=lambda pair: view.flow.index(pair.up)), ()


def _are_chained(view: View, one: Pair, other: Pair) -> bool:
    return view.flow.reaches(one.down, other.down) or view.flow.reaches(other.down, one.down)


def _mending(view: View, pairs: Sequence[Pair]) -> tuple[Mending, ...]:
    """The numbers with which the layer brings all of these back, axis by axis; empty where there are none."""
    axes = next((axes for node, axes in view.transposed if node is pairs[0].up), ())
    found: list[Mending] = []
    for axis in axes:
        pair = next((each for each in pairs if each.axis == axis.axis), None)
        padding, output_padding = axis.transposed.padding, axis.transposed.output_padding
        if pair is not None:
            mending = pair.mending(view.path.entered)
        elif isinstance(padding, int) and isinstance(output_padding, int):
            mending = Mending(padding, output_padding)
        else:
            mending = None
        if mending is None:
            return ()
        found.append(mending)
    return tuple(found)


def _behind(refusal: Refusal, pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """The pairs on one of the branches that make a join fail; empty where something else does."""
    branches = differing(refusal)
    if branches is None or branches.left is None or branches.right is None:
        return ()
    pairs = tuple(pairs)
    for branch, skip in ((branches.left, branches.right), (branches.right, branches.left)):
        candidates = tuple(each for each in pairs if _goes_round(refusal.view, each, branch, skip, branches.axis))
        for chosen in (candidates[-1:], candidates):
            if chosen and _explain(refusal, branches, chosen):
                domain = refusal.requirement.domain
                return tuple(each for each in chosen if not domain.holds(each.comes_back))
    return ()


def _goes_round(view: View, pair: Pair, branch: Node, skip: Node, axis: int) -> bool:
    flow = view.flow
    on_branch = pair.axis == axis and flow.reaches(pair.up, branch)
    return on_branch and not flow.reaches(pair.up, skip) and not flow.reaches(pair.down, skip)


def _explain(refusal: Refusal, branches: Branches, pairs: Sequence[Pair]) -> bool:
    """Whether the join fails by what the pairs lose: it would not if they came back, or differs by just as much."""
    domain = refusal.requirement.domain
    back = domain.narrow(all_of(*(each.comes_back for each in pairs)))
    if not back.is_empty and not domain.holds(negate(refusal.requirement.predicate)):
        return back.holds(refusal.requirement.predicate)
    one, other = branches.sizes
    lost = pairs[-1].target - pairs[-1].returned
    return any(domain.simplify(gap - lost) == 0 for gap in (one - other, other - one))


def _behind_output(view: View, output: Reconstruction, failing: Iterable[Pair]) -> tuple[Pair, ...]:
    """The pairs that make an output differ from its input; empty where it does not, or not because of them."""
    if not output.fails(view.domain):
        return ()
    found = tuple(each for each in failing if view.flow.reaches(each.up, output.returned))
    back = view.domain.narrow(all_of(*(each.comes_back for each in found)))
    return () if output.fails(back) else found


def _fails(pair: Pair, domain: Domain) -> bool:
    """Whether it does not come back at sizes that count, by more than a border that is the same at all of them."""
    if is_negligible(domain.narrow(negate(pair.comes_back)), domain):
        return False
    lost = domain.simplify(pair.target - pair.returned)
    if not isinstance(lost, int) or not isinstance(domain.simplify(pair.target), Dim):
        return True
    mending = pair.mending(domain)
    return mending is not None and pair.transposed is not None and mending.padding == pair.transposed.padding


def is_decoder(view: View, pair: Pair) -> bool:
    """Whether what the model returns is computed from it and on the grid of the input."""
    return any(
        view.flow.reaches(pair.up, returned) and view.grids.jump(returned, pair.axis) == 1
        for returned in view.returned
    )


def is_seen_to(view: View, pair: Pair) -> bool:
    """Whether a later map has the size again, or was brought together with one that goes round the stride."""
    simplify = view.domain.simplify
    target = simplify(pair.target)
    for each in view.flow.members(view.flow.descendants(pair.up)):
        if len(each.shape) > pair.axis and simplify(each.shape[pair.axis]) == target:
            return True
        if each.kind in JOINS and any(_is_round(view, pair, branch) for branch in view.flow.inputs(each)):
            return True
    return False


def _is_round(view: View, pair: Pair, branch: Node) -> bool:
    goes_round = not view.flow.reaches(pair.up, branch) and not view.flow.reaches(pair.down, branch)
    return goes_round and len(branch.shape) > pair.axis and isinstance(branch.shape[pair.axis], Dim)


def _place(pair: Pair) -> object:
    return pair.up.call, pair.up.layer, pair.down.call, pair.down.layer


def _joined(one: Cause, other: Cause) -> Cause:
    """The same cause on two paths; a number that mends it on one of them only mends nothing."""
    return replace(
        one,
        joins=(*one.joins, *other.joins),
        outputs=one.outputs or (other.outputs if one.view is other.view else ()),
        mending=one.mending if one.mending == other.mending else (),
    )
