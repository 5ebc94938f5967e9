"""Functions of one size as text: `⌈H/32⌉`, `2⌊(H−1)/2⌋+1`, `max(H, 7)`."""

from fractions import Fraction
from itertools import product

from convlint.symbolic import axis as ax
from convlint.symbolic import closed_form as cf
from convlint.symbolic.axis import Axis
from convlint.symbolic.notation import Item, Notation
from convlint.symbolic.quasi import Quasi

_MAX_TABLE = 8
_MAX_CASES = 4


def function_items(notation: Notation, name: str, function: Axis) -> list[Item]:
    """The summands of a function of the size with this name."""
    if function.is_single:
        return law_items(notation, name, function.tail)
    return [Item(Fraction(1), *_pieces(notation, name, function))]


def _pieces(notation: Notation, name: str, function: Axis) -> tuple[str, bool]:
    """A maximum or minimum of two laws, or cases."""
    texts = [notation.sum(law_items(notation, name, law)) for _, law in function.pieces]
    if len(function.pieces) == 2:
        (_, low), (_, high) = function.pieces
        one, other = ax.single(low), ax.single(high)
        above = ax.nonnegative(ax.add(one, ax.scale(other, -1)))
        for key, best in (("max", ax.choose(above, one, other)), ("min", ax.choose(above, other, one))):
            if best is function:
                if high.constant is not None:
                    texts.reverse()
                return f"{key}({texts[1]}, {texts[0]})", True
    if len(texts) > _MAX_CASES and not notation.ascii:
        return f"({texts[-1]} if {name} ≥ {function.pieces[-1][0]} else …)", True
    text = texts[-1]
    for (start, _), before in zip(reversed(function.pieces[1:]), reversed(texts[:-1]), strict=True):
        text = f"{before} if {name} < {start} else {text}"
        text = f"({text})"
    return text, True


def law_items(notation: Notation, body: str, law: Quasi) -> list[Item]:
    """The summands of a law of the size that is written `body`; each floor so that the whole is shortest."""
    parts = cf.parts(law)
    floors = [part for part in parts if isinstance(part, cf.Floor)]
    constant = sum([p.coefficient for p in parts if isinstance(p, cf.Monomial) and p.exponent == 0], Fraction(0))
    others = [_part_item(notation, body, p) for p in parts if not isinstance(p, cf.Floor) and not _is_constant(p)]
    best: tuple[int, list[Item]] | None = None
    for choice in product(*[_floor_variants(notation, body, floor) for floor in floors]):
        left = constant + sum([change for _, _, change in choice])
        length = sum([length for length, _, _ in choice]) + (len(notation.number(left)) if left else 0)
        if best is None or length < best[0]:
            best = length, [*[item for _, item, _ in choice], *([Item(left)] if left else [])]
    return [*others, *best[1]] if best else others


def _floor_variants(notation: Notation, body: str, floor: cf.Floor) -> list[tuple[int, Item, Fraction]]:
    """`(length in Unicode, summand, change of the constant)` of each way to write a floor."""
    pretty = Notation(ascii=False)
    found: list[tuple[int, Item, Fraction]] = []
    for is_ceiling, shift, change in cf.variants(floor):
        item = _floor_item(notation, body, floor, is_ceiling, shift)
        drawn = _floor_item(pretty, body, floor, is_ceiling, shift) if notation.ascii else item
        found.append((len(drawn.body), item, floor.coefficient * change))
    return found


def _linear(notation: Notation, body: str, multiplier: int, shift: int) -> tuple[str, bool]:
    """`(text, is a single atom)` of multiplier * S + shift."""
    items = [Item(Fraction(multiplier), body)]
    if shift:
        items.append(Item(Fraction(shift)))
    return notation.sum(items), not shift and (multiplier == 1 or not notation.ascii)


def _floor_item(notation: Notation, body: str, floor: cf.Floor, is_ceiling: bool, shift: int) -> Item:
    text, is_atom = _linear(notation, body, floor.multiplier, shift)
    over = text if is_atom else f"({text})"
    if not notation.ascii:
        left, right = "⌈⌉" if is_ceiling else "⌊⌋"
        return Item(floor.coefficient, f"{left}{over}/{floor.divisor}{right}")
    if is_ceiling:
        return Item(floor.coefficient, f"ceil({over}/{floor.divisor})")
    return Item(floor.coefficient, f"{over}//{floor.divisor}", is_atom=False)


def _part_item(notation: Notation, body: str, part: cf.Part) -> Item:
    match part:
        case cf.Monomial(coefficient, exponent):
            return Item(coefficient, *notation.power(body, exponent))
        case cf.Remainder(coefficient, direction, shift, modulus):
            text, is_atom = _linear(notation, body, direction, shift)
            inner = text if is_atom and direction > 0 else f"({text})"
            return Item(coefficient, f"{inner}%{modulus}", is_atom=False)
        case cf.Power(coefficient, base, exponent, other):
            if other is not None:
                return notation.product_item(coefficient, [law_items(notation, body, law) for law in (base, other)])
            items = law_items(notation, body, base)
            simple = len(items) == 1 and items[0].coefficient == 1 and items[0].is_atom
            inner = items[0].body if simple else f"({notation.sum(items)})"
            return Item(coefficient, *notation.power(inner, exponent))
        case cf.Table(coefficient, values, exponent):
            shown = [notation.number(Fraction(v)) for v in values[:_MAX_TABLE]]
            if len(values) > _MAX_TABLE:
                shown.append("..." if notation.ascii else "…")
            table = f"[{', '.join(shown)}][{body}%{len(values)}]"
            if not exponent:
                return Item(coefficient, table)
            return notation.product_item(
                coefficient, [[Item(Fraction(1), table)], [Item(Fraction(1), *notation.power(body, exponent))]]
            )
        case cf.Floor():
            raise AssertionError("floors are written in one of their variants")


def _is_constant(part: cf.Part) -> bool:
    return isinstance(part, cf.Monomial) and part.exponent == 0
