"""Which axes of a tensor survive a view: a reshaped tensor's axis is one of the old ones where it strides alike."""

from collections.abc import Sequence

from convlint.symbolic.dim import Size


def kept_axes(shape: Sequence[Size], output: Sequence[Size]) -> tuple[int | None, ...]:
    """For each axis of ``output`` the axis of ``shape`` that it is, None for one that was split, merged or made.

    In row-major order an axis is the same if its size is, and the sizes behind it, or those before it, have the same
    product (that all of them have is what a view requires).
    """
    behind = {place: axis for axis, place in enumerate(_strided(shape[::-1]))}
    before = {place: axis for axis, place in enumerate(_strided(shape))}
    last = len(shape) - 1
    kept = []
    for place, mirrored in zip(_strided(output), reversed(_strided(output[::-1])), strict=True):
        axis = behind.get(mirrored)
        kept.append(last - axis if axis is not None else before.get(place))
    return tuple(kept)


def _strided(shape: Sequence[Size]) -> list[tuple[Size, Size]]:
    """Each size with the product of those before it."""
    before: Size = 1
    found: list[tuple[Size, Size]] = []
    for size in shape:
        found.append((size, before))
        before = before * size
    return found
