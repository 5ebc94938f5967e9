"""The ``torch.fx`` tracer that carries sizes: one run of a model's own Python, recorded step by step.

The model runs eagerly on `SymbolicTensor` inputs.  Every torch function is asked of a shape rule (or, where there is
none, of PyTorch's own meta kernels on our sizes), and the call is recorded.  Layers of ``torch.nn`` are leaves, as in
``torch.fx``: one ``call_module`` node each.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from typing import Any

import torch

from convlint.diagnostics import Span
from convlint.graph.model import ModuleCall
from convlint.trace import origin
from convlint.trace.checked import refuse_as_layer
from convlint.trace.dispatch import answer, run_concrete, write_in_place
from convlint.trace.functions import Entry, entry_of
from convlint.trace.provenance import Provenance
from convlint.trace.recording import Facts, Recording, Step
from convlint.trace.session import Refused, Session
from convlint.trace.symbool import SizeBool
from convlint.trace.tensor import SymbolicTensor, tensor_values, tensors_in
from convlint.trace.values import is_symbolic


class ShapeTracer(torch.fx.Tracer):
    """Records one path of a model as steps that carry exact sizes."""

    def __init__(self, root: torch.nn.Module, session: Session) -> None:
        super().__init__()
        self.root = root
        self.session = session
        self.recording = Recording()
        self._provenance = Provenance(root, session, self.recording)
        self.module_paths: dict[int, str] = {}
        for path, module in root.named_modules():
            self.module_paths.setdefault(id(module), path)
        self.module_stack: list[tuple[str, str]] = [("", type(root).__name__)]  # type: ignore[assignment]
        self._suppressed = 0
        self._entries: dict[Any, Entry] = {}
        self._forward = _user_forward(root)
        self._forward_frame: types.FrameType | None = None

    # modules

    def is_leaf_module(self, m: torch.nn.Module, module_qualified_name: str) -> bool:
        """As torch.fx has it: what torch.nn defines is a leaf, containers are not; nor is an overridden ``forward``."""
        return (
            super().is_leaf_module(m, module_qualified_name)
            and not isinstance(m, (torch.nn.ModuleList, torch.nn.ModuleDict))
            and "forward" not in m.__dict__
        )

    def call_module_forward(self, module: torch.nn.Module, original: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Stand in for ``nn.Module.__call__``."""
        if self._suppressed:
            return original(module, *args, **kwargs)
        path = self.module_paths.get(id(module))
        if path and self.is_leaf_module(module, path) and any(True for _ in tensors_in((args, kwargs))):
            return self._call_leaf(path, module, original, args, kwargs)
        self.module_stack.append((path if path is not None else self.module_stack[-1][0], type(module).__name__))
        try:
            result = original(module, *args, **kwargs)
        finally:
            self.module_stack.pop()
        if path:
            self._note_call(path, module, result)
        return result

    def _note_call(self, path: str, module: torch.nn.Module, result: Any) -> None:
        """Take down what a module gave back that is made of layers."""
        outputs = tensor_values(result)
        call = origin.user_span(self.session.source_roots) if outputs else None
        if call is not None:
            built, caller = origin.constructor_span(module), self.module_stack[-1][0]
            after = self.recording.last_name or ""
            noted = ModuleCall(path, type(module).__name__, built, caller, after, call, outputs)
            self.recording.calls.append(noted)

    def _call_leaf(
        self, path: str, module: torch.nn.Module, original: Callable[..., Any], args: Any, kwargs: Any
    ) -> Any:
        fx_args, fx_kwargs = self._provenance.argument(args), self._provenance.argument(kwargs)
        session = self.session
        session.facts = None
        self._suppressed += 1
        try:
            result = self._forward_of_layer(module, original, args, kwargs)
        except Refused:
            self._suppressed -= 1
            self._record("call_module", path, fx_args, fx_kwargs, None, layer=path)
            self._suppressed += 1
            raise
        finally:
            self._suppressed -= 1
        if any(result is argument for argument in args) and not getattr(module, "inplace", False):
            result = self._renewed(result)
        self._record("call_module", path, fx_args, fx_kwargs, result, layer=path)
        return result

    def _forward_of_layer(
        self, module: torch.nn.Module, original: Callable[..., Any], args: Any, kwargs: Any
    ) -> Any:
        """What the layer returns; what it raises itself about its input, before any operation, is a refusal."""
        try:
            return original(module, *args, **kwargs)
        except (ValueError, AssertionError) as error:
            if args and isinstance(args[0], SymbolicTensor):
                refuse_as_layer(self.session, module, args[0].sizes, error)
            raise

    @staticmethod
    def _renewed(result: Any) -> Any:
        """A layer that hands its input on unchanged (``nn.Identity``) still is a node of its own."""
        if type(result) is SymbolicTensor:
            renewed = SymbolicTensor.of(result.sizes, result.dtype)
            renewed.lies = result.lies
            return renewed
        return result

    # functions

    def intercept(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Stand in for any torch function."""
        entry = self._entries.get(func)
        if entry is None:
            entry = self._entries[func] = entry_of(func)
        if func is torch._assert and self._asserts(*args, **kwargs):
            return None
        if entry.native:
            return func(*args, **kwargs)
        symbolic = is_symbolic(args) or (kwargs and is_symbolic(tuple(kwargs.values())))
        if not symbolic:
            return self._call_concrete(entry, func, args, kwargs)
        rule = entry.rule
        if rule is not None and not rule.recorded:
            result = rule.function(self.session, *args, **kwargs)
            if result is not NotImplemented:
                return result
        fx_args = fx_kwargs = None
        if not self._suppressed:
            fx_args, fx_kwargs = self._provenance.argument(args), self._provenance.argument(kwargs)
            self.session.facts = None
        try:
            result = answer(self.session, entry, func, args, kwargs)
        except Refused:
            if not self._suppressed:
                self._record_call(entry, fx_args, fx_kwargs, None)
            raise
        if entry.inplace and args and isinstance(args[0], torch.Tensor):
            result = write_in_place(self.session, entry.name.rstrip("_"), args[0], result)
        if not self._suppressed:
            self._record_call(entry, fx_args, fx_kwargs, result)
        return result

    def _asserts(self, condition: Any, message: object = "") -> bool:
        """Whether ``torch._assert`` is done with: the sizes that it refuses are known to end here."""
        if type(condition) is not SizeBool:
            return False
        return self.session.asserts(condition.node.value, str(message), len(self.recording.steps))

    def _call_concrete(self, entry: Entry, func: Any, args: Any, kwargs: Any) -> Any:
        """Nothing symbolic: run it, and record it where it yields a tensor."""
        arguments_are_recordable = not self._suppressed and not entry.name.startswith(("get:", "set:"))
        result = run_concrete(self.session, entry, func, args, kwargs)
        if arguments_are_recordable and any(True for _ in tensors_in(result)):
            fx_args, fx_kwargs = self._provenance.argument(args), self._provenance.argument(kwargs)
            if any(True for _ in tensors_in((args, kwargs))) or entry.op == "call_function":
                self.session.facts = ("constant", entry.name.strip("_"), {})
                self._record_call(entry, fx_args, fx_kwargs, result)
        return result

    # the recording

    def placeholder(self, name: str, value: Any) -> None:
        """Record an input of ``forward``: a tensor, or a nested structure of them."""
        step = self.recording.add("placeholder", name)
        self._provenance.attach(step, value)
        self._write(step, "placeholder", name, value)

    def output(self, value: Any) -> None:
        """Record what ``forward`` returned, and by which statement."""
        step = self.recording.add("output", "output", (self._provenance.argument(value),))
        call = origin.span_of(self._forward_frame) if self._forward_frame is not None else None
        self._forward_frame = None
        self._write(step, "output", "output", value, call=call)

    def _record_call(self, entry: Entry, args: Any, kwargs: Any, result: Any) -> None:
        if isinstance(entry.target, tuple):
            function, attribute = entry.target
            self._record("call_function", function, (*args, attribute), kwargs, result)
        else:
            self._record(entry.op, entry.target, args, kwargs, result)

    def _record(self, op: str, target: Any, args: Any, kwargs: Any, result: Any, layer: str | None = None) -> None:
        step = self.recording.add(op, target, args, kwargs)
        self._provenance.attach(step, result)
        kind, operation, parameters = self.session.facts or ("other", str(getattr(target, "__name__", target)), {})
        self._write(step, kind, operation, result, parameters, layer)

    def _write(
        self, step: Step, kind: str, operation: str, value: Any, parameters: Mapping[str, object] | None = None,
        layer: str | None = None, call: Span | None = None,
    ) -> None:
        module, module_class = self.module_stack[-1]
        if self._forward_frame is None and self._forward is not None:
            self._forward_frame = origin.outermost_frame(self._forward)
        requirements, self.session.pending = tuple(self.session.pending), []
        outputs = tensor_values(value)
        call = call or origin.user_span(self.session.source_roots)
        step.facts = Facts(
            kind, operation, parameters or {}, outputs, layer, module, module_class, call, requirements
        )


def _user_forward(module: torch.nn.Module) -> types.CodeType | None:
    """The code of the ``forward`` that the user wrote, under its decorators; None for one of torch's own."""
    code = getattr(inspect.unwrap(module.forward), "__code__", None)
    return code if isinstance(code, types.CodeType) and not origin.is_internal(code.co_filename) else None
