"""Where strides that do not come back lose cells, what that does elsewhere, and the ways to bring them back."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from convlint.arithmetic.window import Window
from convlint.arithmetic.window import output_size as window_size
from convlint.diagnostics import Related
from convlint.graph.extent import is_negligible
from convlint.graph.model import Node
from convlint.rules.evidence import wording
from convlint.rules.evidence.branches import differing
from convlint.rules.evidence.cause import Cause
from convlint.rules.evidence.pairing import Pair
from convlint.rules.evidence.reconstruction import Reconstruction, returned_at
from convlint.rules.evidence.refusal import Refusal
from convlint.rules.evidence.subject import Subject
from convlint.rules.evidence.view import View
from convlint.symbolic.canonical import symbol
from convlint.symbolic.comparison import divides, equal, negate
from convlint.symbolic.connectives import all_of
from convlint.symbolic.dim import evaluate
from convlint.symbolic.domain import Domain


def output_of(view: View, output: Reconstruction) -> Related:
    """That a returned map is not the size of the input, where it is returned."""
    symbols = wording.symbols(output.source.shape[2:])
    working = view.domain.without(output.differs)
    works = "" if working.is_empty else wording.condition(working, symbols)
    only = f" unless {works}" if works and len(works) <= wording.LONGEST_CONDITION else ""
    return Related(returned_at(view, output.returned), f"the output is not the size of the input{only}")


def called_with(node: Node, argument: str) -> str:
    """``call it with `output_size=size```; a layer that `nn.Sequential` calls has to leave it for that."""
    if not is_handed_on(node):
        return f"call it with `{argument}`"
    return f"take it out of its `nn.Sequential`, which hands on the map alone, and call it with `{argument}`"


def is_handed_on(node: Node) -> bool:
    """Whether a layer is called by the `nn.Sequential` that it is in, which passes no further argument."""
    parent, _, name = (node.layer or "").rpartition(".")
    return node.layer is not None and parent == node.module and (node.module_class == "Sequential" or name.isdecimal())


def stride_of(view: View, pair: Pair) -> Related:
    """Where cells are lost."""
    if pair.is_single:
        text = f"{view.title(pair.down)} maps {pair.factor} sizes to one"
    else:
        text = f"from {view.title(pair.down)} on, the strides map {pair.factor} sizes to one"
    return Related(view.span(pair.down), text)


def join_of(join: Refusal) -> Related:
    """That maps do not fit, where they are joined."""
    branches = differing(join)
    name = join.view.title(join.node)
    if branches is None:
        return Related(join.view.call_span(join.node), f"so {name} refuses: {join.requirement.message}")
    one, other = wording.values(branches.sizes, join.witness)
    return Related(join.view.call_span(join.node), f"so {name} cannot join {one} and {other}")


def ways_back(subject: Subject, cause: Cause, domain: Domain) -> Iterator[str]:
    """What brings the pairs of a cause back for some sizes of the domain, or for all of them, one line each."""
    numbers = _other_numbers(subject, cause.pairs, domain)
    if numbers:
        yield numbers
    yield from _ceil_modes(cause, domain)
    multiple = _multiple(subject, cause)
    if multiple is not None:
        yield f"or pad the input to a multiple of {multiple} before the first stride"


def _other_numbers(subject: Subject, pairs: Sequence[Pair], domain: Domain) -> str:
    """The output paddings that suit a typical size, where those in force do not, and the sizes that they suit."""
    typical = domain.witness(subject.near)
    if typical is None:
        return ""
    wanted: dict[str, int] = {}
    suits = []
    for pair in pairs:
        title, needed = pair.up.layer or pair.up.operation, pair.needed
        entry = None if needed is None else evaluate(needed, typical)
        if needed is None or not isinstance(entry, int) or not pair.takes(entry) or wanted.get(title, entry) != entry:
            return ""
        wanted[title] = entry
        suits.append(equal(needed, entry))
    given = {pair.up.layer or pair.up.operation: pair.transposed.output_padding for pair in pairs if pair.transposed}
    suited = domain.narrow(all_of(*suits))
    symbols = wording.symbols(pair.target for pair in pairs)
    sizes = wording.condition(suited, symbols)
    if wanted == given or suited.is_empty or not sizes or len(sizes) > wording.LONGEST_CONDITION:
        return ""
    layers: dict[int, list[str]] = {}
    for title, entry in wanted.items():
        layers.setdefault(entry, []).append(f"`{title}`")
    settings = [f"`output_padding={entry}` on {wording.either(names)}" for entry, names in layers.items()]
    return f"with {wording.either(settings)} the sizes come back for {sizes}"


def _ceil_modes(cause: Cause, domain: Domain) -> Iterator[str]:
    """Poolings whose other ``ceil_mode`` makes their up-sampling come back at every size."""
    for pair in cause.pairs:
        if pair.window is None or pair.transposed is None or not pair.down.kind.endswith("_pool"):
            continue
        numbers = pair.window
        other = Window(numbers.kernel_size, numbers.stride, numbers.padding, numbers.dilation, not numbers.ceil_mode)
        gained = (window_size(pair.target, other) - window_size(pair.target, numbers)) * pair.transposed.stride
        if pair.is_single and domain.holds(equal(pair.returned + gained, pair.target)):
            yield f"`ceil_mode={other.ceil_mode}` on {cause.view.title(pair.down)} comes back as well"


def _multiple(subject: Subject, cause: Cause) -> int | None:
    """The jump of the coarsest map that goes up, or of any, if at its multiples the pairs come back and the model runs.

    A last few multiples (too small for some other layer) are left out of account.
    """
    view, names = cause.view, wording.symbols(pair.target for pair in cause.pairs)
    going_up = {view.grids.jump(view.flow.inputs(pair.up)[0], pair.axis) for pair in cause.pairs}
    axes = {pair.axis for pair in cause.pairs}
    everywhere = {view.grids.jump(node, axis) for node in view.flow.nodes for axis in axes}
    for jumps in (going_up, everywhere):
        multiple = max((jump for jump in jumps if jump is not None), default=Fraction(1))
        if names and multiple.denominator == 1 and _runs_at(subject, cause, int(multiple), names):
            return int(multiple)
    return None


def _runs_at(subject: Subject, cause: Cause, multiple: int, names: Iterable[str]) -> bool:
    """Whether the pairs of a cause come back, and the model runs on every path, at the multiples of a number."""
    multiples = subject.graph.declared.narrow(all_of(*(divides(multiple, symbol(name)) for name in names)))
    comes_back = all_of(*(pair.comes_back for pair in cause.pairs))
    refused = multiples
    for accepted in subject.contract.accepted:
        refused = refused.narrow(negate(accepted.narrow(comes_back).predicate))
    return not multiples.is_empty and is_negligible(refused, multiples)
