"""What is to be said about a join whose branches do not fit: which branches, where they part, what would fit them."""

from collections.abc import Iterator
from dataclasses import replace

from convlint.diagnostics import Related
from convlint.graph.geometry import FIRST_SPATIAL_AXIS
from convlint.graph.model import Node
from convlint.rules.evidence import wording
from convlint.rules.evidence.branches import Branches, differing
from convlint.rules.evidence.cause import Cause
from convlint.rules.evidence.consequence import is_handed_on, stride_of, ways_back
from convlint.rules.evidence.refusal import Refusal
from convlint.rules.evidence.remedies import half_padding_between
from convlint.rules.evidence.requirement import Account
from convlint.rules.evidence.subject import Subject
from convlint.rules.remedy import Remedy

_VERBS = {"cat": "concatenates", "stack": "stacks"}


def join_account(subject: Subject, refusal: Refusal) -> Account:
    """Both branches with their sizes, the layer after which they part, and the ways out."""
    branches = differing(refusal)
    verb = _VERBS.get(refusal.node.kind, "joins")
    name = f"`{refusal.node.operation}`"
    if branches is None:
        return Account(f"{name} {verb} maps that do not fit: {refusal.requirement.message}")
    left, right, axis, (one, other) = branches.left, branches.right, branches.axis, branches.sizes
    domain = refusal.requirement.domain
    there = wording.values((one, other), refusal.witness)
    manner = "never agree" if refusal.always else "differ"
    symbols = wording.symbols((one, other))
    noun = "channels" if refusal.rule == "skip-channel-mismatch" and not symbols else "sizes"
    what = (
        f"{name} {verb} maps whose {noun} {manner}: {wording.size(one, domain)} against {wording.size(other, domain)}"
        f" (dimension {axis})"
    )
    numbers = f"{there[0]} against {there[1]}"
    notes = (f"at {wording.at(refusal.witness, symbols)}: {numbers}",) if symbols else ()
    cause = subject.cause_of(refusal)
    remedy = _half_padding(refusal, branches) if cause is None else None
    related = tuple(_related(refusal, left, right, cause))
    return Account(what, related, tuple(_help(subject, refusal, cause, branches, remedy)), notes, remedy)


def _related(refusal: Refusal, left: Node | None, right: Node | None, cause: Cause | None) -> Iterator[Related]:
    view, domain = refusal.view, refusal.requirement.domain
    fork = view.flow.fork(left, right) if left is not None and right is not None else None
    for branch, word in ((left, "one branch"), (right, "the other branch")):
        if branch is not None and branch.op != "placeholder":
            parts = ", and they part here" if branch is fork else ""
            text = f"{word}, from {view.title(branch)}, has {wording.shape(branch.shape, domain)}{parts}"
            yield Related(view.call_span(branch), text)
    if fork is not None and fork not in (left, right) and fork.op != "placeholder":
        yield Related(view.call_span(fork), f"the branches part after {view.title(fork)}")
    if cause is not None:
        stride = stride_of(view, cause.pairs[0])
        yield replace(stride, message=f"{stride.message} on one branch")


def _half_padding(refusal: Refusal, branches: Branches) -> Remedy | None:
    """Half padding on the branch that is smaller at the witness."""
    view, axis, left, right = refusal.view, branches.axis, branches.left, branches.right
    if left is None or right is None or axis < FIRST_SPATIAL_AXIS or len(left.shape) != len(right.shape):
        return None
    fork = view.flow.fork(left, right)
    one, other = wording.values(branches.sizes, refusal.witness)
    small, large = (left, right) if one < other else (right, left)
    if fork is None:
        return None
    return half_padding_between(view, fork, small, axis, large.shape[axis], refusal.requirement.domain)


def _help(
    subject: Subject, refusal: Refusal, cause: Cause | None, branches: Branches, remedy: Remedy | None
) -> Iterator[str]:
    view = refusal.view
    if remedy is not None:
        yield f"{remedy.message} on the smaller branch, which makes both equal, or crop the other one"
        return
    if refusal.rule == "skip-channel-mismatch" and wording.symbols(branches.sizes):
        yield "interpolate what has a fixed number of positions, or declare its one size with `--input`"
        return
    if refusal.rule == "skip-channel-mismatch":
        yield "give both branches the same channels, for example with a 1×1 convolution on one of them"
        return
    if branches.axis >= FIRST_SPATIAL_AXIS:
        ups = [each.up for each in cause.pairs if each.up.kind == "conv_transpose"] if cause is not None else []
        sized = [each for each in ups if not is_handed_on(each)]
        called = f", or call {view.title(sized[0])} with `output_size=skip.shape[2:]`" if sized else ""
        way = "bring one branch to the size of the other first: `F.interpolate(x, size=skip.shape[2:])`"
        yield f"{way}, `F.pad`{called}" if called else f"{way} or `F.pad`"
    if cause is not None:
        yield from ways_back(subject, cause, refusal.requirement.domain)
    symbols = refusal.requirement.predicate.symbols
    near = wording.near(subject, refusal.witness, symbols)
    if near and not refusal.always:
        yield f"or use a size that works, such as {near}"
