"""Sizes in the place of symbols: functions of one size applied to other sizes."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from convlint.symbolic import axis as ax
from convlint.symbolic.arithmetic import divide, plus, subtract, times
from convlint.symbolic.axis import Axis
from convlint.symbolic.canonical import as_size, exact_size, of_axis, opaque
from convlint.symbolic.cases import choose_by_sign, maximum, minimum
from convlint.symbolic.comparison import compared
from convlint.symbolic.connectives import all_of, any_of
from convlint.symbolic.dim import Argument, Dim, Opaque, Size, axis_of, normalized
from convlint.symbolic.limits import TooFineError
from convlint.symbolic.predicate import FALSE, TRUE, AllOf, AnyOf, Predicate, Relation, Within, within
from convlint.symbolic.quasi import Quasi, quasi
from convlint.symbolic.rounding import floor_divide, modulo


def substitute(size: Size, sizes: Mapping[str, Size], known: dict[Size, Size] | None = None) -> Size:
    """The size with other sizes in the place of symbols; these must be integers >= 0 to keep their meaning.

    ``known`` are results for the same ``sizes``: a nest of cases has the same parts in many places.
    """
    if not isinstance(size, Dim) or size.symbols.isdisjoint(sizes):
        return size
    known = {} if known is None else known
    if size not in known:
        known[size] = _substitute(size, sizes, known)
    return known[size]


def _substitute(size: Dim, sizes: Mapping[str, Size], known: dict[Size, Size]) -> Size:
    total: Size = 0
    for coefficient, factors in size.terms:
        product: Size = as_size(coefficient)
        for atom, function in factors:
            if isinstance(atom, str):
                inner = sizes.get(atom)
                value = of_axis(atom, function) if inner is None else apply(function, inner)
            else:
                value = apply(function, rebuild(atom, [_substituted(a, sizes, known) for a in atom.arguments]))
            product = times(product, value)
        total = plus(total, product)
    return total


def substituted(predicate: Predicate, sizes: Mapping[str, Size]) -> Predicate:
    """The statement with other sizes (integers >= 0) in the place of symbols.

    Raises:
        TooFineError: where a set of one symbol would become one of several, or need too large a modulus.
    """
    if isinstance(predicate, AllOf):
        return all_of(*[substituted(part, sizes) for part in predicate.parts])
    if isinstance(predicate, AnyOf):
        return any_of(*[substituted(part, sizes) for part in predicate.parts])
    if predicate.symbols.isdisjoint(sizes):
        return predicate
    if isinstance(predicate, Relation):
        return compared(substitute(predicate.dim, sizes), predicate.op)
    assert isinstance(predicate, Within)
    inner = sizes[predicate.symbol]
    if not isinstance(inner, Dim):
        return TRUE if predicate.allowed.contains(inner) else FALSE
    found = inner.single
    if found is None:
        raise TooFineError("a set of a size of several symbols")
    indicator = ax.choose(predicate.allowed, ax.ONE, ax.ZERO)
    inside = ~ax.zeros(ax.compose(indicator, found[1])) & ax.nonnegative(found[1])
    return within(found[0], inside)


def _substituted(argument: Argument, sizes: Mapping[str, Size], known: dict[Size, Size]) -> Argument:
    return substitute(argument, sizes, known) if isinstance(argument, Dim) else argument


def apply(function: Axis, inner: Size) -> Size:
    """
    `function(inner)`, for an integer-valued inner size.

    Raises:
        TooFineError: when it would need too large a modulus.
    """
    if not isinstance(inner, Dim):
        return as_size(normalized(function.at(inner)))
    if len(inner.atoms) == 1 and inner.is_integer and (isinstance(inner.atoms[0], str) or function.is_single):
        return of_axis(inner.atoms[0], ax.compose(function, axis_of(inner)))
    value = _law_of(function.pieces[0][1], inner)
    for start, law in function.pieces[1:]:
        value = choose_by_sign("select_ge")(subtract(inner, start), _law_of(law, inner), value)
    return value


def _law_of(law: Quasi, inner: Dim) -> Size:
    """Term by term; a periodic coefficient becomes a function of `inner % period`."""
    total: Size = 0
    power: Size = 1
    for values in law.coefficients:
        coefficient: Size = values[0]
        if len(values) > 1:
            residue = modulo(inner, len(values))
            table = quasi(1, (values,))
            if not isinstance(residue, Dim):
                coefficient = values[residue]
            elif len(residue.atoms) == 1 and residue.is_integer:
                coefficient = apply(ax.single(table), residue)
            else:
                raise TooFineError("a periodic function of several symbols")
        total = plus(total, times(power, coefficient))
        power = times(power, inner)
    return times(total, Fraction(1, law.denominator))


def rebuild(atom: Opaque, arguments: Sequence[Argument]) -> Size:
    """The function of an opaque size applied to other arguments, in the algebra where these allow it."""
    law = _REBUILD.get(atom.key)
    if law is None or any(isinstance(a, float) for a in arguments):
        return opaque(atom.name, atom.key, arguments)
    return law(*[exact_size(a) for a in arguments])


_REBUILD: Mapping[str, Callable[..., Size]] = {
    "floordiv": floor_divide,
    "mod": modulo,
    "ratio": divide,
    "min": minimum,
    "max": maximum,
    "add": plus,
    "mul": times,
    **{key: choose_by_sign(key) for key in ("select_ge", "select_gt", "select_eq")},
}
