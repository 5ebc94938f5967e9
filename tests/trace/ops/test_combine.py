"""Concatenation, stacking, splitting."""

from __future__ import annotations

import torch
from oracle import Case, agree_with_pytorch

IMAGE = "2 3 H W"
FEW = range(1, 6)

CASES = [
    Case("cat", lambda x, y: torch.cat([x, y], 1), (IMAGE, "2 5 H A"), FEW),
    Case("cat along a symbolic axis", lambda x, y: torch.cat((x, y, x), dim=-1), (IMAGE, "2 3 H A"), FEW),
    Case("cat of an axis keyword", lambda x: torch.cat([x, x], axis=2)),
    Case("cat of many", lambda x: torch.cat([x, x.flip(2), *x.split(1)], 0)),
    Case("concat", lambda x: torch.concat([x, x], -3)),
    Case("concatenate", lambda x: torch.concatenate((x, x))),
    Case("hstack", lambda x, y: torch.hstack([x, y]), (IMAGE, "2 5 H A"), FEW),
    Case("vstack", lambda x, y: torch.vstack([x, y]), (IMAGE, "A 3 H W"), FEW),
    Case("dstack", lambda x, y: torch.dstack([x, y]), (IMAGE, "2 3 A W"), FEW),
    Case("column_stack", lambda x, y: torch.column_stack([x, y]), (IMAGE, "2 5 H A"), FEW),
    Case("hstack of vectors", lambda x: torch.hstack([x[0, 0, 0], x[0, 0, :, 0]])),
    Case("cat of one", lambda x: torch.cat([x])),
    Case("cat of none", lambda x: torch.cat([]), refused=True),
    Case("cat with an empty one", lambda x: torch.cat([x.new_zeros(0), x], 1)),
    Case("cat of unequal ranks", lambda x: torch.cat([x, x[0]]), refused=True),
    Case("cat out of range", lambda x: torch.cat([x, x], 4), refused=True),
    Case("cat of scalars", lambda x: torch.cat([x.sum(), x.sum()]), refused=True),
    Case("cat of types", lambda x, y: torch.cat([x, y]), ("2 H int64", "2 H float16")),
    Case("cat of a tensor's rows", lambda x: torch.cat(list(x), 1)),
    Case("stack", lambda x, y: torch.stack([x, y], -1), (IMAGE, "2 3 A W"), FEW),
    Case("stack of keywords", lambda x: torch.stack(tensors=[x, x], dim=1)),
    Case("stack of none", lambda x: torch.stack([]), refused=True),
    Case("stack of unequal ranks", lambda x: torch.stack([x, x[0]]), refused=True),
    Case("stack out of range", lambda x: torch.stack([x, x], 5), refused=True),
    Case("hstack", lambda x, y: torch.hstack([x, y]), ("2 H W", "2 A W"), FEW, partial=True),
    Case("vstack", lambda x, y: torch.vstack([x, y]), ("H W", "A W"), FEW, partial=True),
    Case("dstack", lambda x: torch.dstack([x, x]), ("H W",), partial=True),
    Case("column_stack", lambda x: torch.column_stack([x, x]), ("H",), partial=True),
    Case("chunk", lambda x: x.chunk(3, 2)),
    Case("chunk of a known axis", lambda x: torch.chunk(x, 2, dim=1)),
    Case("chunk into more than there are", lambda x: torch.chunk(x, 5, dim=1)),
    Case("chunk into 0", lambda x: x.chunk(0), refused=True),
    Case("chunk unpacked", lambda x: torch.add(*x.chunk(2, 2))),
    Case("chunk of keywords", lambda x: x.chunk(chunks=2, dim=-1)[0]),
    Case("chunk of eight", lambda x: x.chunk(8, 2), ("2 3 H",), range(1, 40)),
    Case("chunk of sixteen", lambda x: x.chunk(16, 2), ("2 3 H",), range(1, 60)),
    Case("split", lambda x: x.split(2, 2)),
    Case("split along two axes", lambda x: [part.split(3, 3) for part in x.split(2, 2)]),
    Case("split and joined", lambda x: torch.cat(x.split(4, 2), 1), ("2 3 H",), range(1, 33)),
    Case("split in more than are followed", lambda x: x.split(2, 2), ("2 3 H",), range(1, 30), 25, partial=True),
    Case("split of a list", lambda x: torch.split(x, [1, x.shape[2] - 1], dim=2)),
    Case("split of a wrong list", lambda x: x.split([1, 3], -1)),
    Case("split of a negative part", lambda x: x.split([x.shape[2] - 3, 3], 2)),
    Case("split by 0", lambda x: x.split(0, 1), refused=True),
    Case("split by a symbolic size", lambda x: x.split(x.shape[2], 2)),
    Case("split by half", lambda x: x.split((x.shape[2] + 1) // 2, 2)),
    Case("split by a keyword", lambda x: torch.split(x, split_size_or_sections=2, dim=3)),
    Case("split_with_sizes", lambda x: x.split_with_sizes([1, 2], 1)),
    Case("split out of range", lambda x: x.split(1, 4), refused=True),
    Case("tensor_split", lambda x: x.tensor_split(3, 2)),
    Case("tensor_split of indices", lambda x: torch.tensor_split(x, (1, 3), dim=2)),
    Case("hsplit", lambda x: x.hsplit(3), partial=True),
    Case("unsafe_chunk", lambda x: x.unsafe_chunk(2, 2)),
    Case("unbind", lambda x: x.unbind(1)),
    Case("unbind of a symbolic axis", lambda x: torch.unbind(x, dim=-1), partial=True),
    Case("unpacking", lambda x: torch.addcmul(*x[0])),
    Case("block_diag", lambda x: torch.block_diag(x, x), ("H W",), partial=True),
    Case("cartesian_prod", torch.cartesian_prod, ("H", "A"), partial=True),
    Case("chunk of a possibly empty tensor", lambda x: x[:, 2:].chunk(2, 1), ("2 H 3",)),
    Case("split of a possibly empty tensor", lambda x: x[:, 2:].split(2, 1), ("2 H 3",)),
    Case("cat of a possibly empty tensor", lambda x: torch.cat([x[:, 2:], x], 1), ("2 H 3",)),
    Case("stack of a possibly empty tensor", lambda x: torch.stack([x[2:], x[2:]]), ("H W",)),
    Case("chunk of four", lambda x: x.chunk(4, -1)),
    Case("split in halves", lambda x: x.split([x.shape[2] // 2, x.shape[2] - x.shape[2] // 2], 2)),
    Case("split in halves of even sizes", lambda x: x.split([x.shape[2] // 2, x.shape[2] // 2], 2)),
    Case(
        "cat of the four phases",
        lambda x: torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]], 1),
    ),
    Case("cat of a mirror image", lambda x: torch.cat([x, x.flip(-1)[..., 1:]], -1)),
]


@agree_with_pytorch(CASES)
def test_combine(case: Case) -> None:
    case.check()
