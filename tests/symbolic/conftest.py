"""Random expressions over sizes, each with plain Python that computes the same: the oracle of the property tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from random import Random

import pytest

from convlint.symbolic import canonical, cases, comparison, connectives, rounding
from convlint.symbolic.dim import Size
from convlint.symbolic.predicate import Predicate

Sizes = Mapping[str, int]


@dataclass(frozen=True)
class Expression:
    """An integer expression: as a size of the algebra, as a function of integers, and as text."""

    size: Size
    at: Callable[[Sizes], int]
    text: str


@dataclass(frozen=True)
class Condition:
    """A condition: as a predicate, as a function of integers, and as text."""

    predicate: Predicate
    at: Callable[[Sizes], bool]
    text: str


_COMPARISONS = (
    ("==", comparison.equal, lambda a, b: a == b),
    ("!=", comparison.unequal, lambda a, b: a != b),
    ("<", comparison.less, lambda a, b: a < b),
    ("<=", comparison.less_equal, lambda a, b: a <= b),
    (">", comparison.greater, lambda a, b: a > b),
    (">=", comparison.greater_equal, lambda a, b: a >= b),
)


class Generator:
    """Expressions and conditions on some symbols, the same ones for the same seed."""

    def __init__(self, seed: int, symbols: tuple[str, ...]) -> None:
        self.random = Random(seed)
        self.symbols = symbols

    def expression(self, depth: int) -> Expression:
        """Sums, products, floors and ceilings of quotients, remainders, extremes and cases."""
        if depth == 0 or self.random.random() < 0.1:
            return self._leaf()
        one = self.expression(depth - 1)
        if self.random.random() < 0.65:
            return self._with_a_number(one)
        other = self.expression(depth - 1)
        return self._of_two(one, other)

    def _leaf(self) -> Expression:
        if self.random.random() < 0.15:
            n = self.random.choice((0, 1, 2, 3, 5, 12))
            return Expression(n, lambda _: n, str(n))
        name = self.random.choice(self.symbols)
        return Expression(canonical.symbol(name), lambda sizes: sizes[name], name)

    def _with_a_number(self, one: Expression) -> Expression:
        choose = self.random.choice
        match choose("++++//////%**cfr"):
            case "+":
                n = choose((1, 2, 3, 5, 7, -1, -2, -4))
                return Expression(one.size + n, lambda s: one.at(s) + n, f"({one.text} + {n})")
            case "/":
                n = choose((2, 2, 2, 3, 4, 5, 8, -2, -3))
                return Expression(one.size // n, lambda s: one.at(s) // n, f"({one.text} // {n})")
            case "%":
                n = choose((2, 3, 4, 6, -3))
                return Expression(one.size % n, lambda s: one.at(s) % n, f"({one.text} % {n})")
            case "*":
                n = choose((2, 3, 4, -1, -2))
                return Expression(one.size * n, lambda s: one.at(s) * n, f"({one.text} * {n})")
            case "c":
                share = Fraction(choose((1, 2, 3, 5)), choose((2, 3, 4, 7)))
                return Expression(
                    rounding.ceil(one.size * share), lambda s: -(-one.at(s) * share // 1), f"ceil({one.text} * {share})"
                )
            case "f":
                return Expression(
                    rounding.floor(one.size / 2 + Fraction(1, 3)),
                    lambda s: (Fraction(one.at(s), 2) + Fraction(1, 3)) // 1,
                    f"floor({one.text} / 2 + 1/3)",
                )
        return Expression(
            rounding.round_half_even(one.size * Fraction(1, 2)),
            lambda s: round(Fraction(one.at(s), 2)),
            f"round({one.text} / 2)",
        )

    def _of_two(self, one: Expression, other: Expression) -> Expression:
        match self.random.choice("+-*<>?"):
            case "+":
                total = one.size + other.size
                return Expression(total, lambda s: one.at(s) + other.at(s), f"({one.text} + {other.text})")
            case "-":
                difference = one.size - other.size
                return Expression(difference, lambda s: one.at(s) - other.at(s), f"({one.text} - {other.text})")
            case "*":
                product = one.size * other.size
                return Expression(product, lambda s: one.at(s) * other.at(s), f"({one.text} * {other.text})")
            case ">":
                greater = cases.maximum(one.size, other.size)
                return Expression(greater, lambda s: max(one.at(s), other.at(s)), f"max({one.text}, {other.text})")
            case "<":
                lesser = cases.minimum(one.size, other.size)
                return Expression(lesser, lambda s: min(one.at(s), other.at(s)), f"min({one.text}, {other.text})")
        test = self.condition(1)
        return Expression(
            cases.select(test.predicate, one.size, other.size),
            lambda s: one.at(s) if test.at(s) else other.at(s),
            f"({one.text} if {test.text} else {other.text})",
        )

    def condition(self, depth: int) -> Condition:
        """Comparisons, and with `and`, `or` and `not` what they combine to."""
        if depth > 1 and self.random.random() < 0.6:
            return self._combined(depth)
        left, right = (self.expression(self.random.choice((0, 1, 2))) for _ in range(2))
        if self.random.random() < 0.4:
            n = self.random.randrange(30)
            right = Expression(n, lambda _: n, str(n))
        sign, law, at = self.random.choice(_COMPARISONS)
        text = f"{left.text} {sign} {right.text}"
        return Condition(law(left.size, right.size), lambda s: at(left.at(s), right.at(s)), text)

    def _combined(self, depth: int) -> Condition:
        parts = [self.condition(depth - 1) for _ in range(self.random.choice((2, 2, 3)))]
        predicates = [part.predicate for part in parts]
        match self.random.choice("&|!"):
            case "&":
                text = f"({' and '.join(part.text for part in parts)})"
                return Condition(connectives.all_of(*predicates), lambda s: all(part.at(s) for part in parts), text)
            case "|":
                text = f"({' or '.join(part.text for part in parts)})"
                return Condition(connectives.any_of(*predicates), lambda s: any(part.at(s) for part in parts), text)
        return Condition(comparison.negate(predicates[0]), lambda s: not parts[0].at(s), f"not ({parts[0].text})")


@pytest.fixture(scope="session")
def generator() -> type[Generator]:
    """The class of random generators."""
    return Generator
