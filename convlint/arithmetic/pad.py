"""Padding and cropping one axis: `F.pad` and the pad layers, negative numbers included."""

from collections.abc import Sequence
from typing import Literal

from convlint.symbolic.cases import minimum
from convlint.symbolic.comparison import greater_equal, less, less_equal
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.dim import Size
from convlint.symbolic.predicate import Predicate

PadMode = Literal["constant", "reflect", "replicate", "circular"]


def padded_size(i: Size, left: Size, right: Size) -> Size:
    """``i + left + right``; a negative number crops."""
    return i + left + right


def pad_fits(spatial: Sequence[Size], pads: Sequence[tuple[Size, Size]], mode: PadMode = "constant") -> Predicate:
    """What PyTorch asks of the padded axes' sizes, given the (left, right) of each.

    constant: what is cropped is there.  reflect: each side below the size, input not empty, and the output not empty
    on every axis at once.  replicate: the same but for the sides.  circular: each side at most the size, and what is
    cropped is there (PyTorch lets some pads that crop more than there is pass, and returns memory that nobody wrote).
    On a device a 1-D circular pad that crops one side must not wrap more than is left.
    """
    axes = tuple(zip(spatial, pads, strict=True))
    outputs = [padded_size(i, left, right) for i, (left, right) in axes]
    match mode:
        case "constant":
            return all_of(*(_can_crop(i, left, right) for i, (left, right) in axes))
        case "reflect":
            sides = (less(side, i) for i, pad in axes for side in pad)
            return all_of(*sides, _not_all_empty(spatial, outputs))
        case "replicate":
            return _not_all_empty(spatial, outputs)
        case "circular":
            sides = (less_equal(side, i) for i, pad in axes for side in pad)
            return all_of(*sides, *(_can_crop(i, left, right) for i, (left, right) in axes))


def _can_crop(i: Size, left: Size, right: Size) -> Predicate:
    return greater_equal(i + minimum(left, 0) + minimum(right, 0), 0)


def _not_all_empty(spatial: Sequence[Size], outputs: Sequence[Size]) -> Predicate:
    """No input axis is empty and no output axis negative; PyTorch asks only one output axis for a cell."""
    return all_of(
        *(greater_equal(i, 1) for i in spatial),
        *(greater_equal(o, 0) for o in outputs),
        any_of(*(greater_equal(o, 1) for o in outputs)),
    )
