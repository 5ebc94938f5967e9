"""Whether a record has anything that must be looked into."""

from benchmarks.zoo.isolate import Record

_ERRORS = ("crash", "error")
_COUNTS = ("disagreements", "findings")
_SQUARES = ("wrongly_accepted", "wrongly_refused", "unknown")


def is_flawless(record: Record | None) -> bool:
    """True for a record that is there, whole, and in which every claim held."""
    if record is None or any(name in record for name in _ERRORS):
        return False
    if record.get("status", "traced") != "traced" or any(record.get(name) for name in _COUNTS):
        return False
    return squares_equal(record)


def squares_equal(record: Record) -> bool:
    """Whether the contract equals brute force at every square size (or was not compared)."""
    squares = record.get("squares")
    return not isinstance(squares, dict) or not any(squares[name] for name in _SQUARES)
