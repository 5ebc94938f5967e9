"""Where the values of a path come from: the steps that yield them, for the steps that are given them."""

from __future__ import annotations

import operator
from typing import Any

import torch

from convlint.trace.expression import Expression
from convlint.trace.python_names import ORIGINALS
from convlint.trace.recording import Recording, Step
from convlint.trace.session import Session
from convlint.trace.symbool import SizeBool
from convlint.trace.symint import SizeFloat, SizeInt
from convlint.trace.tensor import SymbolicTensor, tensors_in

CONSTANT = "_tensor_constant"
"""With a number behind it, the attribute of the root that holds a tensor of the code's own, as in ``torch.fx``."""

_PLAIN = frozenset({int, float, bool, str, type(None), torch.dtype, torch.device})


class Provenance:
    """Knows of each tensor and size which step of the recording yields it; records the steps that are wanting.

    Those take an item of what a step gave, fetch a tensor of the model's own, or compute a size.
    """

    def __init__(self, root: torch.nn.Module, session: Session, recording: Recording) -> None:
        self._root = root
        self._session = session
        self._recording = recording
        self._attributes: dict[int, Step] = {}
        self._names: dict[int, str] | None = None
        self._alive: list[Any] = []  # what is known by its id must keep it

    def attach(self, step: Step, value: Any) -> None:
        """Make the tensors of ``value`` know that ``step`` yields them."""
        if type(value) is SymbolicTensor:
            value.source = step
        elif isinstance(value, torch.Tensor):
            self._attributes[id(value)] = step
            self._alive.append(value)
        elif isinstance(value, (list, tuple)):
            for index, item in enumerate(value):
                self._attach_item(step, index, item)
        elif isinstance(value, dict):
            for key, item in value.items():
                self._attach_item(step, key, item)

    def _attach_item(self, step: Step, key: Any, item: Any) -> None:
        if any(True for _ in tensors_in(item)):
            self.attach(self._recording.add("call_function", operator.getitem, (step, key)), item)

    def argument(self, value: Any) -> Any:
        """A value as an argument of a step."""
        kind = type(value)
        if kind is SymbolicTensor:
            return value.source
        if kind in _PLAIN:
            return value
        if kind is tuple:
            return tuple([self.argument(item) for item in value])
        if isinstance(value, torch.Tensor):
            return self._attribute(value)
        if kind in (SizeInt, SizeFloat, SizeBool):
            return self._emitted(value)
        if isinstance(value, tuple):
            return tuple(self.argument(item) for item in value)
        if isinstance(value, list):
            return [self.argument(item) for item in value]
        if isinstance(value, dict):
            return {key: self.argument(item) for key, item in value.items()}
        if isinstance(value, slice):
            return slice(self.argument(value.start), self.argument(value.stop), self.argument(value.step))
        if isinstance(value, type):
            return ORIGINALS.get(value, value)
        return value

    def _emitted(self, value: Any) -> Any:
        expression: Expression = value.expression
        if expression.emitted is not None:
            return expression.emitted
        if expression.target is None:
            if not expression.arguments or expression.arguments[0] is None:
                return self._session.nominal_value(value.node.value)
            expression.emitted = self._recording.add("call_method", "size", expression.arguments)
        else:
            expression.emitted = self._recording.add(
                "call_function", expression.target, tuple(self.argument(argument) for argument in expression.arguments)
            )
        return expression.emitted

    def _attribute(self, tensor: torch.Tensor) -> Step:
        step = self._attributes.get(id(tensor))
        if step is None:
            step = self._attributes[id(tensor)] = self._recording.add("get_attr", self._attribute_name(tensor))
            self._alive.append(tensor)
        return step

    def _attribute_name(self, tensor: torch.Tensor) -> str:
        if self._names is None:
            self._names = {}
            for path, module in self._root.named_modules():
                prefix = f"{path}." if path else ""
                for attributes in (module._parameters, module._buffers, module.__dict__):
                    for name, value in attributes.items():
                        if isinstance(value, torch.Tensor):
                            self._names.setdefault(id(value), prefix + name)
        name = self._names.get(id(tensor))
        if name is None:
            index = 0
            while hasattr(self._root, f"{CONSTANT}{index}"):
                index += 1
            name = f"{CONSTANT}{index}"
            self._root.__dict__[name] = tensor
            self._names[id(tensor)] = name
        return name
