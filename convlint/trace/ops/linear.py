"""Matrix products: linear layers, matmul, einsum, attention."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from convlint.symbolic.dim import Size
from convlint.trace.layout import UNKNOWN
from convlint.trace.ops.broadcast import broadcast, broadcast_to, join_size, result_dtype, same_dtype
from convlint.trace.ops.registry import Lays, shape_rule
from convlint.trace.session import Session
from convlint.trace.tensor import Value, shape_of


@shape_rule("linear", kind="linear", lays=Lays.CONTIGUOUS)
def linear(session: Session, input: torch.Tensor, weight: torch.Tensor, bias: Any = None) -> Any:
    shape, matrix = shape_of(input), shape_of(weight)
    session.describe("linear", "linear", in_features=matrix[-1], out_features=matrix[0] if len(matrix) > 1 else 1)
    if not shape:
        session.refuse("linear-mismatch", "linear expects at least 1 dimension")
    same_dtype(session, "linear", input, weight, bias)
    session.require_equal(
        shape[-1], matrix[-1], "linear-mismatch", f"expected {matrix[-1]} input features, got {shape[-1]}",
        expected=matrix[-1], found=shape[-1],
    )
    result = (*shape[:-1], *matrix[:-1])
    if isinstance(bias, torch.Tensor):
        broadcast_to(session, shape_of(bias), result, "the bias")
    return Value(result, input.dtype)


@shape_rule("bilinear", kind="linear")
def bilinear(
    session: Session, input1: torch.Tensor, input2: torch.Tensor, weight: torch.Tensor, bias: Any = None
) -> Any:
    one, two, tensor = shape_of(input1), shape_of(input2), shape_of(weight)
    session.require_equal(one[-1], tensor[1], "linear-mismatch", f"expected {tensor[1]} input features, got {one[-1]}")
    session.require_equal(two[-1], tensor[2], "linear-mismatch", f"expected {tensor[2]} input features, got {two[-1]}")
    if len(one) != len(two):
        session.refuse("shape-error", f"bilinear expects inputs of one rank, not {len(one)} and {len(two)}")
    for a, b in zip(one[:-1], two[:-1], strict=True):
        session.require_equal(a, b, "shape-error", f"sizes {a} and {b} of the inputs do not match")
    return Value((*one[:-1], tensor[0]), input1.dtype)


def _inner(session: Session, a: Size, b: Size) -> None:
    session.require_equal(a, b, "shape-error", lambda: f"inner dimensions {a} and {b} of a matrix product do not match")


@shape_rule("matmul", "__matmul__", kind="matmul", lays=Lays.ITSELF)
def matmul(session: Session, input: torch.Tensor, other: torch.Tensor, **_: Any) -> Any:
    same_dtype(session, "a matrix product", input, other)
    left, right = shape_of(input), shape_of(other)
    result = _product_shape(session, left, right)
    # PyTorch computes what has fewer dimensions on the left the other way round, and transposes it.
    return Value(result, input.dtype, None if len(left) >= len(right) or len(result) < 2 else UNKNOWN)


def _product_of_ranks(left: int, right: int) -> Any:
    """A matrix product that neither broadcasts nor takes other ranks."""

    def product(session: Session, input: torch.Tensor, other: torch.Tensor, **_: Any) -> Any:
        a, b = shape_of(input), shape_of(other)
        if (len(a), len(b)) != (left, right):
            session.refuse("shape-error", f"expected {left} and {right} dimensions, got {len(a)} and {len(b)}")
        _same_batch(session, a, b)
        return matmul(session, input, other)

    return product


def _same_batch(session: Session, a: tuple[Size, ...], b: tuple[Size, ...]) -> None:
    if len(a) == len(b) == 3:
        session.require_equal(a[0], b[0], "shape-error", lambda: f"batches of {a[0]} and {b[0]} do not match")


shape_rule("mm", kind="matmul", lays=Lays.ITSELF)(_product_of_ranks(2, 2))
shape_rule("bmm", kind="matmul", lays=Lays.ITSELF)(_product_of_ranks(3, 3))
shape_rule("mv", kind="matmul")(_product_of_ranks(2, 1))
shape_rule("dot", "vdot", kind="matmul")(_product_of_ranks(1, 1))


@shape_rule("__rmatmul__", kind="matmul", lays=Lays.ITSELF)
def rmatmul(session: Session, input: torch.Tensor, other: torch.Tensor) -> Any:
    return matmul(session, other, input)


def _product_shape(session: Session, a: tuple[Size, ...], b: tuple[Size, ...]) -> tuple[Size, ...]:
    if not a or not b:
        session.refuse("shape-error", "both arguments of a matrix product need at least one dimension")
    _inner(session, a[-1], b[-2] if len(b) > 1 else b[0])
    rows = a[-2:-1]
    columns = b[-1:] if len(b) > 1 else ()
    batch_a, batch_b = a[:-2], b[:-2]
    batch = broadcast(session, (batch_a, batch_b)) if batch_a and batch_b else batch_a or batch_b
    return (*batch, *rows, *columns)


def _added_product(rank: int, *, summed: bool = False) -> Any:
    def added(session: Session, input: torch.Tensor, a: torch.Tensor, b: torch.Tensor, **_: Any) -> Any:
        left, right = shape_of(a), shape_of(b)
        if len(left) != rank or len(right) != rank:
            session.refuse("shape-error", f"expected matrices of {rank} dimensions, got {len(left)} and {len(right)}")
        same_dtype(session, "a matrix product", input, a, b)
        _same_batch(session, left, right)
        shape = _product_shape(session, left, right)[1 if summed else 0 :]
        broadcast_to(session, shape_of(input), shape, "what is added")
        return Value(shape, input.dtype)

    return added


shape_rule("addmm", kind="matmul")(_added_product(2))
shape_rule("baddbmm", kind="matmul")(_added_product(3))
shape_rule("addbmm", kind="matmul")(_added_product(3, summed=True))


@shape_rule("outer", "ger", kind="matmul")
def outer(session: Session, input: torch.Tensor, vec2: torch.Tensor) -> Any:
    if input.dim() != 1 or vec2.dim() != 1:
        session.refuse("shape-error", f"expected two vectors, got {input.dim()} and {vec2.dim()} dimensions")
    return Value((*shape_of(input), *shape_of(vec2)), result_dtype(input, vec2))


@shape_rule("einsum", kind="matmul")
def einsum(session: Session, equation: Any, *operands: Any) -> Any:
    if not isinstance(equation, str):
        return NotImplemented
    tensors = list(operands[0]) if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else list(operands)
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(tensors):
        session.refuse("shape-error", f"einsum {equation} expects {len(terms)} operands, got {len(tensors)}")
    sizes: dict[str, Size] = {}
    ellipsis: tuple[Size, ...] = ()
    for term, tensor in zip(terms, tensors, strict=True):
        shape = shape_of(tensor)
        head, dots, tail = term.partition("...")
        letters = len(head) + len(tail)
        if letters > len(shape) or (not dots and letters != len(shape)):
            session.refuse("shape-error", f"einsum term {term} does not fit a tensor of {len(shape)} dimensions")
        if dots:
            middle = shape[len(head) : len(shape) - len(tail)]
            ellipsis = broadcast(session, (ellipsis, middle)) if ellipsis and middle else ellipsis or middle
        pairs = [*zip(head, shape, strict=False), *zip(tail, shape[len(shape) - len(tail) :], strict=True)]
        own: dict[str, Size] = {}
        for letter, size in pairs:
            if letter in own:
                session.require_equal(
                    own[letter], size, "shape-error",
                    partial("einsum: {} is {} and {} in one operand".format, letter, own[letter], size),
                )
            own[letter] = size
        for letter, size in own.items():
            sizes[letter] = join_size(session, sizes[letter], size, 0, 0) if letter in sizes else size
    if not arrow:
        counted = "".join(terms).replace("...", "")
        right = "..." * ("..." in left) + "".join(sorted(c for c in set(counted) if counted.count(c) == 1))
    head, dots, tail = right.partition("...")
    if len(set(head + tail)) != len(head + tail) or not set(head + tail) <= sizes.keys():
        session.refuse("shape-error", f"einsum {equation}: the output names a dimension twice, or an unknown one")
    shape_out = (*(sizes[c] for c in head), *(ellipsis if dots else ()), *(sizes[c] for c in tail))
    return Value(shape_out, result_dtype(*tensors))


@shape_rule("scaled_dot_product_attention", kind="attention")
def attention(
    session: Session, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, attn_mask: Any = None,
    dropout_p: float = 0.0, is_causal: bool = False, scale: Any = None, enable_gqa: bool = False,
) -> Any:
    q, k, v = shape_of(query), shape_of(key), shape_of(value)
    _inner(session, q[-1], k[-1])
    _inner(session, k[-2], v[-2])
    if is_causal and attn_mask is not None:
        session.refuse("shape-error", "attention takes a mask or is_causal, not both")
    if enable_gqa:
        return NotImplemented
    batch = broadcast(session, (q[:-2], k[:-2], v[:-2]))
    if isinstance(attn_mask, torch.Tensor):
        broadcast_to(session, shape_of(attn_mask), (*batch, q[-2], k[-2]), "the attention mask")
    return Value((*batch, q[-2], v[-1]), query.dtype)


@shape_rule("cdist", kind="matmul")
def cdist(session: Session, x1: torch.Tensor, x2: torch.Tensor, *_: Any, **__: Any) -> Any:
    a, b = shape_of(x1), shape_of(x2)
    _inner(session, a[-1], b[-1])
    return Value((*broadcast(session, (a[:-2], b[:-2])), a[-2], b[-2]), x1.dtype)
