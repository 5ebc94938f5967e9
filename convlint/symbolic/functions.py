"""The functions that lead out of the algebra: how they are computed, and between which bounds they stay."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from convlint.symbolic.quasi import Bound

Number = int | Fraction | float
Interval = tuple[Bound, Bound]

_EXACT_IN_DOUBLES = 1 << 50
_ROUNDING = Fraction(1, 1 << 40)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of numbers that a size may go through.

    `compute` takes exact numbers (or a float where PyTorch computes with one). `bounds` takes one interval for each
    argument. `is_integer` says whether the result is an integer; None: when all arguments are.
    """

    compute: Callable[..., Number]
    bounds: Callable[[Sequence[Interval]], Interval]
    is_integer: bool | None = True


def _floordiv(a: Number, b: Number) -> Number:
    return a // b


def _mod(a: Number, b: Number) -> Number:
    return a % b


def _ratio(a: int, b: int) -> Number:
    return Fraction(a, b)


def _power(a: int, b: int) -> Number:
    return int(a**b) if b >= 0 else Fraction(a) ** b


def _float_scaled(a: int, scale: float) -> int:
    return math.floor(float(a) * scale)


def _float_product(a: int | Fraction, scale: float) -> Fraction:
    """The double that Python computes, exactly."""
    return Fraction(float(a) * scale)


def _float_power(a: Number, exponent: float) -> Fraction:
    """The double that Python computes, exactly."""
    return Fraction(float(a) ** exponent)


def _float_quotient(a: Number, b: Number) -> Fraction:
    """The double that Python computes, exactly."""
    return Fraction(float(a) / float(b))


def _truediv_int(a: int, b: int) -> int:
    return int(a / b)


def _rounded_ratio(a: int | Fraction, b: int = 1) -> int:
    """As Python rounds: exactly for one number, in doubles for a quotient."""
    return round(a) if b == 1 else round(float(a) / float(b))


def _select_at_least(d: Number, a: Number, b: Number) -> Number:
    return a if d >= 0 else b


def _select_above(d: Number, a: Number, b: Number) -> Number:
    return a if d > 0 else b


def _select_equal(d: Number, a: Number, b: Number) -> Number:
    return a if d == 0 else b


def _least(*values: Number) -> Number:
    return min(values)


def _greatest(*values: Number) -> Number:
    return max(values)


def _unbounded(_: Sequence[Interval]) -> Interval:
    return (None, None)


def _ratio_bounds(arguments: Sequence[Interval]) -> Interval:
    """Of a / b, where b is positive."""
    (low, high), (least, most) = arguments
    if least is None or least <= 0:
        return (None, None)

    def end(value: Bound, when_positive: Bound, when_negative: Bound, otherwise: Bound) -> Bound:
        if value is None:
            return None
        by = when_positive if value >= 0 else when_negative
        return otherwise if by is None else Fraction(value) / by

    return end(low, most, least, 0), end(high, least, most, 0)


def _floordiv_bounds(arguments: Sequence[Interval]) -> Interval:
    low, high = _ratio_bounds(arguments)
    if low == 0 and arguments[0][0] != 0 and (arguments[0][0] or 0) < 0:
        low = None
    # -1 // large is -1, never 0
    if arguments[0][1] is not None and arguments[0][1] < 0 and high is not None:
        high = min(high, -1)
    return None if low is None else math.floor(low), None if high is None else math.floor(high)


def _mod_bounds(arguments: Sequence[Interval]) -> Interval:
    (low, high), (least, most) = arguments
    if least is None or least <= 0:
        return (None, None)
    below = None if most is None else most - 1
    if low is not None and low >= 0 and high is not None:
        below = high if below is None else min(below, high)
    return 0, below


def _min_bounds(arguments: Sequence[Interval]) -> Interval:
    lows = [low for low, _ in arguments]
    highs = [high for _, high in arguments if high is not None]
    return None if None in lows else min([v for v in lows if v is not None]), min(highs) if highs else None


def _max_bounds(arguments: Sequence[Interval]) -> Interval:
    lows = [low for low, _ in arguments if low is not None]
    highs = [high for _, high in arguments]
    return max(lows) if lows else None, None if None in highs else max([v for v in highs if v is not None])


def _select_bounds(arguments: Sequence[Interval]) -> Interval:
    _, (a_low, a_high), (b_low, b_high) = arguments
    return (
        None if a_low is None or b_low is None else min(a_low, b_low),
        None if a_high is None or b_high is None else max(a_high, b_high),
    )


def _float_scaled_bounds(arguments: Sequence[Interval]) -> Interval:
    (low, high), (scale, _) = arguments
    if scale is None or scale < 0:
        return (None, None)
    factor = float(scale)
    return (
        None if low is None else _float_scaled(math.floor(low), factor),
        None if high is None else _float_scaled(math.ceil(high), factor),
    )


def _float_product_bounds(arguments: Sequence[Interval]) -> Interval:
    (low, high), (scale, _) = arguments
    if scale is None or scale < 0:
        return (None, None)
    factor = float(scale)
    return (
        None if low is None else _float_product(math.floor(low), factor),
        None if high is None else _float_product(math.ceil(high), factor),
    )


def _float_quotient_bounds(arguments: Sequence[Interval]) -> Interval:
    (low, high), (least, most) = arguments
    if least is None or least <= 0 or most != least:
        return (None, None)
    return (
        None if low is None else _float_quotient(math.floor(low), least),
        None if high is None else _float_quotient(math.ceil(high), least),
    )


def _isqrt_bounds(arguments: Sequence[Interval]) -> Interval:
    low, high = arguments[0]
    return (
        0 if low is None or low < 0 else math.isqrt(math.floor(low)),
        None if high is None or high < 0 else math.isqrt(math.floor(high)),
    )


def _power_bounds(arguments: Sequence[Interval]) -> Interval:
    (base, _), (exponent, _) = arguments
    if base is None or base < 1 or exponent is None or exponent < 0:
        return (None, None)
    return (1, None)


def _float_power_bounds(arguments: Sequence[Interval]) -> Interval:
    """Between the powers of the ends, within what rounding to a double may add."""
    (low, high), (exponent, _) = arguments
    if low is None or low <= 0 or exponent is None:
        return (None, None)
    ends = [None if end is None or end > _EXACT_IN_DOUBLES else float(end) ** float(exponent) for end in (low, high)]
    least, most = ends if exponent >= 0 else reversed(ends)
    return (
        Fraction(0) if least is None else Fraction(least) * (1 - _ROUNDING),
        None if most is None else Fraction(most) * (1 + _ROUNDING),
    )


def _truncated_bounds(arguments: Sequence[Interval]) -> Interval:
    """Within one of the exact ratio, as long as doubles carry it."""
    low, high = _ratio_bounds(arguments if len(arguments) > 1 else [arguments[0], (1, 1)])
    return (
        None if low is None or not -_EXACT_IN_DOUBLES <= low <= _EXACT_IN_DOUBLES else math.floor(low) - (low < 0),
        None if high is None or not -_EXACT_IN_DOUBLES <= high <= _EXACT_IN_DOUBLES else math.ceil(high) + 1,
    )


def _sum_bounds(arguments: Sequence[Interval]) -> Interval:
    lows = [low for low, _ in arguments]
    highs = [high for _, high in arguments]
    return (
        None if None in lows else sum([v for v in lows if v is not None]),
        None if None in highs else sum([v for v in highs if v is not None]),
    )


def _product_bounds(arguments: Sequence[Interval]) -> Interval:
    low, high = arguments[0]
    for other in arguments[1:]:
        low, high = multiply((low, high), other)
    return low, high


def multiply(left: Interval, right: Interval) -> Interval:
    """The interval of all products."""
    if left[0] is not None and left[0] >= 0 and right[0] is not None and right[0] >= 0:
        high = None if left[1] is None or right[1] is None else left[1] * right[1]
        if left[1] == 0 or right[1] == 0:
            high = 0
        return left[0] * right[0], high
    lows: list[Bound] = []
    highs: list[Bound] = []
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            if a == 0 or b == 0:
                lows.append(0)
                highs.append(0)
            elif a is not None and b is not None:
                lows.append(a * b)
                highs.append(a * b)
            else:
                negative = _is_negative(a, i) != _is_negative(b, j)
                (lows if negative else highs).append(None)
    return (
        None if None in lows else min([v for v in lows if v is not None], default=None),
        None if None in highs else max([v for v in highs if v is not None], default=None),
    )


def _is_negative(end: Bound, side: int) -> bool:
    """The sign of an end; an infinite one has that of its side."""
    return side == 0 if end is None else end < 0


def _product(*values: int) -> int:
    return math.prod(values)


def _sum(*values: int) -> int:
    return sum(values)


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "floordiv": Function(_floordiv, _floordiv_bounds),
        "mod": Function(_mod, _mod_bounds, is_integer=None),
        "ratio": Function(_ratio, _ratio_bounds, is_integer=False),
        "mul_float_floor": Function(_float_scaled, _float_scaled_bounds),
        "mul_float": Function(_float_product, _float_product_bounds, is_integer=False),
        "div_float": Function(_float_quotient, _float_quotient_bounds, is_integer=False),
        "pow_float": Function(_float_power, _float_power_bounds, is_integer=False),
        "isqrt": Function(math.isqrt, _isqrt_bounds),
        "min": Function(_least, _min_bounds, is_integer=None),
        "max": Function(_greatest, _max_bounds, is_integer=None),
        "pow": Function(_power, _power_bounds, is_integer=None),
        "round": Function(_rounded_ratio, _truncated_bounds),
        "truediv_int": Function(_truediv_int, _truncated_bounds),
        "select_ge": Function(_select_at_least, _select_bounds, is_integer=None),
        "select_gt": Function(_select_above, _select_bounds, is_integer=None),
        "select_eq": Function(_select_equal, _select_bounds, is_integer=None),
        "add": Function(_sum, _sum_bounds, is_integer=None),
        "mul": Function(_product, _product_bounds, is_integer=None),
        "unbacked": Function(lambda: 0, _unbounded),
    }
)
"""Every function by the key under which it is stored."""
