"""The settings in words: what each key is, and what holds in a run."""

import ast
import json
from collections.abc import Iterable
from typing import Any

from convlint.report import Problem
from convlint.request import UsageError
from convlint.request.mistakes import did_you_mean
from convlint.request.selection import FileIgnores
from convlint.settings.models import ModelSettings
from convlint.settings.resolve import Resolved
from convlint.settings.settings import DEFAULTS, Key, keys

_VERSION = 1


def find_keys(name: str | None) -> tuple[Key, ...]:
    """The key of this name, or all of them; raises UsageError."""
    if name is None:
        return keys()
    found = tuple(key for key in keys() if key.name == name.replace("_", "-").lower())
    if found:
        return found
    help_ = did_you_mean(name.lower(), (key.name for key in keys()), "`convlint config` lists all of them", cutoff=0.5)
    raise UsageError(Problem(f"there is no key `{name}`", "", name, 0, len(name), help_))


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
        value = getattr(resolved.settings, key.field)
        # The default of some keys is no value but a word for what is done without one.
        text = key.default if value == getattr(DEFAULTS, key.field) else _written(value)
        lines.append(f"{key.name} = {text}  # {resolved.origins.get(key.name, 'default')}")
    return "\n".join(["\n".join(lines) + "\n", *map(render_settings, resolved.nested)])


def _written(value: Any) -> str:
    """A value of the settings as TOML has it on one line."""
    match value:
        case ModelSettings():
            inputs = [f"{each.name}={each.shape}:{each.dtype}".removeprefix("None=") for each in value.inputs]
            arguments = {name: _argument(text) for name, text in value.arguments}
            told = {"args": arguments, "input": tuple(inputs), "where": value.where, "skip": value.skip}
            return _written({name: each for name, each in told.items() if each})
        case (ModelSettings(), *_):
            return _written({each.key: each for each in value})
        case (FileIgnores(), *_):
            return _written({each.glob: each.rules for each in value})
        case ((_, _), *_) if all(isinstance(each, tuple) for each in value):
            return _written(dict(value))
        case tuple() | list():
            return f"[{', '.join(map(_written, value))}]"
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)} = {_written(each)}" for key, each in value.items()) + "}"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _argument(text: str) -> object:
    """The value that a constructor argument was written as: TOML's own where it has one, else Python in a string."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return value if _is_toml(value) and repr(value) == text else text


def _is_toml(value: object) -> bool:
    """Whether TOML has this value, other than as a string on its own."""
    match value:
        case bool() | int() | float():
            return True
        case list():
            return all(isinstance(each, str) or _is_toml(each) for each in value)
        case dict():
            return all(isinstance(key, str) for key in value) and _is_toml(list(value.values()))
        case _:
            return False


def _explained(key: Key) -> str:
    example = "\n".join(f"    {line}" for line in key.example.split("\n"))
    return f"{key.name}\n  {key.summary}\n  type: {key.kind.name}\n  default: {key.default}\n  example:\n{example}"


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
