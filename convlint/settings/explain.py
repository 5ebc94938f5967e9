"""The settings in words: what each key is, and what holds in a run."""

import difflib
import json
from collections.abc import Iterable
from typing import Any

from convlint.report import Problem
from convlint.request import UsageError
from convlint.settings.resolve import Resolved
from convlint.settings.settings import Key, keys, plain

_VERSION = 1


def find_keys(name: str | None) -> tuple[Key, ...]:
    """The key of this name, or all of them; raises UsageError."""
    if name is None:
        return keys()
    found = tuple(key for key in keys() if key.name == name.replace("_", "-").lower())
    if found:
        return found
    near = difflib.get_close_matches(name.lower(), [key.name for key in keys()], 1, cutoff=0.5)
    help_ = f"did you mean {near[0]}?" if near else "`convlint config` lists all of them"
    raise UsageError(Problem(f"there is no key `{name}`", "", name, 0, len(name), (help_,)))


def render_keys(shown: Iterable[Key]) -> str:
    """What each key is, its kind, default and an example."""
    return "\n\n".join(_explained(key) for key in shown) + "\n"


def render_keys_json(shown: Iterable[Key]) -> str:
    """The same as an object: ``version`` and ``keys``."""
    facts = [
        {
            "key": key.name,
            "type": key.kind.name,
            "default": key.default,
            "example": key.example,
            "summary": key.summary,
        }
        for key in shown
    ]
    return _json({"version": _VERSION, "keys": facts})


def render_settings(resolved: Resolved) -> str:
    """The value of each key and where it is from, a line each; the files of other directories after that."""
    lines = [f"# {resolved.path or 'no settings file'}"]
    for key in keys():
        value = json.dumps(plain(getattr(resolved.settings, key.field)), ensure_ascii=False)
        lines.append(f"{key.name} = {value}  # {resolved.origins.get(key.name, 'default')}")
    return "\n".join(["\n".join(lines) + "\n", *map(render_settings, resolved.nested)])


def _explained(key: Key) -> str:
    example = "\n".join(f"    {line}" for line in key.example.split("\n"))
    return f"{key.name}\n  {key.summary}\n  type: {key.kind.name}\n  default: {key.default}\n  example:\n{example}"


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
