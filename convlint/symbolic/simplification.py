"""Simpler functions of one size, where only some sizes occur."""

from functools import lru_cache
from math import lcm

from convlint.symbolic import quasi
from convlint.symbolic.axis import Axis, Piece, assemble, constant, is_integer
from convlint.symbolic.integers import divisors
from convlint.symbolic.intset import IntSet
from convlint.symbolic.quasi import Quasi


@lru_cache(maxsize=16384)
def simplified(f: Axis, where: IntSet) -> Axis:
    """A simpler function with the same values on a non-empty set of sizes; still of integers, if `f` is."""
    only = where.single
    if only is not None:
        return constant(f.at(only))
    if where.is_all:
        return f
    laws: list[Piece] = []
    for start, end, law in f.ranges():
        here = where.clip(start, None if end is None else end - 1)
        if not here.is_empty:
            laws.append((start if laws else 0, _law_on(law, here)))
    simpler = assemble(laws)
    return f if is_integer(f) and not is_integer(simpler) else simpler


def _law_on(law: Quasi, where: IntSet) -> Quasi:
    """The law with the least period that agrees with the given one on the set, where the set determines one."""
    occurring = _residues(where, law.period)
    for period in divisors(law.period)[:-1]:
        classes: dict[int, tuple[int, ...]] = {}
        for residue in occurring:
            polynomial = law.polynomial(residue)
            if classes.setdefault(residue % period, polynomial) != polynomial:
                break
        else:
            if len(classes) == period:
                return _law_of(law.denominator, [classes[residue] for residue in range(period)])
    return law


def _law_of(denominator: int, polynomials: list[tuple[int, ...]]) -> Quasi:
    degree = max(map(len, polynomials))
    return quasi.quasi(denominator, [tuple([p[d] if d < len(p) else 0 for p in polynomials]) for d in range(degree)])


def _residues(where: IntSet, period: int) -> list[int]:
    """The residues modulo `period` of the members."""
    found: set[int] = set()
    for lo, hi, modulus, _ in where.segments:
        last = lo + lcm(period, modulus) - 1
        found.update(n % period for n in where.iterate(lo, last if hi is None else min(hi - 1, last)))
    return sorted(found)
