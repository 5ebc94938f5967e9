"""Sizes, predicates and domains as JSON-able data, exactly."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any

from convlint.symbolic import axis as ax
from convlint.symbolic.axis import Axis
from convlint.symbolic.canonical import from_terms, opaque, unbacked
from convlint.symbolic.dim import Argument, Atom, Dim, Number, Opaque, Size, Term
from convlint.symbolic.domain import Domain
from convlint.symbolic.intset import IntSet
from convlint.symbolic.predicate import FALSE, TRUE, AllOf, AnyOf, Predicate, Relation, Within
from convlint.symbolic.quasi import Periodic, quasi

Json = Any
"""What `json` reads and writes: dict, list, str, int, float, bool, None."""


def size_to_json(size: Size) -> Json:
    """An int as it is, a Dim as the list of its terms."""
    if not isinstance(size, Dim):
        return size
    return {
        "terms": [
            [_number_to_json(c), [[_atom_to_json(atom), _axis_to_json(f)] for atom, f in factors]]
            for c, factors in size.terms
        ]
    }


def size_from_json(data: Json) -> Size:
    """The size that `size_to_json` wrote."""
    if isinstance(data, int):
        return data
    terms: list[Term] = [
        (
            _number_from_json(coefficient),
            tuple([(_atom_from_json(atom), _axis_from_json(function)) for atom, function in factors]),
        )
        for coefficient, factors in data["terms"]
    ]
    return from_terms(terms)


def predicate_to_json(predicate: Predicate) -> Json:
    """The statement, tagged by its kind."""
    match predicate:
        case Within(symbol, allowed):
            return {"within": symbol, "set": set_to_json(allowed)}
        case Relation(dim, op):
            return {"relation": op, "size": size_to_json(dim)}
        case AllOf(parts):
            return {"all": [predicate_to_json(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [predicate_to_json(part) for part in parts]}
    raise TypeError(f"no predicate: {predicate!r}")


def predicate_from_json(data: Json) -> Predicate:
    """The statement that `predicate_to_json` wrote."""
    if "within" in data:
        return Within(data["within"], set_from_json(data["set"]))
    if "relation" in data:
        dim = size_from_json(data["size"])
        if not isinstance(dim, Dim):
            raise TypeError("a relation needs a size with symbols")
        return Relation(dim, data["relation"])
    if "all" in data:
        parts = tuple([predicate_from_json(part) for part in data["all"]])
        return AllOf(parts) if parts else TRUE
    parts = tuple([predicate_from_json(part) for part in data["any"]])
    return AnyOf(parts) if parts else FALSE


def domain_to_json(domain: Domain) -> Json:
    """The sets by symbol, and the relations."""
    return {
        "sets": {name: set_to_json(allowed) for name, allowed in domain.sets.items()},
        "relations": [predicate_to_json(relation) for relation in domain.relations],
    }


def domain_from_json(data: Json) -> Domain:
    """The domain that `domain_to_json` wrote."""
    sets = {name: set_from_json(allowed) for name, allowed in data["sets"].items()}
    return Domain(sets, [predicate_from_json(relation) for relation in data["relations"]])


def set_to_json(allowed: IntSet) -> Json:
    """Segments as `[lo, hi, modulus, mask in hexadecimal]`; `hi` is excluded, or null."""
    return [[lo, hi, modulus, f"{mask:x}"] for lo, hi, modulus, mask in allowed.segments]


def set_from_json(data: Json) -> IntSet:
    """The set that `set_to_json` wrote."""
    return IntSet([(lo, hi, modulus, int(mask, 16)) for lo, hi, modulus, mask in data])


def _number_to_json(value: Number) -> Json:
    return value if isinstance(value, int) else [value.numerator, value.denominator]


def _number_from_json(data: Json) -> Number:
    return data if isinstance(data, int) else Fraction(*data)


def _atom_to_json(atom: Atom) -> Json:
    if isinstance(atom, str):
        return atom
    return {"name": atom.name, "key": atom.key, "args": [_argument_to_json(a) for a in atom.arguments]}


def _atom_from_json(data: Json) -> Atom:
    if isinstance(data, str):
        return data
    arguments = [_argument_from_json(a) for a in data["args"]]
    size = unbacked(data["name"]) if data["key"] == "unbacked" else opaque(data["name"], data["key"], arguments)
    if not isinstance(size, Dim) or not isinstance(size.atoms[0], Opaque):
        raise TypeError(f"no opaque size: {data!r}")
    return size.atoms[0]


def _argument_to_json(argument: Argument) -> Json:
    if isinstance(argument, float):
        return {"float": argument.hex()}
    if isinstance(argument, Fraction):
        return {"fraction": [argument.numerator, argument.denominator]}
    return size_to_json(argument)


def _argument_from_json(data: Json) -> Argument:
    if isinstance(data, dict) and "float" in data:
        return float.fromhex(data["float"])
    if isinstance(data, dict) and "fraction" in data:
        return Fraction(*data["fraction"])
    return size_from_json(data)


def _axis_to_json(function: Axis) -> Json:
    return [
        [start, law.denominator, [_periodic_to_json(values) for values in law.coefficients]]
        for start, law in function.pieces
    ]


def _axis_from_json(data: Json) -> Axis:
    return ax.assemble(
        [
            (start, quasi(denominator, [_periodic_from_json(values) for values in coefficients]))
            for start, denominator, coefficients in data
        ]
    )


def _periodic_to_json(values: Periodic) -> Json:
    """The first value, then runs of equal steps `[step, count]`: long periods are ramps."""
    steps = [b - a for a, b in pairwise(values)]
    return [values[0], *[[step, len(list(run))] for step, run in groupby(steps)]]


def _periodic_from_json(data: Sequence[Any]) -> Periodic:
    values = [int(data[0])]
    for step, count in data[1:]:
        for _ in range(count):
            values.append(values[-1] + step)
    return tuple(values)
