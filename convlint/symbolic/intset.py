"""Eventually periodic sets of integers >= 0: residue classes between bounds."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from math import lcm

from convlint.symbolic.limits import MAX_SET_MODULUS, TooFineError
from convlint.symbolic.segments import (
    Segment,
    covering,
    first_member,
    last_member,
    lifted,
    rotated,
    segments_of,
    tidied,
)


class IntSet:
    """An immutable set of integers >= 0 that is periodic from some point on (or finite).

    Kept as sorted disjoint segments, each a range with the residues allowed in it, so that bounds near 2**62 cost
    nothing. Equality is equality of sets.
    """

    __slots__ = ("_hash", "segments")

    segments: tuple[Segment, ...]
    _hash: int | None

    def __init__(self, segments: Iterable[Segment] = ()) -> None:
        """Sorted, disjoint segments; they are tidied here."""
        self.segments = tidied(segments)
        self._hash = None

    @staticmethod
    def at_least(n: int) -> "IntSet":
        """All integers >= max(n, 0)."""
        return IntSet([(max(n, 0), None, 1, 1)])

    @staticmethod
    def between(lo: int, hi: int | None) -> "IntSet":
        """All integers from `lo` to `hi`, both included; None is unbounded."""
        return IntSet([(max(lo, 0), None if hi is None else hi + 1, 1, 1)])

    @staticmethod
    def residues(modulus: int, allowed: Iterable[int]) -> "IntSet":
        """All n >= 0 with `n % modulus` among the allowed ones."""
        mask = 0
        for residue in allowed:
            mask |= 1 << residue % modulus
        return IntSet([(0, None, modulus, mask)])

    @staticmethod
    def of(members: Iterable[int]) -> "IntSet":
        """Just these integers; negative ones are left out."""
        points = sorted({n for n in members if n >= 0})
        return IntSet(segments_of(points))

    def contains(self, n: int) -> bool:
        """Whether `n` is a member."""
        for lo, hi, modulus, mask in self.segments:
            if n < lo:
                return False
            if hi is None or n < hi:
                return bool(mask >> n % modulus & 1)
        return False

    __contains__ = contains

    @property
    def is_empty(self) -> bool:
        """Whether there is no member."""
        return not self.segments

    @property
    def is_all(self) -> bool:
        """Whether every integer >= 0 is a member."""
        return self.segments == ((0, None, 1, 1),)

    def min(self) -> int | None:
        """The least member; None when empty."""
        return self.segments[0][0] if self.segments else None

    def max(self) -> int | None:
        """The greatest member; None when unbounded or empty."""
        if not self.segments:
            return None
        hi = self.segments[-1][1]
        return None if hi is None else hi - 1

    @property
    def is_bounded(self) -> bool:
        """Whether there are finitely many members."""
        return not self.segments or self.segments[-1][1] is not None

    @property
    def single(self) -> int | None:
        """The only member, if there is exactly one."""
        if len(self.segments) == 1:
            lo, hi, _, _ = self.segments[0]
            if hi == lo + 1:
                return lo
        return None

    def count(self, lo: int = 0, hi: int | None = None) -> int | None:
        """How many members lie from `lo` to `hi`, both included; None when infinitely many."""
        total = 0
        for start, end, modulus, mask in self.clip(lo, hi).segments:
            if end is None:
                return None
            periods, rest = divmod(end - start, modulus)
            window = rotated(modulus, mask, start) & ((1 << rest) - 1)
            total += periods * mask.bit_count() + window.bit_count()
        return total

    def iterate(self, lo: int = 0, hi: int | None = None) -> Iterator[int]:
        """The members from `lo` to `hi` in order, both included; endless when unbounded."""
        for start, end, modulus, mask in self.clip(lo, hi).segments:
            n = start
            while end is None or n < end:
                window = rotated(modulus, mask, n)
                while window:
                    first = (window & -window).bit_length() - 1
                    if end is not None and n + first >= end:
                        break
                    yield n + first
                    window &= window - 1
                n += modulus

    def at_or_above(self, n: int) -> int | None:
        """The least member >= `n`."""
        for lo, hi, modulus, mask in self.segments:
            start = max(n, lo)
            member = start + first_member(modulus, mask, start)
            if hi is None or member < hi:
                return member
        return None

    def at_or_below(self, n: int) -> int | None:
        """The greatest member <= `n`."""
        for lo, hi, modulus, mask in reversed(self.segments):
            end = n + 1 if hi is None else min(n + 1, hi)
            if end <= lo:
                continue
            member = end - 1 - last_member(modulus, mask, end)
            if member >= lo:
                return member
        return None

    def nearest(self, n: int) -> int | None:
        """The member closest to `n` (the smaller of two); None when empty."""
        below, above = self.at_or_below(n), self.at_or_above(n)
        if below is None or above is None:
            return above if below is None else below
        return below if n - below <= above - n else above

    def clip(self, lo: int = 0, hi: int | None = None) -> "IntSet":
        """The members from `lo` to `hi`, both included."""
        if lo <= 0 and hi is None:
            return self
        clipped: list[Segment] = []
        for start, end, modulus, mask in self.segments:
            last = end if hi is None else hi + 1 if end is None else min(end, hi + 1)
            clipped.append((max(start, lo), last, modulus, mask))
        return IntSet(clipped)

    def __and__(self, other: "IntSet") -> "IntSet":
        """Intersection."""
        if self is other or other.is_all or self.is_empty:
            return self
        if self.is_all or other.is_empty:
            return other
        return _intersection(self, other)

    def __or__(self, other: "IntSet") -> "IntSet":
        """Union."""
        if self is other or other.is_empty or self.is_all:
            return self
        if self.is_empty or other.is_all:
            return other
        return _union(self, other)

    def __sub__(self, other: "IntSet") -> "IntSet":
        """The members that `other` has not."""
        if other.is_empty or self.is_empty:
            return self
        return _minus(self, other)

    def __invert__(self) -> "IntSet":
        """The other integers >= 0."""
        return _minus(ALL, self)

    def is_subset(self, other: "IntSet") -> bool:
        """Whether every member is one of `other`."""
        return self is other or other.is_all or _minus(self, other).is_empty

    def is_disjoint(self, other: "IntSet") -> bool:
        """Whether there is no common member."""
        return (self & other).is_empty

    def __eq__(self, other: object) -> bool:
        """Equality of sets."""
        if self is other:
            return True
        if not isinstance(other, IntSet):
            return NotImplemented
        if self.segments == other.segments:
            return True
        if hash(self) != hash(other):
            return False
        return _combined(self, other, int.__xor__).is_empty

    def __hash__(self) -> int:
        """From what equal sets share: ends and number of members, or the residues and the start of the tail."""
        if self._hash is None:
            if self.is_bounded:
                self._hash = hash((self.min(), self.max(), self.count()))
            else:
                lo, _, modulus, mask = self.segments[-1]
                exception: int | None = lo - 1
                if modulus > 1 or len(self.segments) > 1:
                    exception = _combined(self, IntSet([(0, None, modulus, mask)]), int.__xor__).max()
                self._hash = hash((self.min(), exception, modulus, mask))
        return self._hash

    def __repr__(self) -> str:
        """The segments, for debugging."""
        parts = []
        for lo, hi, modulus, mask in self.segments:
            text = f"{lo}…" if hi is None else f"{lo}" if hi == lo + 1 else f"{lo}…{hi - 1}"
            if modulus > 1:
                text += f" % {modulus} in {[r for r in range(modulus) if mask >> r & 1]}"
            parts.append(text)
        return f"IntSet({'; '.join(parts)})"

    def __reduce__(self) -> tuple[type["IntSet"], tuple[tuple[Segment, ...]]]:
        """Pickled by its segments."""
        return IntSet, (self.segments,)


def _combined(left: IntSet, right: IntSet, law: Callable[[int, int], int]) -> IntSet:
    """Bit by bit: `law` maps two masks of one modulus to the mask of the result; gaps stay gaps."""
    ours, theirs = covering(left.segments), covering(right.segments)
    result: list[Segment] = []
    i = j = at = 0
    while True:
        _, our_hi, our_modulus, our_mask = ours[i]
        _, their_hi, their_modulus, their_mask = theirs[j]
        end = our_hi if their_hi is None or (our_hi is not None and our_hi < their_hi) else their_hi
        if our_mask or their_mask:
            modulus = lcm(our_modulus, their_modulus)
            if modulus > MAX_SET_MODULUS:
                raise TooFineError(f"a set of sizes would need the modulus {modulus}")
            mask = law(lifted(our_modulus, our_mask, modulus), lifted(their_modulus, their_mask, modulus))
            if mask:
                result.append((at, end, modulus, mask))
        if end is None:
            return IntSet(result)
        at = end
        if our_hi == end:
            i += 1
        if their_hi == end:
            j += 1


@lru_cache(maxsize=8192)
def _intersection(left: IntSet, right: IntSet) -> IntSet:
    return _combined(left, right, int.__and__)


@lru_cache(maxsize=8192)
def _union(left: IntSet, right: IntSet) -> IntSet:
    return _combined(left, right, int.__or__)


@lru_cache(maxsize=8192)
def _minus(left: IntSet, right: IntSet) -> IntSet:
    return _combined(left, right, lambda ours, theirs: ours & ~theirs)


ALL = IntSet([(0, None, 1, 1)])

EMPTY = IntSet()
