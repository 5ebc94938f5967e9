"""Reading a tensor's sizes and attributes."""

from __future__ import annotations

import copy

import torch
from oracle import Case, agree_with_pytorch

IMAGE = "2 3 H W"


def shaped(*sizes: int) -> torch.Tensor:
    """Numbers made visible: an empty tensor of these sizes."""
    return torch.empty(*sizes)


def unpacked(x: torch.Tensor) -> torch.Tensor:
    n, c, h, w = x.shape
    return shaped(h, w + 1, n * c)


CASES = [
    Case("shape", lambda x: shaped(*x.shape)),
    Case("shape unpacked", unpacked),
    Case("shape sliced", lambda x: shaped(*x.shape[-2:][::-1])),
    Case("size", lambda x: shaped(x.size(2), x.size(-1))),
    Case("size of a keyword", lambda x: shaped(x.size(dim=2))),
    Case("size of all", lambda x: shaped(*x.size()[1:])),
    Case("size out of range", lambda x: shaped(x.size(4)), refused=True),
    Case("len", lambda x: shaped(len(x)), ("H W",)),
    Case("dim", lambda x: shaped(x.dim(), x.ndim, x.ndimension(), len(x.shape))),
    Case("numel", lambda x: shaped(x.numel(), torch.numel(x) // 2), grid=range(1, 5)),
    Case("nelement of a part", lambda x: shaped(x[0].nelement()), grid=range(1, 5)),
    Case("Size.numel", lambda x: shaped(x.shape[2:].numel()), grid=range(1, 5)),
    Case("Size.numel of a sum", lambda x: shaped((x.shape[3:] + torch.Size((2,)) + x.size()[:1]).numel())),
    Case("Size.numel after a tuple", lambda x: shaped(((2,) + x.shape[2:]).numel())),  # noqa: RUF005 - adds
    Case("Size.numel of a repetition", lambda x: shaped((x.shape[2:] * 2).numel(), (2 * x.shape[3:]).numel())),
    Case("Size.numel viewed", lambda x: x.view(x.shape.numel())),
    Case("the type of a Size", lambda x: x if isinstance(x.shape, torch.Size) else x[0]),
    Case("the type of a Size compared", lambda x: x if type(x.shape) is torch.Size else x[0]),
    Case("Size copied", lambda x: shaped(*copy.deepcopy(x.shape[2:]))),
    Case("rows", lambda x: torch.stack([row.sum() for row in x])),
    Case("rows of a symbolic axis", lambda x: torch.stack([row.sum() for row in x]), ("H W",), partial=True),
    Case("is_same_size", lambda x, y: x if x.is_same_size(y) else y[:1], ("H 2", "A 2"), range(1, 5)),
    Case("shapes compared", lambda x, y: x if x.shape == y.shape else y[:1], ("H 2", "A 2"), range(1, 5)),
    Case("shape tails compared", lambda x, y: x if x.shape[1:] != y.shape[1:] else y[:1], ("2 H", "2 A"), range(1, 5)),
    Case("a size in a tuple", lambda x: x[:1] if x.shape[2] in (2, 5) else x),
    Case("shape concatenated", lambda x: shaped(*(x.shape[:2] + x.shape[3:] + (5,)))),
    Case("torch.Size of sizes", lambda x: x.reshape(torch.Size([x.shape[0], -1]))),
    Case("list of a shape", lambda x: x.reshape([*list(x.shape)[:2], -1])),
    Case("dtype and device", lambda x: torch.zeros(x.shape, dtype=x.dtype, device=x.device)),
    Case("is_floating_point", lambda x: x if x.is_floating_point() else x[0]),
    Case("type of a tensor", lambda x: x if x.type() == "torch.FloatTensor" else x[0], device="cpu"),
    Case("data", lambda x: x.data),
    Case("requires_grad_", lambda x: x.requires_grad_(False)),
    Case("isinstance", lambda x: x if isinstance(x, torch.Tensor) and isinstance(x.shape[2], int) else x[0]),
    Case("a shape as a key", lambda x: {x.shape: x}[x.shape]),
]


@agree_with_pytorch(CASES)
def test_reading_sizes(case: Case) -> None:
    case.check()
