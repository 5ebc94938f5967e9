"""Random expressions over sizes, together with plain Python that computes them: the oracle of the property tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from convlint.symbolic import dim
from convlint.symbolic.dim import Size

Sizes = Mapping[str, int]


@dataclass(frozen=True)
class Expression:
    """One expression, as a size of the algebra, as a function of integers, and as text."""

    size: Size
    at: Callable[[Sizes], int | Fraction]
    text: str


def random_expression(random: Random, symbols: tuple[str, ...], depth: int) -> Expression:
    """Integer valued: sums, products, floors of quotients, remainders, maxima, minima, cases."""
    if depth == 0 or random.random() < 0.1:
        return _leaf(random, symbols)
    one = random_expression(random, symbols, depth - 1)
    match random.randrange(14):
        case 0 | 1 | 2:
            by = random.choice((1, 2, 3, 5, 7, -1, -2, -4))
            return Expression(one.size + by, lambda s: one.at(s) + by, f"({one.text} + {by})")
        case 3 | 4:
            by = random.choice((2, 2, 2, 3, 4, 5, 8, -2, -3))
            return Expression(one.size // by, lambda s: one.at(s) // by, f"({one.text} // {by})")
        case 5:
            by = random.choice((2, 3, 4, 6, -3))
            return Expression(one.size % by, lambda s: one.at(s) % by, f"({one.text} % {by})")
        case 6:
            by = random.choice((2, 3, 4, -1, -2))
            return Expression(one.size * by, lambda s: one.at(s) * by, f"({one.text} * {by})")
        case 7:
            by = Fraction(random.choice((1, 2, 3, 5)), random.choice((2, 3, 4, 7)))
            return Expression(
                dim.ceil(one.size * by), lambda s: -(-one.at(s) * by // 1), f"ceil({one.text} * ({by}))"
            )
        case 8:
            return Expression(
                dim.floor(one.size / 2 + Fraction(1, 3)),
                lambda s: (Fraction(one.at(s), 2) + Fraction(1, 3)) // 1,
                f"floor({one.text} / 2 + 1/3)",
            )
        case 9:
            return Expression(
                dim.round_half_even(one.size * Fraction(1, 2)),
                lambda s: round(Fraction(one.at(s), 2)),
                f"round({one.text} / 2)",
            )
    other = random_expression(random, symbols, depth - 1)
    match random.randrange(6):
        case 0:
            return Expression(one.size + other.size, lambda s: one.at(s) + other.at(s), f"({one.text} + {other.text})")
        case 1:
            return Expression(one.size - other.size, lambda s: one.at(s) - other.at(s), f"({one.text} - {other.text})")
        case 2:
            return Expression(one.size * other.size, lambda s: one.at(s) * other.at(s), f"({one.text} * {other.text})")
        case 3:
            return Expression(
                dim.maximum(one.size, other.size),
                lambda s: max(one.at(s), other.at(s)),
                f"max({one.text}, {other.text})",
            )
        case 4:
            return Expression(
                dim.minimum(one.size, other.size),
                lambda s: min(one.at(s), other.at(s)),
                f"min({one.text}, {other.text})",
            )
    test = random_condition(random, symbols, 1)
    return Expression(
        dim.select(test.predicate, one.size, other.size),
        lambda s: one.at(s) if test.at(s) else other.at(s),
        f"({one.text} if {test.text} else {other.text})",
    )


def _leaf(random: Random, symbols: tuple[str, ...]) -> Expression:
    if random.random() < 0.15:
        n = random.choice((0, 1, 2, 3, 5, 12))
        return Expression(n, lambda s: n, str(n))
    name = random.choice(symbols)
    return Expression(dim.symbol(name), lambda s: s[name], name)


@dataclass(frozen=True)
class Condition:
    """One condition, as a predicate, as a function of integers, and as text."""

    predicate: "predicate.Predicate"
    at: Callable[[Sizes], bool]
    text: str


def random_condition(random: Random, symbols: tuple[str, ...], depth: int) -> Condition:
    """Comparisons of random expressions, and their combinations."""
    if depth > 1 and random.random() < 0.6:
        parts = [random_condition(random, symbols, depth - 1) for _ in range(random.choice((2, 2, 3)))]
        predicates = [part.predicate for part in parts]
        match random.randrange(3):
            case 0:
                return Condition(
                    predicate.all_of(*predicates),
                    lambda s: all(part.at(s) for part in parts),
                    "(" + " and ".join(part.text for part in parts) + ")",
                )
            case 1:
                return Condition(
                    predicate.any_of(*predicates),
                    lambda s: any(part.at(s) for part in parts),
                    "(" + " or ".join(part.text for part in parts) + ")",
                )
            case _:
                return Condition(
                    predicate.negate(predicates[0]), lambda s: not parts[0].at(s), f"not {parts[0].text}"
                )
    left, right = (random_expression(random, symbols, random.choice((0, 1, 2))) for _ in range(2))
    if random.random() < 0.4:
        n = random.randrange(0, 30)
        right = Expression(n, lambda s: n, str(n))
    law, at, sign = random.choice(
        (
            (predicate.equal, lambda a, b: a == b, "=="),
            (predicate.unequal, lambda a, b: a != b, "!="),
            (predicate.less, lambda a, b: a < b, "<"),
            (predicate.less_equal, lambda a, b: a <= b, "<="),
            (predicate.greater, lambda a, b: a > b, ">"),
            (predicate.greater_equal, lambda a, b: a >= b, ">="),
        )
    )
    return Condition(
        law(left.size, right.size), lambda s: at(left.at(s), right.at(s)), f"{left.text} {sign} {right.text}"
    )


from convlint.symbolic import predicate  # noqa: E402
