"""The size contract of a traced model: exactly which input sizes it accepts, and what it gives back for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from convlint.graph.model import GraphPath, ModelGraph, Node, Requirement, TensorValue
from convlint.symbolic.codec import domain_to_json, size_to_json
from convlint.symbolic.comparison import negate
from convlint.symbolic.dim import UnbackedError, evaluate
from convlint.symbolic.domain import Domain
from convlint.symbolic.render import render_domain
from convlint.symbolic.render import render_shape as render_sizes

Sizes = Mapping[str, int]


@dataclass(frozen=True)
class Contract:
    """Which sizes of the declared domain a model accepts.

    It is exact for all sizes that the trace followed; ``unexplored`` are the others, about which nothing is claimed.
    """

    graph: ModelGraph

    @property
    def symbols(self) -> tuple[str, ...]:
        """The sizes that the contract speaks of, in the order of the inputs."""
        return tuple(self.graph.declared.sets)

    def accepts(self, sizes: Sizes) -> bool | None:
        """Whether the model runs at these sizes, one for each symbol; None where that was not explored.

        Sizes outside the declared domain were not explored.  Raises KeyError for a symbol without a size.
        """
        if not self.graph.declared.contains(sizes):
            return None
        for path in self.graph.paths:
            verdict = _verdict(path, sizes)
            if verdict is not None:
                return verdict
        return None

    def outputs(self, sizes: Sizes) -> tuple[tuple[int, ...], ...] | None:
        """The sizes of the output tensors; None where the model refuses these sizes or it is not known."""
        if not self.graph.declared.contains(sizes):
            return None
        for path in self.graph.paths:
            if _verdict(path, sizes):
                return tuple(tuple(int(evaluate(size, sizes)) for size in each.shape) for each in path.outputs)
        return None

    @cached_property
    def accepted(self) -> tuple[Domain, ...]:
        """The accepted sizes as a union of as few domains as can be found."""
        return union(path.domain for path in self.accepting)

    @cached_property
    def by_output(self) -> tuple[tuple[tuple[TensorValue, ...], tuple[Domain, ...]], ...]:
        """The distinct outputs, each with the sizes that give it."""
        groups: dict[tuple[TensorValue, ...], list[Domain]] = {}
        for path in self.accepting:
            groups.setdefault(path.outputs, []).append(path.domain)
        return tuple((outputs, union(domains)) for outputs, domains in groups.items())

    @cached_property
    def unexplored(self) -> tuple[Domain, ...]:
        """The declared sizes about which nothing is known: those of branches that were not followed to the end.

        Sizes that an operation had refused before a path stopped are not among them.
        """
        unknown = list(self.graph.unexplored)
        for path in self.graph.paths:
            if path.failure is not None and path.failure.kind in {"untraceable", "error"}:
                unknown.append(path.domain)
            unknown.extend(path.entered.narrow(negate(each.predicate)) for each in path.specialisations)
        return union(unknown)

    @property
    def is_total(self) -> bool:
        """Whether every declared size is known to be accepted."""
        return self.accepted == (self.graph.declared,)

    def render(self, *, ascii: bool = False) -> str:  # noqa: A002  (the name that symbolic.render has)
        """The accepted sizes in one line: ``H % 32 == 0, W % 32 == 0``; ``any size``; ``no size``."""
        return render_union(self.accepted, ascii=ascii)

    def render_outputs(self, *, ascii: bool = False) -> tuple[str, ...]:  # noqa: A002
        """The output sizes, a line each; with the sizes that give them where they are not the same for all."""
        lines = []
        for outputs, domains in self.by_output:
            text = ", ".join(render_shape(output, domains, ascii=ascii) for output in outputs) or "no tensor"
            alone = len(self.by_output) == 1
            lines.append(text if alone else f"{text} for {render_union(domains, ascii=ascii)}")
        return tuple(lines)

    def to_json(self) -> dict[str, Any]:
        """Text for people, and the exact form of `convlint.symbolic.codec` for programs."""
        return {
            "symbols": list(self.symbols),
            "declared": domains_to_json([self.graph.declared])[0],
            "accepts": {"text": self.render(), "any_of": domains_to_json(self.accepted)},
            "unexplored": {
                "text": render_union(self.unexplored) if self.unexplored else None,
                "any_of": domains_to_json(self.unexplored),
            },
            "outputs": [
                {
                    "for": {"text": render_union(domains), "any_of": domains_to_json(domains)},
                    "tensors": [
                        {
                            "text": render_shape(output, domains),
                            "shape": [size_to_json(size) for size in output.shape],
                            "dtype": output.dtype,
                        }
                        for output in outputs
                    ],
                }
                for outputs, domains in self.by_output
            ],
        }

    @property
    def accepting(self) -> tuple[GraphPath, ...]:
        """The paths that some size follows to the end."""
        return tuple(path for path in self.graph.paths if path.failure is None and not path.domain.is_empty)


def union(domains: Iterable[Domain]) -> tuple[Domain, ...]:
    """The same sizes with fewer domains: two become one where they differ in one symbol's sizes or one relation."""
    merged: list[Domain] = []
    for domain in domains:
        pending = domain
        if pending.is_empty:
            continue
        index = 0
        while index < len(merged):
            joined = _joined(merged[index], pending)
            if joined is None:
                index += 1
            else:
                del merged[index]
                pending, index = joined, 0
        merged.append(pending)
    return tuple(merged)


def render_union(domains: Sequence[Domain], *, ascii: bool = False) -> str:  # noqa: A002
    """``no size``, ``any size``, one domain, or several joined by "or"."""
    if not domains:
        return "no size"
    texts = [render_domain(domain, ascii=ascii) for domain in domains]
    return texts[0] if len(texts) == 1 else " or ".join(f"({text})" for text in texts)


def render_shape(tensor: TensorValue, domains: Sequence[Domain] = (), *, ascii: bool = False) -> str:  # noqa: A002
    """``N×64×⌈H/4⌉×⌈W/4⌉``, written as simply as the domain allows; ``scalar`` without axes."""
    domain = domains[0] if len(domains) == 1 else None
    return render_sizes(tensor.shape, ascii=ascii, domain=domain) or "scalar"


def domains_to_json(domains: Sequence[Domain]) -> list[dict[str, Any]]:
    """Each domain as text, and in the exact form of `convlint.symbolic.codec`."""
    return [{"text": render_domain(domain), "exact": domain_to_json(domain)} for domain in domains]


def _verdict(path: GraphPath, sizes: Sizes) -> bool | None:
    """What this path says about these sizes: accepted, refused, or nothing."""
    try:
        if not path.entered.contains(sizes):
            return None
        if path.failure is None and path.domain.contains(sizes):
            return True
        if broken_requirement(path, sizes) is not None:
            return False
        if not all(each.predicate.evaluate(sizes) for each in path.specialisations):
            return None
    except UnbackedError:
        return None
    return None if path.failure is not None and path.failure.kind in {"untraceable", "error"} else False


def broken_requirement(path: GraphPath, sizes: Sizes) -> tuple[Node, Requirement] | None:
    """The first operation of a path that these sizes reach and that refuses them; raises UnbackedError."""
    for node in path.nodes:
        for requirement in node.requirements:
            if requirement.domain.contains(sizes) and not requirement.predicate.evaluate(sizes):
                return node, requirement
    return None


def _joined(one: Domain, other: Domain) -> Domain | None:
    """One domain with exactly the sizes of both, where that is easily seen."""
    if one.sets.keys() != other.sets.keys():
        return None
    differing = [symbol for symbol in one.sets if one.sets[symbol] != other.sets[symbol]]
    ours, theirs = set(one.relations), set(other.relations)
    if ours == theirs and len(differing) <= 1:
        sets = {symbol: one.sets[symbol] | other.sets[symbol] for symbol in one.sets}
        return Domain(sets, one.relations)
    for wide, narrow in ((one, other), (other, one)):
        if set(wide.relations) <= set(narrow.relations) and all(
            narrow.sets[symbol].is_subset(wide.sets[symbol]) for symbol in wide.sets
        ):
            return wide
    only_ours, only_theirs = ours - theirs, theirs - ours
    if not differing and len(only_ours) == len(only_theirs) == 1 and negate(only_ours.pop()) == only_theirs.pop():
        return Domain(one.sets, tuple(relation for relation in one.relations if relation in theirs))
    return None
