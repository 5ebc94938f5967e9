"""Indexing, slicing, gathering and scattering."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from oracle import Case, agree_with_pytorch
from torch import nn

IMAGE, ROWS = "2 3 H W", "H W"
INDEX = "A int64"

CASES = [
    Case("slice", lambda x: x[:, :, 1:-1, ::2]),
    Case("slice from the back", lambda x: x[..., -3:], (IMAGE,)),
    Case("slice up to the back", lambda x: x[..., :-3], (IMAGE,)),
    Case("slice beyond", lambda x: x[..., 2:100], (IMAGE,)),
    Case("slice of steps", lambda x: x[:, :, 1::3, 2:7:2]),
    Case("slice of half", lambda x: x[:, :, : x.shape[2] // 2]),
    Case("slice by a difference", lambda x: x[:, :, x.shape[3] - x.shape[2] :]),
    Case("slice up to a difference", lambda x: x[:, :, : x.shape[3] - x.shape[2]]),
    Case("slice between sizes", lambda x: x[:, :, x.shape[3] // 2 : x.shape[2]]),
    Case("slice of a symbolic step", lambda x: x[:, :, :: x.shape[3]]),
    Case("slice of a negative step", lambda x: x[:, :, ::-1], refused=True),
    Case("slice of step 0", lambda x: x[:, :, ::0], refused=True),
    Case("crop to another", lambda x, y: x[:, :, : y.shape[2], : y.shape[3]], (IMAGE, "2 3 A 4"), range(1, 6)),
    Case("centre crop", lambda x: x[:, :, (x.shape[2] - 3) // 2 : (x.shape[2] - 3) // 2 + 3]),
    Case("an index", lambda x: x[0]),
    Case("an index from the back", lambda x: x[:, :, -2]),
    Case("an index beyond", lambda x: x[:, 3], refused=True),
    Case("an index of a symbolic axis", lambda x: x[:, :, 4]),
    Case("a symbolic index", lambda x: x[:, :, x.shape[3] - 1]),
    Case("the middle", lambda x: x[:, :, x.shape[2] // 2, x.shape[3] // 2]),
    Case("None", lambda x: x[None, :, None, ..., None]),
    Case("Ellipsis in the middle", lambda x: x[0, ..., 1:]),
    Case("Ellipsis of nothing", lambda x: x[0, 1, 0, ..., 0]),
    Case("too many indices", lambda x: x[0, 0, 0, 0, 0], refused=True),
    Case("True", lambda x: x[True], (ROWS,)),
    Case("False", lambda x: x[False], (ROWS,)),
    Case("a list", lambda x: x[:, [0, 2]]),
    Case("a list and a slice", lambda x: x[[0, 1], :, 1:]),
    Case("two lists", lambda x: x[:, [0, 1], [0, 0]]),
    Case("two lists apart", lambda x: x[[0, 1], :, [0, 0]]),
    Case("two unequal lists", lambda x: x[[0, 1], [0, 1, 2]], refused=True),
    Case("a list beyond", lambda x: x[:, [0, 3]], refused=True),
    Case("a list in a symbolic axis", lambda x: x[:, :, [0, 3]]),
    Case("an index between lists", lambda x: x[[0, 1], 0, [0, 0]], (IMAGE,)),
    Case("an index beside a list", lambda x: x[0, :, [0, 0]], (IMAGE,)),
    Case("a tensor", lambda x, i: x[i], (ROWS, INDEX), range(1, 5)),
    Case("a matrix of indices", lambda x, i: x[:, i], (ROWS, "2 A int64"), range(1, 5)),
    Case("two tensors that broadcast", lambda x, i: x[i[:, None], i[None]], (ROWS, INDEX), range(1, 5)),
    Case("tensors around an axis", lambda x, i: x[i, :, i], (IMAGE, INDEX), range(1, 5)),
    Case("tensors around None", lambda x, i: x[i, None, i], (IMAGE, INDEX), range(1, 5)),
    Case("a tensor after a slice", lambda x, i: x[:, :, 1:, i], (IMAGE, INDEX), range(1, 5)),
    Case("a scalar tensor", lambda x, i: x[i], (ROWS, " int64")),
    Case("a float tensor", lambda x, i: x[i], (ROWS, "A"), range(1, 4), refused=True),
    Case("a list of tensors", lambda x, i: x[[i, i]], (ROWS, INDEX), range(1, 5), partial=True),
    Case("arange", lambda x: x[torch.arange(x.shape[0], device=x.device)], (ROWS,)),
    Case("arange of another size", lambda x: x[torch.arange(x.shape[1], device=x.device) * 0], (ROWS,)),
    Case("a range", lambda x: x[:, range(2)]),
    Case("write a slice", lambda x: (x.__setitem__((slice(None), 0), 1), x)[1]),
    Case(
        "write a tensor", lambda x, y: (x.__setitem__((slice(None), slice(0, 1)), y), x)[1], (ROWS, "H A"), range(1, 5)
    ),
    Case("write a larger tensor", lambda x, y: (x.__setitem__(0, y), x)[1], (ROWS, "A W"), range(1, 5)),
    Case("write another size", lambda x, y: (x.__setitem__(slice(1, None), y), x)[1], (ROWS, "A W"), range(1, 5)),
    Case("select", lambda x: x.select(2, 1)),
    Case("select of keywords", lambda x: torch.select(x, dim=-1, index=-1)),
    Case("select beyond", lambda x: x.select(1, 3), refused=True),
    Case("index_select", lambda x, i: x.index_select(1, i), (ROWS, INDEX), range(1, 5)),
    Case("index_select of a matrix", lambda x, i: torch.index_select(x, 0, i), (ROWS, "A 2 int64"), refused=True),
    Case("index_select of a scalar", lambda x, i: torch.index_select(x, 0, i), (ROWS, " int64")),
    Case("gather", lambda x, i: x.gather(1, i), (ROWS, "A 5 int64"), range(1, 6)),
    Case("gather of fewer axes", lambda x, i: x.gather(1, i), (ROWS, "A int64"), range(1, 4), refused=True),
    Case("gather of keywords", lambda x, i: torch.gather(x, dim=0, index=i), (ROWS, "A 3 int64"), range(1, 6)),
    Case("take_along_dim", lambda x, i: x.take_along_dim(i, 1), (ROWS, "A 3 int64"), range(1, 6)),
    Case("take_along_dim flat", torch.take_along_dim, (ROWS, "A int64"), range(1, 5)),
    Case("take", torch.take, (ROWS, "A 2 int64"), range(1, 5), partial=True),
    Case("scatter", lambda x, i, y: x.scatter(1, i, y), (ROWS, "A 3 int64", "3 3"), range(1, 6)),
    Case("scatter of a number", lambda x, i: x.scatter(0, i, 1.0), (ROWS, "A 3 int64"), range(1, 6)),
    Case("scatter_add in place", lambda x, i, y: x.scatter_add_(0, i, y), (ROWS, "3 A int64", "4 4"), range(1, 6)),
    Case("scatter_reduce", lambda x, i, y: x.scatter_reduce(1, i, y, "sum"), (ROWS, "A 3 int64", "3 3"), range(1, 6)),
    Case("index_add", lambda x, i, y: x.index_add(0, i, y), (ROWS, INDEX, "3 W"), range(1, 6)),
    Case("index_copy", lambda x, i, y: x.index_copy(0, i, y), (ROWS, INDEX, "3 W"), range(1, 6)),
    Case("index_fill", lambda x, i: x.index_fill(1, i, 2.0), (ROWS, INDEX), range(1, 4)),
    Case("index_put", lambda x, i, y: x.index_put((i,), y), (ROWS, INDEX, "W"), range(1, 4), partial=True),
    Case("masked_scatter", lambda x, y: x.masked_scatter(y > 0, x), ("2 H", "A H"), range(1, 5)),
    Case("write by a mask", lambda x: (x.__setitem__(x > 1, 0), x)[1], (ROWS,)),
    Case("embedding", F.embedding, ("2 H int64", "5 7")),
    Case("nn.Embedding", nn.Embedding(5, 7), ("H W int32",)),
    Case("embedding of floats", nn.Embedding(5, 7), ("H W",), refused=True),
    Case("EmbeddingBag", nn.EmbeddingBag(5, 7), ("2 H int64",), partial=True),
    Case(
        "tril_indices",
        lambda x: x[tuple(torch.tril_indices(x.shape[0], x.shape[1], device=x.device))],
        (ROWS,),
        partial=True,
    ),
    Case("slice of negative symbolic start", lambda x: x[:, -x.shape[0] :], (ROWS,)),
    Case("slice of negative symbolic stop", lambda x: x[:, : -x.shape[0]], (ROWS,)),
    Case("slice that is empty", lambda x: x[:, 3:1], (ROWS,)),
    Case("a list with a size", lambda x: x[:, :, [0, x.shape[2] // 2]]),
    Case("a list from the back", lambda x: x[:, :, [-1, 0]]),
    Case("a negative symbolic index", lambda x: x[:, :, -x.shape[3]]),
    Case(
        "gather of sorted rows",
        lambda x: torch.gather(x, 1, x[..., 0].argsort(1)[:, :3, None].expand(-1, -1, x.shape[2])),
        ("2 H W",),
    ),
    Case("scatter of the largest", lambda x: torch.zeros_like(x).scatter_(1, x.topk(2, 1).indices, 1.0), ("H W",)),
    Case("an index of a possibly empty tensor", lambda x: x[:, 2:][:, 0], ("2 H 3",)),
    Case(
        "a crop around the centre",
        lambda x, y: x[:, :, (x.shape[2] - y.shape[2]) // 2 : (x.shape[2] - y.shape[2]) // 2 + y.shape[2]],
        ("1 1 H 2", "1 1 A 2"),
        range(1, 8),
    ),
]


@agree_with_pytorch(CASES)
def test_indexing(case: Case) -> None:
    case.check()
