"""What is to be said about a join whose branches do not fit: which branches, where they part, what would fit them."""

from collections.abc import Iterator, Sequence

from convlint.diagnostics import Related
from convlint.graph.model import Node
from convlint.rules.evidence import wording
from convlint.rules.evidence.pairing import Pair, counterpart
from convlint.rules.evidence.refusal import Refusal
from convlint.rules.evidence.remedies import half_padding, output_padding
from convlint.rules.evidence.requirement import Account
from convlint.rules.evidence.subject import Subject
from convlint.rules.remedy import Remedy
from convlint.symbolic.dim import Size

_FIRST_SPATIAL_AXIS = 2
_VERBS = {"cat": "concatenates", "stack": "stacks"}


def join_account(subject: Subject, refusal: Refusal) -> Account:
    """Both branches with their sizes, the layer after which they part, and the ways out."""
    differing = _differing(refusal)
    verb = _VERBS.get(refusal.node.kind, "joins")
    name = f"`{refusal.node.operation}`"
    if differing is None:
        return Account(f"{name} {verb} maps that do not fit: {refusal.requirement.message}")
    left, right, axis, (one, other) = differing
    domain = refusal.requirement.domain
    there = wording.values((one, other), refusal.witness)
    manner = "never agree" if refusal.always else "differ"
    noun = "channels" if refusal.rule == "skip-channel-mismatch" else "sizes"
    what = (
        f"{name} {verb} maps whose {noun} {manner}: {wording.size(one, domain)} against {wording.size(other, domain)}"
        f" (dimension {axis})"
    )
    numbers = f"{there[0]} against {there[1]}"
    symbols = wording.symbols((one, other))
    notes = (f"at {wording.at(refusal.witness, symbols)}: {numbers}",) if symbols else ()
    pair = _pair(refusal, left, right, axis)
    related = tuple(_related(refusal, left, right, pair))
    remedy = _remedy(refusal, left, right, pair, axis, there)
    return Account(what, related, tuple(_help(subject, refusal, pair, axis, remedy)), notes, remedy)


def _differing(refusal: Refusal) -> tuple[Node | None, Node | None, int, tuple[Size, Size]] | None:
    """The two branches, the axis, and its sizes, which differ at the witness."""
    details = refusal.requirement.details
    axis, sizes = details.get("axis"), details.get("sizes")
    inputs = refusal.view.flow.inputs(refusal.node)
    if isinstance(axis, int) and isinstance(sizes, tuple) and len(sizes) == 2:
        rank = max((len(each.shape) for each in inputs), default=0)
        left = _with_size(inputs, axis - rank, sizes[0])
        right = _with_size([each for each in inputs if each is not left], axis - rank, sizes[1])
        return left, right, axis, (sizes[0], sizes[1])
    for first, left in enumerate(inputs):
        for right in inputs[first + 1 :]:
            if len(left.shape) != len(right.shape):
                continue
            there = [wording.values(each.shape, refusal.witness) for each in (left, right)]
            for axis, (one, other) in enumerate(zip(*there, strict=True)):
                if one != other and axis != refusal.node.parameters.get("dim"):
                    return left, right, axis, (left.shape[axis], right.shape[axis])
    return None


def _with_size(nodes: Sequence[Node], from_end: int, size: Size) -> Node | None:
    for node in nodes:
        if -from_end <= len(node.shape) and node.shape[from_end] == size:
            return node
    return None


def _related(refusal: Refusal, left: Node | None, right: Node | None, pair: Pair | None) -> Iterator[Related]:
    view, domain = refusal.view, refusal.requirement.domain
    fork = view.flow.fork(left, right) if left is not None and right is not None else None
    for branch, word in ((left, "one branch"), (right, "the other branch")):
        if branch is not None and branch.op != "placeholder":
            parts = ", and they part here" if branch is fork else ""
            text = f"{word}, from {view.title(branch)}, has {wording.shape(branch.shape, domain)}{parts}"
            yield Related(branch.call or view.span(branch), text)
    if fork is not None and fork not in (left, right) and fork.op != "placeholder":
        yield Related(fork.call or view.span(fork), f"the branches part after {view.title(fork)}")
    if pair is not None:
        size = wording.size(pair.window.stride)
        yield Related(view.span(pair.down), f"{view.title(pair.down)} maps {size} sizes to one on one branch")


def _pair(refusal: Refusal, left: Node | None, right: Node | None, axis: int) -> Pair | None:
    """The stride and the up-sampling on one of the branches that make the difference."""
    if left is None or right is None:
        return None
    one = counterpart(refusal.view, left, axis, right)
    return one if one is not None else counterpart(refusal.view, right, axis, left)


def _remedy(
    refusal: Refusal, left: Node | None, right: Node | None, pair: Pair | None, axis: int, there: tuple[int, ...]
) -> Remedy | None:
    """The `output_padding` that undoes a stride, else half padding on the branch that is smaller at the witness."""
    view, domain = refusal.view, refusal.requirement.domain
    if pair is not None:
        return output_padding(view, pair.up, domain, is_safe=refusal.always)
    if left is None or right is None or axis < _FIRST_SPATIAL_AXIS:
        return None
    fork = view.flow.fork(left, right)
    small, large = (left, right) if there[0] < there[1] else (right, left)
    if fork is None or len(small.shape) != len(large.shape):
        return None
    return half_padding(view, small, fork, axis, large.shape[axis] - small.shape[axis], domain)


def _help(
    subject: Subject, refusal: Refusal, pair: Pair | None, axis: int, remedy: Remedy | None
) -> Iterator[str]:
    view = refusal.view
    if refusal.rule == "skip-channel-mismatch":
        yield "give both branches the same channels, for example with a 1×1 convolution on one of them"
        return
    padding = pair.output_padding(refusal.requirement.domain) if pair is not None else None
    if pair is not None and padding is not None:
        up, down = view.title(pair.up), view.title(pair.down)
        yield f"`output_padding={padding}` on {up} gives back the size that {down} was given"
        return
    if remedy is not None:
        yield f"{remedy.message} keeps the size of the branch, or crop the other branch to it"
        return
    if axis >= _FIRST_SPATIAL_AXIS:
        yield "bring one branch to the size of the other first: `F.interpolate(x, size=skip.shape[2:])` or `F.pad`"
    symbols = refusal.requirement.predicate.symbols
    near = wording.near(subject, refusal.witness, symbols)
    if near and not refusal.always:
        yield f"or use a size that works, such as {near}"
