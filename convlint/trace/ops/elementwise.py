"""Operations that work element by element: one tensor (pointwise) or several (joins)."""

from __future__ import annotations

from typing import Any

import torch

from convlint.symbolic.comparison import divides
from convlint.trace.layout import ORDERS, UNKNOWN, Layout, in_order
from convlint.trace.ops.broadcast import broadcast, broadcast_to, result_dtype, shapes_of
from convlint.trace.ops.parameters import normal_axes, normal_axis, sizes_of
from convlint.trace.ops.registry import Lays, shape_rule
from convlint.trace.session import Session
from convlint.trace.tensor import Value, shape_of, value_of


@shape_rule(
    "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "sigmoid", "tanh", "hardtanh",
    "hardswish", "hardsigmoid", "hardshrink", "softshrink", "tanhshrink", "softplus", "softsign", "logsigmoid",
    "rrelu", "threshold", "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout",
    "feature_dropout", "abs", "absolute", "neg", "negative", "__neg__", "__abs__", "exp", "exp2", "expm1", "log",
    "log2", "log10", "log1p", "sqrt", "rsqrt", "square", "reciprocal", "sin", "cos", "tan", "asin", "acos", "atan",
    "sinh", "cosh", "erf", "erfc", "erfinv", "floor", "ceil", "round", "trunc", "frac", "sign", "sgn", "logit",
    "nan_to_num", "positive", "__pos__", "sinc", "deg2rad", "rad2deg", "log_sigmoid", "real", "get:real", "bernoulli",
    kind="pointwise", lays=Lays.ELEMENTWISE,
)
def unary(_session: Session, input: torch.Tensor, *_: Any, **__: Any) -> Any:
    """Floats stay what they are; what other numbers become, and whether they are taken, PyTorch's kernels say."""
    return value_of(input) if input.dtype.is_floating_point else NotImplemented


@shape_rule(
    "detach", "normal_", "uniform_", "zero_", "fill_", "random_", "bernoulli_", "get:data",
    "cpu", "cuda", "pin_memory", "share_memory_", "resolve_conj", "alias", "identity", "copysign_", "exponential_",
    "trunc_normal_", "fill_diagonal_", "renorm", "fake_quantize_per_tensor_affine",
    kind="pointwise",
)
def kept(_session: Session, input: torch.Tensor, *_: Any, **__: Any) -> Any:
    """The same shape and dtype, whatever the numbers."""
    return value_of(input)


@shape_rule("clone", kind="pointwise", lays=Lays.ELEMENTWISE)
def clone(_session: Session, input: torch.Tensor, *, memory_format: Any = None) -> Any:
    return Value(shape_of(input), input.dtype, _formatted(input, memory_format))


@shape_rule("contiguous", kind="pointwise", lays=Lays.CONTIGUOUS)
def contiguous(_session: Session, input: torch.Tensor, memory_format: Any = torch.contiguous_format) -> Any:
    wanted = None if memory_format is torch.contiguous_format else _formatted(input, memory_format)
    return Value(shape_of(input), input.dtype, wanted)


def _formatted(input: torch.Tensor, memory_format: Any) -> Layout:
    """The layout that a ``memory_format`` asks for; None for the usual one, and where nothing is asked for."""
    order = ORDERS.get(memory_format)
    if order is not None and len(order) == input.dim():
        return in_order(shape_of(input), order)
    return None if memory_format in (None, torch.preserve_format) else UNKNOWN


@shape_rule("bitwise_not", "__invert__", kind="pointwise", lays=Lays.ELEMENTWISE)
def bitwise_not(_session: Session, input: torch.Tensor) -> Any:
    return NotImplemented if input.dtype.is_floating_point or input.dtype.is_complex else value_of(input)


@shape_rule("clamp", "clip", "clamp_min", "clamp_max", kind="pointwise", lays=Lays.ELEMENTWISE)
def clamp(session: Session, input: torch.Tensor, min: Any = None, max: Any = None) -> Any:
    if (min is None and max is None) or not input.dtype.is_floating_point:
        return NotImplemented
    return _joined(session, "clamp", None, input, min, max)


@shape_rule("cumsum", "cumprod", "logcumsumexp", kind="pointwise")
def cumulative(session: Session, input: torch.Tensor, dim: Any = None, *, dtype: Any = None, axis: Any = None) -> Any:
    """A running sum or product; integers become 64-bit ones."""
    normal_axis(session, dim if axis is None else axis, input.dim())
    wide = input.dtype if input.dtype.is_floating_point or input.dtype.is_complex else torch.int64
    return Value(shape_of(input), dtype or wide)


@shape_rule("flip", kind="pointwise")
def flip(session: Session, input: torch.Tensor, *dims: Any, **options: Any) -> Any:
    normal_axes(session, sizes_of(dims or (options["dims"],)), input.dim())
    return value_of(input)


@shape_rule("fliplr", "flipud", "tril", "triu", kind="pointwise")
def of_matrices(_session: Session, input: torch.Tensor, *_: Any, **__: Any) -> Any:
    return value_of(input) if input.dim() >= 2 else NotImplemented


@shape_rule("roll", kind="pointwise")
def roll(session: Session, input: torch.Tensor, shifts: Any, dims: Any = ()) -> Any:
    along = dims if isinstance(dims, (list, tuple)) else (dims,)
    by = shifts if isinstance(shifts, (list, tuple)) else (shifts,)
    if len(by) != len(along) and (along or len(by) != 1):
        session.refuse("shape-error", f"roll by {len(by)} shifts along {len(along)} dimensions")
    for axis in along:
        normal_axis(session, axis, input.dim())
    return value_of(input)


@shape_rule("softmax", "log_softmax", "softmin", "gumbel_softmax", "_softmax", kind="pointwise")
def along_axis(session: Session, input: torch.Tensor, *arguments: Any, **options: Any) -> Any:
    dtype = options.get("dtype")
    axis = options.get("dim", next((each for each in arguments if type(each) is int), None))
    if axis is not None:
        normal_axis(session, axis, input.dim())
    if not isinstance(dtype, torch.dtype):
        dtype = next((each for each in arguments if isinstance(each, torch.dtype)), input.dtype)
    return Value(shape_of(input), dtype) if dtype.is_floating_point else NotImplemented


@shape_rule("normalize", kind="pointwise")
def normalize(session: Session, input: torch.Tensor, p: Any = 2.0, dim: Any = 1, *_: Any, **__: Any) -> Any:
    normal_axes(session, dim, input.dim())
    return value_of(input) if input.dtype.is_floating_point else NotImplemented


@shape_rule("prelu", kind="pointwise")
def prelu(session: Session, input: torch.Tensor, weight: torch.Tensor) -> Any:
    shape, count = shape_of(input), shape_of(weight)
    if count and count != (1,):
        channels = shape[1] if len(shape) > 1 else 1
        session.require_equal(channels, count[0], "channel-mismatch",
                              lambda: f"prelu has {count[0]} slopes, its input {channels} channels")
    return Value(shape, input.dtype)


@shape_rule("glu", kind="pointwise")
def glu(session: Session, input: torch.Tensor, dim: int = -1) -> Any:
    shape = list(shape_of(input))
    dim = normal_axis(session, dim, len(shape))
    session.require(divides(2, shape[dim]), "shape-error", f"glu halves dimension {dim} of size {shape[dim]}")
    shape[dim] = shape[dim] // 2
    return Value(tuple(shape), input.dtype)


@shape_rule("isnan", "isinf", "isfinite", "logical_not", "signbit", "isposinf", "isneginf", kind="pointwise",
            lays=Lays.ELEMENTWISE)
def predicate(_session: Session, input: torch.Tensor) -> Any:
    return Value(shape_of(input), torch.bool)


_CASTS = {
    "float": torch.float32, "double": torch.float64, "half": torch.float16, "bfloat16": torch.bfloat16,
    "long": torch.int64, "int": torch.int32, "short": torch.int16, "bool": torch.bool, "byte": torch.uint8,
}


def _cast(dtype: torch.dtype) -> Any:
    def cast(_session: Session, input: torch.Tensor, **_: Any) -> Any:
        return Value(shape_of(input), dtype)

    return cast


for _name, _dtype in _CASTS.items():
    shape_rule(_name, kind="pointwise", lays=Lays.ELEMENTWISE)(_cast(_dtype))


@shape_rule("to", "type_as", kind="pointwise", lays=Lays.ELEMENTWISE)
def to(_session: Session, input: torch.Tensor, *arguments: Any, **options: Any) -> Any:
    dtype = input.dtype
    for argument in (*arguments, *options.values()):
        if isinstance(argument, torch.dtype):
            dtype = argument
        elif isinstance(argument, torch.Tensor):
            dtype = argument.dtype
    return Value(shape_of(input), dtype, _formatted(input, options.get("memory_format")))


def _joined(session: Session, operation: str, dtype: torch.dtype | None, *operands: Any) -> Any:
    shapes = shapes_of(*operands)
    if not shapes:
        return NotImplemented
    kind = "join" if len(shapes) > 1 else "pointwise"
    session.describe(kind, operation)
    return Value(broadcast(session, shapes), dtype or result_dtype(*operands))


_OF_INTEGERS = frozenset({"and", "or", "xor"})
_NOT_OF_BOOLS = frozenset({"sub", "floor_divide", "remainder", "pow"})
_TO_FLOAT = frozenset({"div", "atan2"})


def _binary(operation: str) -> Any:
    def binary(session: Session, input: Any, other: Any, *_: Any, rounding_mode: Any = None, **__: Any) -> Any:
        dtype = result_dtype(input, other)
        if (
            dtype.is_complex
            or (operation in _OF_INTEGERS and dtype.is_floating_point)
            or (operation in _NOT_OF_BOOLS and dtype is torch.bool)
        ):
            return NotImplemented  # PyTorch knows which of these it takes
        if operation in _TO_FLOAT and rounding_mode is None and not dtype.is_floating_point:
            dtype = torch.get_default_dtype()
        return _joined(session, operation, dtype, input, other)

    return binary


for _operation, _names in {
    "add": ("add", "__add__", "__radd__"),
    "sub": ("sub", "subtract", "__sub__", "__rsub__", "rsub"),
    "mul": ("mul", "multiply", "__mul__", "__rmul__"),
    "div": ("div", "divide", "true_divide", "__truediv__", "__rtruediv__", "__div__", "__rdiv__"),
    "floor_divide": ("floor_divide", "__floordiv__", "__rfloordiv__"),
    "remainder": ("remainder", "fmod", "__mod__", "__rmod__"),
    "pow": ("pow", "__pow__", "__rpow__"),
    "maximum": ("maximum", "fmax"),
    "minimum": ("minimum", "fmin"),
    "atan2": ("atan2", "hypot", "copysign"),
    "and": ("bitwise_and", "__and__", "__rand__"),
    "or": ("bitwise_or", "__or__", "__ror__"),
    "xor": ("bitwise_xor", "__xor__", "__rxor__"),
}.items():
    shape_rule(*_names, kind="pointwise", lays=Lays.ELEMENTWISE)(_binary(_operation))


@shape_rule(
    "lt",
    "le",
    "gt",
    "ge",
    "eq",
    "ne",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "not_equal",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
    "__eq__",
    "__ne__",
    "logical_and",
    "logical_or",
    "logical_xor",
    kind="pointwise",
    lays=Lays.ELEMENTWISE,
)
def comparison(session: Session, input: Any, other: Any) -> Any:
    if other is None or input is None:
        return False
    return _joined(session, "compare", torch.bool, input, other)


@shape_rule("where", kind="pointwise")
def where(session: Session, condition: Any, input: Any = None, other: Any = None) -> Any:
    """``torch.where(condition, input, other)``, and ``input.where(condition, other)``."""
    if input is None:
        return NotImplemented
    is_method = isinstance(input, torch.Tensor) and condition.dtype is not torch.bool
    mask, chosen = (input, condition) if is_method else (condition, input)
    if not isinstance(mask, torch.Tensor) or mask.dtype is not torch.bool:
        return NotImplemented
    if shapes_of(chosen, other):
        dtype = result_dtype(chosen, other)
    elif all(isinstance(each, (int, float)) for each in (chosen, other)):
        floating = any(isinstance(each, float) for each in (chosen, other))
        booleans = all(isinstance(each, bool) for each in (chosen, other))
        dtype = torch.get_default_dtype() if floating else torch.bool if booleans else torch.int64
    else:
        return NotImplemented
    return _joined(session, "where", dtype, mask, chosen, other)


@shape_rule("masked_fill", kind="pointwise")
def masked_fill(session: Session, input: torch.Tensor, mask: torch.Tensor, value: Any) -> Any:
    return _joined(session, "masked_fill", input.dtype, input, mask) if mask.dtype is torch.bool else NotImplemented


@shape_rule("addcmul", "addcdiv", "lerp", kind="pointwise")
def three(session: Session, input: torch.Tensor, a: Any, b: Any, *, value: Any = 1) -> Any:
    return _joined(session, "addcmul", None, input, a, b)


@shape_rule("copy_", kind="pointwise")
def copy(session: Session, input: torch.Tensor, source: torch.Tensor, *_: Any) -> Any:
    broadcast_to(session, shape_of(source), shape_of(input), "the source of a copy")
    return value_of(input)


@shape_rule("drop_path", "stochastic_depth", kind="pointwise")
def drop(_session: Session, input: torch.Tensor, *_: Any, **__: Any) -> Any:
    return value_of(input)
