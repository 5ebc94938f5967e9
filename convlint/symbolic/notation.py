"""How numbers, sums and products are written: in Unicode, or in ASCII that can be parsed again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd, lcm

from convlint.symbolic.dim import Number

_BATCH = ("N", "B")
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SIGNS = {"==": "=", "!=": "≠", ">=": "≥", "<=": "≤", "in": "∈", "not in": "∉"}


@dataclass(frozen=True, slots=True)
class Item:
    """A summand: a coefficient and what it multiplies (nothing for a constant).

    `is_atom` says that the body can be multiplied or raised as it stands, `is_product` that it can be multiplied.
    `lead` is written before the coefficient.
    """

    coefficient: Fraction
    body: str = ""
    is_atom: bool = True
    is_product: bool = False
    lead: str = ""

    def times(self, factor: Number) -> "Item":
        """The summand with its coefficient multiplied."""
        return replace(self, coefficient=self.coefficient * factor)


@dataclass(frozen=True, slots=True)
class Notation:
    """One of the two ways to write."""

    ascii: bool

    @property
    def minus(self) -> str:
        """The sign of a negative number."""
        return "-" if self.ascii else "−"

    @property
    def dot(self) -> str:
        """What stands between two factors."""
        return "*" if self.ascii else "·"

    def op(self, op: str) -> str:
        """A comparison as it is written: `<=` or `≤`."""
        return op if self.ascii else _SIGNS.get(op, op)

    def number(self, value: Fraction) -> str:
        """A number, as a ratio if need be."""
        text = str(abs(value.numerator)) + (f"/{value.denominator}" if value.denominator > 1 else "")
        return self.minus + text if value < 0 else text

    def sum(self, items: Sequence[Item]) -> str:
        """The items added up; a common denominator once at the end."""
        if not items:
            return "0"
        denominator = lcm(*[item.coefficient.denominator for item in items])
        if denominator > 1 and len(items) > 1:
            return f"({self.sum([item.times(denominator) for item in items])})/{denominator}"
        ordered = list(items)
        if ordered[0].coefficient < 0:
            first = next((i for i in ordered if i.coefficient > 0), None)
            if first is not None:
                ordered.remove(first)
                ordered.insert(0, first)
        text = ""
        for item in ordered:
            sign = self.minus if item.coefficient < 0 else "+" if text else ""
            body = self.product(abs(item.coefficient), item)
            # a leading minus would bind closer than the division of `H//2`
            text += f"{sign}({body})" if sign == "-" and not text and "/" in body else sign + body
        return text

    def product(self, coefficient: Fraction, item: Item) -> str:
        """The item with a positive coefficient in place of its own."""
        if not item.body:
            return self.number(coefficient)
        number = "" if coefficient.numerator == 1 else str(coefficient.numerator)
        body = item.body
        if item.lead:
            body = self.dot.join([part for part in (item.lead, number, body) if part])
        elif number:
            group = body if item.is_atom or item.is_product else f"({body})"
            body = f"{number}{self.dot if self.ascii or item.is_product else ''}{group}"
        elif coefficient.denominator > 1 and not item.is_atom and (self.ascii or not item.is_product):
            body = f"({body})"
        return body + (f"/{coefficient.denominator}" if coefficient.denominator > 1 else "")

    def product_item(self, coefficient: Fraction, sums: Sequence[list[Item]]) -> Item:
        """Factors side by side: the batch first, then the number, then the rest."""
        bodies: list[str] = []
        for items in sums:
            content = common(items)
            coefficient *= content
            reduced = [item.times(1 / content) for item in items]
            only = reduced[0] if len(reduced) == 1 else None
            plain = only is not None and only.coefficient == 1 and only.is_atom
            bodies.append(reduced[0].body if plain else f"({self.sum(reduced)})")
        batch = [body for body in bodies if body in _BATCH]
        others = [body for body in bodies if body not in _BATCH]
        if not others:
            batch, others = [], batch
        return Item(coefficient, self.dot.join(others), is_atom=False, is_product=True, lead=self.dot.join(batch))

    def power(self, body: str, exponent: int) -> tuple[str, bool]:
        """`(text, is a single atom)` of a body raised to a power >= 1."""
        if exponent == 1:
            return body, True
        return (f"{body}**{exponent}", True) if self.ascii else (body + str(exponent).translate(_SUPERSCRIPTS), True)


def common(items: Sequence[Item]) -> Fraction:
    """The greatest number that all coefficients are multiples of; with the sign of the only one."""
    denominator = lcm(*[item.coefficient.denominator for item in items])
    greatest = gcd(*[int(item.coefficient * denominator) for item in items])
    sign = -1 if len(items) == 1 and items[0].coefficient < 0 else 1
    return Fraction(sign * greatest, denominator)
