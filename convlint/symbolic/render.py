"""Sizes, predicates and domains as text: the shortest honest form, in Unicode or in ASCII that can be parsed again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import gcd, lcm
from typing import TYPE_CHECKING

from convlint.symbolic import axis as ax
from convlint.symbolic import closed_form as cf
from convlint.symbolic.axis import Axis
from convlint.symbolic.dim import Argument, Atom, Dim, Number, Opaque, Size, Term
from convlint.symbolic.factor import factors
from convlint.symbolic.intset import IntSet
from convlint.symbolic.predicate import FALSE, TRUE, AllOf, AnyOf, Predicate, Relation, Within
from convlint.symbolic.quasi import Quasi
from convlint.symbolic.segments import Segment

if TYPE_CHECKING:
    from convlint.symbolic.domain import Domain

_BATCH = ("N", "B")
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_MAX_TABLE = 8
_MAX_RESIDUES = 16
_MAX_RANGES = 6
_MAX_CASES = 4


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


def render(size: "Size | Fraction", *, ascii: bool = False, domain: "Domain | None" = None) -> str:  # noqa: A002
    """The size as text, such as `⌈H/32⌉`; simplified under the domain if one is given."""
    if domain is not None and isinstance(size, Dim):
        size = domain.simplify(size)
    return _Style(ascii).size(size)


def render_shape(sizes: Sequence[Size], *, ascii: bool = False, domain: "Domain | None" = None) -> str:  # noqa: A002
    """Sizes one after the other, sums in brackets: `N×64×⌈H/4⌉×(2⌊W/2⌋−1)`."""
    style = _Style(ascii)
    texts = []
    for size in sizes:
        simple = domain.simplify(size) if domain is not None and isinstance(size, Dim) else size
        text = style.size(simple)
        texts.append(f"({text})" if len(style.items(simple)) > 1 and len(sizes) > 1 else text)
    return ("x" if ascii else "×").join(texts)


def render_predicate(predicate: Predicate, *, ascii: bool = False, least: int = 0) -> str:  # noqa: A002
    """The statement as text; sizes below `least` are taken not to occur."""
    return _Style(ascii, least).predicate(predicate)


def render_set(symbol: str, allowed: IntSet, *, ascii: bool = False, least: int = 0) -> str:  # noqa: A002
    """The set as a condition on the symbol, such as `H % 32 ∈ {0, 29}`; sizes below `least` are taken not to occur."""
    return _Style(ascii, least).set(symbol, allowed)


def render_domain(domain: "Domain", *, ascii: bool = False) -> str:  # noqa: A002
    """What the domain demands beyond sizes >= 1; `any size` if nothing."""
    style = _Style(ascii, least=1)
    if domain.is_empty:
        return "no size"
    positive = IntSet.at_least(1)
    texts = [style.set(name, allowed) for name, allowed in domain.sets.items() if not positive.is_subset(allowed)]
    texts += [style.predicate(relation) for relation in domain.relations]
    several = len(texts) > 1
    return " and ".join(f"({text})" if several and " or " in text else text for text in texts) or "any size"


@lru_cache(maxsize=4096)
def _rendered(size: Dim, ascii: bool) -> str:  # noqa: A002
    style = _Style(ascii)
    return style.sum(style.items(size))


@dataclass(frozen=True, slots=True)
class _Style:
    ascii: bool
    least: int = 0

    @property
    def minus(self) -> str:
        return "-" if self.ascii else "−"

    @property
    def dot(self) -> str:
        return "*" if self.ascii else "·"

    def size(self, size: "Size | Fraction") -> str:
        if isinstance(size, Dim):
            return _rendered(size, self.ascii)
        return self.number(Fraction(size))

    def number(self, value: Fraction) -> str:
        text = str(abs(value.numerator)) + (f"/{value.denominator}" if value.denominator > 1 else "")
        return self.minus + text if value < 0 else text

    # sums

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

    def items(self, size: "Size | Fraction") -> list[Item]:
        if not isinstance(size, Dim):
            return [Item(Fraction(size))] if size else []
        if not size.atoms:
            return [Item(Fraction(size.terms[0][0]))]
        if len(size.atoms) == 1:
            return self.axis_items(size.atoms[0], size.terms[0][1][0][1])
        coefficient, parts = factors(size)
        if len(parts) > 1:
            return [self.product_item(Fraction(coefficient), [self.items(part) for part in parts])]
        items: list[Item] = []
        for term in size.terms:
            items += self.term_items(term)
        return items

    def term_items(self, term: Term) -> list[Item]:
        coefficient, parts = term
        if not parts:
            return [Item(Fraction(coefficient))]
        sums = [self.axis_items(atom, function) for atom, function in parts]
        if len(sums) == 1:
            return [item.times(coefficient) for item in sums[0]]
        return [self.product_item(Fraction(coefficient), sums)]

    def product_item(self, coefficient: Fraction, sums: Sequence[list[Item]]) -> Item:
        """Factors side by side: the batch first, then the number, then the rest."""
        bodies: list[str] = []
        for items in sums:
            content = _common(items)
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

    # functions of one size

    def axis_items(self, atom: Atom, function: Axis) -> list[Item]:
        if isinstance(atom, Opaque):
            return self.opaque_items(atom, function)
        if function.is_single:
            return self.law_items(atom, function.tail)
        return [Item(Fraction(1), *self.pieces(atom, function))]

    def pieces(self, name: str, function: Axis) -> tuple[str, bool]:
        """A maximum or minimum of two laws, or cases."""
        texts = [self.sum(self.law_items(name, law)) for _, law in function.pieces]
        if len(function.pieces) == 2:
            (_, low), (_, high) = function.pieces
            one, other = ax.single(low), ax.single(high)
            above = ax.nonnegative(ax.add(one, ax.scale(other, -1)))
            for key, best in (("max", ax.choose(above, one, other)), ("min", ax.choose(above, other, one))):
                if best is function:
                    if high.constant is not None:
                        texts.reverse()
                    return f"{key}({texts[1]}, {texts[0]})", True
        if len(texts) > _MAX_CASES and not self.ascii:
            return f"({texts[-1]} if {name} ≥ {function.pieces[-1][0]} else …)", True
        text = texts[-1]
        for (start, _), before in zip(reversed(function.pieces[1:]), reversed(texts[:-1]), strict=True):
            text = f"{before} if {name} < {start} else {text}"
            text = f"({text})"
        return text, True

    def law_items(self, body: str, law: Quasi) -> list[Item]:
        parts = cf.parts(law)
        floors = [part for part in parts if isinstance(part, cf.Floor)]
        constant = sum([p.coefficient for p in parts if isinstance(p, cf.Monomial) and p.exponent == 0], Fraction(0))
        others = [self.part_item(body, p) for p in parts if not isinstance(p, cf.Floor) and not _is_constant(p)]
        best: tuple[int, list[Item]] | None = None
        for choice in product(*[self.floor_variants(body, floor) for floor in floors]):
            left = constant + sum([change for _, _, change in choice])
            length = sum([length for length, _, _ in choice]) + (len(self.number(left)) if left else 0)
            if best is None or length < best[0]:
                best = length, [*[item for _, item, _ in choice], *([Item(left)] if left else [])]
        return [*others, *best[1]] if best else others

    def floor_variants(self, body: str, floor: cf.Floor) -> list[tuple[int, Item, Fraction]]:
        """`(length in Unicode, summand, change of the constant)` of each way to write a floor."""
        pretty = _Style(ascii=False)
        found: list[tuple[int, Item, Fraction]] = []
        for is_ceiling, shift, change in cf.variants(floor):
            drawn = pretty.floor_item(floor, is_ceiling, pretty.linear(body, floor.multiplier, shift))
            item = (
                self.floor_item(floor, is_ceiling, self.linear(body, floor.multiplier, shift)) if self.ascii else drawn
            )
            found.append((len(drawn.body), item, floor.coefficient * change))
        return found

    def linear(self, body: str, multiplier: int, shift: int) -> tuple[str, bool]:
        """`(text, is a single atom)` of multiplier * S + shift."""
        items = [Item(Fraction(multiplier), body)]
        if shift:
            items.append(Item(Fraction(shift)))
        return self.sum(items), not shift and (multiplier == 1 or not self.ascii)

    def floor_item(self, floor: cf.Floor, is_ceiling: bool, inner: tuple[str, bool]) -> Item:
        text, is_atom = inner
        over = text if is_atom else f"({text})"
        if not self.ascii:
            left, right = "⌈⌉" if is_ceiling else "⌊⌋"
            return Item(floor.coefficient, f"{left}{over}/{floor.divisor}{right}")
        if is_ceiling:
            return Item(floor.coefficient, f"ceil({over}/{floor.divisor})")
        return Item(floor.coefficient, f"{over}//{floor.divisor}", is_atom=False)

    def part_item(self, body: str, part: cf.Part) -> Item:
        match part:
            case cf.Monomial(coefficient, exponent):
                return Item(coefficient, *self.power(body, exponent))
            case cf.Remainder(coefficient, direction, shift, modulus):
                text, is_atom = self.linear(body, direction, shift)
                inner = text if is_atom and direction > 0 else f"({text})"
                return Item(coefficient, f"{inner}%{modulus}", is_atom=False)
            case cf.Power(coefficient, base, exponent, other):
                if other is not None:
                    return self.product_item(coefficient, [self.law_items(body, base), self.law_items(body, other)])
                items = self.law_items(body, base)
                simple = len(items) == 1 and items[0].coefficient == 1 and items[0].is_atom
                inner = items[0].body if simple else f"({self.sum(items)})"
                return Item(coefficient, *self.power(inner, exponent))
            case cf.Table(coefficient, values, exponent):
                shown = [self.number(Fraction(v)) for v in values[:_MAX_TABLE]]
                if len(values) > _MAX_TABLE:
                    shown.append("..." if self.ascii else "…")
                table = f"[{', '.join(shown)}][{body}%{len(values)}]"
                if not exponent:
                    return Item(coefficient, table)
                return self.product_item(
                    coefficient, [[Item(Fraction(1), table)], [Item(Fraction(1), *self.power(body, exponent))]]
                )
            case cf.Floor():
                raise AssertionError("floors are written in one of their variants")

    def power(self, body: str, exponent: int) -> tuple[str, bool]:
        if exponent == 1:
            return body, True
        return (f"{body}**{exponent}", True) if self.ascii else (body + str(exponent).translate(_SUPERSCRIPTS), True)

    # sizes outside the algebra

    def opaque_items(self, atom: Opaque, function: Axis) -> list[Item]:
        body, is_atom = self.opaque(atom)
        if function is ax.IDENTITY:
            return [Item(Fraction(1), body, is_atom)]
        return self.law_items(body if is_atom else f"({body})", function.tail)

    def opaque(self, atom: Opaque) -> tuple[str, bool]:
        if atom.key == "unbacked":
            return atom.name, True
        texts = [self.argument(a) for a in atom.arguments]
        grouped = [self.argument(a, grouped=True) for a in atom.arguments]
        match atom.key, self.ascii:
            case "floordiv", _ if atom.arguments[1] == 1:
                return (f"floor({texts[0]})" if self.ascii else f"⌊{texts[0]}⌋"), True
            case "mul_float", _:
                return f"{texts[1]}{'*' if self.ascii else '·'}{grouped[0]}", False
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
                return ("*" if self.ascii else "·").join(grouped), False
            case "round", _ if len(grouped) == 2:
                return f"round({grouped[0]}/{grouped[1]})", True
            case (("select_ge" | "select_gt" | "select_eq"), _):
                op = {"select_ge": "≥", "select_gt": ">", "select_eq": "="}[atom.key]
                op = {"≥": ">=", "=": "=="}.get(op, op) if self.ascii else op
                return f"({texts[1]} if {self.comparison(atom.arguments[0], op)} else {texts[2]})", True
        return f"{atom.key}({', '.join(texts)})", True

    def argument(self, argument: Argument, *, grouped: bool = False) -> str:
        if isinstance(argument, float):
            return repr(argument)
        if not isinstance(argument, Dim):
            return self.number(Fraction(argument))
        items = self.items(argument)
        text = self.sum(items)
        plain = len(items) == 1 and items[0].coefficient == 1 and items[0].is_atom
        return f"({text})" if grouped and not plain else text

    # statements

    def comparison(self, argument: Argument, op: str) -> str:
        """`argument op 0`, with what is subtracted brought to the other side."""
        if not isinstance(argument, Dim):
            return f"{self.argument(argument)} {op} 0"
        items = self.items(argument)
        common = abs(_common(items))
        items = [item.times(1 / common) for item in items]
        left = [item for item in items if item.coefficient > 0]
        right = [item.times(-1) for item in items if item.coefficient < 0]
        one_more = next((item for item in right if not item.body and item.coefficient == 1), None)
        if op in (">=", "≥") and one_more is not None and len(right) > 1:
            right.remove(one_more)
            op = ">"
        if not any(item.body for item in left):
            left, right = right, left
            op = {">=": "<=", "≥": "≤", ">": "<"}.get(op, op)
        return f"{self.sum(left)} {op} {self.sum(right)}"

    def predicate(self, predicate: Predicate, *, inside_all: bool = False) -> str:
        if predicate == TRUE:
            return "True" if self.ascii else "always"
        if predicate == FALSE:
            return "False" if self.ascii else "never"
        if isinstance(predicate, Within):
            text = self.set(predicate.symbol, predicate.allowed)
            return f"({text})" if inside_all and " or " in text else text
        if isinstance(predicate, Relation):
            op = predicate.op
            if not self.ascii:
                op = {"==": "=", "!=": "≠", ">=": "≥", ">": ">"}[op]  # type: ignore[assignment]
            return self.comparison(predicate.dim, op)
        if isinstance(predicate, AllOf):
            return " and ".join([self.predicate(part, inside_all=True) for part in predicate.parts])
        assert isinstance(predicate, AnyOf)
        texts = [
            f"({self.predicate(part)})" if isinstance(part, AllOf) else self.predicate(part) for part in predicate.parts
        ]
        text = " or ".join(texts)
        return f"({text})" if inside_all else text

    def set(self, name: str, allowed: IntSet) -> str:
        """Ranges and residues, the shorter of the set and what it leaves out."""
        here = allowed.clip(self.least)
        if here.is_empty:
            return f"no {name}" if not self.ascii else "False"
        outside = (~allowed).clip(self.least)
        if outside.is_empty:
            return f"{name} {self.op('>=')} {self.least}"
        missing = outside.single
        if missing is not None and missing > self.least:
            return f"{name} {self.op('!=')} {missing}"
        points = [lo for lo, hi, _, _ in here.segments if hi == lo + 1]
        texts = []
        if len(points) > 1:
            texts.append(f"{name} {self.op('in')} {{{', '.join(map(str, points))}}}")
        ranges = [s for s in here.segments if len(points) < 2 or s[1] != s[0] + 1]
        shown = ranges if self.ascii else ranges[:_MAX_RANGES]
        several = len(shown) + len(texts) > 1
        for segment in shown:
            text = self.segment(name, segment)
            texts.append(f"({text})" if several and " and " in text else text)
        if len(ranges) > len(shown):
            texts.append("…")
        return " or ".join(texts)

    def op(self, op: str) -> str:
        return op if self.ascii else {"==": "=", "!=": "≠", ">=": "≥", "<=": "≤", "in": "∈"}[op]

    def segment(self, name: str, segment: Segment) -> str:
        lo, hi, modulus, mask = segment
        at_most = self.op("<=")
        if modulus == 1:
            if hi is None:
                return f"{name} {self.op('>=')} {lo}"
            if hi == lo + 1:
                return f"{name} {self.op('==')} {lo}"
            return f"{name} {at_most} {hi - 1}" if lo <= self.least else f"{lo} {at_most} {name} {at_most} {hi - 1}"
        residues = [r for r in range(modulus) if mask >> r & 1]
        text = self.residues(f"{name} % {modulus}", modulus, residues)
        first = IntSet.residues(modulus, residues).at_or_above(self.least)
        if hi is not None:
            bound = f"{name} {at_most} {hi - 1}" if lo == first else f"{lo} {at_most} {name} {at_most} {hi - 1}"
            return f"{text} and {bound}"
        return text if lo == first else f"{text} and {name} {self.op('>=')} {lo}"

    def residues(self, subject: str, modulus: int, residues: list[int]) -> str:
        if len(residues) == 1:
            return f"{subject} {self.op('==')} {residues[0]}"
        absent = [r for r in range(modulus) if r not in set(residues)]
        if len(absent) == 1:
            return f"{subject} {self.op('!=')} {absent[0]}"
        if len(residues) > 4 and residues[-1] - residues[0] == len(residues) - 1:
            at_most = self.op("<=")
            text = f"{subject} {at_most} {residues[-1]}"
            if residues[0] and residues[-1] == modulus - 1:
                return f"{subject} {self.op('>=')} {residues[0]}"
            return text if residues[0] == 0 else f"{residues[0]} {at_most} {text}"
        if self.ascii:
            return f"{subject} in {{{', '.join(map(str, residues))}}}"
        if len(absent) < len(residues) and len(absent) <= _MAX_RESIDUES:
            return f"{subject} ∉ {{{', '.join(map(str, absent))}}}"
        shown = _with_ranges(residues)
        tail = ["…"] if len(shown) > _MAX_RESIDUES else []
        return f"{subject} ∈ {{{', '.join([*shown[:_MAX_RESIDUES], *tail])}}}"


def _is_constant(part: cf.Part) -> bool:
    return isinstance(part, cf.Monomial) and part.exponent == 0


def _common(items: Sequence[Item]) -> Fraction:
    """The greatest number that all coefficients are multiples of; with the sign of the only one."""
    denominator = lcm(*[item.coefficient.denominator for item in items])
    common = gcd(*[int(item.coefficient * denominator) for item in items])
    sign = -1 if len(items) == 1 and items[0].coefficient < 0 else 1
    return Fraction(sign * common, denominator)


def _with_ranges(residues: list[int]) -> list[str]:
    """Long runs of consecutive residues as a range."""
    shown: list[str] = []
    run: list[int] = []
    for residue in [*residues, -2]:
        if run and residue != run[-1] + 1:
            shown += [f"{run[0]}…{run[-1]}"] if len(run) > 4 else [str(r) for r in run]
            run = []
        run.append(residue)
    return shown
