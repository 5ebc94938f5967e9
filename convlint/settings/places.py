"""Where in a TOML text its keys and values stand, which `tomllib` does not tell."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

Keys = tuple[str | int, ...]
"""The keys that lead to a value from the top of the document; an index for each array."""

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*'""")
_STRING = re.compile(
    r'''"""(?:\\.|.)*?"""(?:"{0,2})|\'\'\'.*?\'\'\'(?:'{0,2})|"(?:\\.|[^"\\\n])*"|'[^'\n]*\'''', re.DOTALL
)
_SCALAR = re.compile(r"[^,\]}#\n]+")


@dataclass(frozen=True, slots=True)
class Place:
    """A range of one line: ``line`` and ``column`` count from 1; ``text`` is the whole line."""

    line: int
    column: int
    length: int
    text: str


@dataclass(slots=True)
class Places:
    """The places of the keys and of the values of a document."""

    keys: dict[Keys, Place] = field(default_factory=dict)
    values: dict[Keys, Place] = field(default_factory=dict)

    def of_key(self, keys: Keys) -> Place | None:
        """The place of a key, of an item of an array, or of what is nearest around it; None where nothing is known."""
        for end in range(len(keys), 0, -1):
            found = self.keys.get(keys[:end]) or self.values.get(keys[:end])
            if found is not None:
                return found
        return None

    def of_value(self, keys: Keys) -> Place | None:
        """The place of a value, or of its key where the value is a table of its own."""
        return self.values.get(keys) or self.of_key(keys)


def find_places(text: str) -> Places:
    """The places in ``text``, which `tomllib` could read."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.found


class _Scanner:
    """Walks once through a valid document.  What is valid is `tomllib`'s business: here nothing raises."""

    def __init__(self, text: str) -> None:
        self.found = Places()
        self._text = text
        self._at = 0
        self._tables: dict[Keys, int] = {}

    def document(self) -> None:
        table: Keys = ()
        self._skip()
        while self._at < len(self._text):
            before = self._at
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip()
            if self._at == before:
                return

    def _header(self) -> Keys:
        is_array = self._text.startswith("[[", self._at)
        self._at += 2 if is_array else 1
        table = self._key(())
        self._at += 2 if is_array else 1
        if is_array:
            self._tables[table] = self._tables.get(table, -1) + 1
            return (*table, self._tables[table])
        return table

    def _pair(self, table: Keys) -> None:
        keys = self._key(table)
        self._at += 1  # the equals sign
        self._skip()
        self._value(keys)

    def _key(self, table: Keys) -> Keys:
        """A dotted key below ``table``, with the blanks around it; each of its parts has a place."""
        keys = table
        while True:
            self._skip()
            match = _KEY.match(self._text, self._at)
            if match is None:
                return keys
            keys = (*keys, _unquoted(match[0]))
            self.found.keys.setdefault(keys, self._place(*match.span()))
            self._at = match.end()
            self._skip()
            if self._peek() != ".":
                return keys
            self._at += 1

    def _value(self, keys: Keys) -> None:
        start = self._at
        match self._peek():
            case "[":
                self._items(keys, "]")
            case "{":
                self._items(keys, "}")
            case _:
                found = _STRING.match(self._text, self._at) or _SCALAR.match(self._text, self._at)
                self._at = found.end() if found else len(self._text)
        end = start + len(self._text[start : self._at].rstrip())
        self.found.values[keys] = self._place(start, end)

    def _items(self, keys: Keys, closing: str) -> None:
        self._at += 1
        index = 0
        self._skip()
        while self._at < len(self._text) and self._peek() != closing:
            if closing == "]":
                self._value((*keys, index))
            else:
                self._pair(keys)
            index += 1
            self._skip()
            if self._peek() == ",":
                self._at += 1
                self._skip()
        self._at += 1

    def _skip(self) -> None:
        match = _BLANK.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _place(self, start: int, end: int) -> Place:
        """The range on its first line."""
        first = self._text.rfind("\n", 0, start) + 1
        last = self._text.find("\n", start)
        last = len(self._text) if last < 0 else last
        line = self._text.count("\n", 0, start) + 1
        return Place(line, start - first + 1, max(min(end, last) - start, 1), self._text[first:last].rstrip("\r"))


def _unquoted(key: str) -> str:
    if key[0] not in "\"'":
        return key
    value: Mapping[str, str] = tomllib.loads(f"key = {key}")
    return value["key"]
