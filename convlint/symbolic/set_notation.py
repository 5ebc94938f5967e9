"""Sets of sizes as conditions: `H % 32 ∈ {0, 29}`, `7 ≤ H ≤ 64`."""

from convlint.symbolic.intset import IntSet
from convlint.symbolic.notation import Notation
from convlint.symbolic.segments import Segment

_MAX_RESIDUES = 16
_MAX_RANGES = 6


def set_text(notation: Notation, name: str, allowed: IntSet, *, least: int = 0) -> str:
    """Ranges and residues, the shorter of the set and what it leaves out."""
    here = allowed.clip(least)
    if here.is_empty:
        return f"no {name}" if not notation.ascii else "False"
    outside = (~allowed).clip(least)
    if outside.is_empty:
        return f"{name} {notation.op('>=')} {least}"
    missing = outside.single
    if missing is not None and missing > least:
        return f"{name} {notation.op('!=')} {missing}"
    points = [lo for lo, hi, _, _ in here.segments if hi == lo + 1]
    texts = []
    if len(points) > 1:
        texts.append(f"{name} {notation.op('in')} {{{', '.join(map(str, points))}}}")
    ranges = [s for s in here.segments if len(points) < 2 or s[1] != s[0] + 1]
    shown = ranges if notation.ascii else ranges[:_MAX_RANGES]
    several = len(shown) + len(texts) > 1
    for segment in shown:
        text = _segment(notation, name, segment, least)
        texts.append(f"({text})" if several and " and " in text else text)
    if len(ranges) > len(shown):
        texts.append("…")
    return " or ".join(texts)


def _segment(notation: Notation, name: str, segment: Segment, least: int) -> str:
    lo, hi, modulus, mask = segment
    at_most = notation.op("<=")
    if modulus == 1:
        if hi is None:
            return f"{name} {notation.op('>=')} {lo}"
        if hi == lo + 1:
            return f"{name} {notation.op('==')} {lo}"
        return f"{name} {at_most} {hi - 1}" if lo <= least else f"{lo} {at_most} {name} {at_most} {hi - 1}"
    residues = [r for r in range(modulus) if mask >> r & 1]
    text = _residues(notation, f"{name} % {modulus}", modulus, residues)
    first = IntSet.residues(modulus, residues).at_or_above(least)
    if hi is not None:
        bound = f"{name} {at_most} {hi - 1}" if lo == first else f"{lo} {at_most} {name} {at_most} {hi - 1}"
        return f"{text} and {bound}"
    return text if lo == first else f"{text} and {name} {notation.op('>=')} {lo}"


def _residues(notation: Notation, subject: str, modulus: int, residues: list[int]) -> str:
    if len(residues) == 1:
        return f"{subject} {notation.op('==')} {residues[0]}"
    absent = [r for r in range(modulus) if r not in set(residues)]
    if len(absent) == 1:
        return f"{subject} {notation.op('!=')} {absent[0]}"
    if len(residues) > 4 and residues[-1] - residues[0] == len(residues) - 1:
        at_most = notation.op("<=")
        text = f"{subject} {at_most} {residues[-1]}"
        if residues[0] and residues[-1] == modulus - 1:
            return f"{subject} {notation.op('>=')} {residues[0]}"
        return text if residues[0] == 0 else f"{residues[0]} {at_most} {text}"
    if notation.ascii:
        return f"{subject} in {{{', '.join(map(str, residues))}}}"
    if len(absent) < len(residues) and len(absent) <= _MAX_RESIDUES:
        return f"{subject} {notation.op('not in')} {{{', '.join(map(str, absent))}}}"
    shown = _with_ranges(residues)
    tail = ["…"] if len(shown) > _MAX_RESIDUES else []
    return f"{subject} {notation.op('in')} {{{', '.join([*shown[:_MAX_RESIDUES], *tail])}}}"


def _with_ranges(residues: list[int]) -> list[str]:
    """Long runs of consecutive residues as a range."""
    shown: list[str] = []
    run: list[int] = []
    for residue in [*residues, -2]:
        if run and residue != run[-1] + 1:
            shown += [f"{run[0]}…{run[-1]}"] if len(run) > 4 else [str(r) for r in run]
            run = []
        run.append(residue)
    return shown
