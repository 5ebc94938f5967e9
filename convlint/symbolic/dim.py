"""Sizes: exact sums of products of one-size functions. What they are made of; their arithmetic is built on top."""

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Union

from convlint.symbolic import axis as ax
from convlint.symbolic.axis import Axis
from convlint.symbolic.functions import FUNCTIONS

Number = int | Fraction

Size = Union[int, "Dim"]

Argument = Union[int, float, Fraction, "Dim"]

Atom = Union[str, "Opaque"]

Factors = tuple[tuple[Atom, Axis], ...]

Term = tuple[Number, Factors]
"""A coefficient and the one-size functions that it is multiplied with, one for each atom."""


class UnbackedError(ValueError):
    """The value of a size depends on data, not on the input sizes."""


class Opaque:
    """A size that left the algebra: a function of sizes, computed point by point. Interned."""

    __slots__ = ("__weakref__", "arguments", "key", "label", "name", "symbols", "unbacked")

    name: str
    key: str
    arguments: tuple[Argument, ...]
    symbols: frozenset[str]
    unbacked: frozenset[str]
    label: str

    @property
    def is_integer(self) -> bool:
        """Whether every value is an integer."""
        known = FUNCTIONS[self.key].is_integer
        if known is not None:
            return known
        return all(a.is_integer if isinstance(a, Dim) else isinstance(a, int) for a in self.arguments)

    def evaluate(self, sizes: Mapping[str, int]) -> Number:
        """The value at concrete sizes.

        Raises:
            UnbackedError: for a data-dependent size that `sizes` does not name.
        """
        if self.key == "unbacked":
            if self.name not in sizes:
                raise UnbackedError(f"`{self.name}` depends on data")
            return sizes[self.name]
        values = [a.evaluate(sizes) if isinstance(a, Dim) else a for a in self.arguments]
        return normalized(FUNCTIONS[self.key].compute(*values))

    def __repr__(self) -> str:
        """The name and the arguments."""
        return self.name if self.key == "unbacked" else f"{self.key}({', '.join(map(repr, self.arguments))})"


class Dim:
    """A size that depends on symbols: an immutable, exact function of integers >= 0.

    `terms` is a sum of products; a Dim in one symbol is a single function of it. Where a divisor is zero, the value is
    unspecified. Dims are interned: equal functions of one symbol are one object, and so are equal sums of products of
    such functions, so `==` and `hash` are those of the object.
    """

    __slots__ = ("__weakref__", "_text", "atoms", "is_integer", "symbols", "terms", "unbacked")

    terms: tuple[Term, ...]
    atoms: tuple[Atom, ...]
    symbols: frozenset[str]
    unbacked: frozenset[str]
    is_integer: bool
    _text: str | None

    @property
    def single(self) -> tuple[str, Axis] | None:
        """The symbol and the function, for a size that depends on one symbol only."""
        if len(self.atoms) == 1 and isinstance(self.atoms[0], str):
            return self.atoms[0], self.terms[0][1][0][1]
        return None

    @property
    def constant(self) -> Fraction | None:
        """The value, for a rational number that is no integer."""
        return None if self.atoms else Fraction(self.terms[0][0])

    def evaluate(self, sizes: Mapping[str, int]) -> Number:
        """The value at concrete sizes: an int, or a Fraction where it is no integer.

        Raises:
            KeyError: for a symbol without a size.
            UnbackedError: when the value depends on data.
        """
        total: Number = 0
        for coefficient, factors in self.terms:
            value: Number = coefficient
            for atom, function in factors:
                if not value:
                    break
                value *= function_at(function, _atom_value(atom, sizes))
            total += value
        return normalized(total)

    if TYPE_CHECKING:  # bound by `convlint.symbolic.operators`: the arithmetic is built on top of this class
        def __add__(self, other: Argument) -> Size: ...
        def __radd__(self, other: Argument) -> Size: ...
        def __sub__(self, other: Argument) -> Size: ...
        def __rsub__(self, other: Argument) -> Size: ...
        def __mul__(self, other: Argument) -> Size: ...
        def __rmul__(self, other: Argument) -> Size: ...
        def __truediv__(self, other: Argument) -> Size: ...
        def __rtruediv__(self, other: Argument) -> Size: ...
        def __floordiv__(self, other: Argument) -> Size: ...
        def __rfloordiv__(self, other: Argument) -> Size: ...
        def __mod__(self, other: Argument) -> Size: ...
        def __rmod__(self, other: Argument) -> Size: ...
        def __pow__(self, other: Argument) -> Size: ...
        def __neg__(self) -> Size: ...

    def __pos__(self) -> Size:
        """The size itself."""
        return self

    def __bool__(self) -> bool:
        """Refused: whether a size is zero is a question for a Domain.

        Raises:
            TypeError: always.
        """
        raise TypeError("a symbolic size has no truth value of its own; ask Domain.decide")

    def __copy__(self) -> "Dim":
        """The same object: Dims are immutable."""
        return self

    def __deepcopy__(self, memo: object) -> "Dim":
        """The same object: Dims are immutable."""
        return self

    def __repr__(self) -> str:
        """The ASCII rendering."""
        if self._text is None:
            from convlint.symbolic.render import render

            self._text = render(self, ascii=True)
        return self._text


EXACT = (int, Fraction, Dim)


def evaluate(size: "Size | Fraction", sizes: Mapping[str, int]) -> Number:
    """The value of a size, be it an int or a Dim."""
    return size.evaluate(sizes) if isinstance(size, Dim) else size


def is_integer(size: Size) -> bool:
    """Whether the size is an integer for all values of its symbols, as far as the algebra can see."""
    return size.is_integer if isinstance(size, Dim) else True


def symbols_of(size: "Size | Fraction | float") -> frozenset[str]:
    """The symbols that a size depends on."""
    return size.symbols if isinstance(size, Dim) else frozenset()


def terms_of(size: "Size | Fraction") -> tuple[Term, ...]:
    """The terms of any size."""
    return size.terms if isinstance(size, Dim) else ((size, ()),) if size else ()


def normalized(value: int | float | Fraction) -> Number:
    """An int where the number is an integer."""
    if isinstance(value, int):
        return value
    exact = Fraction(value)
    return exact.numerator if exact.denominator == 1 else exact


@lru_cache(maxsize=16384)
def function_at(function: Axis, n: int) -> Number:
    """The value of a one-size function."""
    return normalized(function.at(n))


def _atom_value(atom: Atom, sizes: Mapping[str, int]) -> int:
    # a fraction, from a ratio of sizes, only ever meets a polynomial
    return sizes[atom] if isinstance(atom, str) else atom.evaluate(sizes)  # type: ignore[return-value]


def atom_key(atom: Atom) -> tuple[bool, str]:
    """The order of atoms: symbols first, by name."""
    return (not isinstance(atom, str), atom if isinstance(atom, str) else atom.label)


def structure(size: Dim) -> list[object]:
    """What a Dim is made of, as nested plain data: deterministic from process to process."""
    return [(str(c), [(atom_key(a), f.sort_key()) for a, f in factors]) for c, factors in size.terms]


def axis_of(size: Dim) -> Axis:
    """The one function of a size with a single atom."""
    return size.terms[0][1][0][1]


def function_of(name: str, size: "Size | Fraction") -> Axis | None:
    """The size as a function of one symbol, if it depends on no other."""
    if not isinstance(size, Dim):
        return ax.constant(size)
    if not size.atoms:
        return ax.constant(size.terms[0][0])
    return axis_of(size) if size.atoms == (name,) else None
