"""Whether some sizes are all but a last few of endlessly many."""

from collections.abc import Collection

from convlint.symbolic.domain import Domain


def is_last_few(part: Domain, whole: Domain, symbols: Collection[str]) -> bool:
    """Whether ``part`` bounds one of the symbols that ``whole`` leaves unbounded."""
    return any(part.set_of(symbol).is_bounded and not whole.set_of(symbol).is_bounded for symbol in symbols)


def is_negligible(part: Domain, whole: Domain) -> bool:
    """Whether ``part`` is none of ``whole``, or only a last few of its endlessly many sizes."""
    return part.is_empty or is_last_few(part, whole, whole.symbols)
