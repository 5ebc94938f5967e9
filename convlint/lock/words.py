"""Sets of sizes in the words of a sentence: ``every size``, ``H ≥ 16``, ``multiples of 16``."""

from collections.abc import Sequence

from convlint.graph.contract import render_union
from convlint.symbolic.domain import Domain
from convlint.symbolic.intset import IntSet


def every(domains: Sequence[Domain]) -> str:
    """What a model takes: ``every size``, ``every H ≥ 16``, ``multiples of 16``."""
    text = _plain(domains)
    if text in {"any size", "no size"}:
        return text.replace("any", "every")
    return f"every {text}" if "≥" in text and "%" not in text else text


def only(domains: Sequence[Domain]) -> str:
    """What is left: ``every size``, ``no size``, ``only multiples of 16``."""
    text = _plain(domains)
    return text.replace("any", "every") if text in {"any size", "no size"} else f"only {text}"


def _plain(domains: Sequence[Domain]) -> str:
    """Multiples by their name where that says it all, else as contracts are written."""
    if len(domains) == 1 and not domains[0].relations:
        steps = {name: _multiples(allowed) for name, allowed in domains[0].sets.items()}
        asked = {name: step for name, step in steps.items() if step != 1}
        if asked and len(set(asked.values())) == 1 and None not in asked.values():
            (step,) = set(asked.values())
            several = f" for {' and '.join(asked)}" if len(steps) > 1 else ""
            return f"multiples of {step}{several}"
    return render_union(domains)


def _multiples(allowed: IntSet) -> int | None:
    """``m`` where the set is that of the multiples of ``m`` from ``m`` on; None for any other set."""
    first = allowed.min()
    if first is None or first < 1:
        return None
    positive = IntSet.residues(first, (0,)) & IntSet.at_least(1)
    return first if allowed == positive else None
