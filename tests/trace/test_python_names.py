"""Python's own numbers and functions on sizes, against PyTorch and the interpreter."""

from __future__ import annotations

import math
import operator

import torch
import torch.nn.functional as F
from oracle import Case, agree_with_pytorch

H, BOTH = ("H 1",), ("H W",)
LONG = range(1, 40)


def shaped(*sizes: int) -> torch.Tensor:
    """Numbers made visible: an empty tensor of these sizes."""
    return torch.empty(*sizes)


CASES = [
    Case("int of a quotient", lambda x: shaped(int(x.shape[0] / 2)), H, LONG),
    Case("int of a product", lambda x: shaped(int(x.shape[0] * 0.5)), H, LONG),
    Case("int of a rounded product", lambda x: shaped(int(x.shape[0] * 0.7), int(x.shape[0] * 1.1)), H, LONG),
    Case("int of an inexact quotient", lambda x: shaped(int(x.shape[0] / 0.3)), H, LONG),
    Case("int of a sum", lambda x: shaped(int(x.shape[0] / 3 + 0.5)), H, LONG),
    Case("int of a negative", lambda x: shaped(10 + int((x.shape[0] - 9) / 4)), H, LONG),
    Case("floor division", lambda x: shaped(x.shape[0] // 3, x.shape[0] // 2 * 2), H, LONG),
    Case("floor division of a negative", lambda x: shaped(-(-x.shape[0] // 4), 20 + (3 - x.shape[0]) // 4), H, LONG),
    Case("floor division by a negative", lambda x: shaped(20 + x.shape[0] // -3), H, LONG),
    Case("floor division by a size", lambda x: shaped(24 // x.shape[0]), H, LONG, partial=True),
    Case("floor division of sizes", lambda x: shaped(x.shape[0] // x.shape[1]), BOTH, partial=True),
    Case("floor division by a float", lambda x: shaped(int(x.shape[0] // 2.5)), H, LONG),
    Case("remainder", lambda x: shaped(x.shape[0] % 4, -x.shape[0] % 4), H, LONG),
    Case("remainder by a negative", lambda x: shaped(5 + x.shape[0] % -4), H, LONG),
    Case("remainder by a size", lambda x: shaped(12 % x.shape[0]), H, LONG, partial=True),
    Case("divmod", lambda x: shaped(*divmod(x.shape[0], 3)), H, LONG),
    Case("power", lambda x: shaped(x.shape[0] ** 2), H),
    Case("power of 2", lambda x: shaped(2 ** (x.shape[0] % 3)), H, LONG, partial=True),
    Case("square root", lambda x: shaped(int(x.shape[0] ** 0.5)), H, LONG),
    Case("math.sqrt", lambda x: shaped(int(math.sqrt(x.shape[0])), int(math.sqrt(x.shape[0] * x.shape[0]))), H, LONG),
    Case("math.isqrt", lambda x: shaped(math.isqrt(x.shape[0])), H, LONG, partial=True),
    Case("math.ceil", lambda x: shaped(math.ceil(x.shape[0] / 4) * 4), H, LONG),
    Case(
        "math.ceil of a product", lambda x: shaped(math.ceil(x.shape[0] * 0.75), math.ceil(x.shape[0] * 0.1)), H, LONG
    ),
    Case("math.floor", lambda x: shaped(math.floor(x.shape[0] / 3)), H, LONG),
    Case("math.trunc", lambda x: shaped(10 + math.trunc((5 - x.shape[0]) / 4)), H, LONG),
    Case("math.log2", lambda x: shaped(int(math.log2(x.shape[0]))), H, LONG, partial=True),
    Case("math.prod", lambda x: shaped(math.prod(x.shape)), BOTH),
    Case("math.gcd", lambda x: shaped(math.gcd(x.shape[0], 4)), H, LONG, partial=True),
    Case("round", lambda x: shaped(round(x.shape[0] / 2), round(x.shape[0] / 4)), H, LONG),
    Case("round of an inexact product", lambda x: shaped(round(x.shape[0] * 0.3)), H, LONG),
    Case("round of digits", lambda x: shaped(round(x.shape[0], 0)), H, LONG),
    Case("max", lambda x: shaped(max(x.shape[0] - 3, 0), max(x.shape)), BOTH),
    Case("max of a generator", lambda x: shaped(max(size + 1 for size in x.shape)), BOTH),
    Case("min", lambda x: shaped(min(x.shape[0], 5), min(x.shape[0], x.shape[1])), BOTH),
    Case("max of a key", lambda x: shaped(max(x.shape, key=lambda size: -size)), BOTH),
    Case("max of default", lambda x: shaped(max([x.shape[0]], default=3)), H),
    Case("max of int and float", lambda x: shaped(int(max(x.shape[0] / 2, 1.5))), H, LONG),
    Case("abs", lambda x: shaped(abs(x.shape[0] - x.shape[1])), BOTH),
    Case("sum", lambda x: shaped(sum(x.shape)), BOTH),
    Case("range", lambda x: torch.stack([x.sum() for _ in range(x.shape[0])]), H, partial=True),
    Case("repetition of a list", lambda x: shaped(*([2] * x.shape[1])), ("H 3",)),
    Case("comparison", lambda x: x if 3 <= x.shape[0] < 6 else x[:1], H),
    Case("equality", lambda x: x if x.shape[0] == x.shape[1] else x[:1], BOTH),
    Case("not", lambda x: x if not x.shape[0] % 2 else x[:1], H),
    Case("and, or", lambda x: x if (x.shape[0] > 3 and x.shape[1] > 2) or x.shape[0] == 1 else x[:1], BOTH),
    Case("a truth value as a number", lambda x: shaped(x.shape[0] + (x.shape[0] % 2 != 0)), H),
    Case("int of a truth value", lambda x: shaped(1 + int(x.shape[0] > 3)), H),
    Case("bool", lambda x: x if bool(x.shape[0] - 3) else x[:1], H),
    Case("float", lambda x: shaped(int(float(x.shape[0]) / 2)), H),
    Case("is_integer", lambda x: x if (x.shape[0] / 2).is_integer() else x[:1], H),
    Case("shifts", lambda x: shaped(x.shape[0] >> 1, x.shape[0] << 1), H),
    Case("bits", lambda x: shaped(x.shape[0] & 3), H),
    Case("bits of a mask", lambda x: shaped((x.shape[0] + 3) & ~3), H, partial=True),
    Case("f-string", lambda x: shaped(x.shape[0]) if f"{x.shape[0]}" else x, H),
    Case("isinstance", lambda x: shaped(x.shape[0]) if isinstance(x.shape[0], (int, tuple)) else x, H),
    Case("type", lambda x: x if type(x.shape[0]) is int and type(x.shape[0] / 2) is float else x[:1], H),
    Case("type of a number", lambda x: x if type(len(x.shape)) is int and type(x.shape[0]) == int else x[:1], H),  # noqa: E721
    Case("type of a tensor", lambda x: x if type(x) is torch.Tensor and isinstance(int, type) else x[:1], H),
    Case("zip and enumerate", lambda x: shaped(*(size + i for i, size in enumerate(x.shape))), BOTH),
    Case("sorted", lambda x: shaped(*sorted(x.shape)), BOTH),
    Case("operator", lambda x: shaped(operator.floordiv(x.shape[0], 2), operator.mul(3, x.shape[0])), H),
    Case("torch.sym_max", lambda x: shaped(torch.sym_max(x.shape[0], 4), torch.sym_min(x.shape[0], x.shape[1])), BOTH),
    Case("torch.sym_int", lambda x: shaped(torch.sym_int(x.shape[0] / 2)), H),
    Case("a chain", lambda x: F.pad(x, (0, (math.ceil(x.shape[1] / 3) - 1) * 3 + 3 - x.shape[1])), BOTH, LONG[:12]),
    Case("a list of halves", lambda x: shaped(*[x.shape[0] // 2**i for i in range(3)]), H, LONG),
    Case(
        "True division twice", lambda x: shaped(int(x.shape[0] / 2 / 2), int(x.shape[0] / 2 + x.shape[0] / 2)), H, LONG
    ),
    Case("a float remainder", lambda x: x if x.shape[0] / 2 % 1 == 0 else x[:1], H),
    Case("a ratio", lambda x: shaped(int(x.shape[0] / x.shape[1] * 4)), BOTH),
    Case("a ratio of itself", lambda x: shaped(int(x.shape[0] / x.shape[0] * 4)), BOTH),
]


@agree_with_pytorch(CASES)
def test_numbers_of_sizes(case: Case) -> None:
    case.check()
