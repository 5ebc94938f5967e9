"""The kinds of values that settings have: how each is read, and how it is called."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from convlint.diagnostics import Severity
from convlint.discover.ignored import GlobError, check_glob
from convlint.request import UsageError
from convlint.request.mistakes import did_you_mean
from convlint.request.selection import OFF, FileIgnores, read_rules
from convlint.rules import registry
from convlint.settings.document import Entry, each_of

T = TypeVar("T")

_NAMES: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"),
    (str, "a string"),
    (int, "a number"),
    (float, "a number"),
    (list, "a list"),
    (Mapping, "a table"),
)


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """How a value is read; ``read`` raises SettingsError.  ``name`` is what a reader of the manual calls it."""

    name: str
    read: Callable[[Entry], T]


def expect(entry: Entry, type_: type[T] | tuple[type[T], ...], needed: str) -> T:
    """The value, of this type; raises SettingsError."""
    value = entry.value
    allowed = type_ if isinstance(type_, tuple) else (type_,)
    # A boolean is an int to Python, and not to whoever writes one.
    if (isinstance(value, bool) and bool not in allowed) or not isinstance(value, allowed):
        found = next((name for kind, name in _NAMES if isinstance(value, kind)), "a date")
        entry.mistake(f"{entry.title} is {needed}, and this is {found}")
    return value


def read_text(entry: Entry) -> str:
    """A string."""
    return expect(entry, str, "a string")


def _items(entry: Entry, needed: str) -> Iterator[Entry]:
    if isinstance(entry.value, str):
        listed = json.dumps([word.strip() for word in entry.value.split(",")], ensure_ascii=False)
        entry.mistake(f"{entry.title} is {needed}, and this is a string", f"write {listed}")
    expect(entry, list, needed)
    return entry.items()


def _read_globs(entry: Entry) -> tuple[str, ...]:
    return tuple(each_of(_items(entry, "a list of globs"), _read_glob))


def _read_glob(entry: Entry) -> str:
    glob = read_text(entry)
    try:
        check_glob(glob)
    except GlobError as error:
        entry.mistake(f"this is no glob: {error}")
    return glob


def _read_path(entry: Entry) -> str:
    """A path from the settings' directory."""
    text = os.path.expanduser(read_text(entry))
    return os.path.normpath(os.path.join(entry.document.directory, text))


def _read_interpreter(entry: Entry) -> str:
    path = _read_path(entry)
    if not os.path.exists(path):
        entry.mistake("there is no such interpreter")
    return path


def _read_flag(entry: Entry) -> bool:
    return expect(entry, bool, "true or false")


def _read_seconds(entry: Entry) -> float:
    value = expect(entry, (int, float), "a number of seconds")
    if not 0 < value < float("inf"):
        entry.mistake(f"{entry.title} is more than 0")
    return float(value)


def at_least(low: int, unit: str) -> Kind[int]:
    """A whole number."""

    def read(entry: Entry) -> int:
        value = expect(entry, int, f"a whole number of {unit}")
        if value < low:
            entry.mistake(f"{entry.title} is at least {low}")
        return value

    return Kind(f"whole number, at least {low}", read)


def _read_jobs(entry: Entry) -> int:
    if isinstance(entry.value, str) and entry.value != "auto":
        entry.mistake(f'{entry.title} is a number of models or "auto"')
    return 0 if entry.value == "auto" else _COUNT.read(entry)


def one_of(what: str, *words: str) -> Kind[str]:
    """One of some words, each of which is a ``what``."""

    def read(entry: Entry) -> str:
        word = read_text(entry)
        if word not in words:
            entry.mistake(f"`{word}` is no {what}", *did_you_mean(word.lower(), words, f"one of {', '.join(words)}"))
        return word

    return Kind(" | ".join(f'"{word}"' for word in words), read)


def _read_rules(entry: Entry) -> tuple[str, ...]:
    return tuple(word for words in each_of(_items(entry, "a list of rules"), _read_rule_words) for word in words)


def _read_rule_words(entry: Entry) -> tuple[str, ...]:
    text = expect(entry, str, "a rule")
    try:
        words = read_rules("", [text], registry.names())
    except UsageError as error:
        entry.misread(error.problem)
    return words


def _read_file_ignores(entry: Entry) -> tuple[FileIgnores, ...]:
    expect(entry, Mapping, "a table of globs")
    return tuple(each_of(entry.items(), _read_file_ignore))


def _read_file_ignore(entry: Entry) -> FileIgnores:
    try:
        check_glob(entry.key)
    except GlobError as error:
        entry.mistaken_key(f"this is no glob: {error}")
    return FileIgnores(entry.key, _read_rules(entry))


_LEVEL = one_of("severity", *(severity.label for severity in reversed(Severity)), OFF)


def _read_severities(entry: Entry) -> tuple[tuple[str, str], ...]:
    expect(entry, Mapping, "a table of rules")
    return tuple(pair for pairs in each_of(entry.items(), _read_severity) for pair in pairs)


def _read_severity(entry: Entry) -> list[tuple[str, str]]:
    try:
        words = read_rules("", [entry.key], registry.names())
    except UsageError as error:
        entry.mistaken_key(error.problem.message, *error.problem.help)
    level = _LEVEL.read(entry)
    return [(word, level) for word in words]


_COUNT = at_least(1, "models")

JOBS = Kind(f'{_COUNT.name} | "auto"', _read_jobs)
GLOBS = Kind("list of globs", _read_globs)
PATH = Kind("path", _read_path)
INTERPRETER = Kind("path", _read_interpreter)
FLAG = Kind("true | false", _read_flag)
SECONDS = Kind("seconds, more than 0", _read_seconds)
RULES = Kind("list of rules", _read_rules)
FILE_IGNORES = Kind("table: glob -> list of rules", _read_file_ignores)
SEVERITIES = Kind(f"table: rule -> {_LEVEL.name}", _read_severities)
