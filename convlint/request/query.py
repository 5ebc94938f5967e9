"""Which sizes a contract is asked about: ``--list S=1:300``, ``--at S=100``."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from convlint.report import Problem
from convlint.request.conditions import known_symbols
from convlint.request.mistakes import UsageError

_LONGEST = 10_000
"""Sizes of a range: each takes about a millisecond."""


@dataclass(frozen=True, slots=True)
class ContractQuery:
    """Which sizes to answer for: ``listed`` is (symbol, low, high), both included; ``at`` sizes by symbol."""

    listed: tuple[str, int, int] | None = None
    at: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, listed: str | None, at: Sequence[str]) -> "ContractQuery":
        """``S=1:300`` and ``S=100``, several separated by commas or blanks; raises UsageError."""
        sizes: dict[str, int] = {}
        for text in at:
            for match in re.finditer(r"[^\s,]+", text):
                found = re.fullmatch(r"([A-Za-z_]\w*)=(\d+)", match[0])
                if not found:
                    message = "a size is written S=100"
                    help_ = ("each symbol of the input has one, as in --at H=96,W=80",)
                    raise UsageError(Problem(message, "--at", text, match.start(), len(match[0]), help_))
                if sizes.get(found[1], int(found[2])) != int(found[2]):
                    message = f"`{found[1]}` is given twice"
                    raise UsageError(Problem(message, "--at", text, match.start(), len(match[0])))
                sizes[found[1]] = int(found[2])
        if listed is None:
            return cls(None, sizes)
        found = re.fullmatch(r"\s*([A-Za-z_]\w*)=(\d+):(\d+)\s*", listed)
        if not found or int(found[2]) > int(found[3]):
            message = "a range is written S=1:300, the lower number first"
            raise UsageError(Problem(message, "--list", listed, 0, max(len(listed), 1)))
        if int(found[3]) - int(found[2]) >= _LONGEST:
            message = f"a range has at most {_LONGEST:,} sizes"
            out = "without --list, the contract says which sizes are accepted, however large"
            raise UsageError(Problem(message, "--list", listed, 0, len(listed), (out,)))
        return cls((found[1], int(found[2]), int(found[3])), sizes)

    def check(self, symbols: Sequence[str]) -> None:
        """That it speaks of ``symbols`` only; raises UsageError."""
        asked = [("--at", name, f"{name}={size}") for name, size in self.at.items()]
        if self.listed:
            name, low, high = self.listed
            asked.append(("--list", name, f"{name}={low}:{high}"))
        for source, name, text in asked:
            if name not in symbols:
                help_ = known_symbols(name, symbols)
                message = f"no input has a size `{name}`"
                raise UsageError(Problem(message, source, text, 0, len(name), (help_,)))
