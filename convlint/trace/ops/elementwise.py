"""Operations that work element by element: one tensor (pointwise) or several (joins)."""

from __future__ import annotations

from typing import Any

import torch

from convlint.symbolic import predicate as pred
from convlint.trace.ops.broadcast import broadcast, result_dtype, shapes_of
from convlint.trace.ops.registry import shape_rule
from convlint.trace.session import Session
from convlint.trace.symint import dim_of
from convlint.trace.tensor import Value, shape_of, value_of


@shape_rule(
    "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "sigmoid", "tanh", "hardtanh",
    "hardswish", "hardsigmoid", "hardshrink", "softshrink", "tanhshrink", "softplus", "softsign", "logsigmoid",
    "rrelu", "threshold", "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout",
    "feature_dropout", "clamp", "clamp_min", "clamp_max", "clip", "abs", "absolute", "neg", "negative", "__neg__",
    "__abs__", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "square", "reciprocal",
    "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "erf", "erfc", "erfinv", "floor", "ceil", "round",
    "trunc", "frac", "sign", "sgn", "logit", "nan_to_num", "clone", "contiguous", "detach", "positive", "__pos__",
    "bernoulli", "sinc", "normal_", "uniform_", "zero_", "fill_", "random_", "bernoulli_", "cumsum", "cumprod",
    "logcumsumexp", "flip", "fliplr", "flipud", "roll", "tril", "triu", "fill_diagonal_", "bitwise_not", "__invert__",
    "real", "get:data", "get:real", "cpu", "cuda", "pin_memory", "share_memory_", "resolve_conj", "deg2rad",
    "rad2deg", "alias", "identity", "log_sigmoid", "copysign_", "exponential_", "trunc_normal_", "renorm",
    "fake_quantize_per_tensor_affine",
    kind="pointwise",
)
def unary(_session: Session, input: torch.Tensor, *_: Any, **options: Any) -> Any:
    if not isinstance(input, torch.Tensor):
        return NotImplemented
    dtype = options.get("dtype")
    return Value(shape_of(input), dtype if isinstance(dtype, torch.dtype) else input.dtype)


@shape_rule("softmax", "log_softmax", "softmin", "normalize", "gumbel_softmax", "_softmax", kind="pointwise")
def along_axis(session: Session, input: torch.Tensor, *arguments: Any, **options: Any) -> Any:
    dtype = options.get("dtype")
    return Value(shape_of(input), dtype if isinstance(dtype, torch.dtype) else input.dtype)


@shape_rule("prelu", kind="pointwise")
def prelu(session: Session, input: torch.Tensor, weight: torch.Tensor) -> Any:
    shape, count = shape_of(input), shape_of(weight)
    if count and count != (1,) and len(shape) > 1:
        session.require_equal(shape[1], count[0], "channel-mismatch",
                              f"prelu has {count[0]} slopes, its input {shape[1]} channels")
    return Value(shape, input.dtype)


@shape_rule("glu", kind="pointwise")
def glu(session: Session, input: torch.Tensor, dim: int = -1) -> Any:
    shape = list(shape_of(input))
    session.require(pred.divides(2, shape[dim]), "shape-error", f"glu halves dimension {dim} of size {shape[dim]}")
    shape[dim] = shape[dim] // 2
    return Value(tuple(shape), input.dtype)


@shape_rule("isnan", "isinf", "isfinite", "logical_not", "signbit", "isposinf", "isneginf", kind="pointwise")
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
    shape_rule(_name, kind="pointwise")(_cast(_dtype))


@shape_rule("to", "type_as", kind="pointwise")
def to(_session: Session, input: torch.Tensor, *arguments: Any, **options: Any) -> Any:
    dtype = input.dtype
    for argument in (*arguments, *options.values()):
        if isinstance(argument, torch.dtype):
            dtype = argument
        elif isinstance(argument, torch.Tensor):
            dtype = argument.dtype
    return Value(shape_of(input), dtype)


def _joined(session: Session, operation: str, dtype: torch.dtype | None, *operands: Any) -> Any:
    shapes = shapes_of(*operands)
    if not shapes:
        return NotImplemented
    kind = "join" if len(shapes) > 1 else "pointwise"
    session.describe(kind, operation)
    return Value(broadcast(session, shapes), dtype or result_dtype(*operands))


def _binary(operation: str) -> Any:
    def binary(session: Session, input: Any, other: Any, *_: Any, **__: Any) -> Any:
        dtype = None
        if operation == "div":
            dtype = result_dtype(input, other)
            if not (dtype.is_floating_point or dtype.is_complex):
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
    shape_rule(*_names, kind="pointwise")(_binary(_operation))


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
)
def comparison(session: Session, input: Any, other: Any) -> Any:
    if other is None or input is None:
        return False
    return _joined(session, "compare", torch.bool, input, other)


@shape_rule("where", kind="pointwise")
def where(session: Session, condition: torch.Tensor, input: Any = None, other: Any = None) -> Any:
    if input is None:
        return NotImplemented
    return _joined(
        session,
        "where",
        result_dtype(input, other) if shapes_of(input, other) else torch.float32,
        condition,
        input,
        other,
    )


@shape_rule("masked_fill", kind="pointwise")
def masked_fill(session: Session, input: torch.Tensor, mask: torch.Tensor, value: Any) -> Any:
    return _joined(session, "masked_fill", input.dtype, input, mask)


@shape_rule("addcmul", "addcdiv", "lerp", kind="pointwise")
def three(session: Session, input: torch.Tensor, a: Any, b: Any, *, value: Any = 1) -> Any:
    return _joined(session, "addcmul", None, input, a, b)


@shape_rule("copy_", kind="pointwise")
def copy(session: Session, input: torch.Tensor, source: torch.Tensor, *_: Any) -> Any:
    return _joined(session, "copy", input.dtype, input, source)


@shape_rule("drop_path", "stochastic_depth", kind="pointwise")
def drop(_session: Session, input: torch.Tensor, *_: Any, **__: Any) -> Any:
    return value_of(input)


@shape_rule("repeat_interleave", kind="other")
def repeat_interleave(
    session: Session, input: torch.Tensor, repeats: Any, dim: int | None = None, *, output_size: Any = None
) -> Any:
    if isinstance(repeats, torch.Tensor):
        return NotImplemented
    shape = list(shape_of(input))
    count = dim_of(repeats)
    if dim is None:
        total: Any = count
        for size in shape:
            total = total * size
        return Value((total,), input.dtype)
    shape[dim] = shape[dim] * count
    return Value(tuple(shape), input.dtype)
