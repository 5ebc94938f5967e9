"""Sizes: exact sums of products of one-size functions, interned so that equal sizes are one object."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Union
from weakref import WeakValueDictionary
from zlib import crc32

from convlint.symbolic import axis as ax
from convlint.symbolic.axis import Axis
from convlint.symbolic.functions import FUNCTIONS, Interval
from convlint.symbolic.functions import multiply as interval_product
from convlint.symbolic.intset import ALL, IntSet
from convlint.symbolic.limits import TooFineError
from convlint.symbolic.quasi import Quasi, quasi
from convlint.symbolic.rational import floor_divided

if TYPE_CHECKING:
    from convlint.symbolic.predicate import Predicate

Number = int | Fraction
Size = Union[int, "Dim"]
Argument = Union[int, float, Fraction, "Dim"]

Atom = Union[str, "Opaque"]
Factors = tuple[tuple[Atom, Axis], ...]
Term = tuple[Number, Factors]
"""A coefficient and the one-size functions that it is multiplied with, one for each atom."""


class UnbackedError(ValueError):
    """The value of a size depends on data, not on the input sizes."""


class Opaque:
    """A size that left the algebra: a function of sizes, computed point by point. Interned."""

    __slots__ = ("__weakref__", "arguments", "key", "label", "name", "symbols", "unbacked")

    name: str
    key: str
    arguments: tuple[Argument, ...]
    symbols: frozenset[str]
    unbacked: frozenset[str]
    label: str

    @property
    def is_integer(self) -> bool:
        """Whether every value is an integer."""
        known = FUNCTIONS[self.key].is_integer
        if known is not None:
            return known
        return all(a.is_integer if isinstance(a, Dim) else isinstance(a, int) for a in self.arguments)

    def evaluate(self, sizes: Mapping[str, int]) -> Number:
        """The value at concrete sizes.

        Raises:
            UnbackedError: for a data-dependent size that `sizes` does not name.
        """
        if self.key == "unbacked":
            if self.name not in sizes:
                raise UnbackedError(f"`{self.name}` depends on data")
            return sizes[self.name]
        values = [a.evaluate(sizes) if isinstance(a, Dim) else a for a in self.arguments]
        return _number(FUNCTIONS[self.key].compute(*values))

    def __repr__(self) -> str:
        """The name and the arguments."""
        return self.name if self.key == "unbacked" else f"{self.key}({', '.join(map(repr, self.arguments))})"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled by its parts; unpickling interns it again."""
        return _opaque_atom, (self.name, self.key, self.arguments)


class Dim:
    """A size that depends on symbols: an immutable, exact function of integers >= 0.

    `terms` is a sum of products; a Dim in one symbol is a single function of it. Where a divisor is zero, the value is
    unspecified. Dims are interned: equal functions of one symbol are one object, and so are equal sums of products of
    such functions, so `==` and `hash` are those of the object.
    """

    __slots__ = ("__weakref__", "_text", "atoms", "is_integer", "symbols", "terms", "unbacked")

    terms: tuple[Term, ...]
    atoms: tuple[Atom, ...]
    symbols: frozenset[str]
    unbacked: frozenset[str]
    is_integer: bool
    _text: str | None

    @property
    def single(self) -> tuple[str, Axis] | None:
        """The symbol and the function, for a size that depends on one symbol only."""
        if len(self.atoms) == 1 and isinstance(self.atoms[0], str):
            return self.atoms[0], self.terms[0][1][0][1]
        return None

    @property
    def constant(self) -> Fraction | None:
        """The value, for a rational number that is no integer."""
        return None if self.atoms else Fraction(self.terms[0][0])

    def evaluate(self, sizes: Mapping[str, int]) -> Number:
        """The value at concrete sizes: an int, or a Fraction where it is no integer.

        Raises:
            KeyError: for a symbol without a size.
            UnbackedError: when the value depends on data.
        """
        total: Number = 0
        for coefficient, factors in self.terms:
            value: Number = coefficient
            for atom, function in factors:
                if not value:
                    break
                value *= _function_at(function, _atom_value(atom, sizes))
            total += value
        return _number(total)

    def __add__(self, other: "Argument") -> Size:
        """Sum."""
        return _add(self, other) if isinstance(other, _EXACT) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other: "Argument") -> Size:
        """Difference."""
        return _subtract(self, other) if isinstance(other, _EXACT) else NotImplemented

    def __rsub__(self, other: "Argument") -> Size:
        """Difference."""
        return _subtract(other, self) if isinstance(other, _EXACT) else NotImplemented

    def __mul__(self, other: "Argument") -> Size:
        """Product."""
        return _multiply(self, other) if isinstance(other, _EXACT) else NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, other: "Argument") -> Size:
        """The exact, rational quotient."""
        return _divide(self, other) if isinstance(other, _EXACT) else NotImplemented

    def __rtruediv__(self, other: "Argument") -> Size:
        """The exact, rational quotient."""
        return _divide(other, self) if isinstance(other, _EXACT) else NotImplemented

    def __floordiv__(self, other: "Argument") -> Size:
        """The quotient rounded down."""
        return _floor_divide(self, other) if isinstance(other, _EXACT) else NotImplemented

    def __rfloordiv__(self, other: "Argument") -> Size:
        """The quotient rounded down."""
        return _floor_divide(other, self) if isinstance(other, _EXACT) else NotImplemented

    def __mod__(self, other: "Argument") -> Size:
        """What the quotient rounded down leaves over."""
        return _modulo(self, other) if isinstance(other, _EXACT) else NotImplemented

    def __rmod__(self, other: "Argument") -> Size:
        """What the quotient rounded down leaves over."""
        return _modulo(other, self) if isinstance(other, _EXACT) else NotImplemented

    def __pow__(self, exponent: "Argument") -> Size:
        """A power; a non-negative integer exponent is exact."""
        if isinstance(exponent, int) and exponent >= 0:
            result: Size = 1
            for _ in range(exponent):
                result = result * self
            return result
        return opaque("pow", "pow", (self, exponent))

    def __neg__(self) -> Size:
        """The negative."""
        return _multiply(self, -1)

    def __pos__(self) -> Size:
        """The size itself."""
        return self

    def __bool__(self) -> bool:
        """Refused: whether a size is zero is a question for a Domain.

        Raises:
            TypeError: always.
        """
        raise TypeError("a symbolic size has no truth value of its own; ask Domain.decide")

    def __copy__(self) -> "Dim":
        """The same object: Dims are immutable."""
        return self

    def __deepcopy__(self, memo: object) -> "Dim":
        """The same object: Dims are immutable."""
        return self

    def __repr__(self) -> str:
        """The ASCII rendering."""
        if self._text is None:
            from convlint.symbolic.render import render

            self._text = render(self, ascii=True)
        return self._text

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled by its terms; unpickling interns it again."""
        return from_terms, (self.terms,)


_EXACT = (int, Fraction, Dim)


def symbol(name: str) -> Dim:
    """The size called `name`: any integer >= 0."""
    return _atom_dim(name)


def unbacked(name: str) -> Dim:
    """A size that depends on data: nothing is known about it but its name."""
    return _atom_dim(_opaque_atom(name, "unbacked", ()))


def opaque(name: str, function_key: str, arguments: Sequence[Argument]) -> Size:
    """`FUNCTIONS[function_key]` of the arguments, as a size that is only known point by point.

    Raises:
        KeyError: for a function that is not registered.
    """
    function = FUNCTIONS[function_key]
    if all(not isinstance(a, Dim) for a in arguments) and function_key != "unbacked":
        return as_size(_number(function.compute(*arguments)))
    return _atom_dim(_opaque_atom(name, function_key, tuple(arguments)))


def as_size(value: "Number | Dim") -> Size:
    """A plain int where the value is an integer constant, else a Dim."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else _interned(((value, ()),))
    return value


def evaluate(size: "Size | Fraction", sizes: Mapping[str, int]) -> Number:
    """The value of a size, be it an int or a Dim."""
    return size.evaluate(sizes) if isinstance(size, Dim) else size


def is_integer(size: Size) -> bool:
    """Whether the size is an integer for all values of its symbols, as far as the algebra can see."""
    return size.is_integer if isinstance(size, Dim) else True


def symbols_of(size: "Size | Fraction | float") -> frozenset[str]:
    """The symbols that a size depends on."""
    return size.symbols if isinstance(size, Dim) else frozenset()


def _number(value: int | float | Fraction) -> Number:
    if isinstance(value, int):
        return value
    exact = Fraction(value)
    return exact.numerator if exact.denominator == 1 else exact


@lru_cache(maxsize=16384)
def _function_at(function: Axis, n: int) -> Number:
    return _number(function.at(n))


def _atom_value(atom: Atom, sizes: Mapping[str, int]) -> int:
    # a fraction, from a ratio of sizes, only ever meets a polynomial
    return sizes[atom] if isinstance(atom, str) else atom.evaluate(sizes)  # type: ignore[return-value]


def _atom_key(atom: Atom) -> tuple[bool, str]:
    return (not isinstance(atom, str), atom if isinstance(atom, str) else atom.label)


_OPAQUES: "WeakValueDictionary[tuple[object, ...], Opaque]" = WeakValueDictionary()


def _opaque_atom(name: str, key: str, arguments: tuple[Argument, ...]) -> Opaque:
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
        parts = [_structure(a) if isinstance(a, Dim) else repr(a) for a in arguments]
        found.label = f"{key}:{identity[0]}:{crc32(repr(parts).encode()):08x}"
        _OPAQUES[identity] = found
    return found


def _structure(size: Dim) -> list[object]:
    """What a Dim is made of, as nested plain data: deterministic from process to process."""
    return [(str(c), [(_atom_key(a), f.sort_key()) for a, f in factors]) for c, factors in size.terms]


_INTERNED: "WeakValueDictionary[tuple[Term, ...], Dim]" = WeakValueDictionary()
_BY_VALUE: "WeakValueDictionary[tuple[object, ...], Dim]" = WeakValueDictionary()


def from_terms(terms: Iterable[Term]) -> Size:
    """The size with these terms, in canonical form."""
    try:
        return _collected(terms)
    except TooFineError:
        return _too_fine(terms)


def _too_fine(terms: Iterable[Term]) -> Size:
    """A sum whose terms need too fine a modulus together: each on its own, added point by point."""
    return opaque("sum", "add", [_collected([term]) for term in terms])


def _interned(terms: tuple[Term, ...]) -> Dim:
    """The one Dim with these terms, or with other terms that make the same function."""
    found = _INTERNED.get(terms)
    if found is not None:
        return found
    atoms = tuple(sorted({atom for _, factors in terms for atom, _ in factors}, key=_atom_key))
    if len(terms) > 1 or any(len(factors) > 1 for _, factors in terms):
        value: list[object] = [atoms, _fingerprint(terms)]
        while (known := _BY_VALUE.get(tuple(value))) is not None:
            if _is_zero([*known.terms, *[(-c, factors) for c, factors in terms]]):
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
        dim.is_integer = all(_term_content(term).denominator == 1 for term in terms)
    return dim


_FINGERS = ((0, 2), (2, 5), (9, 60), (1000, 911))
"""Arbitrary points for each atom: `start + hash % spread`."""


def _fingerprint(terms: Iterable[Term]) -> tuple[Number, ...]:
    """The values at a few arbitrary points: equal functions agree on them, others hardly ever."""
    totals: list[Number] = [0] * len(_FINGERS)
    for coefficient, factors in terms:
        values = [coefficient] * len(_FINGERS)
        for atom, function in factors:
            code = crc32(_atom_key(atom)[1].encode())
            values = [
                value and value * _function_at(function, start + code % spread)
                for value, (start, spread) in zip(values, _FINGERS, strict=True)
            ]
        totals = [total + value for total, value in zip(totals, values, strict=True)]
    return tuple(totals)


def _term_content(term: Term) -> Fraction:
    """A number that divides every value of the term; Fraction(1, 2) for one that may be anything."""
    coefficient, factors = term
    common = Fraction(coefficient)
    for atom, function in factors:
        if isinstance(atom, Opaque) and not atom.is_integer:
            return Fraction(1, 2)
        common *= ax.content(function)
    return common


def _is_zero(terms: Sequence[Term]) -> bool:
    """Whether the sum of products is the zero function, exactly.

    Collects by one atom: with linearly independent functions of it, each cofactor has to vanish.
    """
    pending: dict[Factors, Number] = {}
    for coefficient, factors in terms:
        pending[factors] = pending.get(factors, 0) + coefficient
    terms = [(c, factors) for factors, c in pending.items() if c]
    atom = next((atom for _, factors in terms for atom, _ in factors), None)
    if atom is None:
        return not sum([Fraction(c) for c, _ in terms])
    functions: list[Axis] = []
    cofactors: list[list[Term]] = []
    for coefficient, factors in terms:
        mine = next((f for a, f in factors if a == atom), ax.ONE)
        rest = tuple([factor for factor in factors if factor[0] != atom])
        if mine not in functions:
            functions.append(mine)
            cofactors.append([])
        cofactors[functions.index(mine)].append((coefficient, rest))
    for index, combination in _dependencies(functions).items():
        for basis, share in combination.items():
            cofactors[basis].extend([(c * share, rest) for c, rest in cofactors[index]])
        cofactors[index] = []
    return all(_is_zero(cofactor) for cofactor in cofactors if cofactor)


def _dependencies(functions: Sequence[Axis]) -> dict[int, dict[int, Fraction]]:
    """For each function that depends linearly on earlier ones: how. Decided by values at enough points."""
    reduced: list[tuple[int, int, list[Fraction], dict[int, Fraction]]] = []
    result: dict[int, dict[int, Fraction]] = {}
    points = _deciding_points(functions)
    for index, function in enumerate(functions):
        values = [function.at(n) for n in points]
        shares: dict[int, Fraction] = {index: Fraction(1)}
        for _, pivot, row, row_shares in reduced:
            if values[pivot]:
                factor = values[pivot] / row[pivot]
                values = [v - factor * r for v, r in zip(values, row, strict=True)]
                for key, share in row_shares.items():
                    shares[key] = shares.get(key, Fraction(0)) - factor * share
        found = next((i for i, v in enumerate(values) if v), None)
        if found is None:
            own = shares.pop(index)
            result[index] = {key: -share / own for key, share in shares.items() if share}
        else:
            reduced.append((index, found, values, shares))
    return result


def _deciding_points(functions: Sequence[Axis]) -> list[int]:
    """Sizes at which a linear combination of the functions vanishes only if it vanishes everywhere."""
    period = math.lcm(*[law.period for f in functions for _, law in f.pieces])
    degree = max(law.degree for f in functions for _, law in f.pieces)
    starts = sorted({start for f in functions for start, _ in f.pieces})
    points: list[int] = []
    for index, start in enumerate(starts):
        enough = start + period * (degree + 1)
        end = min(enough, starts[index + 1]) if index + 1 < len(starts) else enough
        points.extend(range(start, end))
    return points


def _atom_dim(atom: Atom) -> Dim:
    return _interned(((1, ((atom, ax.IDENTITY),)),))


def of_axis(atom: Atom, function: Axis) -> Size:
    """The size that is this function of the atom."""
    value = function.constant
    return as_size(value) if value is not None else _interned(((1, ((atom, function),)),))


def _collected(terms: Iterable[Term]) -> Size:
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
        pending = _merged_pair(products)
    for atom, function in list(alone.items()):
        value = function.constant
        if value is not None:
            constant += value
            del alone[atom]
    if not products and not alone:
        return as_size(_number(constant))
    if not products and len(alone) == 1:
        ((atom, function),) = alone.items()
        return of_axis(atom, ax.add(function, ax.constant(constant)))
    result: list[Term] = [(c, factors) for factors, c in products.items()]
    for atom, function in alone.items():
        apart = ax.offset(function)
        constant += apart
        coefficient, varying = ax.primitive(ax.add(function, ax.constant(-apart)))
        result.append((_number(coefficient), ((atom, varying),)))
    if constant:
        result.append((_number(constant), ()))
    result.sort(key=_term_key)
    return _interned(tuple(result))


def _term_key(term: Term) -> tuple[object, ...]:
    """Products first, then by names, the constant last."""
    _, factors = term
    return (-len(factors), [_atom_key(a) for a, _ in factors], [f.sort_key() for _, f in factors])


def _merged_pair(products: dict[Factors, Number]) -> list[Term]:
    """Takes two products that agree on all factors but one out of the dictionary; returns their sum."""
    seen: dict[tuple[Atom, Factors], Factors] = {}
    for factors in products:
        for index, (atom, _) in enumerate(factors):
            rest = factors[:index] + factors[index + 1 :]
            other = seen.setdefault((atom, rest), factors)
            if other is not factors:
                mine = ax.scale(factors[index][1], products.pop(factors))
                theirs = ax.scale(other[index][1], products.pop(other))
                return [_product([(1, rest), (1, ((atom, ax.add(mine, theirs)),))])]
    return []


def _product(terms: Iterable[Term]) -> Term:
    """The product of terms, with one primitive factor for each atom."""
    coefficient: Number = 1
    functions: dict[Atom, Axis] = {}
    for own, factors in terms:
        coefficient *= own
        for atom, function in factors:
            functions[atom] = ax.multiply(functions[atom], function) if atom in functions else function
    result: list[tuple[Atom, Axis]] = []
    for atom in sorted(functions, key=_atom_key):
        common, function = ax.primitive(functions[atom])
        coefficient *= common
        if function.constant is None:
            result.append((atom, function))
        elif function is not ax.ONE:
            coefficient *= function.constant
    return (_number(coefficient), tuple(result)) if coefficient else (0, ())


def terms_of(size: "Size | Fraction") -> tuple[Term, ...]:
    """The terms of any size."""
    return size.terms if isinstance(size, Dim) else ((size, ()),) if size else ()


def _same_atom(left: object, right: object) -> Atom | None:
    """The atom, if both sizes are functions of the same single one."""
    if isinstance(left, Dim) and isinstance(right, Dim) and len(left.atoms) == 1 and left.atoms == right.atoms:
        return left.atoms[0]
    return None


def _axis(size: Dim) -> Axis:
    return size.terms[0][1][0][1]


@lru_cache(maxsize=65536)
def _add(left: Dim, right: "Number | Dim") -> Size:
    try:
        atom = _same_atom(left, right)
        if atom is not None and isinstance(right, Dim):
            return of_axis(atom, ax.add(_axis(left), _axis(right)))
        if not isinstance(right, Dim) and len(left.atoms) == 1:
            return of_axis(left.atoms[0], ax.add(_axis(left), ax.constant(right)))
        return _collected([*left.terms, *terms_of(right)])
    except TooFineError:
        return opaque("sum", "add", (left, right))


def _subtract(left: "Number | Dim", right: "Number | Dim") -> Size:
    if isinstance(right, Dim):
        negative = _multiply(right, -1)
        return _add(left, negative) if isinstance(left, Dim) else _sum(left, negative)
    return _add(left, -right) if isinstance(left, Dim) else as_size(left - right)


def _sum(left: "Number | Dim", right: "Number | Dim") -> Size:
    if isinstance(left, Dim):
        return _add(left, right)
    return _add(right, left) if isinstance(right, Dim) else as_size(left + right)


@lru_cache(maxsize=65536)
def _multiply(left: Dim, right: "Number | Dim") -> Size:
    try:
        if not isinstance(right, Dim):
            if not right:
                return 0
            if len(left.atoms) == 1:
                return of_axis(left.atoms[0], ax.scale(_axis(left), right))
            if not left.atoms:
                return as_size(_number(left.terms[0][0] * right))
            return _interned(tuple([(_number(c * right), factors) for c, factors in left.terms]))
        atom = _same_atom(left, right)
        if atom is not None:
            return of_axis(atom, ax.multiply(_axis(left), _axis(right)))
        return _collected([_product([ours, theirs]) for ours in left.terms for theirs in right.terms])
    except TooFineError:
        return opaque("product", "mul", (left, right))


def _times(left: Size, right: "Number | Dim") -> Size:
    if isinstance(left, Dim):
        return _multiply(left, right)
    return _multiply(right, left) if isinstance(right, Dim) else as_size(left * right)


@lru_cache(maxsize=16384)
def _divide(left: "Number | Dim", right: "Number | Dim") -> Size:
    exact = divide_exactly(left, right)
    return opaque("ratio", "ratio", (left, right)) if exact is None else exact


@lru_cache(maxsize=16384)
def divide_exactly(numerator: "Number | Dim", divisor: "Number | Dim") -> Size | None:
    """`q` with `divisor * q == numerator` for all sizes (a rational function of them), or None if there is none.

    Raises:
        ZeroDivisionError: when the divisor is the number 0.
    """
    if not isinstance(divisor, Dim):
        return _times(as_size(numerator), Fraction(1) / divisor)
    if divisor.constant is not None:
        return _times(as_size(numerator), 1 / divisor.constant)
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
            return _times(quotient, Fraction(1) / coefficient)
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
        quotient = ax.divided(mine, function)
        if quotient is None:
            return None
        quotients.append(_product([(1, rest), (1, ((atom, quotient),))]))
    return _collected(quotients)


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
        quotient = _sum(quotient, part)
        rest = _sum(rest, _times(_times(divisor, part), -1))
    return quotient if rest == 0 else None


def _interned_term(term: Term) -> Size:
    return _collected([term])


@lru_cache(maxsize=65536)
def _floor_divide(left: "Number | Dim", right: "Number | Dim") -> Size:
    if not isinstance(right, Dim):
        return floor(_times(as_size(left), Fraction(1) / right))
    exact = divide_exactly(left, right)
    if exact is not None:
        return floor(exact)
    if isinstance(right.single, tuple):
        name, below = right.single
        above = function_of(name, left)
        found = None if above is None else floor_divided(above, below)
        if found is not None:
            return of_axis(name, found)
    return opaque("floordiv", "floordiv", (left, right))


@lru_cache(maxsize=65536)
def _modulo(left: "Number | Dim", right: "Number | Dim") -> Size:
    if isinstance(right, Dim):
        whole = _floor_divide(left, right)
        if isinstance(whole, Dim) and any(isinstance(atom, Opaque) and atom.key == "floordiv" for atom in whole.atoms):
            return opaque("mod", "mod", (left, right))
        return _sum(as_size(left), _times(_times(right, whole), -1))
    kept = from_terms([term for term in terms_of(left) if (_term_content(term) / right).denominator != 1])
    if isinstance(kept, Dim) and len(kept.atoms) > 1:
        return opaque("mod", "mod", (kept, right))
    return _sum(kept, _times(floor(_times(kept, Fraction(1) / right)), -right))


@lru_cache(maxsize=65536)
def floor(value: "Number | Dim") -> Size:
    """The greatest integer at most the value."""
    if not isinstance(value, Dim):
        return math.floor(value)
    if value.is_integer:
        return value
    if value.constant is not None:
        return math.floor(value.constant)
    if any(isinstance(atom, Opaque) and not atom.is_integer for atom in value.atoms):
        return _floor_of_ratio(value)
    try:
        return _floor(value)
    except TooFineError:
        return _floor_apart(0, value)


def _floor(value: Dim) -> Size:
    if len(value.atoms) == 1:
        return of_axis(value.atoms[0], ax.floor(_axis(value)))
    whole: list[Term] = []
    broken: list[Term] = []
    for coefficient, factors in value.terms:
        content = _term_content((1, factors))
        share = math.floor(coefficient * content) / content
        if share:
            whole.append((share, factors))
        if share != coefficient:
            broken.append((coefficient - share, factors))
    return _floor_apart(_collected(whole), _collected(broken))


def _floor_apart(whole: Size, rest: Size) -> Size:
    """`whole + floor(rest)`, where only the rest is broken."""
    if not isinstance(rest, Dim) or rest.constant is not None:
        return _sum(whole, floor(rest))
    if len(rest.atoms) == 1 and whole != 0:
        return _sum(whole, floor(rest))
    denominator = math.lcm(*[_term_content(term).denominator for term in rest.terms])
    return _sum(whole, opaque("floordiv", "floordiv", (_times(rest, denominator), denominator)))


def _floor_of_ratio(value: Dim) -> Size:
    """A multiple of one ratio of sizes becomes a floor division; anything else is divided by one."""
    if len(value.terms) == 1 and len(value.atoms) == 1:
        (coefficient, ((atom, function),)) = value.terms[0]
        common, plain = ax.primitive(function)
        if isinstance(atom, Opaque) and atom.key == "ratio" and plain is ax.IDENTITY:
            above, below = atom.arguments
            factor = Fraction(coefficient * common)
            above = _times(_exact_size(above), factor.numerator)
            return _floor_divide(above, _times(_exact_size(below), factor.denominator))
        if isinstance(atom, Opaque) and atom.key == "pow_float" and function is ax.IDENTITY and coefficient == 1:
            base, exponent = atom.arguments
            if exponent == 0.5 and isinstance(base, Dim) and base.is_integer:
                return opaque("isqrt", "isqrt", (base,))
    return opaque("floordiv", "floordiv", (value, 1))


def _exact_size(argument: Argument) -> Size:
    return as_size(Fraction(argument) if isinstance(argument, float) else argument)


def ceil(value: "Number | Dim") -> Size:
    """The least integer at least the value."""
    return _times(floor(_times(as_size(value), -1)), -1)


def round_half_even(value: "Number | Dim") -> Size:
    """The nearest integer, the even one of two: Python's `round`."""
    if not isinstance(value, Dim):
        return round(value)
    if value.is_integer:
        return value
    up = _sum(value, Fraction(1, 2))
    if len(value.atoms) > 1:
        return opaque("round", "round", (value,))
    nearest = floor(up)
    is_tie = _subtract(1, _subtract(ceil(up), nearest))
    return _subtract(nearest, _times(is_tie, _modulo(nearest, 2)))


NO_SETS: Mapping[str, IntSet] = {}


def bounds(size: "Number | Dim", sets: Mapping[str, IntSet] = NO_SETS) -> Interval:
    """An interval that holds every value, for symbols in the given non-empty sets (any integer >= 0 by default).

    Exact for one symbol; None is infinite.
    """
    if not isinstance(size, Dim):
        return (size, size)
    low: Number | None = 0
    high: Number | None = 0
    for coefficient, factors in size.terms:
        product: Interval = (coefficient, coefficient)
        for atom, function in factors:
            product = interval_product(product, _factor_bounds(atom, function, sets))
        low = None if low is None or product[0] is None else low + product[0]
        high = None if high is None or product[1] is None else high + product[1]
    return low, high


def _factor_bounds(atom: Atom, function: Axis, sets: Mapping[str, IntSet]) -> Interval:
    if isinstance(atom, str):
        return ax.extent(function, sets.get(atom, ALL))
    low, high = opaque_bounds(atom, sets)
    if function is ax.IDENTITY:
        return low, high
    if atom.is_integer and low is not None and low >= 0:
        inside = IntSet.between(math.ceil(low), None if high is None else math.floor(high))
        return (None, None) if inside.is_empty else ax.extent(function, inside)
    law = function.tail
    if law.degree > 1 or any(len(values) > 1 for values in law.coefficients[1:]):
        return (None, None)
    slope = Fraction(law.coefficients[1][0] if law.degree else 0, law.denominator)
    free = law.coefficients[0]
    scaled = interval_product((slope, slope), (low, high))
    return (
        None if scaled[0] is None else scaled[0] + Fraction(min(free), law.denominator),
        None if scaled[1] is None else scaled[1] + Fraction(max(free), law.denominator),
    )


def opaque_bounds(atom: Opaque, sets: Mapping[str, IntSet] = NO_SETS) -> Interval:
    """An interval that holds every value of a size outside the algebra."""
    arguments = [bounds(a, sets) if isinstance(a, Dim) else (Fraction(a), Fraction(a)) for a in atom.arguments]
    return FUNCTIONS[atom.key].bounds(arguments)


def choose_where(name: str, where: IntSet, inside: Size, outside: Size) -> Size:
    """`inside` where the symbol lies in the set, `outside` elsewhere."""
    if where.is_all or inside is outside:
        return inside
    if where.is_empty:
        return outside
    try:
        ours, theirs = function_of(name, inside), function_of(name, outside)
        if ours is not None and theirs is not None:
            return of_axis(name, ax.choose(where, ours, theirs))
        indicator = of_axis(name, ax.choose(where, ax.ONE, ax.ZERO))
    except TooFineError:
        indicator_set = ax.choose(where, ax.ONE, ax.ZERO)
        return opaque("select", "select_gt", (of_axis(name, indicator_set), inside, outside))
    return _sum(outside, _times(_sum(inside, _times(outside, -1)), indicator))


def function_of(name: str, size: "Size | Fraction") -> Axis | None:
    """The size as a function of one symbol, if it depends on no other."""
    if not isinstance(size, Dim):
        return ax.constant(size)
    if not size.atoms:
        return ax.constant(size.terms[0][0])
    return _axis(size) if size.atoms == (name,) else None


def select(where: "Predicate", inside: Size, outside: Size) -> Size:
    """`inside` where the predicate holds, `outside` elsewhere."""
    return where.choose(inside, outside)


def maximum(left: Size, right: Size) -> Size:
    """The greater of two sizes."""
    if not isinstance(left, Dim) and not isinstance(right, Dim):
        return max(left, right)
    return _extreme(left, right, "max")


def minimum(left: Size, right: Size) -> Size:
    """The lesser of two sizes."""
    if not isinstance(left, Dim) and not isinstance(right, Dim):
        return min(left, right)
    return _extreme(left, right, "min")


@lru_cache(maxsize=16384)
def _extreme(left: Size, right: Size, key: str) -> Size:
    excess = _subtract(left, right) if key == "max" else _subtract(right, left)
    if not isinstance(excess, Dim):
        return left if excess >= 0 else right
    low, high = bounds(excess)
    if low is not None and low >= 0:
        return left
    if high is not None and high <= 0:
        return right
    found = excess.single
    if found is not None:
        try:
            return choose_where(found[0], ax.nonnegative(found[1]), left, right)
        except TooFineError:
            pass
    first, second = sorted((left, right), key=_size_key)
    return opaque(key, key, (first, second))


def _size_key(size: Size) -> str:
    return repr(_structure(size)) if isinstance(size, Dim) else f"{size:020}"


def substitute(size: Size, sizes: Mapping[str, Size]) -> Size:
    """The size with other sizes in the place of symbols; these must be integers >= 0 to keep their meaning."""
    if not isinstance(size, Dim) or size.symbols.isdisjoint(sizes):
        return size
    total: Size = 0
    for coefficient, factors in size.terms:
        product: Size = as_size(coefficient)
        for atom, function in factors:
            if isinstance(atom, str):
                inner = sizes.get(atom)
                value = of_axis(atom, function) if inner is None else apply(function, inner)
            else:
                value = apply(function, rebuild(atom, [_substituted(a, sizes) for a in atom.arguments]))
            product = _times(product, value)
        total = _sum(total, product)
    return total


def _substituted(argument: Argument, sizes: Mapping[str, Size]) -> Argument:
    return substitute(argument, sizes) if isinstance(argument, Dim) else argument


def apply(function: Axis, inner: Size) -> Size:
    """
    `function(inner)`, for an integer-valued inner size.

    Raises:
        TooFineError: when it would need too large a modulus.
    """
    if not isinstance(inner, Dim):
        return as_size(_number(function.at(inner)))
    if len(inner.atoms) == 1 and inner.is_integer and (isinstance(inner.atoms[0], str) or function.is_single):
        return of_axis(inner.atoms[0], ax.compose(function, _axis(inner)))
    value = _law_of(function.pieces[0][1], inner)
    for start, law in function.pieces[1:]:
        value = _choose_by_sign("select_ge")(_subtract(inner, start), _law_of(law, inner), value)
    return value


def _law_of(law: Quasi, inner: Dim) -> Size:
    """Term by term; a periodic coefficient becomes a function of `inner % period`."""
    total: Size = 0
    power: Size = 1
    for values in law.coefficients:
        coefficient: Size = values[0]
        if len(values) > 1:
            residue = _modulo(inner, len(values))
            table = quasi(1, (values,))
            if not isinstance(residue, Dim):
                coefficient = values[residue]
            elif len(residue.atoms) == 1 and residue.is_integer:
                coefficient = apply(ax.single(table), residue)
            else:
                raise TooFineError("a periodic function of several symbols")
        total = _sum(total, _times(power, coefficient))
        power = _times(power, inner)
    return _times(total, Fraction(1, law.denominator))


def rebuild(atom: Opaque, arguments: Sequence[Argument]) -> Size:
    """The function of an opaque size applied to other arguments, in the algebra where these allow it."""
    law = _REBUILD.get(atom.key)
    if law is None or any(isinstance(a, float) for a in arguments):
        return opaque(atom.name, atom.key, arguments)
    return law(*[_exact_size(a) for a in arguments])


def _choose_by_sign(key: str) -> Callable[[Size, Size, Size], Size]:
    def choose(test: Size, inside: Size, outside: Size) -> Size:
        if isinstance(test, Dim) and test.single is not None:
            name, function = test.single
            if key == "select_eq":
                where = ax.zeros(function)
            elif key == "select_ge":
                where = ax.nonnegative(function)
            else:
                where = ~ax.nonnegative(ax.scale(function, -1))
            return choose_where(name, where, inside, outside)
        return opaque("select", key, (test, inside, outside))

    return choose


_REBUILD: Mapping[str, Callable[..., Size]] = {
    "floordiv": _floor_divide,
    "mod": _modulo,
    "ratio": _divide,
    "min": minimum,
    "max": maximum,
    "add": _sum,
    "mul": _times,
    **{key: _choose_by_sign(key) for key in ("select_ge", "select_gt", "select_eq")},
}
