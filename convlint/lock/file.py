"""``convlint.lock``: TOML, a table a model in the order of their names, so that changes read and merge by model."""

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from convlint.diagnostics import split_cell
from convlint.filesystem import is_file, upwards
from convlint.report import ContractRecord

LOCK_NAME = "convlint.lock"

_VERSION = 1
_HEAD = """\
# The sizes that each model accepts. Written by `convlint contract --write`, compared by `convlint check --locked`.
version = 1
"""
_LISTS = ("input", "output")


class LockError(ValueError):
    """A file that is no lock file; ``help`` is the way out."""

    def __init__(self, message: str, help_: str) -> None:
        super().__init__(message)
        self.help = help_


@dataclass(frozen=True)
class Lock:
    """The recorded contracts by model: ``models/unet.py:UNet``, its path from the directory of ``path``."""

    path: str
    models: Mapping[str, ContractRecord] = field(default_factory=dict)

    def key(self, path: str, name: str) -> str:
        """By what a model is known: its file (an absolute path), that of a notebook for a cell, and its name."""
        inside = os.path.relpath(split_cell(path)[0], os.path.dirname(os.path.abspath(self.path)))
        return f"{inside.replace(os.sep, '/')}:{name}"

    def line_of(self, key: str) -> int:
        """The line at which the table of a model begins."""
        before, _, _ = self.text().partition(_title(key))
        return before.count("\n") + 1

    def path_of(self, key: str) -> str:
        """The absolute path of a model's file: what is there before a colon, since names of models have colons, too."""
        here = os.path.dirname(os.path.abspath(self.path))
        parts = key.split(":")
        files = [os.path.join(here, *":".join(parts[:end]).split("/")) for end in range(1, len(parts) + 1)]
        return next(filter(is_file, files), files[0])

    def text(self) -> str:
        """The content of the file."""
        return _HEAD + "".join(_table(key, self.models[key]) for key in sorted(self.models))


def find_lock(start: str) -> str | None:
    """The lock file of the directory ``start`` or the nearest above it; None where there is none."""
    return next(filter(os.path.isfile, lock_paths(start)), None)


def lock_paths(start: str) -> Iterator[str]:
    """Where a lock file may be, the nearest first."""
    return (os.path.join(directory, LOCK_NAME) for directory in upwards(start))


def read_lock(path: str) -> Lock:
    """The lock file at ``path``; raises LockError, or OSError."""
    again = "write it anew: `convlint contract --write`"
    try:
        with open(path, "rb") as file:
            data = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        conflict = "a merge may have left its marks in it; take either side, and "
        raise LockError(f"{path} cannot be read: {error}", conflict + again) from error
    if data.get("version") != _VERSION:
        raise LockError(f"{path} has version {data.get('version')!r}, and this convlint reads {_VERSION}", again)
    models = data.get("models", {})
    if not isinstance(models, dict):
        raise LockError(f"{path} has no table `models`", again)
    try:
        return Lock(path, {key: _recorded(entry) for key, entry in models.items()})
    except (KeyError, TypeError) as error:
        raise LockError(f"{path} has a model without {error}", again) from error


def _recorded(entry: Any) -> ContractRecord:
    lists = [tuple(str(each) for each in entry[name]) for name in _LISTS]
    return ContractRecord(lists[0], str(entry["accepts"]), lists[1], str(entry["exact"]))


def _table(key: str, recorded: ContractRecord) -> str:
    lines = [_title(key)]
    lines.append(f"input = [{', '.join(map(_quoted, recorded.input))}]")
    lines.append(f"accepts = {_quoted(recorded.accepts)}")
    lines.append(f"output = [{', '.join(map(_quoted, recorded.output))}]")
    lines.append(f"exact = '{recorded.exact}'")
    return "\n" + "\n".join(lines) + "\n"


def _title(key: str) -> str:
    return f"[models.{_quoted(key)}]"


def _quoted(text: str) -> str:
    """A basic string: what JSON escapes, TOML escapes alike."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
