"""What all values of a function of one size have in common."""

from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm

from convlint.symbolic import quasi
from convlint.symbolic.axis import Axis, scale
from convlint.symbolic.intset import IntSet


@lru_cache(maxsize=16384)
def common_divisor(f: Axis) -> Fraction:
    """A common divisor of all values at sizes >= 0 (the greatest one for a single law); 0 for the zero function."""
    common = Fraction(0)
    for _, law in f.pieces:
        value = quasi.content(law)
        denominator = lcm(common.denominator, value.denominator)
        common = Fraction(gcd(int(common * denominator), int(value * denominator)), denominator)
    return common


@lru_cache(maxsize=8192)
def common_divisor_on(f: Axis, where: IntSet) -> int:
    """The greatest common divisor of the values on a set of sizes; 1 where these are no integers."""
    common = 0
    for start, end, law in f.ranges():
        for lo, hi, modulus, _ in where.clip(start, None if end is None else end - 1).segments:
            # so many values of each residue class determine all its differences
            last = lo + lcm(law.period, modulus) * (law.degree + 1) - 1
            for n in where.iterate(lo, last if hi is None else min(hi - 1, last)):
                value = law.at(n)
                if value.denominator != 1:
                    return 1
                common = gcd(common, value.numerator)
                if common == 1:
                    return 1
    return common


@lru_cache(maxsize=16384)
def primitive(f: Axis) -> tuple[Fraction, Axis]:
    """`(c, g)` with f = c * g, the coefficients of g without a common divisor, and its leading one positive."""
    common, denominator = 0, 1
    for _, law in f.pieces:
        wider = lcm(denominator, law.denominator)
        scaled = gcd(0, *[value for values in law.coefficients for value in values]) * (wider // law.denominator)
        common, denominator = gcd(common * (wider // denominator), scaled), wider
    factor = Fraction(common, denominator)
    leading = next((v for _, law in reversed(f.pieces) for v in (law.coefficients or ((0,),))[-1] if v), 0)
    if leading < 0:
        factor = -factor
    return (factor, f) if factor in (0, 1) else (factor, scale(f, 1 / factor))
