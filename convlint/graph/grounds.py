"""What makes a model refuse sizes: requirements of its operations, and the asserts and raises of its own code."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from convlint.diagnostics import Span
from convlint.graph.contract import Contract, Sizes, broken_requirement
from convlint.graph.model import GraphPath, Node, Requirement
from convlint.symbolic.comparison import negate
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.dim import UnbackedError
from convlint.symbolic.predicate import FALSE, Predicate
from convlint.symbolic.render import render_predicate
from convlint.symbolic.truth import Truth


@dataclass(frozen=True)
class Ground:
    """One line of source that refuses all sizes but those that satisfy ``predicate``.

    ``by`` is the name of the rule that speaks for a requirement, else ``assert`` or ``raise``; ``message`` what is
    raised, empty where the exception has no words.  Without a ``span``, ``operation`` says where.
    """

    predicate: Predicate
    by: str
    message: str
    span: Span | None
    operation: str = ""

    @property
    def place(self) -> str:
        """``net.py:16``, or the operation where no line of the user's is known."""
        return f"{self.span.path}:{self.span.line}" if self.span else self.operation

    @property
    def text(self) -> str:
        """The sizes that satisfy it, for people."""
        return "no size" if self.predicate == FALSE else render_predicate(self.predicate, least=1)

    def to_json(self) -> dict[str, Any]:
        """``line`` is null where none is known."""
        path, line = (self.span.path, self.span.line) if self.span else (None, None)
        return {"text": self.text, "by": self.by, "message": self.message, "path": path, "line": line}


def grounds_of(contract: Contract) -> tuple[Ground, ...]:
    """What asks for the accepted sizes, one for each line of source: all that every accepted size meets.

    Those that follow from others are left out.
    """
    asked: dict[tuple[str, str], Ground] = {}
    for ground in _all_grounds(contract):
        if all(domain.holds(ground.predicate) for domain in contract.accepted):
            key = (ground.place, ground.by)
            known = asked.get(key)
            asked[key] = replace(known, predicate=all_of(known.predicate, ground.predicate)) if known else ground
    found = dict(asked)
    for key, ground in asked.items():
        others = all_of(*(each.predicate for other, each in found.items() if other != key))
        if contract.graph.declared.narrow(others).holds(ground.predicate):
            del found[key]
    return tuple(found.values())


def refusal_of(contract: Contract, sizes: Sizes) -> Ground | None:
    """What a path that takes these sizes meets first of all that refuses them; None where nothing is known to."""
    for path in contract.graph.paths:
        try:
            if not path.entered.contains(sizes):
                continue
            broken = broken_requirement(path, sizes)
        except UnbackedError:
            continue
        if broken is not None:
            return _of_requirement(*broken)
        if _is_raised(path):
            line = _place(path)
            return next(ground for ground in _raised(contract) if ground.place == line)
    return None


def refusal_where(contract: Contract, given: Predicate) -> Ground | None:
    """What refuses the sizes that satisfy ``given``, none of which is accepted; None where no one line is known to.

    A line that refuses all of them, if there is one: one that refuses some, for sizes that ``given`` leaves open, says
    nothing about what was given.  Else the first that lets none pass of those which reach it.
    """
    asked = contract.graph.declared.narrow(given)
    found = None
    for ground in _refusals(contract, given):
        if asked.decide(ground.predicate) is Truth.NEVER:
            return ground
        found = found or ground
    return found


def _refusals(contract: Contract, given: Predicate) -> Iterator[Ground]:
    """Of each path, what refuses all sizes of ``given`` that reach it."""
    raised = {ground.place: ground for ground in _raised(contract)}
    for path in contract.graph.paths:
        if path.entered.narrow(given).is_empty:
            continue
        for node, requirement in _requirements(path):
            there = requirement.domain.narrow(given)
            if not there.is_empty and there.decide(requirement.predicate) is Truth.NEVER:
                yield _of_requirement(node, requirement)
                break
        else:
            if _is_raised(path):
                yield raised[_place(path)]


def _requirements(path: GraphPath) -> Iterator[tuple[Node, Requirement]]:
    for node in path.nodes:
        for requirement in node.requirements:
            yield node, requirement


def _all_grounds(contract: Contract) -> Iterator[Ground]:
    for path in contract.graph.paths:
        for node, requirement in _requirements(path):
            yield _of_requirement(node, requirement)
    yield from _raised(contract)


def _of_requirement(node: Node, requirement: Requirement) -> Ground:
    return Ground(requirement.predicate, requirement.rule, requirement.message, node.call, node.operation)


def _raised(contract: Contract) -> Iterator[Ground]:
    """The asserts and raises that some sizes reach, one for each line."""
    reached: dict[str, list[GraphPath]] = {}
    for path in contract.graph.paths:
        if _is_raised(path):
            reached.setdefault(_place(path), []).append(path)
    for paths in reached.values():
        failure = paths[0].failure
        assert failure is not None
        by = "assert" if failure.exception == "AssertionError" else "raise"
        message = failure.message if failure.message != failure.exception else ""
        yield Ground(_kept_from(contract, paths), by, message, failure.span, "forward")


def _kept_from(contract: Contract, paths: Sequence[GraphPath]) -> Predicate:
    """What keeps sizes away from the end of these paths.

    The conditions as written, where all accepted sizes meet them; else what sets the others apart from these paths.
    """
    conditions = [path.failure.condition for path in paths if path.failure and path.failure.condition is not None]
    written = all_of(*conditions)
    if len(conditions) == len(paths) and all(domain.holds(written) for domain in contract.accepted):
        return written
    return contract.graph.declared.reduce(negate(any_of(*(path.entered.predicate for path in paths))))


def _is_raised(path: GraphPath) -> bool:
    return path.failure is not None and path.failure.kind == "raised"


def _place(path: GraphPath) -> str:
    span = path.failure.span if path.failure else None
    return f"{span.path}:{span.line}" if span else "forward"
