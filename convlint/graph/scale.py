"""How sizes grow: the scale of a feature map against another, leaving out what floors and borders do."""

from fractions import Fraction
from functools import lru_cache

from convlint.symbolic.dim import Dim, Size

_FAR = 2**6 * 3**3 * 5**2 * 7 * 11 * 13
"""Beyond every minimum of a real model, and a multiple of the usual strides."""

_LARGEST_DENOMINATOR = 1000


def meant(factor: float | Fraction) -> Fraction:
    """A scale factor as the ratio that was meant: ``1/3`` for the double next to it; itself where none is near."""
    simplest = Fraction(factor).limit_denominator(_LARGEST_DENOMINATOR)
    return simplest if float(simplest) == float(factor) else Fraction(factor)


@lru_cache(maxsize=4096)
def slope(size: Size, symbol: str) -> Fraction | None:
    """Cells for each pixel of ``symbol``, far from the small sizes; None if that is no number (``H*W``, ``H*H``)."""
    if not isinstance(size, Dim):
        return Fraction(0)
    if size.symbols != {symbol}:
        return None
    near, middle, far = (Fraction(size.evaluate({symbol: _FAR * factor})) for factor in (1, 2, 3))
    return (far - middle) / _FAR if far - middle == middle - near else None


def ratio(one: Size, other: Size) -> Fraction | None:
    """How many cells of ``one`` there are for each of ``other``; None where that is no constant above 0."""
    if isinstance(one, Dim) and isinstance(other, Dim):
        if len(one.symbols) != 1 or one.symbols != other.symbols:
            return None
        (symbol,) = one.symbols
        ours, theirs = slope(one, symbol), slope(other, symbol)
        return ours / theirs if ours and theirs else None
    if isinstance(one, int) and isinstance(other, int) and one > 0 and other > 0:
        return Fraction(one, other)
    return None
