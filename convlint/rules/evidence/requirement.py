"""From a refusal to a finding: what all rules about requirements have in common."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from convlint.diagnostics import Related, Severity, Span
from convlint.rules.base import Finding
from convlint.rules.evidence import wording
from convlint.rules.evidence.branches import JOINS, differing
from convlint.rules.evidence.cause import Cause
from convlint.rules.evidence.consequence import output_of
from convlint.rules.evidence.fitting import fitting_sizes
from convlint.rules.evidence.refusal import Refusal, Weight
from convlint.rules.evidence.subject import Subject
from convlint.rules.remedy import Remedy

_MOST_RELATED = 8


@dataclass(frozen=True, slots=True)
class Account:
    """What a rule says about one refusal. ``what`` is the clause that holds at the failing sizes."""

    what: str
    related: tuple[Related, ...] = ()
    help: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    remedy: Remedy | None = None


Describe = Callable[[Subject, Refusal], Account]


def findings(
    subject: Subject,
    rule: str,
    describe: Describe,
    *,
    at_call: bool = False,
    pin: Severity = Severity.INFO,
) -> Iterator[Finding]:
    """The findings of the rule called ``rule``.

    They stand at the layer's constructor, or with ``at_call`` where the operation is called.  ``pin`` is the severity
    of weights that leave only certain input sizes; where these are not those that the model is used at, it is a warning
    at least.
    """
    for refusal in subject.refusals:
        cause = subject.cause_of(refusal) if refusal.rule == rule else None
        if refusal.rule != rule or (cause is not None and cause.rule != rule):
            continue
        match refusal.weight:
            case Weight.ERROR if cause is not None:
                if refusal is cause.joins[0]:
                    finding = _finding(subject, refusal, describe, at_call, Severity.ERROR)
                    yield _with_echoes(finding, cause.joins[1:], (cause,))
            case Weight.ERROR:
                yield _finding(subject, refusal, describe, at_call, Severity.ERROR)
            case Weight.PIN if _is_used_so(subject, refusal):
                finding = _finding(subject, refusal, describe, at_call, max(pin, Severity.WARNING))
                yield replace(finding, notes=(*finding.notes, "these are the sizes that its example uses it at"))
            case Weight.PIN:
                yield _finding(subject, refusal, describe, at_call, min(pin, subject.at_some_sizes))
            case Weight.UNSTATED if refusal is subject.unstated[0]:
                yield _requirement_of_model(subject, refusal, describe, at_call)


def _is_used_so(subject: Subject, refusal: Refusal) -> bool:
    """Whether the sizes that the model is used at, as a script or a test shows, are among those that are refused."""
    usual, requirement = subject.graph.usual, refusal.requirement
    if not usual or not set(requirement.domain.symbols) <= set(usual):
        return False
    return requirement.domain.contains(usual) and not requirement.predicate.evaluate(usual)


def plain_account(subject: Subject, refusal: Refusal) -> Account:
    """What PyTorch would say, and where the tensors come from."""
    del subject
    return Account(refusal.requirement.message, origins(refusal))


def origins(refusal: Refusal) -> tuple[Related, ...]:
    """Where the tensors that reach the node were made, and their sizes."""
    view, domain = refusal.view, refusal.requirement.domain
    return tuple(
        Related(view.call_span(each), f"{view.title(each)} gives {wording.shape(each.shape, domain)}")
        for each in view.flow.inputs(refusal.node)
        if each.op != "placeholder"
    )


def span_of(refusal: Refusal, *, at_call: bool) -> Span:
    """Where a refusal is reported."""
    view, node = refusal.view, refusal.node
    return view.call_span(node) if at_call else view.span(node)


def unless(subject: Subject, refusal: Refusal) -> str:
    """`` unless H % 16 = 0``: the sizes that work for all that the finding speaks of, as far as there are some."""
    if refusal.always:
        return ""
    cause = subject.cause_of(refusal)
    if refusal.weight is Weight.UNSTATED:
        spoken_for = tuple(each for each in subject.unstated if each.weight is Weight.UNSTATED)
    else:
        spoken_for = cause.joins if cause is not None else (refusal,)
    works = fitting_sizes(subject, spoken_for) or wording.condition(
        refusal.working, refusal.requirement.predicate.symbols
    )
    if len(works) > wording.LONGEST_CONDITION:
        near = wording.near(subject, refusal.witness, refusal.requirement.predicate.symbols)
        return f" except for some sizes such as {near}" if near else ""
    return f" unless {works}" if works else ""


def _finding(subject: Subject, refusal: Refusal, describe: Describe, at_call: bool, severity: Severity) -> Finding:
    account = describe(subject, refusal)
    return Finding(
        severity,
        f"{account.what}{unless(subject, refusal)}",
        span_of(refusal, at_call=at_call),
        place=refusal.view.place(refusal.node),
        witness=refusal.witness,
        raises=True,
        site=refusal.node.site,
        related=account.related,
        help=account.help,
        notes=account.notes,
        remedy=account.remedy,
    )


def _requirement_of_model(subject: Subject, refusal: Refusal, describe: Describe, at_call: bool) -> Finding:
    """The one warning about what a model needs of its input and does not say."""
    finding = _finding(subject, refusal, describe, at_call, Severity.WARNING)
    worth_stating = wording.near(subject, refusal.witness, refusal.requirement.predicate.symbols)
    state = (
        (f"state what the model needs, with an assert in `forward` or `--where`: {wording.accepted(subject)}",)
        if worth_stating
        else ()
    )
    spoken_for = [each for each in subject.causes if any(join in subject.unstated for join in each.joins)]
    return _with_echoes(replace(finding, help=(*finding.help, *state)), subject.unstated[1:], spoken_for)


def _with_echoes(finding: Finding, others: Sequence[Refusal], causes: Iterable[Cause]) -> Finding:
    """The finding with the other operations that refuse for the same reason, and the outputs that suffer from it.

    Those on its own line are notes.
    """
    elsewhere: dict[Span, Related] = {}
    notes: list[str] = []
    for each in others:
        span = span_of(each, at_call=True)
        if span != finding.span:
            elsewhere.setdefault(span, Related(span, f"so does {_deed(each)}"))
        elif each.view.place(each.node) != finding.place:
            notes.append(f"at `{each.view.place(each.node)}`: {_gap(each)}")
    outputs = [output_of(cause.view, each) for cause in causes for each in cause.outputs]
    return replace(
        finding,
        related=(*finding.related, *tuple(elsewhere.values())[:_MOST_RELATED], *outputs),
        notes=(*finding.notes, *notes),
    )


def _deed(refusal: Refusal) -> str:
    return f"{refusal.view.title(refusal.node)}: {_gap(refusal)}"


def _gap(refusal: Refusal) -> str:
    """``⌊H/2⌋ against 2⌊H/4⌋``; PyTorch's words for what is no join."""
    branches = differing(refusal) if refusal.node.kind in JOINS else None
    if branches is None:
        return refusal.requirement.message
    one, other = (wording.size(each, refusal.requirement.domain) for each in branches.sizes)
    return f"{one} against {other}"
