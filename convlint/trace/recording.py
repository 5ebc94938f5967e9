"""What one path did, step by step: the data that the rules read, and a ``torch.fx`` graph for who wants one.

The steps are torch-free but for their targets.  The fx graph is built of them on demand: a linter reads the sizes, and
making fx nodes would take a quarter of the time of a trace.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from convlint.diagnostics import Span
from convlint.graph.model import ModuleCall, Node, Requirement, TensorValue

_ILLEGAL = re.compile(r"[^0-9a-zA-Z_]+")
_CAPITAL = re.compile(r"(?<=[a-z])([A-Z])")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules need to know of a step."""

    kind: str
    operation: str
    parameters: Mapping[str, object]
    outputs: tuple[TensorValue, ...]
    layer: str | None
    module: str
    module_class: str
    call: Span | None
    requirements: tuple[Requirement, ...]


@dataclass(slots=True, eq=False)
class Step:
    """One node of an fx graph to be: ``args`` and ``kwargs`` hold other steps where fx has nodes.

    A step without ``facts`` computes a size or takes an item of a tuple: the rules do not see it.
    """

    name: str
    op: str
    target: Any
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    facts: Facts | None = None


class Recording:
    """The steps of one path, in the order in which they ran."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.calls: list[ModuleCall] = []
        self._uses: dict[str, int] = {}
        self._candidates: dict[Any, str] = {}

    def add(self, op: str, target: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None) -> Step:
        """Record a step under a name of its own, made as ``torch.fx`` makes it (``layer1_0_conv1``, ``relu_1``)."""
        step = Step(self._name(target), op, target, args, kwargs or {})
        self.steps.append(step)
        return step

    @property
    def last_name(self) -> str | None:
        """The name of the last step that the rules see."""
        return next((step.name for step in reversed(self.steps) if step.facts is not None), None)

    def nodes(self, steps: int | None = None) -> tuple[Node, ...]:
        """The steps (all, or the first so many) as the torch-free data that the rules read."""
        return tuple(
            Node(
                name=step.name,
                op=step.op,  # type: ignore[arg-type]
                target=_target_name(step.target),
                kind=facts.kind,
                operation=facts.operation,
                inputs=tuple(_inputs(step)),
                outputs=facts.outputs,
                parameters=facts.parameters,
                layer=facts.layer,
                module=facts.module,
                module_class=facts.module_class,
                call=facts.call,
                requirements=facts.requirements,
            )
            for step in self.steps[:steps]
            if (facts := step.facts) is not None and facts.kind != "constant"
        )

    def fx_graph(self) -> torch.fx.Graph:
        """The steps as a ``torch.fx`` graph: what the model computes on this path, on any device.

        The device that the model read off a traced tensor, which is meta, is read off its first input instead.
        """
        graph = torch.fx.Graph(tracer_cls=torch.fx.Tracer)
        made: dict[Step, torch.fx.Node] = {}
        first = next((step for step in self.steps if step.op == "placeholder"), None)
        device: torch.fx.Node | None = None

        def convert(value: Any) -> Any:
            nonlocal device
            if isinstance(value, Step):
                return made[value]
            if isinstance(value, torch.device) and value.type == "meta" and first is not None:
                device = device or graph.call_function(getattr, (made[first], "device"))
                return device
            if isinstance(value, (tuple, list)):
                return type(value)(convert(item) for item in value)
            if isinstance(value, Mapping):
                return {key: convert(item) for key, item in value.items()}
            if isinstance(value, slice):
                return slice(convert(value.start), convert(value.stop), convert(value.step))
            return value

        for step in self.steps:
            made[step] = graph.create_node(
                step.op, step.target, convert(step.args), convert(step.kwargs), name=step.name
            )
        return graph

    def _name(self, target: Any) -> str:
        candidate = self._candidates.get(target)
        if candidate is None:
            text = target if isinstance(target, str) else target.__name__
            text = _CAPITAL.sub(r"_\1", _ILLEGAL.sub("_", text.strip("_"))).lower()
            candidate = self._candidates[target] = f"_{text}" if not text or text[0].isdigit() else text
        name = candidate
        while (count := self._uses.get(name)) is not None:
            self._uses[name] = count + 1
            name = f"{candidate}_{count}"
        self._uses[name] = 1
        return name


def _inputs(step: Step) -> Iterator[str]:
    """Names of the visible steps behind a step's tensor arguments (items of a tuple stand for their tuple)."""
    for argument in (*_steps_in(step.args), *(_steps_in(step.kwargs.values()) if step.kwargs else ())):
        current = argument
        while current.facts is None and current.target is operator.getitem:
            current = current.args[0]
        if current.facts is not None and current.facts.kind != "constant":
            yield current.name


def _steps_in(values: Any) -> Iterator[Step]:
    for value in values:
        if isinstance(value, Step):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from _steps_in(value)
        elif isinstance(value, Mapping):
            yield from _steps_in(value.values())
        elif isinstance(value, slice):
            yield from _steps_in((value.start, value.stop, value.step))


def _target_name(target: str | Callable[..., Any]) -> str:
    if isinstance(target, str):
        return target
    module = getattr(target, "__module__", None) or ""
    name = getattr(target, "__name__", None) or str(target)
    return f"{module}.{name}" if module and module != "builtins" else name
