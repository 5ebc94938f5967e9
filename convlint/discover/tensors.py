"""Calls that make example tensors, and methods that change their shape: read from the syntax."""

from collections.abc import Mapping, Sequence

from convlint.discover.shapes import ExampleTensor
from convlint.discover.values import Constant, Value, plain, size_tuple

_MAKERS = frozenset({"rand", "randn", "zeros", "ones", "empty", "random", "normal", "standard_normal", "random_sample"})
_TENSOR_CLASSES: Mapping[str, str] = {
    **dict.fromkeys(("Tensor", "FloatTensor", "HalfTensor", "DoubleTensor"), "float32"),
    "LongTensor": "int64", "IntTensor": "int32", "ByteTensor": "uint8", "BoolTensor": "bool",
}
_LIKE = frozenset({"rand_like", "randn_like", "zeros_like", "ones_like", "empty_like", "full_like"})
_WRAPPERS = frozenset({"Variable", "from_numpy", "as_tensor", "tensor", "Parameter", "asarray"})
_CASTS: Mapping[str, str] = {
    **dict.fromkeys(("float", "half", "double", "bfloat16"), "float32"),
    "long": "int64", "int": "int32", "bool": "bool", "byte": "uint8",
}
_SAME = frozenset(
    "to cuda cpu detach clone contiguous requires_grad_ normal_ uniform_ fill_ zero_ random_ astype type sigmoid tanh "
    "softmax pin_memory xpu mps clamp abs".split()
)

_DTYPES: Mapping[str, str] = {
    **dict.fromkeys(("float", "float16", "float32", "float64", "bfloat16", "half", "double"), "float32"),
    "long": "int64", "int64": "int64", "int": "int32", "int32": "int32", "int16": "int16", "int8": "int8",
    "uint8": "uint8", "bool": "bool", "complex64": "complex64", "complex128": "complex64", "cfloat": "complex64",
}


def dtype_name(dotted_name: str | None) -> str | None:
    """The dtype that ``torch.long`` or ``np.uint8`` names, floats as the default one."""
    return _DTYPES.get((dotted_name or "").rpartition(".")[2])


def made_tensor(
    name: str, arguments: Sequence[Value | None], keywords: Mapping[str, Value | None], dtype: str | None
) -> ExampleTensor | None:
    """The tensor that a call of a function of this last name makes: ``torch.randn(1, 3, 224, 224)``."""
    size = keywords.get("size", keywords.get("shape"))
    if name in _MAKERS:
        shape = _shape(arguments if size is None else [size])
        return ExampleTensor(shape, dtype or "float32") if shape is not None else None
    if name in _TENSOR_CLASSES:
        shape = _shape(arguments)
        return ExampleTensor(shape, _TENSOR_CLASSES[name]) if shape is not None else None
    if name == "full":
        shape = _shape(arguments[:1] if size is None else [size])
        return ExampleTensor(shape, dtype or "float32") if shape is not None else None
    if name == "randint":
        sizes = [size] if size is not None else [each for each in arguments if _is_sequence(each)][:1]
        shape = _shape(sizes)
        return ExampleTensor(shape, dtype or "int64") if shape is not None and sizes else None
    if name in {"arange", "linspace"}:
        count = plain(arguments[:1])
        if name == "arange" and len(arguments) == 1 and count and isinstance(count[0], int):
            return ExampleTensor((count[0],), dtype or "int64")
        return None
    first = arguments[0] if arguments else None
    if name in _LIKE or name in _WRAPPERS:
        if isinstance(first, ExampleTensor):
            return ExampleTensor(first.shape, dtype or first.dtype)
        if name in {"tensor", "as_tensor"} and isinstance(first, Constant):
            shape = _nested_shape(first.value)
            kind = "float32" if shape is None or not _is_integral(first.value) else "int64"
            return ExampleTensor(shape, dtype or kind) if shape is not None else None
    return None


def changed_tensor(
    tensor: ExampleTensor, method: str, arguments: Sequence[Value | None], dtype: str | None
) -> ExampleTensor | None:
    """What a method of a tensor gives, as far as its shape can be read."""
    if method in _CASTS:
        return ExampleTensor(tensor.shape, _CASTS[method])
    if method in _SAME:
        return ExampleTensor(tensor.shape, dtype or tensor.dtype)
    shape = _changed_shape(tensor.shape, method, plain(arguments))
    return ExampleTensor(shape, tensor.dtype) if shape is not None else None


def _changed_shape(shape: tuple[int, ...], method: str, values: list[object] | None) -> tuple[int, ...] | None:
    if values is None:
        return None
    numbers = [value for value in values if isinstance(value, int)]
    if len(numbers) < len(values):
        nested = size_tuple(values[0]) if len(values) == 1 else None
        if nested is None:
            return None
        numbers = list(nested)
    match method, numbers:
        case "unsqueeze", [axis] if -len(shape) - 1 <= axis <= len(shape):
            axis %= len(shape) + 1
            return (*shape[:axis], 1, *shape[axis:])
        case "squeeze", [axis] if -len(shape) <= axis < len(shape) and shape[axis] == 1:
            axis %= len(shape)
            return (*shape[:axis], *shape[axis + 1 :])
        case ("transpose" | "swapaxes"), [a, b] if all(-len(shape) <= axis < len(shape) for axis in (a, b)):
            order = list(shape)
            order[a], order[b] = order[b], order[a]
            return tuple(order)
        case "permute", axes if shape and sorted(axis % len(shape) for axis in axes) == list(range(len(shape))):
            return tuple(shape[axis] for axis in axes)
        case ("view" | "reshape" | "resize_" | "expand"), sizes if sizes and all(size > 0 for size in sizes):
            return tuple(sizes)
        case ("repeat" | "tile"), counts if len(counts) == len(shape):
            return tuple(size * count for size, count in zip(shape, counts, strict=True))
        case _:
            return None


def _shape(arguments: Sequence[Value | None]) -> tuple[int, ...] | None:
    values = plain(arguments)
    if not values:
        return None
    if len(values) == 1 and not isinstance(values[0], int):
        return size_tuple(values[0])
    return size_tuple(values)


def _is_sequence(value: Value | None) -> bool:
    return isinstance(value, Constant) and isinstance(value.value, (tuple, list))


def _nested_shape(value: object) -> tuple[int, ...] | None:
    if isinstance(value, (int, float)):
        return ()
    if not isinstance(value, (list, tuple)) or not value:
        return None
    inner = _nested_shape(value[0])
    return None if inner is None else (len(value), *inner)


def _is_integral(value: object) -> bool:
    while isinstance(value, (list, tuple)):
        value = value[0]
    return isinstance(value, int)
