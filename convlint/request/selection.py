"""Which rules are meant: ``--select CL3 --ignore checkerboard``."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convlint.report import Problem
from convlint.request.mistakes import UsageError


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rules report: those whose code or name begins ``select`` (all where empty), without ``ignore``."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    @classmethod
    def read(cls, select: Sequence[str], ignore: Sequence[str], rules: Mapping[str, str]) -> "Selection":
        """``rules`` are the names by code.  Several words may stand in one option; raises UsageError."""
        return cls(_read_rules("--select", select, rules), _read_rules("--ignore", ignore, rules))

    def admits(self, code: str, name: str) -> bool:
        """Whether a finding of this rule is reported."""
        chosen = not self.select or any(_names(word, code, name) for word in self.select)
        return chosen and not any(_names(word, code, name) for word in self.ignore)


def _names(word: str, code: str, name: str) -> bool:
    return word == name or code.startswith(word.upper())


def _read_rules(source: str, texts: Sequence[str], rules: Mapping[str, str]) -> tuple[str, ...]:
    words: list[str] = []
    for text in texts:
        for match in re.finditer(r"[^\s,]+", text):
            word = match[0]
            if not any(_names(word, code, name) for code, name in rules.items()):
                raise _no_rule(word, rules, source, text, match.start())
            words.append(word)
    return tuple(words)


def read_rule(word: str, rules: Mapping[str, str]) -> str:
    """The code of the one rule that has this code or name; ``rules`` are the names by code.  Raises UsageError."""
    for code, name in rules.items():
        if word.upper() == code or word.lower() == name:
            return code
    raise _no_rule(word, rules, "", word, 0)


def _no_rule(word: str, rules: Mapping[str, str], source: str, text: str, column: int) -> UsageError:
    """That there is no such rule, and the one whose name or code is nearest."""
    near = difflib.get_close_matches(word.lower(), rules.values(), 1, cutoff=0.5)
    near = near or difflib.get_close_matches(word.upper(), rules, 1)
    help_ = (f"did you mean {near[0]}?",) if near else ()
    return UsageError(Problem(f"there is no rule `{word}`", source, text, column, len(word), help_))
