"""A settings file as it is read: its values, where each stands, and mistakes that know their place."""

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn, TypeVar

from convlint.filesystem import why_refused
from convlint.report import Problem
from convlint.request.mistakes import UsageError, did_you_mean
from convlint.settings.places import Keys, Place, Places, find_places

S = TypeVar("S")
T = TypeVar("T")

_PLACE_IN_MESSAGE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class SettingsError(UsageError):
    """Settings that cannot be understood; ``problems`` are all that was found, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0])
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Document:
    """A TOML text.  ``name`` is how messages call it, ``directory`` (absolute) is what its relative paths start from.

    ``path`` is the absolute path of the file; without one, it is the value of the option ``name``.  ``prefix`` are the
    keys of the table that has the settings: ``tool`` and ``convlint`` in pyproject.toml.
    """

    name: str
    directory: str
    text: str
    path: str = ""
    prefix: Keys = ()

    @classmethod
    def read(cls, path: str, prefix: Keys = (), directory: str | None = None) -> "Document":
        """The file at ``path``; raises SettingsError where it cannot be read or is no TOML.

        Its relative paths start from ``directory``, or from where the file is.
        """
        name = os.path.relpath(path)
        try:
            with open(path, "rb") as file:
                text = file.read().decode("utf-8-sig")
        except OSError as error:
            raise SettingsError([Problem(f"{name}: this file cannot be read: {why_refused(error)}")]) from error
        except UnicodeDecodeError as error:
            raise SettingsError([Problem(f"{name}: this file is no TOML: it is not UTF-8")]) from error
        absolute = os.path.abspath(path)
        document = cls(name, directory or os.path.dirname(absolute), text.replace("\r\n", "\n"), absolute, prefix)
        document.check()
        return document

    @classmethod
    def of_option(cls, name: str, directory: str, text: str) -> "Document":
        """The value of an option, which is TOML; raises SettingsError."""
        document = cls(name, directory, text)
        document.check()
        return document

    def check(self) -> None:
        """That the text is TOML; raises SettingsError."""
        try:
            _ = self.table
        except RecursionError as error:
            raise SettingsError([Problem(f"{self.name}: this file is nested too deeply to be read")]) from error
        except tomllib.TOMLDecodeError as error:
            found = _PLACE_IN_MESSAGE.search(str(error))
            lines = self.text.split("\n")
            line, column = (int(found[1]), int(found[2])) if found and found[1] else (len(lines), len(lines[-1]) + 1)
            message = _PLACE_IN_MESSAGE.sub("", str(error))
            message = f"this is no TOML: {message[:1].lower()}{message[1:]}"
            out = () if self.path else ("strings stand in quotes, and lists in brackets: 'select = [\"CL3\"]'",)
            raise SettingsError([self.problem(message, Place(line, column, 1, lines[line - 1]), out)]) from error

    @cached_property
    def table(self) -> Mapping[str, object]:
        """All values; raises TOMLDecodeError."""
        return tomllib.loads(self.text)

    @cached_property
    def places(self) -> Places:
        """Where the keys and values stand."""
        return find_places(self.text)

    def settings(self) -> "Entry | None":
        """The table that has the settings; None where the file has none."""
        entry = Entry(self, (), self.table)
        for key in self.prefix:
            if not isinstance(entry.value, Mapping) or key not in entry.value:
                return None
            entry = Entry(self, (*entry.keys, key), entry.value[str(key)])
        return entry

    def problem(self, message: str, place: Place | None, help_: Iterable[str] = ()) -> Problem:
        """A mistake at a place of this file."""
        if place is None:
            return Problem(f"{self.name}: {message}", help=tuple(help_))
        if not self.path:
            return Problem(message, self.name, place.text, place.column - 1, place.length, tuple(help_))
        where = f"{self.name}:{place.line}:{place.column}"
        return Problem(f"{where}: {message}", "", place.text, place.column - 1, place.length, tuple(help_))


@dataclass(frozen=True)
class Entry:
    """A value in a settings file, and the keys that lead to it."""

    document: Document
    keys: Keys
    value: object

    @property
    def key(self) -> str:
        """The last of its keys."""
        return str(self.keys[-1])

    @property
    def title(self) -> str:
        """How messages call it."""
        names = [str(key) for key in self.keys if isinstance(key, str)]
        return f"`{names[-1]}`" if isinstance(self.keys[-1], str) else f"an item of `{names[-1]}`"

    @property
    def origin(self) -> str:
        """``pyproject.toml:12``."""
        if not self.document.path:
            return self.document.name
        place = self.document.places.of_key(self.keys)
        return f"{self.document.name}:{place.line}" if place else self.document.name

    def items(self) -> "Iterator[Entry]":
        """The values in a table or an array; raises SettingsError where it is neither."""
        match self.value:
            case Mapping():
                yield from (Entry(self.document, (*self.keys, key), value) for key, value in self.value.items())
            case list():
                yield from (Entry(self.document, (*self.keys, index), value) for index, value in enumerate(self.value))
            case _:
                self.mistake("a table is needed here")

    def mistake(self, message: str, *help_: str) -> NoReturn:
        """Raise SettingsError at this value."""
        place = self.document.places.of_value(self.keys)
        raise SettingsError([self.document.problem(message, place, help_)])

    def mistaken_key(self, message: str, *help_: str) -> NoReturn:
        """Raise SettingsError at the key of this value."""
        place = self.document.places.of_key(self.keys)
        raise SettingsError([self.document.problem(message, place, help_)])

    def unknown_key(self, known: Iterable[str]) -> NoReturn:
        """Raise SettingsError for a key that is none of ``known``, naming the nearest of them."""
        names = sorted(known)
        meant = self.key.replace("_", "-").lower()
        help_ = did_you_mean(meant, names, f"the keys are {', '.join(names)}", cutoff=0.5)
        self.mistaken_key(f"there is no key `{self.key}`", *help_)

    def misread(self, problem: Problem) -> NoReturn:
        """Raise SettingsError for a mistake inside of this value, which is a string."""
        place = self.document.places.of_value(self.keys)
        if place is not None and problem.column is not None and problem.text and problem.text in place.text:
            inside = place.text.find(problem.text, place.column - 1)
            if inside >= 0:
                place = Place(place.line, inside + problem.column + 1, problem.length, place.text)
        raise SettingsError([self.document.problem(problem.message, place, problem.help)])


def each_of(items: Iterable[S], read: Callable[[S], T]) -> list[T]:
    """What ``read`` makes of each item; raises SettingsError with the mistakes in all of them."""
    found: list[T] = []
    problems: list[Problem] = []
    for item in items:
        try:
            found.append(read(item))
        except SettingsError as error:
            problems.extend(error.problems)
    if problems:
        raise SettingsError(problems)
    return found
