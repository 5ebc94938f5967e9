"""How the elements of a tensor lie in memory: what strides it has, and which shapes it can be viewed in.

None stands for a contiguous tensor.  A layout is told only where PyTorch's is certain at every size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch

from convlint.symbolic.comparison import equal, less, negate
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.dim import Size
from convlint.symbolic.domain import Domain
from convlint.symbolic.predicate import FALSE, TRUE, Predicate

_MOST_QUESTIONS = 24
"""After how many questions about sizes it is given up whether a shape can be viewed in another."""


@dataclass(frozen=True, slots=True)
class Permuted:
    """Without gaps and overlaps, ``order`` naming the axes from the outermost to the innermost."""

    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Strided:
    """With gaps or overlaps: the strides, in elements."""

    strides: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Which strides it has is not known."""


Layout = Permuted | Strided | Unknown | None

UNKNOWN = Unknown()
ORDERS = {torch.channels_last: (0, 2, 3, 1), torch.channels_last_3d: (0, 2, 3, 4, 1)}
"""The orders of axes that PyTorch has a name for."""


class _Undecided(Exception):
    """Too many questions about sizes."""


def strides_of(shape: Sequence[Size], layout: Layout) -> tuple[Size, ...] | None:
    """The strides of a tensor in elements, None where they are not known."""
    if isinstance(layout, Strided):
        return layout.strides
    if isinstance(layout, Unknown):
        return None
    order = range(len(shape)) if layout is None else layout.order
    strides: list[Size] = [1] * len(shape)
    step: Size = 1
    for inner, axis in zip(order[:0:-1], order[-2::-1], strict=True):
        strides[axis] = step = step * shape[inner]
    return tuple(strides)


def strided(shape: Sequence[Size], strides: Sequence[Size]) -> Layout:
    """The layout of these strides."""
    step: Size = 1
    for size, stride in zip(reversed(shape), reversed(strides), strict=True):
        if stride != step and not _is_one(size):
            return Strided(tuple(strides))
        step = step * size
    return None


def permuted(shape: Sequence[Size], layout: Layout, axes: Sequence[int]) -> Layout:
    """The layout of ``permute(axes)`` of a tensor of this shape."""
    if isinstance(layout, Unknown):
        return layout
    if isinstance(layout, Strided):
        return strided([shape[axis] for axis in axes], [layout.strides[axis] for axis in axes])
    order = range(len(axes)) if layout is None else layout.order
    return in_order([shape[axis] for axis in axes], [axes.index(axis) for axis in order])


def in_order(shape: Sequence[Size], order: Sequence[int]) -> Layout:
    """A layout without gaps; axes of size 1 lie anywhere."""
    counted = [axis for axis in order if not _is_one(shape[axis])]
    return None if counted == sorted(counted) else Permuted(tuple(order))


def elementwise(shape: Sequence[Size], operands: Iterable[tuple[Sequence[Size], Layout]]) -> Layout:
    """The layout of what an operation makes of tensors that are broadcast to ``shape``, element by element.

    An operand orders two axes where it has more than one index on both, and the first that orders them decides.
    """
    partial: list[Layout] = []
    for sizes, layout in operands:
        if sum(not _is_one(size) for size in sizes) < 2:
            continue
        if tuple(sizes) != tuple(shape):
            partial.append(layout)
        elif not partial:
            return UNKNOWN if isinstance(layout, Strided) else layout
        else:
            partial.append(layout)
            break
    return UNKNOWN if any(partial) else None


def contiguous_where(shape: Sequence[Size], layout: Layout, order: Sequence[int] | None = None) -> Predicate | None:
    """At which sizes the tensor is contiguous, or lies in ``order``; None where that is not known."""
    strides = strides_of(shape, layout)
    if strides is None:
        return None
    wanted = strides_of(shape, None if order is None else Permuted(tuple(order))) or ()
    fits = [
        any_of(equal(size, 1), equal(stride, step))
        for size, stride, step in zip(shape, strides, wanted, strict=True)
        if stride != step
    ]
    return any_of(all_of(*fits), *_empty(shape))


def viewable(
    domain: Domain, shape: Sequence[Size], strides: Sequence[Size], wanted: Sequence[Size]
) -> Predicate | None:
    """At which sizes of ``domain`` a tensor can be viewed in the shape ``wanted``, of as many elements.

    None where that is not decided.  `torch.Tensor.view` says which strides it asks for.
    """
    try:
        fits = _Viewing(list(zip(shape, strides, strict=True)), wanted).fits(domain)
    except _Undecided:
        return None
    return any_of(fits, *(each for each in _empty(shape) if not domain.holds(negate(each))))


def viewed_strides(
    domain: Domain, shape: Sequence[Size], strides: Sequence[Size], wanted: Sequence[Size]
) -> tuple[Size, ...] | None:
    """The strides of that view where it is possible at every size of ``domain``, None where they vary."""
    viewing = _Viewing(list(zip(shape, strides, strict=True)), wanted)
    try:
        return viewing.strides(domain)
    except _Undecided:
        return None


def _empty(shape: Sequence[Size]) -> Iterator[Predicate]:
    return (equal(size, 0) for size in shape)


def _is_one(size: Size) -> bool:
    return isinstance(size, int) and size == 1


class _Viewing:
    """One shape over the memory of another: blocks of it without gaps are cut into the axes that are wanted."""

    def __init__(self, axes: Sequence[tuple[Size, Size]], wanted: Sequence[Size]) -> None:
        self._axes = [(size, stride) for size, stride in axes if not _is_one(size)]
        self._wanted = wanted
        self._questions = 0
        self._answers: list[tuple[Predicate, bool]] = []

    def fits(self, domain: Domain) -> Predicate:
        """Where it is possible; raises _Undecided."""
        try:
            return FALSE if self._cut(domain) is None else TRUE
        except _Question as question:
            self._questions += 1
            if self._questions > _MOST_QUESTIONS:
                raise _Undecided from None
            asked = question.predicate
            cases = []
            for predicate in (asked, negate(asked)):
                inside = domain.narrow(predicate)
                if not inside.is_empty:
                    cases.append(all_of(predicate, self.fits(inside)))
            return any_of(*cases)

    def strides(self, domain: Domain) -> tuple[Size, ...] | None:
        """Raises _Undecided."""
        try:
            return self._cut(domain)
        except _Question:
            raise _Undecided from None

    def _cut(self, domain: Domain) -> tuple[Size, ...] | None:
        strides: list[Size] = [1] * len(self._wanted)
        left = len(self._wanted)
        for elements, base in self._blocks(domain):
            taken: Size = 1
            while left and (self._wanted[left - 1] == 1 or _truth(domain, less(taken, elements), taken != elements)):
                left -= 1
                strides[left] = taken * base
                taken = taken * self._wanted[left]
            if taken != elements and not _truth(domain, equal(taken, elements)):
                return None
        while left and (_is_one(self._wanted[left - 1]) or _truth(domain, equal(self._wanted[left - 1], 1))):
            left -= 1
        return None if left else tuple(strides)

    def _blocks(self, domain: Domain) -> Iterator[tuple[Size, Size]]:
        """The numbers of elements and the strides of the runs without gaps, from the innermost."""
        elements: Size = 1
        base: Size = 1
        for index, (size, stride) in enumerate(reversed(self._axes)):
            if index == 0:
                elements, base = size, stride
            elif stride == elements * base:
                elements = elements * size
            elif _truth(domain, equal(size, 1)):
                continue
            elif _truth(domain, equal(elements, 1)):
                elements, base = size, stride
            elif _truth(domain, equal(stride, elements * base)):
                elements = elements * size
            else:
                yield elements, base
                elements, base = size, stride
        yield elements, base


class _Question(Exception):
    """What has to be known to go on."""

    def __init__(self, predicate: Predicate) -> None:
        super().__init__()
        self.predicate = predicate


def _truth(domain: Domain, predicate: Predicate, possible: bool = True) -> bool:
    """Whether it holds at every size of ``domain``; raises _Question where at some only."""
    if not possible or predicate is FALSE:
        return False
    if predicate is TRUE or domain.holds(predicate):
        return True
    if domain.holds(negate(predicate)):
        return False
    raise _Question(predicate)
