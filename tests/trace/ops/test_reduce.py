"""Reductions over axes, sorting, and losses."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from oracle import Case, agree_with_pytorch

IMAGE, ROWS = "2 3 H W", "H W"
NAMES = ["sum", "mean", "amax", "amin", "logsumexp", "all", "any", "prod", "norm", "std", "var", "argmax", "median"]
NOT_OF = {
    "mean": ("int64", "int32", "bool", "uint8"),
    "norm": ("int64", "int32", "bool", "uint8"),
}
"""What PyTorch refuses to reduce."""


def method(name: str, **options: object) -> Callable[[torch.Tensor], object]:
    """A call of a tensor's method."""
    return lambda x: getattr(x, name)(**options)


CASES = [
    *(Case(f"{name} over an axis", method(name, dim=1), (ROWS,), range(1, 4)) for name in NAMES),
    *(Case(f"{name} keeping an axis", method(name, dim=-1, keepdim=True), (ROWS,), range(1, 4)) for name in NAMES),
    *(Case(f"{name} out of range", method(name, dim=2), (ROWS,), range(1, 3), refused=True) for name in NAMES),
    *(
        Case(f"{name} of all", method(name), (ROWS,), range(1, 4), partial=name == "prod")
        for name in NAMES
        if name != "logsumexp"
    ),
    *(
        Case(
            f"{name} of {kind}",
            method(name, dim=1),
            (f"2 H {kind}",),
            range(1, 4),
            refused=kind in NOT_OF.get(name, ()),
            device="meta",
        )
        for name in NAMES
        for kind in ("int64", "int32", "bool", "uint8", "float16")
    ),
    Case("mean over two axes", lambda x: x.mean((2, 3))),
    Case("mean over negative axes", lambda x: x.mean(dim=[-1, -2], keepdim=True)),
    Case("mean of positional keepdim", lambda x: x.mean(2, True)),
    Case("mean of axis=", lambda x: x.mean(axis=1)),
    Case("mean of keepdims=", lambda x: x.mean(axis=1, keepdims=True)),
    Case("mean over no axes", lambda x: x.mean(())),
    Case("mean over no axes, kept", lambda x: x.mean((), keepdim=True)),
    Case("mean over an axis twice", lambda x: x.mean((1, -3)), refused=True),
    Case("mean of a dtype", lambda x: x.mean(1, dtype=torch.float64)),
    Case("mean of ints as floats", lambda x: x.mean(dim=0, dtype=torch.float32), ("2 H int64",)),
    Case("sum of a dtype", lambda x: x.sum(dtype=torch.int32), ("2 H",)),
    Case("sum over all axes", lambda x: torch.sum(x, (0, 1, 2, 3))),
    Case("amax over no axes", lambda x: x.amax(())),
    Case("any over two axes", lambda x: (x > 0).any((1, 2))),
    Case("std of correction", lambda x: x.std(dim=(2, 3), correction=0)),
    Case("std of unbiased", lambda x: x.std((2, 3), False)),
    Case("std of unbiased, kept", lambda x: torch.std(x, dim=1, unbiased=False, keepdim=True)),
    Case("var_mean", lambda x: torch.var_mean(x, dim=(1, 2), keepdim=True)),
    Case("std_mean of all", torch.std_mean),
    Case("max over an axis", lambda x: x.max(1)),
    Case("max by name", lambda x: x.max(dim=1).values + x.max(dim=1)[0]),
    Case("max kept", lambda x: torch.max(x, -1, keepdim=True)[1]),
    Case("max of two", torch.max, ("2 H", "A H"), range(1, 4)),
    Case("min of other=", lambda x: torch.min(x, other=x)),
    Case("max of all", lambda x: x.max()),
    Case("max out of range", lambda x: x.max(4), refused=True),
    Case("mode", lambda x: x.mode(), (ROWS,)),
    Case("mode over an axis", lambda x: torch.mode(x, 0, True), (ROWS,)),
    Case("nanmedian", lambda x: x.nanmedian(1), (ROWS,)),
    Case("kthvalue", lambda x: x.kthvalue(2, 1), (ROWS,), range(2, 6), partial=True),
    Case("quantile", lambda x: x.quantile(0.5, dim=1), (ROWS,), partial=True),
    Case("aminmax", lambda x: torch.aminmax(x, dim=1), (ROWS,), partial=True),
    Case("argmax of all, kept", lambda x: x.argmax(keepdim=True)),
    Case("argmin", lambda x: torch.argmin(x, 2)),
    Case("count_nonzero", lambda x: torch.count_nonzero(x, dim=(1, 2))),
    Case("norm of an order", lambda x: x.norm(1, 2, True)),
    Case("norm over two axes", lambda x: torch.norm(x, p=2, dim=(2, 3))),
    Case("linalg norm", lambda x: torch.linalg.norm(x, dim=1, keepdim=True)),
    Case("linalg norm over a matrix", lambda x: torch.linalg.norm(x, ord="fro", dim=(2, 3))),
    Case("linalg vector norm", lambda x: torch.linalg.vector_norm(x, 2, dim=(1, 2))),
    Case("linalg matrix norm", torch.linalg.matrix_norm, partial=True),
    Case("topk", lambda x: x.topk(3), (ROWS,)),
    Case("topk along an axis", lambda x: torch.topk(x, 2, dim=0).indices, (ROWS,)),
    Case("topk of half", lambda x: x.topk(x.shape[1] // 2, dim=1, largest=False), (ROWS,)),
    Case("topk of more", lambda x: x.topk(x.shape[0], dim=1), (ROWS,)),
    Case("topk of less than none", lambda x: x.topk(-1), (ROWS,), refused=True),
    Case("topk out of range", lambda x: x.topk(1, 2), (ROWS,), refused=True),
    Case("sort", lambda x: x.sort(), (ROWS,)),
    Case("sort along an axis", lambda x: torch.sort(x, 0, descending=True), (ROWS,)),
    Case("sort out of range", lambda x: x.sort(dim=2), (ROWS,), refused=True),
    Case("stable sort", lambda x: torch.sort(x, stable=True, dim=1).values, (ROWS,)),
    Case("argsort", lambda x: x.argsort(1, True), (ROWS,)),
    Case("argsort out of range", lambda x: torch.argsort(x, dim=-3), (ROWS,), refused=True),
    Case("cummax", lambda x: x.cummax(1), (ROWS,)),
    Case("msort", torch.msort, (ROWS,), partial=True),
    Case("diff", lambda x: x.diff(dim=1), (ROWS,), partial=True),
    Case("trace", lambda x: x.trace(), (ROWS,), partial=True),
    Case("cosine_similarity of axes", F.cosine_similarity, (IMAGE, "A 3 1 1"), range(1, 4)),
    Case("mse_loss", lambda x: F.mse_loss(x, x)),
    Case("mse_loss of each", lambda x: F.mse_loss(x, x[:, :1], reduction="none")),
    Case("mse_loss of two sizes", lambda x: F.mse_loss(x, x[:, :, :3])),
    Case("l1_loss, summed", lambda x: F.l1_loss(x, x, reduction="sum")),
    Case("huber_loss of each", lambda x: F.huber_loss(x, x, reduction="none", delta=0.5)),
    Case("mse_loss of two dtypes", lambda x: F.mse_loss(x, x.double())),
    Case("smooth_l1_loss of old", lambda x: F.smooth_l1_loss(x, x, None, False), partial=True),
    Case("cross_entropy", F.cross_entropy, ("2 5 H W", "2 H W int64"), range(1, 4)),
    Case("max over a possibly empty axis", lambda x: x[:, :, 2:].amax(2)),
    Case("argmax over a possibly empty axis", lambda x: x[:, :, 2:].argmax(2)),
    Case("median over a possibly empty axis", lambda x: x[:, :, 2:].median(2)),
    Case("logsumexp over a possibly empty axis", lambda x: x[:, :, 2:].logsumexp(2)),
    Case("std over a possibly empty axis", lambda x: x[:, :, 2:].std(2)),
    Case("norm over a possibly empty axis", lambda x: x[:, :, 2:].norm(dim=2)),
    Case("mean over a possibly empty axis", lambda x: x[:, :, 2:].mean(2)),
    Case("max and where, over a possibly empty axis", lambda x: x[:, :, 2:].max(2)),
    Case("max of a possibly empty tensor", lambda x: x[:, :, 2:].max()),
    Case("mean over the spatial axes", lambda x: x.mean(dim=tuple(range(2, x.ndim)))),
]


@agree_with_pytorch(CASES)
def test_reduce(case: Case) -> None:
    case.check()
