"""Input shapes from jaxtyping annotations of ``forward``: ``Float[Tensor, "batch 3 height width"]``."""

import ast
import re
from collections.abc import Mapping

from convlint.discover.module import Function, dotted
from convlint.symbolic.parse import ExpressionError, parse_shape
from convlint.trace.protocol import InputText

_DTYPES: Mapping[str, str] = {
    **dict.fromkeys(("Float", "Shaped", "Num", "Inexact", "Real", "Float16", "Float32", "Float64"), "float32"),
    **dict.fromkeys(("Int", "Integer", "Int64"), "int64"),
    "Int32": "int32", "Int16": "int16", "Int8": "int8", "UInt8": "uint8", "UInt": "uint8", "Bool": "bool",
    **dict.fromkeys(("Complex", "Complex64"), "complex64"),
}

_CHANNELS = re.compile(
    r"c|ch|chans?|channels?|c_?in|in_c|in_?channels?|in_?chans|features?|feat|d|dim|d_model", re.IGNORECASE
)
"""Names of axes that hold features: a layer wants one number of them, which an annotation does not tell."""


def annotated_inputs(forward: Function, known: Mapping[str, int]) -> tuple[InputText, ...] | None:
    """The inputs that the annotations of ``forward`` describe; None where they leave one open.

    ``known`` are numbers by name: constructor arguments of the model, which name its feature axes.
    """
    arguments = forward.args
    positional = [*arguments.posonlyargs, *arguments.args][1:]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + [*arguments.defaults][-len(positional) :]
    by_keyword = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    parameters = [*zip(positional, defaults, strict=False), *by_keyword]
    inputs: list[InputText] = []
    for parameter, default in parameters:
        shape = _annotation(parameter.annotation, known)
        if shape is not None:
            if not (isinstance(default, ast.Constant) and default.value is None):
                inputs.append(InputText(shape[0], parameter.arg, shape[1]))
        elif default is None:
            return None
    return tuple(inputs) or None


def _annotation(node: ast.expr | None, known: Mapping[str, int]) -> tuple[str, str] | None:
    """The shape and dtype of one annotation; None where it is no shape, or leaves features open."""
    match node:
        case ast.Constant(value=str(text)):
            try:
                return _annotation(ast.parse(text, mode="eval").body, known)
            except SyntaxError:
                return None
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _annotation(left, known) or _annotation(right, known)
        case ast.Subscript(value=value, slice=ast.Tuple(elts=[_, ast.Constant(value=str(text))])):
            dtype = _DTYPES.get((dotted(value) or "").rpartition(".")[2])
            shape = _shape(text, known) if dtype else None
            return (shape, dtype) if shape is not None and dtype else None
        case ast.Subscript(value=value, slice=inner) if (dotted(value) or "").rpartition(".")[2] == "Optional":
            return _annotation(inner, known)
        case _:
            return None


def _shape(text: str, known: Mapping[str, int]) -> str | None:
    items: list[str] = []
    for position, raw in enumerate(text.split()):
        word = raw.lstrip("#?")
        if word == "..." or word.startswith("*"):
            word = "N"
        if word.startswith("_"):
            word = word.lstrip("_") or f"A{position}"
        word = word.rpartition("=")[2]
        if word in known:
            word = str(known[word])
        if _CHANNELS.fullmatch(word):
            return None
        items.append(word)
    shape = " ".join(items)
    try:
        parse_shape(shape)
    except ExpressionError:
        return None
    return shape
