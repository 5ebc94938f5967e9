"""Sizes as text, and what is said of one: the shortest honest form, recovered from what they compute."""

from fractions import Fraction
from functools import lru_cache

from convlint.symbolic import axis as ax
from convlint.symbolic.axis import Axis
from convlint.symbolic.dim import Argument, Atom, Dim, Opaque, Size, Term
from convlint.symbolic.factor import factors
from convlint.symbolic.law_notation import function_items, law_items
from convlint.symbolic.notation import Item, Notation, common


def size_text(notation: Notation, size: Size | Fraction) -> str:
    """The size as text."""
    if isinstance(size, Dim):
        return _rendered(size, notation.ascii)
    return notation.number(Fraction(size))


@lru_cache(maxsize=4096)
def _rendered(size: Dim, ascii: bool) -> str:  # noqa: A002
    notation = Notation(ascii)
    return notation.sum(size_items(notation, size))


def size_items(notation: Notation, size: Size | Fraction) -> list[Item]:
    """The summands of the size; none for 0."""
    if not isinstance(size, Dim):
        return [Item(Fraction(size))] if size else []
    if not size.atoms:
        return [Item(Fraction(size.terms[0][0]))]
    if len(size.atoms) == 1:
        return _axis_items(notation, size.atoms[0], size.terms[0][1][0][1])
    coefficient, parts = factors(size)
    if len(parts) > 1:
        return [notation.product_item(Fraction(coefficient), [size_items(notation, part) for part in parts])]
    items: list[Item] = []
    for term in size.terms:
        items += _term_items(notation, term)
    return items


def _term_items(notation: Notation, term: Term) -> list[Item]:
    coefficient, parts = term
    if not parts:
        return [Item(Fraction(coefficient))]
    sums = [_axis_items(notation, atom, function) for atom, function in parts]
    if len(sums) == 1:
        return [item.times(coefficient) for item in sums[0]]
    return [notation.product_item(Fraction(coefficient), sums)]


def _axis_items(notation: Notation, atom: Atom, function: Axis) -> list[Item]:
    if isinstance(atom, Opaque):
        return _opaque_items(notation, atom, function)
    return function_items(notation, atom, function)


def _opaque_items(notation: Notation, atom: Opaque, function: Axis) -> list[Item]:
    body, is_atom = _opaque(notation, atom)
    if function is ax.IDENTITY:
        return [Item(Fraction(1), body, is_atom)]
    return law_items(notation, body if is_atom else f"({body})", function.tail)


def _opaque(notation: Notation, atom: Opaque) -> tuple[str, bool]:
    """`(text, is a single atom)` of a size outside the algebra, by how it is computed."""
    if atom.key == "unbacked":
        return atom.name, True
    texts = [_argument(notation, a) for a in atom.arguments]
    grouped = [_argument(notation, a, grouped=True) for a in atom.arguments]
    match atom.key, notation.ascii:
        case "floordiv", _ if atom.arguments[1] == 1:
            return (f"floor({texts[0]})" if notation.ascii else f"⌊{texts[0]}⌋"), True
        case "mul_float", _:
            return f"{texts[1]}{notation.dot}{grouped[0]}", False
        case "div_float", _:
            return f"{grouped[0]}/{grouped[1]}", False
        case "floordiv", False:
            return f"⌊{grouped[0]}/{grouped[1]}⌋", True
        case "floordiv", True:
            return f"{grouped[0]}//{grouped[1]}", False
        case "mod", _:
            return f"{grouped[0]}%{grouped[1]}", False
        case "ratio", _:
            return f"{grouped[0]}/{grouped[1]}", False
        case "truediv_int", _:
            return f"int({grouped[0]}/{grouped[1]})", True
        case "mul_float_floor", False:
            return f"⌊{texts[1]}·{grouped[0]}⌋", True
        case "mul_float_floor", True:
            return f"floor({texts[1]}*{grouped[0]})", True
        case "isqrt", False:
            return f"⌊√{grouped[0]}⌋", True
        case "pow_float", False if atom.arguments[1] == 0.5:
            return f"√{grouped[0]}", True
        case ("pow" | "pow_float"), _:
            return f"{grouped[0]}**{grouped[1]}", True
        case "add", _:
            return "+".join(texts), False
        case "mul", _:
            return notation.dot.join(grouped), False
        case "round", _ if len(grouped) == 2:
            return f"round({grouped[0]}/{grouped[1]})", True
        case (("select_ge" | "select_gt" | "select_eq"), _):
            op = {"select_ge": ">=", "select_gt": ">", "select_eq": "=="}[atom.key]
            return f"({texts[1]} if {comparison_text(notation, atom.arguments[0], op)} else {texts[2]})", True
    return f"{atom.key}({', '.join(texts)})", True


def _argument(notation: Notation, argument: Argument, *, grouped: bool = False) -> str:
    if isinstance(argument, float):
        return repr(argument)
    if not isinstance(argument, Dim):
        return notation.number(Fraction(argument))
    items = size_items(notation, argument)
    text = notation.sum(items)
    plain = len(items) == 1 and items[0].coefficient == 1 and items[0].is_atom
    return f"({text})" if grouped and not plain else text


def comparison_text(notation: Notation, argument: Argument, op: str) -> str:
    """`argument op 0`, with what is subtracted brought to the other side; `op` is `==`, `!=`, `>=` or `>`."""
    if not isinstance(argument, Dim):
        return f"{_argument(notation, argument)} {notation.op(op)} 0"
    items = size_items(notation, argument)
    factor = 1 / abs(common(items))
    items = [item.times(factor) for item in items]
    left = [item for item in items if item.coefficient > 0]
    right = [item.times(-1) for item in items if item.coefficient < 0]
    one_more = next((item for item in right if not item.body and item.coefficient == 1), None)
    if op == ">=" and one_more is not None and len(right) > 1:
        right.remove(one_more)
        op = ">"
    if not any(item.body for item in left):
        left, right = right, left
        op = {">=": "<=", ">": "<"}.get(op, op)
    return f"{notation.sum(left)} {notation.op(op)} {notation.sum(right)}"
