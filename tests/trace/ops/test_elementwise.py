"""Operations element by element on one tensor: shapes stay, dtypes may not."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from oracle import Case, agree_with_pytorch
from torch import nn

INTS, BOOLS = "2 H int64", "2 H bool"
UNARY = [
    "relu",
    "sigmoid",
    "tanh",
    "exp",
    "log",
    "sqrt",
    "rsqrt",
    "abs",
    "neg",
    "sign",
    "floor",
    "ceil",
    "round",
    "sin",
    "erf",
    "reciprocal",
    "square",
    "log1p",
    "trunc",
    "frac",
    "expm1",
    "positive",
    "sgn",
    "isnan",
    "isfinite",
    "logical_not",
    "bitwise_not",
    "signbit",
    "sinc",
    "logit",
    "deg2rad",
    "nan_to_num",
    "clone",
    "detach",
]
LAYERS = [
    nn.ReLU(),
    nn.GELU(),
    nn.SiLU(),
    nn.ELU(),
    nn.Softplus(),
    nn.Hardswish(),
    nn.LeakyReLU(0.1, inplace=True),
    nn.Dropout(),
    nn.Dropout2d(),
    nn.Identity(),
    nn.Softmax(1),
    nn.LogSoftmax(-1),
    nn.Softmax2d(),
    nn.PReLU(),
    nn.PReLU(3),
    nn.PReLU(4),
    nn.GLU(1),
    nn.GLU(),
    nn.Threshold(0.1, 20),
    nn.CELU(),
    nn.Tanhshrink(),
]
NOT_OF = {
    "neg": ("bool",),
    "frac": ("bool",),
    "positive": ("bool",),
    "deg2rad": ("complex64",),
}
REFUSED = {
    ("Softmax(dim=1)", "a vector"),
    ("Softmax2d()", "rows"),
    ("Softmax2d()", "a vector"),
    ("GLU(dim=1)", "an image"),
    ("GLU(dim=1)", "a vector"),
    ("PReLU(num_parameters=3)", "a vector"),
    ("PReLU(num_parameters=4)", "a vector"),
    ("PReLU(num_parameters=4)", "an image"),
}

CASES = [
    *(
        Case(
            f"{name} of {kind}",
            getattr(torch, name),
            (f"2 H {kind}",),
            range(1, 3),
            refused=kind in NOT_OF.get(name, ()),
            device="meta",
        )
        for name in UNARY
        for kind in ("float32", "float16", "int64", "bool", "complex64")
    ),
    *(
        Case(f"{layer} of {rank}", layer, (shape,), range(1, 5), refused=(str(layer), rank) in REFUSED)
        for layer in LAYERS
        for rank, shape in (("an image", "2 3 H W"), ("rows", "H W"), ("a vector", "H"))
    ),
    Case("softmax", lambda x: x.softmax(-1), ("2 H",)),
    Case("softmax of a keyword", lambda x: F.softmax(x, dim=1, dtype=torch.float64), ("2 H",)),
    Case("softmax out of range", lambda x: x.softmax(2), ("2 H",), refused=True),
    Case("softmax of ints", lambda x: x.softmax(1, dtype=torch.float32), (INTS,)),
    Case("normalize", lambda x: F.normalize(x, dim=1, p=2), ("2 H",)),
    Case("normalize out of range", lambda x: F.normalize(x, dim=2), ("2 H",), refused=True),
    Case("cumsum", lambda x: x.cumsum(1), ("2 H",)),
    Case("cumsum of ints", lambda x: x.cumsum(-1), ("2 H int32",)),
    Case("cumsum of bools", lambda x: x.cumsum(1), (BOOLS,)),
    Case("cumsum of a dtype", lambda x: x.cumsum(1, dtype=torch.float32), (BOOLS,)),
    Case("cumsum out of range", lambda x: torch.cumsum(x, dim=2), ("2 H",), refused=True),
    Case("cumprod of ints", lambda x: torch.cumprod(x, dim=0), ("2 H int32",)),
    Case("clamp", lambda x: x.clamp(min=0), (INTS,)),
    Case("clamp of ints by floats", lambda x: x.clamp(0.5, 2), (INTS,)),
    Case("clamp by tensors", lambda x, y: x.clamp(min=y), ("2 H", "A 1 H"), range(1, 5)),
    Case("clamp of nothing", lambda x: x.clamp(), ("2 H",), refused=True),
    Case("clip", lambda x: torch.clip(x, 0, 1), ("2 H",)),
    Case("clamp_ in place", lambda x: x.clamp_(0, 1), ("2 H",)),
    Case("flip", lambda x: x.flip(0, 1), ("2 H",)),
    Case("flip of a tuple", lambda x: torch.flip(x, dims=(-1,)), ("2 H",)),
    Case("flip out of range", lambda x: x.flip(2), ("2 H",), refused=True),
    Case("flip twice", lambda x: x.flip(1, -1), ("2 H",), refused=True),
    Case("fliplr of a vector", lambda x: x.fliplr(), ("H",), refused=True),
    Case("roll", lambda x: x.roll((1, -2), (0, 1)), ("2 H",)),
    Case("roll flat", lambda x: torch.roll(x, 3), ("2 H",)),
    Case("roll by half", lambda x: torch.roll(x, x.shape[1] // 2, dims=1), ("2 H",)),
    Case("roll out of range", lambda x: x.roll(1, 2), ("2 H",), refused=True),
    Case("roll of unequal tuples", lambda x: x.roll((1, 2), (0,)), ("2 H",), refused=True),
    Case("tril", lambda x: x.tril(-1), ("H W",)),
    Case("triu of a vector", lambda x: x.triu(), ("H",), refused=True),
    Case("float", lambda x: x.float(), (INTS,)),
    Case("half", lambda x: x.half(), ("2 H",)),
    Case("long", lambda x: x.long(), ("2 H",)),
    Case("bool", lambda x: x.bool(), ("2 H",)),
    Case("to a dtype", lambda x: x.to(torch.float16), ("2 H",)),
    Case("to a device and a dtype", lambda x: x.to(x.device, torch.int32), ("2 H",)),
    Case("to of keywords", lambda x: x.to(dtype=torch.bool, copy=True), ("2 H",)),
    Case("to another tensor", lambda x, y: x.to(y), ("2 H", "3 int32")),
    Case("type_as", lambda x, y: x.type_as(y), ("2 H", "3 int32")),
    Case("type", lambda x: x.type(torch.float64), ("2 H",)),
    Case("type of a name", lambda x: x.type("torch.DoubleTensor"), ("2 H",)),
    Case("real", lambda x: x.real, ("2 H complex64",)),
    Case("imag", lambda x: x.imag, ("2 H complex64",)),
    Case("torch.real", torch.real, ("2 H complex64",)),
    Case("conj", lambda x: x.conj(), ("2 H complex64",)),
    Case("angle", lambda x: x.angle(), ("2 H complex64",)),
    Case("abs of complex", lambda x: x.abs(), ("2 H complex64",)),
    Case("complex of two", torch.complex, ("2 H", "2 H")),
    Case("polar", torch.polar, ("2 H", "2 H"), partial=True),
    Case("glu", lambda x: F.glu(x, dim=0), ("H 3",)),
    Case("glu of a negative axis", lambda x: F.glu(x, -2), ("H 3",)),
    Case("glu out of range", lambda x: F.glu(x, 2), ("H 3",), refused=True),
    Case("prelu of symbolic channels", F.prelu, ("2 H 3", "3")),
    Case("one_hot", lambda x: F.one_hot(x, 5), (INTS,)),
    Case("bernoulli", torch.bernoulli, ("2 H",)),
    Case("in place relu", F.relu_, ("2 H",)),
    Case("in place sigmoid of ints", lambda x: x.sigmoid_(), (INTS,), refused=True),
    Case("in place exp", lambda x: x.exp_().mul_(2), ("2 H",)),
    Case("fill_", lambda x: x.fill_(1), ("2 H",)),
    Case("normal_", lambda x: x.normal_(0, 1), ("2 H",)),
    Case("t_", lambda x: x.t_(), ("2 H",)),
    Case("transpose_", lambda x: x.transpose_(0, 1), ("2 H",)),
    Case("out=", lambda x, y: torch.add(x, x, out=y), ("2 H", "2 H")),
]


@agree_with_pytorch(CASES)
def test_elementwise(case: Case) -> None:
    case.check()
