"""Conditions on sizes: ``--where "H % 32 == 0"``."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress

from convlint.report import Problem
from convlint.request.mistakes import UsageError, expression_problem
from convlint.symbolic.dim import symbols_of
from convlint.symbolic.parse import ExpressionError, parse_condition, parse_shape
from convlint.trace.protocol import InputText


def check_conditions(where: Sequence[str], inputs: Sequence[InputText]) -> None:
    """That conditions can be read, and speak of sizes of ``inputs`` where there are any; raises UsageError."""
    symbols = {name for each in inputs for size in parse_shape(each.shape) for name in symbols_of(size)}
    for text in where:
        read_condition(text, symbols if inputs else None)


def known_symbols(name: str, known: Sequence[str]) -> str:
    """Which symbols there are, for who wrote another ``name``."""
    if not known:
        return "the inputs have no symbol"
    meant = next((f"did you mean {each}? " for each in known if each.lower() == name.lower()), "")
    return f"{meant}the inputs have {', '.join(known)}"


def _way_out(text: str) -> str:
    """How a condition that cannot be read is written."""
    for found, meant in ((r"(?<![=<>!])=(?!=)", "=="), (r"&&?", "and"), (r"\|\|?", "or"), (r"%%", "%")):
        if re.search(found, text):
            corrected = " ".join(re.sub(found, f" {meant} ", text).split())
            with suppress(ExpressionError):
                parse_condition(corrected)
                return f'write "{corrected}"'
    return 'a condition compares sizes: "H % 32 == 0", "64 <= H <= 1024 and W == H"'


def read_condition(text: str, symbols: Iterable[str] | None, source: str = "--where") -> None:
    """Check a condition on sizes; with ``symbols``, that it speaks of no other.  Raises UsageError."""
    try:
        condition = parse_condition(text)
    except ExpressionError as error:
        raise expression_problem(error, source, text, 0, _way_out(text)) from error
    if symbols is None:
        return
    known = sorted(symbols)
    for name in sorted(condition.symbols - set(known)):
        found = re.search(rf"\b{re.escape(name)}\b", text)
        column = found.start() if found else 0
        help_ = f'{known_symbols(name, known)}; declare it in one, as in --input "N 3 {name} {name}"'
        raise UsageError(Problem(f"no input has a size `{name}`", source, text, column, len(name), (help_,)))
