"""Matrix products, einsum, attention."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from oracle import Case, agree_with_pytorch
from torch import nn

FEW = range(1, 5)

CASES = [
    Case("linear", F.linear, ("2 H 4", "5 4", "5")),
    Case("linear of a symbolic axis", F.linear, ("2 3 H", "5 4")),
    Case("nn.Linear", nn.Linear(4, 5), ("H W",)),
    Case("linear of a vector", nn.Linear(4, 5), ("H",)),
    Case("linear of a vector of weights", F.linear, ("2 H 4", "4")),
    Case("linear with a bias of another size", F.linear, ("2 H 4", "5 4", "4"), refused=True),
    Case("linear of a scalar", lambda x, w: F.linear(x.sum(), w), ("2 H 4", "5 4"), refused=True),
    Case("linear of another dtype", nn.Linear(4, 5), ("H 4 float64",), refused=True),
    Case("nn.Bilinear", F.bilinear, ("2 H 3", "2 A 4", "5 3 4"), FEW),
    Case("bilinear of symbolic features", F.bilinear, ("2 H", "2 A", "5 3 4"), FEW),
    Case("matmul", lambda x, y: x @ y, ("H W", "A 3"), FEW),
    Case("matmul of batches", torch.matmul, ("2 H W", "A W 3"), FEW),
    Case("matmul of a broadcast batch", lambda x, y: x @ y, ("2 1 H W", "A W 3"), FEW),
    Case("matmul of a vector", lambda x, y: x @ y, ("2 H W", "A"), FEW),
    Case("matmul with a vector first", lambda x, y: x @ y, ("A", "2 H W"), FEW),
    Case("matmul of two vectors", lambda x, y: x @ y, ("H", "A"), FEW),
    Case("matmul of a scalar", lambda x, y: x @ y, ("H W", ""), refused=True),
    Case("matmul of two dtypes", lambda x, y: x @ y, ("H W", "W H float64"), refused=True),
    Case("matmul with itself", lambda x: x @ x, ("2 H W",)),
    Case("matmul with its transpose", lambda x: x @ x.transpose(-2, -1), ("2 H W",)),
    Case("mm", torch.mm, ("H W", "A 3"), FEW),
    Case("mm of batches", torch.mm, ("2 H W", "2 W 3"), refused=True),
    Case("bmm", torch.bmm, ("N H W", "A W 3"), FEW),
    Case("bmm of matrices", torch.bmm, ("H W", "W 3"), refused=True),
    Case("mv", torch.mv, ("H W", "A"), FEW),
    Case("mv of a matrix", torch.mv, ("H W", "W 1"), refused=True),
    Case("dot", torch.dot, ("H", "A"), FEW),
    Case("dot of matrices", torch.dot, ("H W", "H W"), refused=True),
    Case("inner", torch.inner, ("2 H", "3 A"), FEW, partial=True),
    Case("outer", torch.outer, ("H", "A")),
    Case("outer of matrices", torch.outer, ("H W", "A"), FEW, refused=True),
    Case("addmm", torch.addmm, ("3", "H W", "A 3"), FEW),
    Case("addmm of another bias", torch.addmm, ("A", "H W", "W 3"), FEW),
    Case("addmm of a larger bias", torch.addmm, ("2 H 3", "H W", "W 3"), refused=True),
    Case("baddbmm", torch.baddbmm, ("A 1 3", "2 H W", "2 W 3"), FEW),
    Case("addbmm", torch.addbmm, ("H 3", "2 H W", "2 W 3"), FEW),
    Case("chain_matmul", lambda x, y: torch.linalg.multi_dot([x, y]), ("H W", "A 3"), FEW, partial=True),
    Case("kron", torch.kron, ("H W", "2 3"), partial=True),
    Case("tensordot", lambda x, y: torch.tensordot(x, y, dims=1), ("2 H W", "A 3"), FEW, partial=True),
    Case("einsum", lambda x, y: torch.einsum("bhwc,bcd->bhwd", x, y), ("2 H W 3", "A 3 4"), FEW),
    Case("einsum of a dot", lambda x, y: torch.einsum("i,i->", x, y), ("H", "A"), FEW),
    Case("einsum without an arrow", lambda x, y: torch.einsum("ij,jk", x, y), ("H W", "A 3"), FEW),
    Case("einsum of an ellipsis", lambda x, y: torch.einsum("...ij,...jk->...ik", x, y), ("2 H W", "A 1 W 3"), FEW),
    Case("einsum of an ellipsis without an arrow", lambda x, y: torch.einsum("...ij,jk", x, y), ("2 H W", "W 3"), FEW),
    Case("einsum of an ellipsis summed", lambda x: torch.einsum("...ij->ij", x), ("2 3 H W",), FEW),
    Case("einsum of a list", lambda x, y: torch.einsum("nc, nd -> cd", [x, y]), ("H 3", "A 4"), FEW),
    Case("einsum of a diagonal", lambda x: torch.einsum("ii->i", x), ("H W",)),
    Case("einsum of a trace", lambda x: torch.einsum("bii", x), ("2 H W",)),
    Case("einsum of a permutation", lambda x: torch.einsum("bhw->wbh", x), ("2 H W",)),
    Case("einsum of capitals", lambda x, y: torch.einsum("aB,Bc->ac", x, y), ("2 H", "H W")),
    Case("einsum of an unknown output", lambda x: torch.einsum("ij->ik", x), ("H W",), refused=True),
    Case("einsum of a repeated output", lambda x: torch.einsum("ij->ii", x), ("H W",), refused=True),
    Case("einsum of another rank", lambda x: torch.einsum("ijk->i", x), ("H W",), refused=True),
    Case("einsum of sublists", lambda x, y: torch.einsum(x, [0, 1], y, [1, 2], [0, 2]), ("2 H", "H W"), partial=True),
    Case("einsum of three", lambda x, y, z: torch.einsum("ij,jk,kl->il", x, y, z), ("2 H", "H W", "W 2"), FEW),
    Case("attention", lambda q, k: F.scaled_dot_product_attention(q, k, k), ("2 2 H 4", "A 2 W 4"), FEW),
    Case(
        "attention of unequal features", lambda q, k: F.scaled_dot_product_attention(q, k, k), ("2 3 H", "2 5 A"), FEW
    ),
    Case("attention of a longer value", F.scaled_dot_product_attention, ("2 H 4", "2 5 4", "2 A 3"), range(3, 7)),
    Case(
        "attention with a mask",
        lambda q, m: F.scaled_dot_product_attention(q, q, q, attn_mask=m),
        ("2 H 4", "A W bool"),
        FEW,
    ),
    Case(
        "attention with a mask of floats",
        lambda q, m: F.scaled_dot_product_attention(q, q, q, m),
        ("2 H 4", "1 H A"),
        FEW,
    ),
    Case("causal attention", lambda q: F.scaled_dot_product_attention(q, q, q, is_causal=True), ("2 2 H 4",)),
    Case(
        "causal attention with a mask",
        lambda q, m: F.scaled_dot_product_attention(q, q, q, m, is_causal=True),
        ("2 H 4", "H H"),
        refused=True,
    ),
    Case(
        "grouped attention",
        lambda q, k: F.scaled_dot_product_attention(q, k, k, enable_gqa=True),
        ("1 4 H 4", "1 A W 4"),
        FEW,
    ),
    Case(
        "MultiheadAttention",
        lambda x: nn.MultiheadAttention(4, 2, batch_first=True, device=x.device)(x, x, x)[0],
        ("2 H 4",),
    ),
    Case("MultiheadAttention weights", lambda x: nn.MultiheadAttention(4, 2, device=x.device)(x, x, x), ("H 2 4",)),
    Case(
        "MultiheadAttention across",
        lambda x, y: nn.MultiheadAttention(4, 2, batch_first=True, device=x.device)(x, y, y),
        ("N H 4", "A W 4"),
        range(1, 4),
    ),
    Case(
        "MultiheadAttention of other features",
        lambda x: nn.MultiheadAttention(4, 2, device=x.device)(x, x, x),
        ("3 2 H",),
    ),
    Case(
        "MultiheadAttention with a mask",
        lambda x, m: nn.MultiheadAttention(4, 2, device=x.device)(x, x, x, attn_mask=m)[0],
        ("H 2 4", "A W"),
        FEW,
    ),
    Case("TransformerEncoderLayer", nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), ("2 H 4",)),
    Case("cdist", torch.cdist, ("2 H W", "A 3 W"), FEW),
    Case("cdist of other features", torch.cdist, ("H 3", "2 A"), FEW),
    Case("cosine_similarity", lambda x, y: F.cosine_similarity(x, y, dim=-1), ("H 4", "A 4"), FEW),
    Case("pairwise_distance", F.pairwise_distance, ("H 4", "A 4"), FEW),
    Case("cross", lambda x, y: torch.cross(x, y, dim=1), ("H 3", "H W"), FEW, partial=True),
    Case("inverse", lambda x: torch.inverse(x + torch.eye(3, device=x.device)), ("H 3 3",), partial=True),
    Case("det", torch.det, ("2 H W",), partial=True),
    Case(
        "attention of a possibly empty tensor",
        lambda x: F.scaled_dot_product_attention(x[:, 2:], x[:, 2:], x[:, 2:]),
        ("2 H 4",),
    ),
    Case("matmul of a possibly empty tensor", lambda x: x[:, 2:] @ x[:, 2:].mT, ("2 H 3",)),
    Case("linear of a possibly empty tensor", lambda x, w: F.linear(x[:, 2:], w), ("2 H 3", "4 3")),
    Case("einsum of maps", lambda q, k: torch.einsum("nchw,ncHW->nhwHW", q, k), ("1 2 H W", "A 2 3 H"), range(1, 4)),
    Case(
        "einsum with spaces",
        lambda q, k: torch.einsum(" b i d , b j d -> b i j", q, k),
        ("2 H 3", "A W 3"),
        range(1, 4),
    ),
]


@agree_with_pytorch(CASES)
def test_linear(case: Case) -> None:
    case.check()
