"""One path through a model: which sizes are still in play, what was decided, what was required.

A session answers every question about sizes that the model or an operation asks while the path is followed.  A
question whose answer depends on the size is a *fork* when the model's own Python asks it, and a *requirement* when an
operation does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from convlint.diagnostics import Span
from convlint.graph.model import Requirement, Specialisation
from convlint.symbolic import canonical
from convlint.symbolic.comparison import equal, negate
from convlint.symbolic.dim import Dim, Size
from convlint.symbolic.domain import Domain
from convlint.symbolic.predicate import FALSE, TRUE, Predicate
from convlint.symbolic.truth import Truth
from convlint.trace import origin
from convlint.trace.expression import Expression
from convlint.trace.symbool import SizeBool
from convlint.trace.symint import SizeFloat, SizeInt
from convlint.trace.symnode import SizeNode

Message = str | Callable[[], str]
"""What PyTorch says when it refuses; made only when there is something to say, since rendering a size takes long."""


class Refused(RuntimeError):
    """PyTorch refuses an operation for every size that is left on this path."""

    def __init__(self, message: str, rule: str, span: Span | None) -> None:
        super().__init__(message)
        self.rule = rule
        self.span = span


class Untraceable(RuntimeError):
    """The model asks for something that only real data can answer."""


class Infeasible(BaseException):
    """No size is left on this path: it was forked on a question that could not be decided."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a path begins: the answers to its first forks, and the sizes that lead there."""

    answers: tuple[bool, ...]
    domain: Domain
    nominal: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Where sizes end that the model asserts away: after how many steps, which sizes, and with which words."""

    steps: int
    entered: Domain
    domain: Domain
    specialisations: tuple[Specialisation, ...]
    message: str
    span: Span | None
    condition: Predicate


@dataclass(slots=True)
class Session:
    """The state of one path. ``domain`` is what is left, ``entered`` the same without the requirements."""

    start: Start
    declared: Domain
    source_roots: tuple[str, ...] = ()
    domain: Domain = field(init=False)
    entered: Domain = field(init=False)
    answers: list[bool] = field(default_factory=list)
    forks: list[Start] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    unexplored: list[Domain] = field(default_factory=list)
    pending: list[Requirement] = field(default_factory=list)
    specialisations: list[Specialisation] = field(default_factory=list)
    facts: tuple[str, str, Mapping[str, object]] | None = None
    avoided: Predicate | None = None
    """The opposite of the last answer at which the path forked."""
    _settled: dict[Predicate, Predicate] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.domain = self.declared
        self.entered = self.declared

    # deciding

    def settle(self, predicate: Predicate) -> Predicate:
        """TRUE or FALSE where the sizes in play decide it, else the predicate itself."""
        if predicate is TRUE or predicate is FALSE:
            return predicate
        known = self._settled.get(predicate)
        if known is not None:
            return known
        truth = self.domain.decide(predicate)
        answer = TRUE if truth is Truth.ALWAYS else FALSE if truth is Truth.NEVER else predicate
        self._settled[predicate] = answer
        return answer

    def holds(self, predicate: Predicate) -> bool:
        """Whether it is proven for every size in play."""
        return self.settle(predicate) is TRUE

    def refuted(self, predicate: Predicate) -> bool:
        """Whether it is proven for no size in play."""
        return self.settle(predicate) is FALSE

    def _narrow(self, predicate: Predicate) -> None:
        self.domain = self.domain.narrow(predicate)
        self._settled = {}
        if self.domain.is_empty:
            raise Infeasible

    def branch(self, predicate: Predicate) -> bool:
        """One truth value for the model's Python; forks the path where both are possible."""
        settled = self.settle(predicate)
        if settled is TRUE:
            return True
        if settled is FALSE:
            return False
        opposite = negate(predicate)
        position = len(self.answers)
        if position < len(self.start.answers):
            answer = self.start.answers[position]
        else:
            answer = bool(predicate.evaluate(self.start.nominal))
            self._fork(opposite if answer else predicate, (*self.answers, not answer))
        self.answers.append(answer)
        chosen, self.avoided = (predicate, opposite) if answer else (opposite, predicate)
        self.entered = self.entered.narrow(chosen)
        self._narrow(chosen)
        return answer

    def asserts(self, predicate: Predicate, message: str, steps: int) -> bool:
        """The model asserts a predicate that the nominal size satisfies: the sizes that do not end here.

        False where the path must fork as at any question.  What becomes of the others is known without running the
        model for them.
        """
        settled = self.settle(predicate)
        if settled is TRUE:
            return True
        if settled is FALSE or not predicate.evaluate(self.nominal):
            return False
        opposite = negate(predicate)
        domain = self.domain.narrow(opposite)
        is_new = len(self.answers) >= len(self.start.answers)  # else the path that this one left has said so
        if is_new and not domain.is_empty:
            if domain.witness(near=self.start.nominal) is None:
                self.unexplored.append(domain)
            else:
                span = origin.user_span(self.source_roots)
                specialised = tuple(self.specialisations)
                entered = self.entered.narrow(opposite)
                self.refusals.append(Refusal(steps, entered, domain, specialised, message, span, predicate))
        self.entered = self.entered.narrow(predicate)
        self._narrow(predicate)
        return True

    def _fork(self, predicate: Predicate, answers: tuple[bool, ...]) -> None:
        domain = self.domain.narrow(predicate)
        if domain.is_empty:
            return
        witness = domain.witness(near=self.start.nominal)
        if witness is None:
            self.unexplored.append(domain)
        else:
            self.forks.append(Start(answers, domain, witness))

    def require(self, predicate: Predicate, rule: str, message: Message, **details: object) -> None:
        """An operation needs ``predicate``: assume it, remember it, raise `Refused` where no size is left."""
        settled = self.settle(predicate)
        if settled is TRUE:
            return
        text = message if isinstance(message, str) else message()
        self.pending.append(Requirement(rule, predicate, text, self.domain, details))
        if settled is FALSE:
            raise Refused(text, rule, origin.user_span(self.source_roots))
        try:
            self._narrow(predicate)
        except Infeasible:
            raise Refused(text, rule, origin.user_span(self.source_roots)) from None

    def require_equal(self, a: Size, b: Size, rule: str, message: Message, **details: object) -> None:
        """`require` that two sizes are equal."""
        if a is b or (type(a) is int and a == b):
            return
        self.require(equal(a, b), rule, message, **details)

    def refuse(self, rule: str, message: Message, **details: object) -> None:
        """PyTorch refuses this at every size: record it and raise `Refused`."""
        self.require(FALSE, rule, message, **details)

    def specialise(self, value: Any, name: str = "") -> Any:
        """The one number that a size becomes where Python needs one; narrows the path to it, and says so.

        ``name`` says what the size counts, where its formula does not.
        """
        if isinstance(value, (int, float)):
            return value
        if isinstance(value, Fraction):
            return float(value)
        if isinstance(value, Predicate):
            return self.branch(value)
        number = self.nominal_value(value)
        predicate = equal(value, number if isinstance(number, int) else Fraction(number))
        if not self.holds(predicate):
            span = origin.user_span(self.source_roots)
            outside = self.domain.narrow(negate(predicate))
            if not outside.is_empty:
                self.unexplored.append(outside)
            size = f"{name}, {value!r}," if name else repr(value)
            self.specialisations.append(Specialisation(predicate, f"{size} became the number {number}", span))
            self.entered = self.entered.narrow(predicate)
            self._narrow(predicate)
        return number

    def nominal_value(self, value: Any) -> Any:
        """The number at a size of this path (one that satisfies all that was decided on it so far)."""
        if isinstance(value, (int, float, Fraction)):
            return value
        nominal = self.nominal
        return value.evaluate(nominal)

    @property
    def nominal(self) -> Mapping[str, int]:
        """One concrete member of the domain, the nearest to the path's start."""
        if self.domain.contains(self.start.nominal):
            return self.start.nominal
        witness = self.domain.witness(near=self.start.nominal)
        if witness is None:
            raise Untraceable("no concrete size could be found that follows this path")
        self.start = Start(self.start.answers, self.start.domain, witness)
        return witness

    # what user code gets to see

    def scalar(self, value: Any, expression: Expression, *, floating: bool = False) -> Any:
        """A Python number where the value is constant, else a `SizeInt` or `SizeFloat`."""
        if isinstance(value, Dim):
            value = canonical.as_size(value)
        if not isinstance(value, Dim):
            return float(value) if floating or isinstance(value, (float, Fraction)) else int(value)
        kind = SizeFloat if floating else SizeInt
        return kind(SizeNode(self, value, "float" if floating else "int"), expression)

    def truth(self, predicate: Predicate, expression: Expression) -> Any:
        """A bool where the sizes in play decide it, else a `SizeBool`."""
        settled = self.settle(predicate)
        if settled is TRUE or settled is FALSE:
            return settled is TRUE
        return SizeBool(SizeNode(self, predicate, "bool"), expression)

    def describe(self, kind: str, operation: str, **parameters: object) -> None:
        """What the operation at hand is, for the rules."""
        self.facts = (kind, operation, parameters)
