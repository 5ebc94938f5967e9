"""The ``torch.fx`` tracer that carries sizes: one run of a model's own Python, recorded step by step.

The model runs eagerly on `SymbolicTensor` inputs.  Every torch function is asked of a shape rule (or, where there is
none, of PyTorch's own meta kernels on our sizes), and the call is recorded.  Layers of ``torch.nn`` are leaves, as in
``torch.fx``: one ``call_module`` node each.
"""

from __future__ import annotations

import inspect
import operator
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch

from convlint.diagnostics import Span
from convlint.graph.model import ModuleCall, TensorValue
from convlint.trace import origin
from convlint.trace.checked import refuse_as_layer
from convlint.trace.expression import Expression
from convlint.trace.functions import NEEDS_DATA, Entry, entry_of
from convlint.trace.kernels import call_kernel, concrete
from convlint.trace.layout import UNKNOWN, Layout, elementwise
from convlint.trace.ops.registry import Lays
from convlint.trace.python_names import ORIGINALS
from convlint.trace.recording import Facts, Recording, Step
from convlint.trace.session import Refused, Session, Untraceable
from convlint.trace.symbool import SizeBool
from convlint.trace.symint import SizeFloat, SizeInt
from convlint.trace.tensor import SymbolicTensor, Value, all_contiguous, layout_of, shape_of, tensors_in
from convlint.trace.values import is_symbolic, with_tensors

_RESHAPING = frozenset({"squeeze", "unsqueeze", "t", "transpose", "swapaxes", "swapdims", "resize", "resize_as"})
"""Operations whose in-place variants change the shape of their tensor."""

CONSTANT = "_tensor_constant"
"""With a number behind it, the attribute of the root that holds a tensor of the code's own, as in ``torch.fx``."""

_PLAIN = frozenset({int, float, bool, str, type(None), torch.dtype, torch.device})


class ShapeTracer(torch.fx.Tracer):
    """Records one path of a model as steps that carry exact sizes."""

    def __init__(self, root: torch.nn.Module, session: Session) -> None:
        super().__init__()
        self.root = root
        self.session = session
        self.recording = Recording()
        self.module_paths: dict[int, str] = {}
        for path, module in root.named_modules():
            self.module_paths.setdefault(id(module), path)
        self.module_stack: list[tuple[str, str]] = [("", type(root).__name__)]  # type: ignore[assignment]
        self._attributes: dict[int, Step] = {}
        self._names: dict[int, str] | None = None
        self._alive: list[Any] = []
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
        outputs = _values(result)
        call = origin.user_span(self.session.source_roots) if outputs else None
        if call is not None:
            built, caller = origin.constructor_span(module), self.module_stack[-1][0]
            after = self.recording.last_name or ""
            noted = ModuleCall(path, type(module).__name__, built, caller, after, call, outputs)
            self.recording.calls.append(noted)

    def _call_leaf(
        self, path: str, module: torch.nn.Module, original: Callable[..., Any], args: Any, kwargs: Any
    ) -> Any:
        fx_args, fx_kwargs = self._fx(args), self._fx(kwargs)
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
            fx_args, fx_kwargs = self._fx(args), self._fx(kwargs)
            self.session.facts = None
        try:
            result = self._answer(entry, func, args, kwargs)
        except Refused:
            if not self._suppressed:
                self._record_call(entry, fx_args, fx_kwargs, None)
            raise
        if entry.inplace and args and isinstance(args[0], torch.Tensor):
            result = self._written_in_place(entry.name.rstrip("_"), args[0], result)
        if not self._suppressed:
            self._record_call(entry, fx_args, fx_kwargs, result)
        return result

    def _asserts(self, condition: Any, message: object = "") -> bool:
        """Whether ``torch._assert`` is done with: the sizes that it refuses are known to end here."""
        if type(condition) is not SizeBool:
            return False
        return self.session.asserts(condition.node.value, str(message), len(self.recording.steps))

    def _answer(self, entry: Entry, func: Any, args: Any, kwargs: Any) -> Any:
        if kwargs:
            kwargs = {
                key: ORIGINALS.get(value, value) if isinstance(value, type) else value
                for key, value in kwargs.items()
                if key != "out" or value is not None
            }
        if any(isinstance(a, type) for a in args):
            args = tuple(ORIGINALS.get(a, a) if isinstance(a, type) else a for a in args)
        rule = entry.rule
        if rule is not None:
            if self.session.facts is None:
                self.session.facts = (rule.kind, entry.name.strip("_"), {})
            try:
                result = rule.function(self.session, *args, **kwargs)
            except TypeError as error:
                if not _is_signature_error(error, rule.function):
                    raise
                result = NotImplemented
            if result is not NotImplemented:
                layout = rule.layout
                if rule.follows is not None and not (
                    all_contiguous(args) and (not kwargs or all_contiguous(kwargs.values()))
                ):
                    layout = _followed(rule.follows, args, kwargs, result)
                return with_tensors(result, layout)
        if entry.name in NEEDS_DATA:
            raise Untraceable(
                f"the model needs the values of a tensor here ({entry.name.strip('_')}), not only its sizes"
            )
        return call_kernel(self.session, entry.name, func, args, kwargs)

    def _written_in_place(self, name: str, target: torch.Tensor, result: Any) -> Any:
        if not isinstance(result, SymbolicTensor) or result is target:
            return target
        if name in _RESHAPING:
            if not isinstance(target, SymbolicTensor) or result.dim() != target.dim():
                raise Untraceable(f"{name}_ gives a tensor another shape in place")
            target.sizes, target.lies = result.sizes, result.lies
            return target
        before = shape_of(target)
        if len(before) != len(result.sizes) or not torch.can_cast(result.dtype, target.dtype):
            self.session.refuse("shape-error", f"{name}_ cannot write a result of another rank or dtype")
        for a, b in zip(before, result.sizes, strict=True):
            self.session.require_equal(
                a, b, "shape-error", "an in-place operation cannot change the size of its tensor"
            )
        return target

    def _call_concrete(self, entry: Entry, func: Any, args: Any, kwargs: Any) -> Any:
        """Nothing symbolic: run it, and record it where it yields a tensor."""
        if entry.name in NEEDS_DATA and any(t.is_meta for t in tensors_in((args, kwargs))):
            raise Untraceable(
                f"the model needs the values of a tensor here ({entry.name.strip('_')}), not only its sizes"
            )
        arguments_are_recordable = not self._suppressed and not entry.name.startswith(("get:", "set:"))
        try:
            result = self._normalised(entry, args, kwargs)
            if result is None:
                result = func(*args, **kwargs)
        except RuntimeError:
            mixed = {t.device.type for t in tensors_in((args, kwargs))}
            if len(mixed) < 2:
                raise
            result = func(*concrete(self.session, args), **concrete(self.session, kwargs))
        if arguments_are_recordable and any(True for _ in tensors_in(result)):
            fx_args, fx_kwargs = self._fx(args), self._fx(kwargs)
            if any(True for _ in tensors_in((args, kwargs))) or entry.op == "call_function":
                self.session.facts = ("constant", entry.name.strip("_"), {})
                self._record_call(entry, fx_args, fx_kwargs, result)
        return result

    def _normalised(self, entry: Entry, args: Any, kwargs: Any) -> torch.Tensor | None:
        """The size of normalised weights, None where a kernel must say it: PyTorch's takes a hundred times as long."""
        if entry.rule is None or entry.rule.kind != "norm" or not all(t.is_meta for t in tensors_in((args, kwargs))):
            return None
        pending = list(self.session.pending)
        try:
            result = entry.rule.function(self.session, *args, **kwargs)
        except (Refused, TypeError):
            self.session.pending = pending
            return None
        if type(result) is not Value:
            return None
        return torch.empty(result.shape, dtype=result.dtype, device="meta")  # type: ignore[arg-type]

    # the recording

    def placeholder(self, name: str, value: Any, default: Any = None) -> None:
        """Record an input of ``forward``: a tensor, or a nested structure of them."""
        step = self.recording.add("placeholder", name)
        self._attach(step, value)
        self._write(step, "placeholder", name, value)

    def output(self, value: Any) -> None:
        """Record what ``forward`` returned, and by which statement."""
        step = self.recording.add("output", "output", (self._fx(value),))
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
        self._attach(step, result)
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
        outputs = _values(value)
        call = call or origin.user_span(self.session.source_roots)
        step.facts = Facts(
            kind, operation, parameters or {}, outputs, layer, module, module_class, call, requirements
        )

    def _attach(self, step: Step, value: Any) -> None:
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
            self._attach(self.recording.add("call_function", operator.getitem, (step, key)), item)

    def _fx(self, value: Any) -> Any:
        """A value as an argument of a step."""
        kind = type(value)
        if kind is SymbolicTensor:
            return value.source
        if kind in _PLAIN:
            return value
        if kind is tuple:
            return tuple([self._fx(item) for item in value])
        if isinstance(value, torch.Tensor):
            return self._attribute(value)
        if kind in (SizeInt, SizeFloat, SizeBool):
            return self._emitted(value)
        if isinstance(value, tuple):
            return tuple(self._fx(item) for item in value)
        if isinstance(value, list):
            return [self._fx(item) for item in value]
        if isinstance(value, dict):
            return {key: self._fx(item) for key, item in value.items()}
        if isinstance(value, slice):
            return slice(self._fx(value.start), self._fx(value.stop), self._fx(value.step))
        if isinstance(value, type):
            return ORIGINALS.get(value, value)
        return value

    def _emitted(self, value: Any) -> Any:
        expression: Expression = value.expression
        if expression.emitted is not None:
            return expression.emitted
        if expression.target is None:
            if not expression.arguments or expression.arguments[0] is None:
                return self.session.nominal_value(value.node.value)
            expression.emitted = self.recording.add("call_method", "size", expression.arguments)
        else:
            expression.emitted = self.recording.add(
                "call_function", expression.target, tuple(self._fx(argument) for argument in expression.arguments)
            )
        return expression.emitted

    def _attribute(self, tensor: torch.Tensor) -> Step:
        step = self._attributes.get(id(tensor))
        if step is None:
            step = self._attributes[id(tensor)] = self.recording.add("get_attr", self._attribute_name(tensor))
            self._alive.append(tensor)
        return step

    def _attribute_name(self, tensor: torch.Tensor) -> str:
        if self._names is None:
            self._names = {}
            for path, module in self.root.named_modules():
                prefix = f"{path}." if path else ""
                for attributes in (module._parameters, module._buffers, module.__dict__):
                    for name, value in attributes.items():
                        if isinstance(value, torch.Tensor):
                            self._names.setdefault(id(value), prefix + name)
        name = self._names.get(id(tensor))
        if name is None:
            index = 0
            while hasattr(self.root, f"{CONSTANT}{index}"):
                index += 1
            name = f"{CONSTANT}{index}"
            self.root.__dict__[name] = tensor
            self._names[id(tensor)] = name
        return name


def _followed(lays: Lays, args: tuple[Any, ...], kwargs: Mapping[str, Any] | None, result: Any) -> Layout:
    """The layout of what an operation makes of tensors that are not all contiguous."""
    if lays is not Lays.ELEMENTWISE or type(result) is not Value:
        return UNKNOWN
    values = (*args, *kwargs.values()) if kwargs else args
    return elementwise(result.shape, ((shape_of(each), layout_of(each)) for each in tensors_in(values)))


def _user_forward(module: torch.nn.Module) -> types.CodeType | None:
    """The code of the ``forward`` that the user wrote, under its decorators; None for one of torch's own."""
    code = getattr(inspect.unwrap(module.forward), "__code__", None)
    return code if isinstance(code, types.CodeType) and not origin.is_internal(code.co_filename) else None


def _values(result: Any) -> tuple[TensorValue, ...]:
    """The tensors of what a call gave back."""
    return tuple(TensorValue(shape_of(t), _dtype_name(t.dtype)) for t in tensors_in(result))


@cache
def _dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _is_signature_error(error: TypeError, function: Callable[..., Any]) -> bool:
    """Whether the rule itself was called with arguments it does not have (and nothing inside it failed)."""
    traceback = error.__traceback__
    return traceback is not None and traceback.tb_next is None and function.__name__ in str(error)
