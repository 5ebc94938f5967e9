"""Making sizes: equal sums of products, and equal sizes outside the algebra, are one object."""

import copyreg
from collections.abc import Iterable, Sequence
from fractions import Fraction
from weakref import WeakValueDictionary
from zlib import crc32

from convlint.symbolic import axis as ax
from convlint.symbolic.axis import Axis
from convlint.symbolic.common_divisors import primitive
from convlint.symbolic.dim import (
    Argument,
    Atom,
    Dim,
    Factors,
    Number,
    Opaque,
    Size,
    Term,
    atom_key,
    normalized,
    structure,
)
from convlint.symbolic.functions import FUNCTIONS
from convlint.symbolic.limits import TooFineError
from convlint.symbolic.terms import fingerprint, is_zero, merged_pair, term_content, term_key

_OPAQUES: "WeakValueDictionary[tuple[object, ...], Opaque]" = WeakValueDictionary()
_INTERNED: "WeakValueDictionary[tuple[Term, ...], Dim]" = WeakValueDictionary()
_BY_VALUE: "WeakValueDictionary[tuple[object, ...], Dim]" = WeakValueDictionary()


def symbol(name: str) -> Dim:
    """The size called `name`: any integer >= 0."""
    return _atom_dim(name)


def unbacked(name: str) -> Dim:
    """A size that depends on data: nothing is known about it but its name."""
    return _atom_dim(opaque_atom(name, "unbacked", ()))


def opaque(name: str, function_key: str, arguments: Sequence[Argument]) -> Size:
    """`FUNCTIONS[function_key]` of the arguments, as a size that is only known point by point.

    Raises:
        KeyError: for a function that is not registered.
    """
    function = FUNCTIONS[function_key]
    if all(not isinstance(a, Dim) for a in arguments) and function_key != "unbacked":
        return as_size(normalized(function.compute(*arguments)))
    return _atom_dim(opaque_atom(name, function_key, tuple(arguments)))


def as_size(value: "Number | Dim") -> Size:
    """A plain int where the value is an integer constant, else a Dim."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else interned(((value, ()),))
    return value


def exact_size(argument: Argument) -> Size:
    """The size that an argument of an opaque size is; a float is taken by its exact value."""
    return as_size(Fraction(argument) if isinstance(argument, float) else argument)


def of_axis(atom: Atom, function: Axis) -> Size:
    """The size that is this function of the atom."""
    value = function.constant
    return as_size(value) if value is not None else interned(((1, ((atom, function),)),))


def from_terms(terms: Iterable[Term]) -> Size:
    """The size with these terms, in canonical form."""
    try:
        return collected(terms)
    except TooFineError:
        return _too_fine(terms)


def _too_fine(terms: Iterable[Term]) -> Size:
    """A sum whose terms need too fine a modulus together: each on its own, added point by point."""
    return opaque("sum", "add", [collected([term]) for term in terms])


def collected(terms: Iterable[Term]) -> Size:
    """Like terms together, constants apart, products without common divisors."""
    constant: Number = 0
    alone: dict[Atom, Axis] = {}
    products: dict[Factors, Number] = {}
    pending: list[Term] = list(terms)
    while pending:
        for coefficient, factors in pending:
            if not factors:
                constant += coefficient
            elif len(factors) == 1:
                atom, function = factors[0]
                scaled = ax.scale(function, coefficient)
                alone[atom] = ax.add(alone[atom], scaled) if atom in alone else scaled
            else:
                total = products.pop(factors, 0) + coefficient
                if total:
                    products[factors] = total
        pending = merged_pair(products)
    for atom, function in list(alone.items()):
        value = function.constant
        if value is not None:
            constant += value
            del alone[atom]
    if not products and not alone:
        return as_size(normalized(constant))
    if not products and len(alone) == 1:
        ((atom, function),) = alone.items()
        return of_axis(atom, ax.add(function, ax.constant(constant)))
    result: list[Term] = [(c, factors) for factors, c in products.items()]
    for atom, function in alone.items():
        apart = _constant_part(function)
        constant += apart
        coefficient, varying = primitive(ax.add(function, ax.constant(-apart)))
        result.append((normalized(coefficient), ((atom, varying),)))
    if constant:
        result.append((normalized(constant), ()))
    result.sort(key=term_key)
    return interned(tuple(result))


def _constant_part(function: Axis) -> Fraction:
    """The constant that a sum keeps apart from this function, so that sums have one form."""
    coefficients = function.tail.coefficients
    return Fraction(coefficients[0][0], function.tail.denominator) if coefficients else Fraction(0)


def _atom_dim(atom: Atom) -> Dim:
    return interned(((1, ((atom, ax.IDENTITY),)),))


def opaque_atom(name: str, key: str, arguments: tuple[Argument, ...]) -> Opaque:
    """The one opaque size with this function and these arguments."""
    typed = tuple([(type(a).__name__, a) for a in arguments])
    identity = (name if key == "unbacked" else "", key, typed)
    found = _OPAQUES.get(identity)
    if found is None:
        found = object.__new__(Opaque)
        found.name, found.key, found.arguments = name, key, arguments
        dims = [a for a in arguments if isinstance(a, Dim)]
        found.symbols = frozenset().union(*[a.symbols for a in dims])
        own = {name} if key == "unbacked" else set()
        found.unbacked = frozenset(own).union(*[a.unbacked for a in dims])
        parts = [structure(a) if isinstance(a, Dim) else repr(a) for a in arguments]
        found.label = f"{key}:{identity[0]}:{crc32(repr(parts).encode()):08x}"
        _OPAQUES[identity] = found
    return found


def interned(terms: tuple[Term, ...]) -> Dim:
    """The one Dim with these terms, or with other terms that make the same function."""
    found = _INTERNED.get(terms)
    if found is not None:
        return found
    atoms = tuple(sorted({atom for _, factors in terms for atom, _ in factors}, key=atom_key))
    if len(terms) > 1 or any(len(factors) > 1 for _, factors in terms):
        value: list[object] = [atoms, fingerprint(terms)]
        while (known := _BY_VALUE.get(tuple(value))) is not None:
            if is_zero([*known.terms, *[(-c, factors) for c, factors in terms]]):
                _INTERNED[terms] = known
                return known
            value.append("next")
        found = _fresh(terms, atoms)
        _BY_VALUE[tuple(value)] = found
    else:
        found = _fresh(terms, atoms)
    _INTERNED[terms] = found
    return found


def _fresh(terms: tuple[Term, ...], atoms: tuple[Atom, ...]) -> Dim:
    dim = object.__new__(Dim)
    dim.terms, dim.atoms, dim._text = terms, atoms, None
    opaques = [atom for atom in atoms if isinstance(atom, Opaque)]
    dim.symbols = frozenset([a for a in atoms if isinstance(a, str)]).union(*[o.symbols for o in opaques])
    dim.unbacked = frozenset().union(*[o.unbacked for o in opaques])
    if len(atoms) == 1 and isinstance(atoms[0], str):
        dim.is_integer = ax.is_integer(terms[0][1][0][1])
    else:
        dim.is_integer = all(term_content(term).denominator == 1 for term in terms)
    return dim


def _reduced_dim(dim: Dim) -> tuple[object, ...]:
    return from_terms, (dim.terms,)


def _reduced_opaque(atom: Opaque) -> tuple[object, ...]:
    return opaque_atom, (atom.name, atom.key, atom.arguments)


# unpickling interns again
copyreg.pickle(Dim, _reduced_dim)  # type: ignore[arg-type]
copyreg.pickle(Opaque, _reduced_opaque)  # type: ignore[arg-type]
