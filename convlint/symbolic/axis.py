"""Functions of one size: quasi-polynomials on consecutive ranges, nearly always one range."""

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from weakref import WeakValueDictionary

from convlint.symbolic import quasi, quasi_values
from convlint.symbolic.intset import IntSet
from convlint.symbolic.limits import MAX_PIECES, TooFineError
from convlint.symbolic.quasi import Bound, Quasi

Piece = tuple[int, Quasi]
"""The size from which on a law holds, and the law."""


class Axis:
    """A function of one size >= 0, interned: equal functions are one object.

    `pieces` start at 0, with increasing starts; the last law holds from the least size from which on it is right.
    """

    __slots__ = ("__weakref__", "pieces")

    pieces: tuple[Piece, ...]

    @property
    def tail(self) -> Quasi:
        """The law for all large sizes."""
        return self.pieces[-1][1]

    @property
    def is_single(self) -> bool:
        """Whether one law holds everywhere."""
        return len(self.pieces) == 1

    @property
    def constant(self) -> Fraction | None:
        """The value, if it is the same everywhere."""
        return self.tail.constant if self.is_single else None

    def law_at(self, n: int) -> Quasi:
        """The law that holds at a size."""
        law = self.pieces[0][1]
        for start, candidate in self.pieces[1:]:
            if n < start:
                break
            law = candidate
        return law

    def at(self, n: int) -> Fraction:
        """The value at a size."""
        return self.law_at(n).at(n)

    def ranges(self) -> list[tuple[int, int | None, Quasi]]:
        """`(first, end, law)` of each piece; the last has no end."""
        ends = [start for start, _ in self.pieces[1:]]
        return [(start, end, law) for (start, law), end in zip(self.pieces, [*ends, None], strict=True)]

    def sort_key(self) -> tuple[object, ...]:
        """A deterministic order."""
        return tuple([(start, *law.sort_key()) for start, law in reversed(self.pieces)])

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled by its pieces; unpickling interns it again."""
        return assemble, (list(self.pieces),)


_SINGLE: "WeakValueDictionary[Quasi, Axis]" = WeakValueDictionary()
_PIECEWISE: "WeakValueDictionary[tuple[object, ...], Axis]" = WeakValueDictionary()


def single(law: Quasi) -> Axis:
    """The function with one law everywhere."""
    found = _SINGLE.get(law)
    if found is None:
        found = object.__new__(Axis)
        found.pieces = ((0, law),)
        _SINGLE[law] = found
    return found


def assemble(pieces: list[Piece]) -> Axis:
    """The function with these laws; each is stretched downwards as far as it holds."""
    if len(pieces) == 1:
        return single(pieces[0][1])
    kept = [pieces[-1]]
    for start, law in reversed(pieces[:-1]):
        above, next_law = kept[-1]
        last = _last_difference(law, next_law, start, above)
        if last is None:
            kept[-1] = (start, next_law)
            continue
        kept[-1] = (last + 1, next_law)
        kept.append((start, quasi.constant(law.at(start)) if last == start else law))
    if len(kept) == 1:
        return single(kept[0][1])
    if len(kept) > MAX_PIECES:
        raise TooFineError(f"a size would follow {len(kept)} laws")
    kept.reverse()
    return _interned(tuple(kept))


def _interned(pieces: tuple[Piece, ...]) -> Axis:
    """The one object for this function; bounded pieces have no canonical law, so equality is tested by values."""
    start, tail = pieces[-1]
    key: tuple[object, ...] = (tail, start, *[_at(pieces, n) for n in {0, start // 3, start // 2, start - 1}])
    while (found := _PIECEWISE.get(key)) is not None:
        if found.pieces == pieces or _equal(found.pieces, pieces):
            return found
        key = (*key, "next")
    fresh = object.__new__(Axis)
    fresh.pieces = pieces
    _PIECEWISE[key] = fresh
    return fresh


def _at(pieces: tuple[Piece, ...], n: int) -> Fraction:
    return next(law for start, law in reversed(pieces) if start <= n).at(n)


def _equal(left: tuple[Piece, ...], right: tuple[Piece, ...]) -> bool:
    return all(_last_difference(ours, theirs, start, end) is None for start, end, ours, theirs in refined(left, right))


def _last_difference(one: Quasi, other: Quasi, start: int, end: int | None) -> int | None:
    """The greatest size of [start, end) at which the laws differ."""
    if one is other:
        return None
    if end is None:
        return start
    if one.at(end - 1) != other.at(end - 1):
        return end - 1
    equal = quasi_values.zeros(quasi.add(one, quasi.scale(other, -1)))
    return (~equal).clip(start, end - 1).max()


def refined(left: tuple[Piece, ...], right: tuple[Piece, ...]) -> list[tuple[int, int | None, Quasi, Quasi]]:
    """Ranges on which both have one law: `(start, end, left law, right law)`."""
    starts = sorted({start for start, _ in left} | {start for start, _ in right})
    i = j = 0
    result: list[tuple[int, int | None, Quasi, Quasi]] = []
    for index, start in enumerate(starts):
        while i + 1 < len(left) and left[i + 1][0] <= start:
            i += 1
        while j + 1 < len(right) and right[j + 1][0] <= start:
            j += 1
        end = starts[index + 1] if index + 1 < len(starts) else None
        result.append((start, end, left[i][1], right[j][1]))
    return result


def constant(value: int | Fraction) -> Axis:
    """The function with this value everywhere."""
    return single(quasi.constant(value))


ZERO = constant(0)
ONE = constant(1)
IDENTITY = single(quasi.IDENTITY)


def _combined(left: Axis, right: Axis, law: Callable[[Quasi, Quasi], Quasi]) -> Axis:
    if left.is_single and right.is_single:
        return single(law(left.tail, right.tail))
    return assemble([(start, law(ours, theirs)) for start, _, ours, theirs in refined(left.pieces, right.pieces)])


def _mapped(f: Axis, law: Callable[[Quasi], Quasi]) -> Axis:
    if f.is_single:
        return single(law(f.tail))
    return assemble([(start, law(piece)) for start, piece in f.pieces])


@lru_cache(maxsize=16384)
def add(left: Axis, right: Axis) -> Axis:
    """The sum."""
    return _combined(left, right, quasi.add)


@lru_cache(maxsize=16384)
def multiply(left: Axis, right: Axis) -> Axis:
    """The product."""
    return _combined(left, right, quasi.multiply)


@lru_cache(maxsize=16384)
def scale(f: Axis, factor: int | Fraction) -> Axis:
    """The function times a number."""
    return f if factor == 1 else _mapped(f, lambda law: quasi.scale(law, factor))


@lru_cache(maxsize=16384)
def floor(f: Axis) -> Axis:
    """The greatest integer at most the value."""
    return _mapped(f, quasi.floor)


@lru_cache(maxsize=16384)
def is_integer(f: Axis) -> bool:
    """Whether every value is an integer."""
    try:
        return floor(f) is f
    except TooFineError:
        return False


@lru_cache(maxsize=4096)
def choose(where: IntSet, inside: Axis, outside: Axis) -> Axis:
    """`inside` at the sizes of the set, `outside` elsewhere."""
    if inside is outside or where.is_all:
        return inside
    if where.is_empty:
        return outside
    pieces: list[Piece] = []
    patterns = where.segments
    starts = {0, *[start for start, _ in inside.pieces], *[start for start, _ in outside.pieces]}
    for lo, hi, _, _ in patterns:
        starts.add(lo)
        if hi is not None:
            starts.add(hi)
    if len(starts) > 2 * MAX_PIECES:
        raise TooFineError(f"a size would follow {len(starts)} laws")
    for start in sorted(starts):
        modulus, mask = next(
            ((m, bits) for lo, hi, m, bits in patterns if lo <= start and (hi is None or start < hi)), (1, 0)
        )
        pieces.append((start, quasi.choose(modulus, mask, inside.law_at(start), outside.law_at(start))))
    return assemble(pieces)


@lru_cache(maxsize=16384)
def nonnegative(f: Axis) -> IntSet:
    """The sizes >= 0 where the value is >= 0, exactly."""
    return _solved(f, quasi_values.nonnegative)


@lru_cache(maxsize=16384)
def zeros(f: Axis) -> IntSet:
    """The sizes >= 0 where the value is 0, exactly."""
    return _solved(f, quasi_values.zeros)


def _solved(f: Axis, solve: Callable[[Quasi], IntSet]) -> IntSet:
    if f.is_single:
        return solve(f.tail)
    return IntSet(
        segment
        for start, end, law in f.ranges()
        for segment in solve(law).clip(start, None if end is None else end - 1).segments
    )


@lru_cache(maxsize=16384)
def extent(f: Axis, where: IntSet) -> tuple[Bound, Bound]:
    """The least and greatest value over a non-empty set of sizes, exactly; None is infinite."""
    lows: list[Bound] = []
    highs: list[Bound] = []
    for start, end, law in f.ranges():
        clipped = where if f.is_single else where.clip(start, None if end is None else end - 1)
        for segment in clipped.segments:
            low, high = quasi_values.extent(law, segment)
            lows.append(low)
            highs.append(high)
    low = None if None in lows else min([v for v in lows if v is not None])
    high = None if None in highs else max([v for v in highs if v is not None])
    return low, high


@lru_cache(maxsize=4096)
def compose(outer: Axis, inner: Axis) -> Axis:
    """`outer(inner(n))`, for an inner function with integer values; where it is negative the first law is stretched."""
    if outer.is_single:
        return _mapped(inner, lambda law: quasi.compose(outer.tail, law))
    result = _mapped(inner, lambda law: quasi.compose(outer.pieces[0][1], law))
    for start, law in outer.pieces[1:]:
        beyond = nonnegative(add(inner, constant(-start)))
        stretched = _mapped(inner, lambda piece, law=law: quasi.compose(law, piece))  # type: ignore[misc]
        result = choose(beyond, stretched, result)
    return result
