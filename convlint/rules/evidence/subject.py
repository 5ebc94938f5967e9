"""What rules look at: a model's graph, with what several of them need worked out once."""

from collections.abc import Mapping
from functools import cached_property

from convlint.diagnostics import Severity, Span
from convlint.graph.advice import Advice
from convlint.graph.contract import Contract
from convlint.graph.model import ModelGraph
from convlint.graph.typical import typical_sizes
from convlint.rules.evidence.cause import Cause, causes
from convlint.rules.evidence.refusal import Refusal, Weight, refusals
from convlint.rules.evidence.view import View
from convlint.symbolic.dim import symbols_of


class Subject:
    """A model under the rules."""

    def __init__(self, graph: ModelGraph) -> None:
        self.graph = graph

    @cached_property
    def views(self) -> tuple[View, ...]:
        """One view a path."""
        return tuple(View(self.graph, path) for path in self.graph.paths)

    @cached_property
    def live(self) -> tuple[View, ...]:
        """The paths that some size follows to the end of what was traced."""
        return tuple(view for view in self.views if view.is_live)

    @cached_property
    def contract(self) -> Contract:
        """Which sizes the model accepts."""
        return Contract(self.graph)

    @property
    def at_some_sizes(self) -> Severity:
        """How much it matters that sizes fail which nobody declared.

        Which sizes reach a part of a model is the model's business: it may never give it those.
        """
        return Severity.INFO if self.graph.is_part else Severity.WARNING

    @cached_property
    def advice(self) -> Advice:
        """Which sizes its joins fit at, which keep its padding even, and which it can have."""
        return Advice(self.graph)

    @cached_property
    def near(self) -> Mapping[str, int]:
        """Sizes as people have them, next to which witnesses are looked for: one sample, 224 pixels."""
        return typical_sizes(self.graph)

    @cached_property
    def sizes_are_given(self) -> bool:
        """Whether the user said which sizes matter: by a condition, or by writing numbers for them."""
        numbers = all(
            not spec.assumed and not any(symbols_of(size) for size in spec.shape[1:]) for spec in self.graph.inputs
        )
        return self.graph.is_declared or numbers

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """What operations refuse, each source place once a rule and weight, in the order of execution."""
        found: dict[tuple[str, Weight, Span, str], Refusal] = {}
        for refusal in refusals(
            self.views, self.graph.declared, is_declared=self.graph.is_declared, near=self.near
        ):
            view, node = refusal.view, refusal.node
            key = (refusal.rule, refusal.weight, view.call_span(node), view.place(node))
            found.setdefault(key, refusal)
        return tuple(found.values())

    @cached_property
    def unstated(self) -> tuple[Refusal, ...]:
        """The requirements that the model should state: together they are one warning, at the first of them."""
        unstated = [
            each
            for each in self.refusals
            if each.weight is Weight.UNSTATED and ((cause := self.cause_of(each)) is None or cause.rule == each.rule)
        ]
        if not unstated:
            return ()
        return (*unstated, *(each for each in self.refusals if each.weight is Weight.CONTRACT))

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """The strides that do not come back, each with what it does elsewhere."""
        return causes(self.views, self.refusals)

    def cause_of(self, refusal: Refusal) -> Cause | None:
        """The stride that does not come back and makes an operation refuse; None where something else does."""
        return next((cause for cause in self.causes if any(each is refusal for each in cause.joins)), None)
