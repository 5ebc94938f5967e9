"""Broadcasting of several tensors, and type promotion."""

from __future__ import annotations

import torch
from oracle import Case, agree_with_pytorch

PAIR = ("2 H W", "2 A W")
FEW = range(1, 5)

CASES = [
    Case("add", lambda x, y: x + y, PAIR, FEW),
    Case("add of fewer axes", lambda x, y: x + y, ("2 3 H W", "A W"), FEW),
    Case("add of a column", lambda x, y: x + y, ("2 H 1", "1 1 W")),
    Case("add of a vector", lambda x, y: x * y, ("2 3 H", "A")),
    Case("add of channels that differ", lambda x, y: x + y, ("2 3 H", "2 4 H"), refused=True),
    Case("three tensors", lambda x, y, z: torch.where(x > 0, y, z), ("H 1", "1 W", "A 1"), FEW),
    Case("a sum of one side", lambda x: x + x[:, :, 1:]),
    Case("rows against columns", lambda x: x + x.transpose(2, 3)),
    Case("a scalar tensor", lambda x, y: x * y, ("2 H", "")),
    Case("scalars", lambda x: 2 * x + 1 - x / 3, ("2 H",)),
    Case("sizes", lambda x: x * x.shape[1] / x.shape[0], ("2 H",)),
    Case("in place", lambda x, y: x.add_(y), PAIR, FEW),
    Case("in place of more axes", lambda x, y: x.mul_(y), ("H", "2 H"), refused=True),
    Case("in place by an operator", lambda x, y: x.__iadd__(y), PAIR, FEW),
    Case("in place division", lambda x, y: x.div_(y), ("2 H", "H")),
    Case("in place division of integers", lambda x: x.div_(2), ("2 H int64",), refused=True),
    Case("in place promotion", lambda x, y: x.add_(y), ("2 H int64", "2 H"), refused=True),
    Case("in place of a wider type", lambda x, y: x.add_(y), ("2 H", "2 H int64")),
    Case("int and float", lambda x, y: x + y, ("2 H int64", "2 H")),
    Case("int and float scalar", lambda x: x + 1.5, ("2 H int64",)),
    Case("int and int", lambda x, y: x + y, ("2 H int32", "2 H uint8")),
    Case("bool and int", lambda x: x + 1, ("2 H bool",)),
    Case("bool and bool", lambda x, y: x + y, ("2 H bool", "2 H bool")),
    Case("bool less bool", lambda x, y: x - y, ("2 H bool", "2 H bool"), refused=True),
    Case("half and float", lambda x, y: x + y, ("2 H float16", "2 H")),
    Case("half and bfloat", lambda x, y: x + y, ("2 H float16", "2 H bfloat16")),
    Case("half and a float scalar tensor", lambda x, y: x + y, ("2 H float16", "")),
    Case("int and a float scalar tensor", lambda x, y: x + y, ("2 H int64", " float64")),
    Case("a scalar tensor and ints", lambda x, y: x + y, ("", "2 H int64")),
    Case("division of ints", lambda x, y: x / y, ("2 H int64", "2 H int64")),
    Case("floor division of ints", lambda x: (x + 1) // 2, ("2 H int64",)),
    Case("rounded division of ints", lambda x: torch.div(x, 2, rounding_mode="floor"), ("2 H int64",)),
    Case("remainder", lambda x: x % 2.0, ("2 H int64",)),
    Case("power of ints", lambda x: x**2, ("2 H int64",)),
    Case("power of a float", lambda x: x**0.5, ("2 H int64",)),
    Case("power of a number", lambda x: 2**x, ("2 H",)),
    Case("comparison", lambda x, y: x >= y, ("2 H", "2 A"), FEW),
    Case("equality", torch.eq, ("2 H", "2 A"), FEW),
    Case("equality with None", lambda x: x if x != None else x[0], ("2 H",)),  # noqa: E711
    Case("logical and", torch.logical_and, ("2 H", "2 A"), FEW),
    Case("bitwise and", lambda x, y: (x > 0) & (y > 0), ("2 H", "2 A"), FEW),
    Case("bitwise or of ints", lambda x, y: x | y, ("2 H int32", "2 H int64")),
    Case("maximum", torch.maximum, ("2 H", "2 A"), FEW),
    Case("where of scalars", lambda x: torch.where(x > 0, 1.0, 0.0), ("2 H",)),
    Case("where of an int and a float", lambda x: torch.where(x > 0, x, 0.5), ("2 H int64",)),
    Case("where of two ints", lambda x: torch.where(x > 0, 1, 0), ("2 H",)),
    Case("where as a method", lambda x, y: x.where(y > 0, 0), ("2 H", "A 1 H"), FEW),
    Case("where of an unbroadcastable", lambda x, y: torch.where(x > 0, y, y), ("2 H", "3 H"), refused=True),
    Case("masked_fill", lambda x, y: x.masked_fill(y > 0, float("-inf")), ("2 H W", "A W"), FEW),
    Case("masked_fill of a larger mask", lambda x, y: x.masked_fill(y > 0, 0), ("H", "2 A"), FEW),
    Case("masked_fill in place of a larger mask", lambda x, y: x.masked_fill_(y > 0, 0), ("H", "2 H"), refused=True),
    Case("masked_fill of a mask of floats", lambda x, y: x.masked_fill(y, 0), ("2 H", "2 H"), refused=True),
    Case("addcmul", lambda x, y: torch.addcmul(x, y, y, value=0.5), ("2 H", "A H"), FEW),
    Case("addcdiv", lambda x, y: x.addcdiv(y, y, value=2), ("2 H", "A H"), FEW),
    Case("lerp", lambda x, y: torch.lerp(x, y, 0.3), ("2 H", "A H"), FEW),
    Case("lerp of a tensor", lambda x, y: torch.lerp(x, x, y), ("2 H", "A H"), FEW),
    Case("add with alpha", lambda x, y: torch.add(x, y, alpha=2), ("2 H", "A H"), FEW),
    Case("rsub", lambda x: torch.rsub(x, 1), ("2 H",)),
    Case("copy_", lambda x, y: x.copy_(y), ("2 H", "A"), FEW),
    Case("complex", lambda x: x * 1j, ("2 H",)),
    Case(
        "broadcast_shapes",
        lambda x, y: x.new_empty(torch.broadcast_shapes(x.shape, y.shape)),
        ("2 H", "A 1 H"),
        FEW,
        partial=True,
    ),
]


@agree_with_pytorch(CASES)
def test_broadcast(case: Case) -> None:
    case.check()
