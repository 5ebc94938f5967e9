"""Sums, products and exact quotients of sizes; what grows too fine is left to be computed point by point."""

from fractions import Fraction
from functools import lru_cache

from convlint.symbolic import axis as ax
from convlint.symbolic.axis import Axis
from convlint.symbolic.axis_division import divided
from convlint.symbolic.canonical import as_size, collected, interned, of_axis, opaque
from convlint.symbolic.dim import Atom, Dim, Factors, Number, Size, Term, axis_of, normalized, terms_of
from convlint.symbolic.limits import TooFineError
from convlint.symbolic.terms import product_of_terms


@lru_cache(maxsize=65536)
def add(left: Dim, right: "Number | Dim") -> Size:
    """Sum."""
    try:
        atom = _same_atom(left, right)
        if atom is not None and isinstance(right, Dim):
            return of_axis(atom, ax.add(axis_of(left), axis_of(right)))
        if not isinstance(right, Dim) and len(left.atoms) == 1:
            return of_axis(left.atoms[0], ax.add(axis_of(left), ax.constant(right)))
        return collected([*left.terms, *terms_of(right)])
    except TooFineError:
        return opaque("sum", "add", (left, right))


def subtract(left: "Number | Dim", right: "Number | Dim") -> Size:
    """Difference."""
    if isinstance(right, Dim):
        negative = multiply(right, -1)
        return add(left, negative) if isinstance(left, Dim) else plus(left, negative)
    return add(left, -right) if isinstance(left, Dim) else as_size(left - right)


def plus(left: "Number | Dim", right: "Number | Dim") -> Size:
    """Sum of any two sizes."""
    if isinstance(left, Dim):
        return add(left, right)
    return add(right, left) if isinstance(right, Dim) else as_size(left + right)


@lru_cache(maxsize=65536)
def multiply(left: Dim, right: "Number | Dim") -> Size:
    """Product."""
    try:
        if not isinstance(right, Dim):
            if not right:
                return 0
            if len(left.atoms) == 1:
                return of_axis(left.atoms[0], ax.scale(axis_of(left), right))
            if not left.atoms:
                return as_size(normalized(left.terms[0][0] * right))
            return interned(tuple([(normalized(c * right), factors) for c, factors in left.terms]))
        atom = _same_atom(left, right)
        if atom is not None:
            return of_axis(atom, ax.multiply(axis_of(left), axis_of(right)))
        return collected([product_of_terms([ours, theirs]) for ours in left.terms for theirs in right.terms])
    except TooFineError:
        return opaque("product", "mul", (left, right))


def times(left: Size, right: "Number | Dim") -> Size:
    """Product of any two sizes."""
    if isinstance(left, Dim):
        return multiply(left, right)
    return multiply(right, left) if isinstance(right, Dim) else as_size(left * right)


@lru_cache(maxsize=16384)
def divide(left: "Number | Dim", right: "Number | Dim") -> Size:
    """The exact, rational quotient."""
    exact = divide_exactly(left, right)
    return opaque("ratio", "ratio", (left, right)) if exact is None else exact


@lru_cache(maxsize=16384)
def divide_exactly(numerator: "Number | Dim", divisor: "Number | Dim") -> Size | None:
    """`q` with `divisor * q == numerator` for all sizes (a rational function of them), or None if there is none.

    Raises:
        ZeroDivisionError: when the divisor is the number 0.
    """
    if not isinstance(divisor, Dim):
        return times(as_size(numerator), Fraction(1) / divisor)
    if divisor.constant is not None:
        return times(as_size(numerator), 1 / divisor.constant)
    if numerator is divisor:
        return 1
    if not isinstance(numerator, Dim):
        return None if numerator else 0
    try:
        if len(divisor.terms) == 1:
            quotient: Size = numerator
            coefficient, factors = divisor.terms[0]
            for atom, function in factors:
                next_quotient = _divided_by_factor(quotient, atom, function)
                if next_quotient is None:
                    return None
                quotient = next_quotient
            return times(quotient, Fraction(1) / coefficient)
        return _divided_by_sum(numerator, divisor)
    except TooFineError:
        return None


def _divided_by_factor(numerator: Size, atom: Atom, function: Axis) -> Size | None:
    cofactors: dict[Factors, Axis] = {}
    for coefficient, factors in terms_of(numerator):
        rest = tuple([factor for factor in factors if factor[0] != atom])
        mine = ax.scale(next((f for a, f in factors if a == atom), ax.ONE), coefficient)
        cofactors[rest] = ax.add(cofactors[rest], mine) if rest in cofactors else mine
    quotients: list[Term] = []
    for rest, mine in cofactors.items():
        quotient = divided(mine, function)
        if quotient is None:
            return None
        quotients.append(product_of_terms([(1, rest), (1, ((atom, quotient),))]))
    return collected(quotients)


def _divided_by_sum(numerator: Dim, divisor: Dim) -> Size | None:
    """Long division by the first term; gives up where it does not shrink the rest."""
    quotient: Size = 0
    rest: Size = numerator
    leading = _interned_term(divisor.terms[0])
    for _ in range(2 * len(numerator.terms)):
        if not isinstance(rest, Dim):
            return None if rest else quotient
        part = divide_exactly(_interned_term(rest.terms[0]), leading)
        if part is None:
            return None
        quotient = plus(quotient, part)
        rest = plus(rest, times(times(divisor, part), -1))
    return quotient if rest == 0 else None


def _interned_term(term: Term) -> Size:
    return collected([term])


def _same_atom(left: object, right: object) -> Atom | None:
    """The atom, if both sizes are functions of the same single one."""
    if isinstance(left, Dim) and isinstance(right, Dim) and len(left.atoms) == 1 and left.atoms == right.atoms:
        return left.atoms[0]
    return None
