"""What is to be said about a layer whose weights do not fit the features that reach it."""

from convlint.rules.evidence import wording
from convlint.rules.evidence.refusal import Refusal, Weight
from convlint.rules.evidence.remedies import features
from convlint.rules.evidence.requirement import Account, origins
from convlint.symbolic.dim import Dim, Size


def feature_account(refusal: Refusal, parameter: str, noun: str) -> Account:
    """``in_features=512`` against what arrives, the number that would fit, and where the input comes from.

    ``noun`` is one of what arrives: "feature".
    """
    requirement = refusal.requirement
    expected, found = requirement.details.get("expected"), requirement.details.get("found")
    related = origins(refusal)[:1]
    if not isinstance(expected, int | Dim) or not isinstance(found, int | Dim):
        return Account(requirement.message, related)
    arrives = wording.size_there(found, refusal.witness, requirement.domain)
    wanted = wording.size(expected, requirement.domain)
    if refusal.weight is Weight.PIN:
        return Account(f"`{parameter}={wanted}` fits no input size", related) if refusal.always else Account(
            f"`{parameter}={wanted}` does not fit the {arrives} {noun}s that arrive", related
        )
    what = f"`{parameter}={wanted}`, but {arrives} {f'{noun} arrives' if arrives == '1' else f'{noun}s arrive'}"
    remedy = features(refusal.view, refusal.node, parameter, (found,), requirement.domain)
    return Account(what, related, _help(refusal, parameter, found), remedy=remedy)


def _help(refusal: Refusal, parameter: str, found: Size) -> tuple[str, ...]:
    simple = refusal.requirement.domain.simplify(found)
    if isinstance(simple, int):
        return (f"set `{parameter}={simple}`",)
    pooling = "pool to a fixed size first (`nn.AdaptiveAvgPool2d`), or declare one size with `--input` or `--where`"
    return (f"the number depends on the input size: {pooling}",)
