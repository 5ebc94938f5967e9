"""Paths as a reader of the report knows them: from the working directory."""

import os
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from convlint.diagnostics import Span

T = TypeVar("T")


def relative(path: str) -> str:
    """``path`` from the working directory where it is below that, else as it is."""
    absolute = os.path.abspath(path)
    here = os.getcwd()
    try:
        inside = os.path.commonpath([absolute, here]) == here
    except ValueError:
        return path
    return os.path.relpath(absolute, here) if inside else absolute


def relocated(value: T) -> T:
    """The same data with every span's path as it reads from the working directory."""
    return cast("T", _relocated(value))


def _relocated(value: Any) -> Any:
    match value:
        case Span():
            return replace(value, path=relative(value.path))
        case str() | int() | float() | None:
            return value
        case tuple():
            items = tuple(_relocated(item) for item in value)
            return value if all(a is b for a, b in zip(items, value, strict=True)) else items
        case Mapping():
            return {key: _relocated(item) for key, item in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            changes = {each.name: _relocated(getattr(value, each.name)) for each in fields(value) if each.init}
            changed = any(changes[name] is not getattr(value, name) for name in changes)
            return replace(value, **changes) if changed else value
        case _:
            return value
