"""Square roots of sizes: exact where a size is a square, such as the tokens of a square image."""

from fractions import Fraction
from functools import lru_cache
from math import isqrt as integer_root
from math import lcm

from convlint.symbolic import axis as ax
from convlint.symbolic import quasi
from convlint.symbolic.axis import Axis
from convlint.symbolic.canonical import as_size, of_axis, opaque
from convlint.symbolic.dim import Dim, Size
from convlint.symbolic.quasi import Quasi


def isqrt(size: Size) -> Size:
    """The square root rounded down, as `int(math.sqrt(n))` means it; a size outside the algebra if it is no square."""
    if not isinstance(size, Dim):
        return integer_root(size)
    root = square_root(size)
    return opaque("isqrt", "isqrt", (size,)) if root is None else root


@lru_cache(maxsize=1024)
def square_root(size: Size) -> Size | None:
    """`r >= 0` with r * r == size at every size, if the algebra has it."""
    if not isinstance(size, Dim):
        number_root = _root_of_number(Fraction(size))
        return None if number_root is None else as_size(number_root)
    if len(size.terms) != 1:
        return None
    coefficient, factors = size.terms[0]
    number = Fraction(coefficient)
    result: Size = 1
    for atom, function in factors:
        found = _root_of_axis(function) if isinstance(atom, str) else None
        if found is None:
            return None
        lead, root = found
        number *= lead
        result = result * of_axis(atom, root)
    scale = _root_of_number(number)
    return None if scale is None else as_size(result * scale)


def _root_of_number(value: Fraction) -> Fraction | None:
    if value < 0:
        return None
    root = Fraction(integer_root(value.numerator), integer_root(value.denominator))
    return root if root * root == value else None


def _root_of_axis(function: Axis) -> tuple[Fraction, Axis] | None:
    """`(c, g)` with function = c * g**2, where g is never negative."""
    if not function.is_single:
        return None
    law = function.tail
    if law.degree % 2 or not law.degree or len(law.coefficients[-1]) != 1:
        return None
    lead = Fraction(law.coefficients[-1][0], law.denominator)
    root = _root_of_law(quasi.scale(law, 1 / lead))
    if root is None:
        return None
    found = ax.single(root)
    return (lead, found) if ax.nonnegative(found).is_all else None


def _root_of_law(law: Quasi) -> Quasi | None:
    """The root of a law with leading coefficient 1, on each residue class from the highest power down."""
    half = law.degree // 2
    columns: list[list[Fraction]] = [[] for _ in range(half + 1)]
    for residue in range(law.period):
        target = [Fraction(values[residue % len(values)], law.denominator) for values in law.coefficients]
        root = [Fraction(0)] * half + [Fraction(1)]
        for power in reversed(range(half)):
            # the coefficient of n**(half + power) in the square, without the unknown one
            known = sum([root[i] * root[half + power - i] for i in range(power + 1, half)], Fraction(0))
            root[power] = (target[half + power] - known) / 2
        for column, value in zip(columns, root, strict=True):
            column.append(value)
    denominator = lcm(*[value.denominator for column in columns for value in column])
    found = quasi.quasi(denominator, [tuple([int(v * denominator) for v in column]) for column in columns])
    return found if quasi.multiply(found, found) is law else None
