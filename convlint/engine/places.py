"""Paths as a reader of the report knows them: from the working directory."""

import os
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from convlint.diagnostics import Span, cell_path, split_cell
from convlint.source.notebook import in_cell

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
    """The same data with every span as it is read: by a path from the working directory, in the cell of a notebook."""
    return with_spans(value, _as_read)


def where(span: Span) -> str:
    """The file and line of a range as a reader knows them: ``net.py:12``, ``net.ipynb:cell 3:12``."""
    there = _as_read(span)
    return f"{there.path}:{there.line}"


def with_spans(value: T, change: Callable[[Span], Span]) -> T:
    """The same data with every span as ``change`` gives it."""
    return cast("T", _changed(value, change))


def _as_read(span: Span) -> Span:
    inside = in_cell(span)
    file, cell = split_cell(inside.path)
    return replace(inside, path=relative(file) if cell is None else cell_path(relative(file), cell))


def _changed(value: Any, change: Callable[[Span], Span]) -> Any:
    match value:
        case Span():
            return change(value)
        case str() | int() | float() | None:
            return value
        case tuple():
            items = tuple(_changed(item, change) for item in value)
            return value if all(a is b for a, b in zip(items, value, strict=True)) else items
        case Mapping():
            return {key: _changed(item, change) for key, item in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            changes = {each.name: _changed(getattr(value, each.name), change) for each in fields(value) if each.init}
            changed = any(changes[name] is not getattr(value, name) for name in changes)
            return replace(value, **changes) if changed else value
        case _:
            return value
