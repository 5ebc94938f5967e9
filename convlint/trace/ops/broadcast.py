"""How PyTorch brings the sizes of several tensors together: broadcasting and type promotion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from convlint.symbolic import cases
from convlint.symbolic.comparison import equal
from convlint.symbolic.connectives import any_of
from convlint.symbolic.dim import Size
from convlint.symbolic.predicate import Predicate
from convlint.trace.session import Session
from convlint.trace.tensor import shape_of


def broadcast(session: Session, shapes: Sequence[tuple[Size, ...]]) -> tuple[Size, ...]:
    """The common shape of ``shapes``, each axis equal or 1; requires it of the sizes in play."""
    first = shapes[0]
    if all(shape == first for shape in shapes[1:]):
        return first
    rank = max(len(shape) for shape in shapes)
    result = list((1,) * (rank - len(first)) + first)
    for shape in shapes[1:]:
        offset = rank - len(shape)
        for axis, size in enumerate(shape, offset):
            result[axis] = join_size(session, result[axis], size, axis, rank, shapes)
    return tuple(result)


def broadcast_to(session: Session, shape: tuple[Size, ...], target: tuple[Size, ...], what: str) -> None:
    """Require that ``shape`` expands to ``target``: each axis equal, or 1 in ``shape``."""
    if len(shape) > len(target):
        session.refuse("shape-error", f"{what} has {len(shape)} dimensions, more than {len(target)}")
    for own, wanted in zip(reversed(shape), reversed(target), strict=False):
        _require_expandable(session, own, wanted, what)


def _require_expandable(session: Session, own: Size, wanted: Size, what: str) -> None:
    session.require(
        expandable(own, wanted),
        "shape-error",
        lambda: f"{what} of size {own} cannot be expanded to {wanted}",
        sizes=(own, wanted),
    )


def expandable(own: Size, wanted: Size) -> Predicate:
    """Whether one axis can be repeated to the size of another: they are equal, or it is 1."""
    return any_of(equal(own, wanted), equal(own, 1))


def join_size(
    session: Session, a: Size, b: Size, axis: int, rank: int, shapes: Sequence[tuple[Size, ...]] = ()
) -> Size:
    """One axis of a broadcast: equal, or one of the two is 1 (PyTorch, *Broadcasting semantics*)."""
    if a is b or (isinstance(a, int) and isinstance(b, int) and a == b):
        return a
    if isinstance(a, int) and a == 1:
        return b
    if isinstance(b, int) and b == 1:
        return a
    same = equal(a, b)
    if session.holds(same):
        return b if isinstance(b, int) else a
    a_is_one, b_is_one = equal(a, 1), equal(b, 1)
    rule = "skip-channel-mismatch" if axis == 1 and rank >= 3 else "skip-size-mismatch" if rank >= 3 else "shape-error"
    session.require(
        any_of(same, a_is_one, b_is_one),
        rule,
        lambda: f"sizes {a} and {b} of dimension {axis} do not match",
        axis=axis,
        sizes=(a, b),
        shapes=tuple(shapes),
    )
    if session.holds(same) or session.refuted(a_is_one):
        return b if isinstance(b, int) and not session.holds(b_is_one) else a
    if session.refuted(b_is_one):
        return b
    return cases.select(a_is_one, b, a)


def result_dtype(*operands: Any) -> torch.dtype:
    """PyTorch's type promotion over tensors and numbers."""
    tensors = [operand for operand in operands if isinstance(operand, torch.Tensor)]
    first = tensors[0].dtype
    numbers = [operand for operand in operands if isinstance(operand, (bool, int, float, complex))]
    if all(tensor.dtype == first for tensor in tensors) and (first.is_floating_point or first.is_complex):
        if not any(isinstance(number, complex) for number in numbers):
            return first
    ranked = any(tensor.dim() for tensor in tensors)
    dtype = first
    for tensor in tensors[1:]:
        dtype = torch.result_type(_empty(dtype, ranked), _empty(tensor.dtype, tensor.dim() > 0))
    for number in numbers:
        dtype = torch.result_type(_empty(dtype, ranked), _plain(number))
    return dtype


def same_dtype(session: Session, operation: str, *operands: Any) -> None:
    """Require one dtype of the tensors among the operands: products and convolutions promote nothing."""
    dtypes = {operand.dtype for operand in operands if isinstance(operand, torch.Tensor)}
    if len(dtypes) > 1:
        names = " and ".join(sorted(str(dtype).removeprefix("torch.") for dtype in dtypes))
        session.refuse("shape-error", f"{operation} expects tensors of one dtype, got {names}")


def _empty(dtype: torch.dtype, ranked: bool) -> torch.Tensor:
    return torch.empty((0,) if ranked else (), dtype=dtype, device="meta")


def _plain(number: Any) -> Any:
    """A plain Python number of the same type, for one that may be a symbolic size."""
    if isinstance(number, bool):
        return True
    return 1 if isinstance(number, int) else 1.0 if isinstance(number, float) else 1j


def shapes_of(*operands: Any) -> list[tuple[Size, ...]]:
    """Shapes of the tensors among the operands."""
    return [shape_of(operand) for operand in operands if isinstance(operand, torch.Tensor)]
