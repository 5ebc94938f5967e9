"""Claims put to the test: what a finding says to raise has to raise in plain PyTorch, at its witness."""

from collections.abc import Sequence
from dataclasses import dataclass

from convlint.engine.places import where
from convlint.graph.model import ModelGraph
from convlint.rules.base import Finding
from convlint.trace.client import Client
from convlint.trace.protocol import ModelRef, ReplayRequest, TraceFailure, concrete

_VERDICTS = {
    "returned": "PyTorch runs",
    "unsupported": "PyTorch cannot say on meta tensors what happens",
    "too-large": "not replayed, its tensors are too large",
}


@dataclass(frozen=True, slots=True)
class Tested:
    """The findings that stand, and a remark for each one that does not.

    Not ``is_decided`` where their replay was ended from outside, so that another might come to something.
    """

    findings: tuple[Finding, ...]
    remarks: tuple[str, ...] = ()
    is_decided: bool = True


def tested(client: Client, model: ModelRef, graph: ModelGraph, findings: Sequence[Finding]) -> Tested:
    """The findings without those that say "raises" and do not; raises WorkerUnusableError."""
    claims = [each for each in findings if each.raises and each.witness is not None]
    if not claims:
        return Tested(tuple(findings))
    runs = tuple(concrete(graph.inputs, each.witness or {}) for each in claims)
    outcomes = client.replay(ReplayRequest(model, runs, tuple(each.site for each in claims)))
    if isinstance(outcomes, TraceFailure):
        refuted = dict.fromkeys(map(id, claims), f"its replay failed: {outcomes.message}")
    else:
        refuted = {
            id(claim): f"{_VERDICTS[outcome.status]} at {dict(claim.witness or {})}"
            for claim, outcome in zip(claims, outcomes, strict=True)
            if outcome.status != "raised"
        }
    return Tested(
        tuple(each for each in findings if id(each) not in refuted),
        tuple(_remark(claim, refuted[id(claim)]) for claim in claims if id(claim) in refuted),
        is_decided=not (isinstance(outcomes, TraceFailure) and outcomes.by_chance),
    )


def _remark(claim: Finding, why_not: str) -> str:
    return f"internal disagreement, not reported: {claim.code} {claim.name} at {where(claim.span)}: {why_not}"
