"""Ranges of integers with the residues allowed in them, as plain data: bit masks of whole periods."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, pairwise

from convlint.symbolic.integers import prime_factors
from convlint.symbolic.limits import MAX_SET_MODULUS

Segment = tuple[int, int | None, int, int]
"""`(lo, hi, modulus, mask)`: the n with lo <= n < hi whose bit `n % modulus` is set in `mask`; hi None is unbounded."""

_MAX_RUNS = 4
_LONGEST_SHORT_PERIOD = 64


@lru_cache(maxsize=1024)
def _repetition(modulus: int, target: int) -> int:
    return ((1 << target) - 1) // ((1 << modulus) - 1)


def lifted(modulus: int, mask: int, target: int) -> int:
    """The mask of a modulus, repeated to a multiple of it."""
    return mask if modulus == target else mask * _repetition(modulus, target)


def rotated(modulus: int, mask: int, start: int) -> int:
    """Bit i is the membership of `start + i`, for i < modulus."""
    by = start % modulus
    return ((mask >> by) | (mask << (modulus - by))) & ((1 << modulus) - 1) if by else mask


def first_member(modulus: int, mask: int, start: int) -> int:
    """How far the first member at or after `start` is."""
    if modulus == 1:
        return 0
    window = rotated(modulus, mask, start)
    return (window & -window).bit_length() - 1


def last_member(modulus: int, mask: int, end: int) -> int:
    """How far before `end - 1` the last member before `end` is."""
    return 0 if modulus == 1 else modulus - rotated(modulus, mask, end).bit_length()


def _minimal(modulus: int, mask: int) -> tuple[int, int]:
    if mask == (1 << modulus) - 1:
        return 1, 1
    for p in prime_factors(modulus):
        while modulus % p == 0:
            smaller = modulus // p
            part = mask & ((1 << smaller) - 1)
            if lifted(smaller, part, modulus) != mask:
                break
            modulus, mask = smaller, part
    return modulus, mask


def _tidy(segment: Segment) -> list[Segment]:
    """The same members with the least modulus, and ends that are members."""
    lo, hi, modulus, mask = segment
    if mask == 0 or (hi is not None and hi <= lo):
        return []
    if modulus == 1:
        return [segment]
    lo += first_member(modulus, mask, lo)
    if hi is not None:
        if lo >= hi:
            return []
        hi -= last_member(modulus, mask, hi)
        if hi - lo <= modulus:
            return _tidy_window(lo, hi - lo, modulus, mask)
    modulus, mask = _minimal(modulus, mask)
    return [(lo, hi, modulus, mask)]


def _tidy_window(lo: int, width: int, modulus: int, mask: int) -> list[Segment]:
    """A segment no longer than its modulus: a few runs, a short period, or the bits as they are."""
    window = rotated(modulus, mask, lo) & ((1 << width) - 1)
    if width == 1:
        return [(lo, lo + 1, 1, 1)]
    runs = _runs(window)
    if len(runs) <= _MAX_RUNS:
        return [(lo + start, lo + end, 1, 1) for start, end in runs]
    for period in range(2, min(_LONGEST_SHORT_PERIOD, width // 2) + 1):
        if (window ^ (window >> period)) & ((1 << (width - period)) - 1) == 0:
            pattern = rotated(period, window & ((1 << period) - 1), -lo)
            return [(lo, lo + width, period, pattern)]
    return [(lo, lo + width, modulus, rotated(modulus, window, -lo))]


def _runs(window: int) -> list[tuple[int, int]]:
    """Ranges [start, end) of consecutive set bits; at most one more than is wanted."""
    runs: list[tuple[int, int]] = []
    at = 0
    while window and len(runs) <= _MAX_RUNS:
        skip = (window & -window).bit_length() - 1
        window >>= skip
        length = (~window & (window + 1)).bit_length() - 1
        runs.append((at + skip, at + skip + length))
        window >>= length
        at += skip + length
    return runs


def tidied(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """The same members in sorted segments of least moduli, neighbours of one law joined."""
    done: list[Segment] = []
    for segment in chain.from_iterable(map(_tidy, segments)):
        last = segment
        while done and (joined := _joined(done[-1], last)) is not None:
            last = joined
            done.pop()
        done.append(last)
    return tuple(done)


def _joined(left: Segment, right: Segment) -> Segment | None:
    """One segment with the members of both neighbours, if the law of one of them holds in the other too."""
    left_lo, left_hi, left_modulus, left_mask = left
    right_lo, right_hi, right_modulus, right_mask = right
    if left_hi is None:
        return None
    if left_hi + first_member(right_modulus, right_mask, left_hi) == right_lo and _same_law(
        left_lo, left_hi, left[2:], right[2:]
    ):
        return (left_lo + first_member(right_modulus, right_mask, left_lo), right_hi, right_modulus, right_mask)
    if (
        right_hi is not None
        and left_hi + first_member(left_modulus, left_mask, left_hi) == right_lo
        and _same_law(right_lo, right_hi, left[2:], right[2:])
    ):
        return (left_lo, right_hi, left_modulus, left_mask)
    return None


def _same_law(lo: int, hi: int, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether both patterns have the same members in [lo, hi)."""
    if one == other:
        return True
    width = hi - lo
    if width >= one[0] + other[0]:  # two periodic laws that agree so long are one (Fine and Wilf)
        return False
    return _bits(lo, width, *one) == _bits(lo, width, *other)


def _bits(lo: int, width: int, modulus: int, mask: int) -> int:
    window = rotated(modulus, mask, lo)
    if width <= modulus:
        return window & ((1 << width) - 1)
    repeated = -(-width // modulus) * modulus
    return lifted(modulus, window, repeated) & ((1 << width) - 1)


def covering(segments: Sequence[Segment]) -> list[Segment]:
    """The segments with the gaps between them spelled out, from 0 to infinity."""
    covering: list[Segment] = []
    at: int | None = 0
    for lo, hi, modulus, mask in segments:
        if at is not None and lo > at:
            covering.append((at, lo, 1, 0))
        covering.append((lo, hi, modulus, mask))
        at = hi
    if at is not None:
        covering.append((at, None, 1, 0))
    return covering


def segments_of(points: Sequence[int]) -> list[Segment]:
    """Segments for sorted points: an arithmetic progression as one, else runs."""
    if len(points) > 2:
        step = points[1] - points[0]
        if 1 < step <= MAX_SET_MODULUS and all(b - a == step for a, b in pairwise(points)):
            return [(points[0], points[-1] + 1, step, 1 << points[0] % step)]
    runs: list[Segment] = []
    for n in points:
        if runs and runs[-1][1] == n:
            runs[-1] = (runs[-1][0], n + 1, 1, 1)
        else:
            runs.append((n, n + 1, 1, 1))
    return runs
