"""The ``torch.fx`` tracer that carries sizes: one run of a model's own Python, recorded as a graph.

The model runs eagerly on `SymbolicTensor` inputs.  A ``TorchFunctionMode`` sees every torch function, asks a shape rule
(or, where there is none, PyTorch's own meta kernels on our sizes) for the result, and records the call.  Layers of
``torch.nn`` are leaves, as in ``torch.fx``: one ``call_module`` node each.
"""

from __future__ import annotations

import inspect
import operator
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch._dispatch.python import enable_python_dispatcher
from torch.fx import Graph, Node
from torch.overrides import TorchFunctionMode

from convlint.diagnostics import Span
from convlint.graph import model as graph_model
from convlint.graph.model import Requirement, TensorValue
from convlint.trace import ops, origin
from convlint.trace.ops.registry import RULES, ShapeRule
from convlint.trace.python_names import ORIGINALS
from convlint.trace.session import Refused, Session, Untraceable
from convlint.trace.symint import Expression, SizeBool, SizeFloat, SizeInt, dim_of
from convlint.trace.tensor import SymbolicTensor, Value, shape_of, tensors_in

ops.load()

_OPERATORS: dict[str, Callable[..., Any]] = {
    f"__{name}__": getattr(operator, name)
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "neg", "getitem", "setitem",
                 "lt", "le", "gt", "ge", "eq", "ne", "iadd", "isub", "imul", "itruediv")
}
_OPERATORS |= {"__and__": operator.and_, "__or__": operator.or_, "__invert__": operator.invert}

_NATIVE = frozenset({
    "dim", "ndimension", "is_floating_point", "is_complex", "is_tensor", "is_nonzero_", "element_size", "get_device",
    "get:dtype", "get:device", "get:ndim", "get:layout", "get:is_cuda", "get:is_cpu", "get:is_meta", "get:is_mps",
    "get:is_sparse", "get:is_quantized", "get:requires_grad", "set:requires_grad", "get:grad_fn", "get:is_leaf",
    "get:grad", "get:names", "get:is_xla", "get:is_nested", "get:is_mkldnn", "get:is_vulkan", "get:is_xpu",
    "get:is_ipu", "get:is_sparse_csr", "get:_version", "get:output_nr", "get:retains_grad", "has_names",
    "is_inference", "is_conj", "is_neg", "is_signed", "is_shared", "is_pinned", "__hash__", "__repr__", "__format__",
    "dim_order", "get:_base", "can_cast", "get_default_dtype", "set_default_dtype", "result_type", "_is_view",
    "is_distributed", "get:itemsize", "_assert",
})
_DATA = frozenset({
    "item", "tolist", "numpy", "__bool__", "__float__", "__int__", "__index__", "__complex__", "equal", "allclose",
    "is_nonzero", "__array__", "__contains__", "nonzero", "unique", "masked_select", "unique_consecutive", "bincount",
})


@dataclass(frozen=True, slots=True)
class Entry:
    """How one torch function is answered and written down."""

    name: str
    rule: ShapeRule | None
    native: bool
    inplace: bool
    op: str
    target: Any


@dataclass(slots=True)
class Record:
    """One fx node with what the rules need to know of it."""

    node: Node
    kind: str
    operation: str
    parameters: Mapping[str, object]
    outputs: tuple[TensorValue, ...]
    layer: str | None
    module: str
    module_class: str
    call: Span | None
    requirements: tuple[Requirement, ...]


def _public_name(func: Any) -> str:
    name: str = getattr(func, "__name__", "")
    if name in ("__get__", "__set__"):
        return f"{name[2:5]}:{func.__self__.__name__}"
    return "F.unfold" if func is torch.nn.functional.unfold else name


def _entry(func: Any) -> Entry:
    name = _public_name(func)
    base, inplace = name, False
    if name.startswith("__i") and name.endswith("__") and f"__{name[3:]}" in _OPERATORS and name != "__invert__":
        base, inplace = f"__{name[3:]}", True
    elif name.endswith("_") and not name.endswith("__") and name not in RULES:
        base, inplace = name[:-1], True
    is_overload = isinstance(func, (torch._ops.OpOverload, torch._ops.OpOverloadPacket))
    rule = None if is_overload else RULES.get(base)
    op: str
    target: Any
    if name in _OPERATORS:
        op, target = "call_function", _OPERATORS[name]
    elif name.startswith("get:"):
        op, target = "call_function", (getattr, name[4:])
    elif name and not is_overload and getattr(torch.Tensor, name, None) is func:
        op, target = "call_method", name
    else:
        op, target = "call_function", func
    return Entry(name, rule, name in _NATIVE, inplace, op, target)


class ShapeTracer(torch.fx.Tracer):
    """Records one path of a model as an fx graph whose nodes carry exact sizes."""

    def __init__(self, root: torch.nn.Module, session: Session) -> None:
        super().__init__()
        self.root = root
        self.session = session
        self.graph = Graph(tracer_cls=torch.fx.Tracer)
        self.records: list[Record] = []
        self.module_paths: dict[int, str] = {}
        for path, module in root.named_modules():
            self.module_paths.setdefault(id(module), path)
        self.module_stack: list[tuple[str, str]] = [("", type(root).__name__)]  # type: ignore[assignment]
        self._attributes: dict[int, Node] = {}
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
            type(m).__module__.startswith(("torch.nn.", "torch.ao.nn."))
            and not isinstance(m, (torch.nn.Sequential, torch.nn.ModuleList, torch.nn.ModuleDict))
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
            return original(module, *args, **kwargs)
        finally:
            self.module_stack.pop()

    def _call_leaf(
        self, path: str, module: torch.nn.Module, original: Callable[..., Any], args: Any, kwargs: Any
    ) -> Any:
        fx_args, fx_kwargs = self._fx(args), self._fx(kwargs)
        session = self.session
        session.facts = None
        self._suppressed += 1
        try:
            result = original(module, *args, **kwargs)
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

    @staticmethod
    def _renewed(result: Any) -> Any:
        """A layer that hands its input on unchanged (``nn.Identity``) still is a node of its own."""
        if type(result) is SymbolicTensor:
            return SymbolicTensor.of(result.sizes, result.dtype)
        return result

    # functions

    def intercept(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Stand in for any torch function."""
        entry = self._entries.get(func)
        if entry is None:
            entry = self._entries[func] = _entry(func)
        if entry.native:
            return func(*args, **kwargs)
        symbolic = _is_symbolic(args) or (kwargs and _is_symbolic(tuple(kwargs.values())))
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
            result = self._written_in_place(args[0], result)
        if not self._suppressed:
            self._record_call(entry, fx_args, fx_kwargs, result)
        return result

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
                return _wrapped(result)
        if entry.name in _DATA:
            raise Untraceable(
                f"the model needs the values of a tensor here ({entry.name.strip('_')}), not only its sizes"
            )
        return self._call_kernel(entry, func, args, kwargs)

    def _call_kernel(self, entry: Entry, func: Any, args: Any, kwargs: Any) -> Any:
        """PyTorch's own meta kernels, on tensors whose sizes are our SymInts."""
        with enable_python_dispatcher():
            try:
                result = func(*self._materialised(args), **self._materialised(kwargs))
            except (Refused, Untraceable):
                raise
            except Exception as error:
                problem = error
            else:
                return _dematerialised(result)
        return self._call_specialised(entry, func, args, kwargs, problem)

    def _call_specialised(self, entry: Entry, func: Any, args: Any, kwargs: Any, problem: Exception) -> Any:
        """Where the kernels cannot answer symbolically: PyTorch's word at one size, and nothing claimed beyond it."""
        concrete_args, concrete_kwargs = self._concrete(args), self._concrete(kwargs)
        try:
            result = func(*concrete_args, **concrete_kwargs)
        except NotImplementedError as error:
            raise Untraceable(f"{entry.name}: {_first_line(error)}") from None
        except Exception as error:
            if _is_data_dependent(error):
                raise Untraceable(f"the result of {entry.name} depends on the values of a tensor") from None
            self.session.refuse("shape-error", _first_line(error))
            raise
        for tensor in tensors_in((args, kwargs)):
            for size in shape_of(tensor):
                self.session.specialise(size)
        _specialise_sizes(self.session, (args, kwargs))
        del problem
        return _dematerialised(result)

    def _materialised(self, value: Any) -> Any:
        def convert(item: Any) -> Any:
            if type(item) is SymbolicTensor:
                sizes = [self._symint(size) for size in item.sizes]
                return torch.empty(sizes, dtype=item.dtype, device="meta")
            if isinstance(item, torch.Tensor) and item.device.type != "meta":
                return torch.empty_like(item, device="meta") if item.dim() else item
            return item

        return _map(value, convert)

    def _symint(self, size: Any) -> Any:
        return self.session.scalar(size, Expression(None))

    def _concrete(self, value: Any) -> Any:
        nominal = self.session.nominal_value

        def convert(item: Any) -> Any:
            if type(item) is SymbolicTensor:
                return torch.empty([int(nominal(size)) for size in item.sizes], dtype=item.dtype, device="meta")
            if isinstance(item, (torch.SymInt, torch.SymFloat, torch.SymBool)):
                number = nominal(item.node.value)
                return float(number) if isinstance(item, torch.SymFloat) else number
            if isinstance(item, torch.Tensor) and item.device.type != "meta":
                return item.to("meta") if item.dim() else item
            return item

        return _map(value, convert)

    def _written_in_place(self, target: torch.Tensor, result: Any) -> Any:
        if isinstance(result, SymbolicTensor) and result is not target:
            for a, b in zip(shape_of(target), result.sizes, strict=False):
                self.session.require_equal(
                    a, b, "shape-error", "an in-place operation cannot change the size of its tensor"
                )
        return target

    def _call_concrete(self, entry: Entry, func: Any, args: Any, kwargs: Any) -> Any:
        """Nothing symbolic: run it, and record it where it yields a tensor."""
        if entry.name in _DATA and any(t.is_meta for t in tensors_in((args, kwargs))):
            raise Untraceable(
                f"the model needs the values of a tensor here ({entry.name.strip('_')}), not only its sizes"
            )
        arguments_are_recordable = not self._suppressed and not entry.name.startswith(("get:", "set:"))
        try:
            result = func(*args, **kwargs)
        except RuntimeError:
            mixed = {t.device.type for t in tensors_in((args, kwargs))}
            if len(mixed) < 2:
                raise
            result = func(*self._concrete(args), **self._concrete(kwargs))
        if arguments_are_recordable and any(True for _ in tensors_in(result)):
            fx_args, fx_kwargs = self._fx(args), self._fx(kwargs)
            if any(True for _ in tensors_in((args, kwargs))) or entry.op == "call_function":
                self.session.facts = ("constant", entry.name.strip("_"), {})
                self._record_call(entry, fx_args, fx_kwargs, result)
        return result

    # the graph

    def placeholder(self, name: str, value: Any, default: Any = None) -> None:
        """Record an input of ``forward``: a tensor, or a nested structure of them."""
        node = self.graph.placeholder(name)
        self._attach(node, value)
        self._write(node, "placeholder", name, value)

    def output(self, value: Any) -> None:
        """Record what ``forward`` returned, and by which statement."""
        node = self.graph.output(self._fx(value))
        self._write(node, "output", "output", value)
        if self._forward_frame is not None:
            self.records[-1].call = origin.span_of(self._forward_frame)
            self._forward_frame = None

    def _record_call(self, entry: Entry, args: Any, kwargs: Any, result: Any) -> None:
        if isinstance(entry.target, tuple):
            function, attribute = entry.target
            self._record("call_function", function, (*args, attribute), kwargs, result)
        else:
            self._record(entry.op, entry.target, args, kwargs, result)

    def _record(self, op: str, target: Any, args: Any, kwargs: Any, result: Any, layer: str | None = None) -> None:
        node = self.graph.create_node(op, target, args, kwargs or {})
        self._attach(node, result)
        kind, operation, parameters = self.session.facts or ("other", str(getattr(target, "__name__", target)), {})
        self._write(node, kind, operation, result, parameters, layer)

    def _write(
        self, node: Node, kind: str, operation: str, value: Any, parameters: Mapping[str, object] | None = None,
        layer: str | None = None,
    ) -> None:
        module, module_class = self.module_stack[-1]
        if self._forward_frame is None and self._forward is not None:
            self._forward_frame = origin.outermost_frame(self._forward)
        requirements, self.session.pending = tuple(self.session.pending), []
        outputs = tuple(TensorValue(shape_of(t), str(t.dtype).removeprefix("torch.")) for t in tensors_in(value))
        call = origin.user_span(self.session.source_roots)
        record = Record(
            node, kind, operation, parameters or {}, outputs, layer, module, module_class, call, requirements
        )
        node.meta["convlint"] = record
        self.records.append(record)

    def _attach(self, node: Node, value: Any) -> None:
        """Make the tensors of ``value`` know that ``node`` yields them."""
        if type(value) is SymbolicTensor:
            value.source = node
        elif isinstance(value, torch.Tensor):
            self._attributes[id(value)] = node
            self._alive.append(value)
        elif isinstance(value, (list, tuple)):
            for index, item in enumerate(value):
                if any(True for _ in tensors_in(item)):
                    self._attach(self.graph.call_function(operator.getitem, (node, index)), item)
        elif isinstance(value, dict):
            for key, item in value.items():
                if any(True for _ in tensors_in(item)):
                    self._attach(self.graph.call_function(operator.getitem, (node, key)), item)

    def _fx(self, value: Any) -> Any:
        """A value as an argument of an fx node."""
        kind = type(value)
        if kind is SymbolicTensor:
            return value.source
        if kind in (int, float, bool, str, type(None)):
            return value
        if isinstance(value, torch.Tensor):
            return self._attribute(value)
        if kind in (SizeInt, SizeFloat, SizeBool):
            return self._emitted(value)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return tuple(self._fx(item) for item in value)
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
            expression.emitted = self.graph.call_method("size", expression.arguments)
        else:
            expression.emitted = self.graph.call_function(
                expression.target, tuple(self._fx(argument) for argument in expression.arguments)
            )
        return expression.emitted

    def _attribute(self, tensor: torch.Tensor) -> Node:
        node = self._attributes.get(id(tensor))
        if node is None:
            node = self._attributes[id(tensor)] = self.graph.create_node(
                "get_attr", self._attribute_name(tensor), (), {}
            )
            self._alive.append(tensor)
        return node

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
            while hasattr(self.root, f"_tensor_constant{index}"):
                index += 1
            name = f"_tensor_constant{index}"
            self.root.__dict__[name] = tensor
            self._names[id(tensor)] = name
        return name

    def nodes(self) -> tuple[graph_model.Node, ...]:
        """The recorded nodes as the torch-free data that the rules read."""
        recorded = {record.node for record in self.records}
        return tuple(
            graph_model.Node(
                name=record.node.name,
                op=record.node.op,  # type: ignore[arg-type]
                target=_target_name(record.node.target),
                kind=record.kind,
                operation=record.operation,
                inputs=tuple(_inputs(record.node, recorded)),
                outputs=record.outputs,
                parameters=record.parameters,
                layer=record.layer,
                module=record.module,
                module_class=record.module_class,
                call=record.call,
                requirements=record.requirements,
            )
            for record in self.records
            if record.kind != "constant"
        )


def _user_forward(module: torch.nn.Module) -> types.CodeType | None:
    """The code of the ``forward`` that the user wrote, under its decorators; None for one of torch's own."""
    code = getattr(inspect.unwrap(module.forward), "__code__", None)
    return code if isinstance(code, types.CodeType) and not origin.is_internal(code.co_filename) else None


def _inputs(node: Node, recorded: set[Node]) -> Iterator[str]:
    """Names of the recorded nodes behind a node's tensor arguments (items of a tuple stand for their tuple)."""
    found: list[Node] = []
    torch.fx.node.map_arg((node.args, node.kwargs), found.append)
    for argument in found:
        current = argument
        while current.target is operator.getitem and current not in recorded:
            current = current.args[0]  # type: ignore[assignment]
        if current in recorded and current.meta["convlint"].kind != "constant":
            yield current.name


def _target_name(target: Any) -> str:
    if isinstance(target, str):
        return target
    module = getattr(target, "__module__", None) or ""
    name = getattr(target, "__name__", None) or str(target)
    return f"{module}.{name}" if module and module != "builtins" else name


def _is_symbolic(values: Any) -> bool:
    for value in values:
        kind = type(value)
        if kind is SymbolicTensor or kind is SizeInt or kind is SizeFloat or kind is SizeBool:
            return True
        if kind in (tuple, list, torch.Size):
            if _is_symbolic(value):
                return True
        elif kind is slice:
            if _is_symbolic((value.start, value.stop, value.step)):
                return True
        elif kind is dict and _is_symbolic(value.values()):
            return True
    return False


def _map(value: Any, convert: Callable[[Any], Any]) -> Any:
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_map(item, convert) for item in value))
    if isinstance(value, (tuple, list)):
        items = [_map(item, convert) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, dict):
        return {key: _map(item, convert) for key, item in value.items()}
    if isinstance(value, slice):
        return slice(convert(value.start), convert(value.stop), convert(value.step))
    return convert(value)


def _wrapped(result: Any) -> Any:
    if type(result) is Value:
        return SymbolicTensor.of(result.shape, result.dtype)
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        return type(result)(*(_wrapped(item) for item in result))
    if type(result) in (tuple, list):
        return type(result)(_wrapped(item) for item in result)
    return result


def _dematerialised(result: Any) -> Any:
    def convert(item: Any) -> Any:
        if isinstance(item, torch.Tensor) and type(item) is not SymbolicTensor:
            return SymbolicTensor.of(tuple(dim_of(size) for size in item.shape), item.dtype)
        return item

    if isinstance(result, tuple) and type(result).__module__ == "torch.return_types":
        return tuple(convert(item) for item in result)
    return _map(result, convert)


def _specialise_sizes(session: Session, value: Any) -> None:
    def convert(item: Any) -> Any:
        if isinstance(item, (torch.SymInt, torch.SymFloat)):
            session.specialise(item.node.value)
        return item

    _map(value, convert)


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _is_data_dependent(error: BaseException) -> bool:
    text = str(error)
    return type(error).__name__ in ("DataDependentOutputException", "GuardOnDataDependentSymNode") or (
        "meta tensor" in text.lower() or ("Meta" in text and "not available" in text)
    )


def _is_signature_error(error: TypeError, function: Callable[..., Any]) -> bool:
    """Whether the rule itself was called with arguments it does not have (and nothing inside it failed)."""
    traceback = error.__traceback__
    return traceback is not None and traceback.tb_next is None and function.__name__ in str(error)


class _Mode(TorchFunctionMode):
    def __init__(self, tracer: ShapeTracer) -> None:
        super().__init__()
        self.tracer = tracer

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return self.tracer.intercept(func, args, kwargs or {})


_listeners: list[ShapeTracer] = []
_module_call = torch.nn.Module.__call__
_function_apply = torch.autograd.Function.apply


def _call_module(self: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:
    if not _listeners:
        return _module_call(self, *args, **kwargs)
    return _listeners[-1].call_module_forward(self, _module_call, args, kwargs)


def _apply_function(cls: Any, *args: Any, **kwargs: Any) -> Any:
    if not _listeners:
        return _function_apply.__func__(cls, *args, **kwargs)  # type: ignore[attr-defined]
    if cls.setup_context is not torch.autograd.function._SingleLevelFunction.setup_context:
        return cls.forward(*args, **kwargs)
    return cls.forward(_Context(), *args, **kwargs)


# Once and for all: a change to ``nn.Module`` makes the interpreter forget what it knows of every subclass, which costs
# milliseconds a time.
torch.nn.Module.__call__ = _call_module  # type: ignore[method-assign]
torch.autograd.Function.apply = classmethod(_apply_function)  # type: ignore[assignment]


@contextmanager
def listening(tracer: ShapeTracer) -> Iterator[None]:
    """While active, the tracer sees every module call and every torch function."""
    _listeners.append(tracer)
    try:
        with torch.no_grad(), _Mode(tracer):
            yield
    finally:
        _listeners.pop()


class _Context(types.SimpleNamespace):
    """What a custom ``autograd.Function`` may say in its forward; there is no backward here."""

    def save_for_backward(self, *_: Any) -> None: ...

    def mark_dirty(self, *_: Any) -> None: ...

    def mark_non_differentiable(self, *_: Any) -> None: ...

    def set_materialize_grads(self, _value: bool) -> None: ...

    needs_input_grad = (False,) * 64
