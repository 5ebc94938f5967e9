"""Tensors made of sizes."""

from __future__ import annotations

import torch
from oracle import Case, agree_with_pytorch

ROWS = "H W"

CASES = [
    Case("zeros", lambda x: torch.zeros(x.shape[0], 3, x.shape[1] + 1), (ROWS,)),
    Case("ones of a shape", lambda x: torch.ones(x.shape, dtype=torch.int32), (ROWS,)),
    Case("empty of a list", lambda x: torch.empty([x.shape[0], 2 * x.shape[1]]), (ROWS,)),
    Case("zeros of a keyword", lambda x: torch.zeros(size=(x.shape[0],)), (ROWS,)),
    Case("zeros of a negative size", lambda x: torch.zeros(x.shape[0] - 3, x.shape[1]), (ROWS,)),
    Case("full", lambda x: torch.full((x.shape[0], 2), 7), (ROWS,)),
    Case("full of a float", lambda x: torch.full(size=(x.shape[0],), fill_value=0.5), (ROWS,)),
    Case("full of a bool", lambda x: torch.full((x.shape[0],), True), (ROWS,)),
    Case("full of a dtype", lambda x: torch.full((x.shape[0],), 1, dtype=torch.float16), (ROWS,)),
    Case("rand", lambda x: torch.rand(x.shape[1], 2), (ROWS,)),
    Case("randint", lambda x: torch.randint(0, 5, (x.shape[0], 2)), (ROWS,)),
    Case("randint of two", lambda x: torch.randint(5, (x.shape[0],)), (ROWS,)),
    Case("randperm", lambda x: torch.randperm(x.shape[0]), (ROWS,)),
    Case("new_zeros", lambda x: x.new_zeros(x.shape[1], 2), (ROWS,)),
    Case("new_full", lambda x: x.new_full((x.shape[1],), 1, dtype=torch.long), (ROWS,)),
    Case("new_tensor", lambda x: x.new_tensor([1, 2]), (ROWS,), partial=True),
    Case("zeros_like", lambda x: torch.zeros_like(x, dtype=torch.bool), (ROWS,)),
    Case("rand_like", lambda x: torch.rand_like(x[1:]), (ROWS,)),
    Case("arange", lambda x: torch.arange(x.shape[0]), (ROWS,)),
    Case("arange of a step", lambda x: torch.arange(0, x.shape[0], 3), (ROWS,)),
    Case("arange of two sizes", lambda x: torch.arange(x.shape[0], x.shape[1]), (ROWS,)),
    Case("arange backwards", lambda x: torch.arange(x.shape[0] - 1, -1, -1), (ROWS,)),
    Case("arange by -2", lambda x: torch.arange(x.shape[0], 0, -2), (ROWS,)),
    Case("arange by 0", lambda x: torch.arange(0, x.shape[0], 0), (ROWS,), refused=True),
    Case(
        "arange of keywords", lambda x: torch.arange(start=1, end=x.shape[0] + 1, step=2, dtype=torch.float32), (ROWS,)
    ),
    Case("arange of floats", lambda x: torch.arange(0.5, x.shape[0]), (ROWS,)),
    Case("arange of half a size", lambda x: torch.arange(0, x.shape[0] / 2), (ROWS,)),
    Case("arange by a tenth", lambda x: torch.arange(0, x.shape[0], 0.1), ("H 1",), range(1, 40)),
    Case("arange by a size", lambda x: torch.arange(0, 24, x.shape[0]), (ROWS,), partial=True),
    Case("linspace", lambda x: torch.linspace(-1, 1, x.shape[0]), (ROWS,)),
    Case(
        "linspace of a keyword",
        lambda x: torch.linspace(0, x.shape[1] - 1, steps=x.shape[0], dtype=torch.float64),
        (ROWS,),
    ),
    Case("linspace of no steps", lambda x: torch.linspace(0, 1, x.shape[0] - 2), (ROWS,)),
    Case("logspace", lambda x: torch.logspace(0, 1, x.shape[0]), (ROWS,)),
    Case("eye", lambda x: torch.eye(x.shape[0]), (ROWS,)),
    Case("eye of two sizes", lambda x: torch.eye(x.shape[0], m=x.shape[1]), (ROWS,)),
    Case("hann_window", lambda x: torch.hann_window(x.shape[0]), (ROWS,), partial=True),
    Case("tril_indices", lambda x: torch.tril_indices(x.shape[0], x.shape[1]), (ROWS,), partial=True),
    Case(
        "meshgrid", lambda x: torch.meshgrid(torch.arange(x.shape[0]), torch.arange(x.shape[1]), indexing="ij"), (ROWS,)
    ),
    Case(
        "meshgrid of columns",
        lambda x: torch.meshgrid([torch.arange(x.shape[0]), torch.arange(x.shape[1])], indexing="xy"),
        (ROWS,),
    ),
    Case(
        "meshgrid of two dtypes",
        lambda x: torch.meshgrid(torch.arange(x.shape[0]), x[0], indexing="ij"),
        (ROWS,),
        refused=True,
    ),
    Case("meshgrid of a matrix", lambda x: torch.meshgrid(x, x, indexing="ij"), (ROWS,), refused=True),
    Case("tensor of sizes", lambda x: torch.tensor([x.shape[0], x.shape[1]]), (ROWS,)),
    Case("tensor of floats", lambda x: torch.tensor([[1.0, x.shape[0] / 2]]), (ROWS,)),
    Case("tensor of mixed numbers", lambda x: torch.tensor([x.shape[0], 0.5]), (ROWS,)),
    Case("tensor of a dtype", lambda x: torch.as_tensor(x.shape[0], dtype=torch.float32), (ROWS,)),
    Case("tensor of bools", lambda x: torch.tensor([x.shape[0] > 2, True]), (ROWS,)),
    Case("position bias", lambda x: torch.arange(x.shape[0])[:, None] - torch.arange(x.shape[1])[None], (ROWS,)),
    Case(
        "causal mask", lambda x: x @ x.T + torch.triu(torch.full((x.shape[0], x.shape[0]), float("-inf")), 1), (ROWS,)
    ),
]


@agree_with_pytorch(CASES)
def test_factories(case: Case) -> None:
    case.check()
