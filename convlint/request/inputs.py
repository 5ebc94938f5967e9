"""Inputs and constructor arguments: ``--input "x=N 3 H W:float16"``, ``--arg depth=3``."""

import ast
import re
from collections.abc import Sequence
from contextlib import suppress

from convlint.report import Problem
from convlint.request.mistakes import UsageError, did_you_mean, expression_problem
from convlint.symbolic.dim import Size
from convlint.symbolic.parse import ExpressionError, parse_shape
from convlint.trace.protocol import InputText

_DTYPES = (
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool",
    "complex64", "complex128",
)  # fmt: skip
_DTYPE_ALIASES = {"float": "float32", "double": "float64", "half": "float16", "long": "int64", "int": "int64"}
_SHAPE_HELP = 'a shape is written "N 3 H W": numbers, symbols, and expressions without blanks such as S//2'


def read_input(text: str) -> InputText:
    """``[NAME=]SHAPE[:dtype]``; raises UsageError."""
    named = re.match(r"\s*([A-Za-z_]\w*(?:\.\w+)*)\s*=(?!=)", text)
    name = named[1] if named else None
    start = named.end() if named else 0
    shape, colon, dtype = text[start:].partition(":")
    dtype = dtype.strip()
    if colon:
        dtype = dtype.removeprefix("torch.")
        dtype = _DTYPE_ALIASES.get(dtype, dtype)
        if dtype not in _DTYPES:
            column = start + len(shape) + 1
            length = max(len(text) - column, 1)
            help_ = did_you_mean(dtype, _DTYPES, f"one of {', '.join(_DTYPES)}")
            raise UsageError(Problem(f"`{dtype}` is no dtype", "--input", text, column, length, help_))
    try:
        sizes = parse_shape(shape)
    except ExpressionError as error:
        raise expression_problem(error, "--input", text, start, _way_out(shape)) from error
    _check_positive(sizes, text, start)
    return InputText(shape.strip(), name, dtype or "float32")


def _way_out(shape: str) -> str:
    """How a shape that cannot be read is written."""
    meant = " ".join(re.sub(r"[,;×()\[\]]|(?<=\d)x(?=\d)", " ", shape).split())
    with suppress(ExpressionError):
        if parse_shape(meant):
            return f'write "{meant}": sizes with blanks between them'
    return _SHAPE_HELP


def _check_positive(sizes: Sequence[Size], text: str, start: int) -> None:
    for match, size in zip(re.finditer(r"\S+", text[start:]), sizes, strict=False):
        if isinstance(size, int) and size < 0:
            raise UsageError(
                Problem("a size cannot be negative", "--input", text, start + match.start(), len(match[0]))
            )


def read_argument(text: str) -> tuple[str, str]:
    """``NAME=VALUE``, where a number as NAME is a position; raises UsageError."""
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or not (name.isidentifier() or name.isdecimal()):
        way = f"write {name}=VALUE" if name.isidentifier() else "such as depth=3, or 0=3 for the first one"
        raise UsageError(Problem("an argument is written NAME=VALUE", "--arg", text, 0, max(len(name), 1), (way,)))
    column = len(text) - len(value)
    try:
        ast.parse(value.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        offset = min((getattr(error, "offset", None) or 1) - 1, max(len(value) - 1, 0))
        help_ = "a value is a Python literal: 3, True, (1, 2), \"'bilinear'\""
        raise UsageError(Problem("this is no Python value", "--arg", text, column + offset, 1, (help_,))) from error
    return name, value.strip()
