"""Frozen data as JSON and back, by the names of its classes.

A dataclass is a list of its class's name and its fields, a tuple a list that begins with an empty name.  Entries are
read by the very convlint that wrote them (see `convlint.cache.identity`), so nothing here knows of older fields.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, get_args, get_type_hints


class CodecError(ValueError):
    """Data that is not what was written."""


class Codec:
    """Reads and writes ``root``, with the dataclasses and enumerations that its fields name, in any nesting."""

    def __init__(self, root: type) -> None:
        types = _named(root, {})
        self._types = {each.__name__: each for each in types}
        self._fields = {each: [field.name for field in fields(each)] for each in types if is_dataclass(each)}

    def to_json(self, value: Any) -> Any:
        """The JSON of ``value``; raises CodecError for what has no place in an entry."""
        if value is None or type(value) in {bool, int, float, str}:
            return value
        if isinstance(value, Enum) and type(value).__name__ in self._types:
            return [type(value).__name__, value.value]
        if isinstance(value, tuple):
            return ["", *map(self.to_json, value)]
        if isinstance(value, frozenset):
            return ["frozenset", *map(self.to_json, sorted(value))]
        if isinstance(value, Mapping):
            return {str(name): self.to_json(each) for name, each in value.items()}
        names = self._fields.get(type(value))
        if names is None:
            raise CodecError(f"a {type(value).__name__} cannot be kept")
        return [type(value).__name__, *(self.to_json(getattr(value, name)) for name in names)]

    def from_json(self, data: Any) -> Any:
        """The value that ``data`` was written for; raises CodecError."""
        if isinstance(data, dict):
            return {name: self.from_json(each) for name, each in data.items()}
        if not isinstance(data, list):
            return data
        if not data or not isinstance(data[0], str):
            raise CodecError("a list without a name")
        name, *items = data
        values = [self.from_json(each) for each in items]
        if not name:
            return tuple(values)
        if name == "frozenset":
            return frozenset(values)
        try:
            return self._types[name](*values)
        except (KeyError, TypeError, ValueError) as error:
            raise CodecError(f"no {name}: {error}") from error


def _named(hint: Any, seen: dict[type, None]) -> dict[type, None]:
    """The dataclasses and enumerations in a type hint, and in those of their fields."""
    for each in get_args(hint):
        _named(each, seen)
    if isinstance(hint, type) and hint not in seen:
        if is_dataclass(hint):
            seen[hint] = None
            for each in get_type_hints(hint).values():
                _named(each, seen)
        elif issubclass(hint, Enum):
            seen[hint] = None
    return seen
