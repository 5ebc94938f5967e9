"""How fine the algebra may become before a size leaves it."""

MAX_MODULUS = 1 << 15
"""Largest period of a size function; audio models need some thousands."""

MAX_SET_MODULUS = 1 << 20
"""Largest period of a set of sizes (a bit mask, so cheaper than a function)."""

MAX_PIECES = 512
"""Most ranges on which one size function may follow different laws."""


class TooFineError(ArithmeticError):
    """A period or a number of pieces went beyond its limit."""
