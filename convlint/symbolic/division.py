"""Division of sizes that has to come out even, and the condition under which it does."""

from fractions import Fraction
from functools import lru_cache
from math import lcm

from convlint.symbolic.arithmetic import divide_exactly
from convlint.symbolic.canonical import as_size
from convlint.symbolic.comparison import divides, equal, unequal
from convlint.symbolic.connectives import all_of
from convlint.symbolic.dim import Dim, Size, terms_of
from convlint.symbolic.domain import Domain
from convlint.symbolic.factor import factors
from convlint.symbolic.predicate import FALSE, TRUE, Predicate
from convlint.symbolic.rounding import floor


@lru_cache(maxsize=8192)
def quotient(size: Size, divisor: Size, domain: Domain) -> tuple[Size, Predicate]:
    """`(q, p)`: within the domain, and where `p` holds, `divisor * q == size` with an integer q.

    `p` is reduced under the domain: TRUE when the division always comes out even there, and FALSE when it never does
    (`view(-1)` of sizes that do not divide).
    """
    exact = divide_exactly(size, divisor) if divisor != 0 else None
    if exact is None or not _is_integer(exact):
        simpler, simpler_divisor = domain.simplify(size), domain.simplify(divisor)
        if simpler_divisor == 0:
            return 0, FALSE
        again = divide_exactly(simpler, simpler_divisor)
        if again is not None and (exact is None or _is_integer(again)):
            exact = again
    nonzero = domain.reduce(unequal(divisor, 0))
    if exact is not None:
        if _is_integer(exact):
            return exact, nonzero
        whole = floor(exact)
        condition = domain.reduce(_is_whole(exact))
        return (whole if condition != TRUE else domain.simplify(whole)), all_of(nonzero, condition)
    left, right = _without_common_factors(size, divisor)
    whole = left // right
    return whole, all_of(nonzero, domain.reduce(equal(right * whole, left)))


def _is_integer(size: Size) -> bool:
    return size.is_integer if isinstance(size, Dim) else True


def _is_whole(exact: Size) -> Predicate:
    """Where a rational size is an integer."""
    denominator = lcm(*[Fraction(coefficient).denominator for coefficient, _ in terms_of(exact)])
    return divides(denominator, exact * denominator)


def _without_common_factors(size: Size, divisor: Size) -> tuple[Size, Size]:
    """Both sizes, after each factor of the divisor that divides the size has been cancelled."""
    if not isinstance(divisor, Dim):
        return size, divisor
    coefficient, parts = factors(divisor)
    kept: Size = 1
    for part in parts:
        smaller = divide_exactly(size, part)
        if smaller is not None and _is_integer(smaller):
            size = smaller
        else:
            kept = kept * part
    rest = divide_exactly(size, coefficient)
    if rest is not None and _is_integer(rest):
        return rest, kept
    return size, as_size(kept * coefficient)
