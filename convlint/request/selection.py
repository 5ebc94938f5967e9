"""Which rules are meant: ``--select CL3 --ignore checkerboard``."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convlint.diagnostics import Severity
from convlint.discover.ignored import matches
from convlint.report import Problem
from convlint.request.mistakes import UsageError, did_you_mean

OFF = "off"
"""The severity of a rule that does not report."""

_MOST_MEANT = 9
"""Rules that one word may have meant: the largest family of those that are about sizes."""


@dataclass(frozen=True, slots=True)
class FileIgnores:
    """The rules that do not report in the files of a glob."""

    glob: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rules report, and how gravely.

    Those report whose code or name begins ``select`` (all where empty), without ``ignore``, and in the files of
    ``per_file``, whose globs start from ``root``, without the rules there.  ``severity`` are pairs of such a word and
    the severity, or "off", of what these rules find.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: tuple[tuple[str, str], ...] = ()
    per_file: tuple[FileIgnores, ...] = ()
    root: str = ""

    def admits(self, code: str, name: str, path: str = "") -> bool:
        """Whether a finding of this rule is reported in the file at ``path``."""
        chosen = not self.select or any(_names(word, code, name) for word in self.select)
        if not chosen or any(_names(word, code, name) for word in self.ignore) or self._level(code, name) == OFF:
            return False
        ignores = (each for each in self.per_file if any(_names(word, code, name) for word in each.rules))
        return not any(path and matches(each.glob, self.root, path) for each in ignores)

    def severity_of(self, code: str, name: str, severity: Severity) -> Severity:
        """How grave a finding of this rule is, of itself of ``severity``."""
        level = self._level(code, name)
        return severity if level in {None, OFF} else Severity.of(str(level))

    def _level(self, code: str, name: str) -> str | None:
        """What the most exact word for a rule says; a name is more exact than any code."""
        meant = [(word == name, len(word), level) for word, level in self.severity if _names(word, code, name)]
        return max(meant, key=lambda each: each[:2], default=(False, 0, None))[2]


def _names(word: str, code: str, name: str) -> bool:
    return word == name or code.startswith(word.upper())


def read_rules(source: str, texts: Sequence[str], rules: Mapping[str, str]) -> tuple[str, ...]:
    """The words for rules in ``texts``, each given for the option ``source``; raises UsageError."""
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
    """That there is no such rule; those that the word is a part of, else the one whose name or code is nearest."""
    help_ = _part_of(word, rules) or did_you_mean(word.lower(), rules.values(), cutoff=0.5)
    help_ = help_ or did_you_mean(word.upper(), rules, "`convlint rules` lists them")
    return UsageError(Problem(f"there is no rule `{word}`", source, text, column, len(word), help_))


def _part_of(word: str, rules: Mapping[str, str]) -> tuple[str, ...]:
    """The rules whose names have ``word`` in them, or whose codes begin with it, if there are some and not too many."""
    found = [name for _, name in sorted(rules.items()) if word.lower() in name]
    found = found or [code for code in sorted(rules) if code.startswith(word.upper())]
    if not found or len(found) > _MOST_MEANT:
        return ()
    *others, last = found
    return (f"did you mean {', '.join(others)} or {last}?" if others else f"did you mean {last}?",)
