"""What the settings say of single models: ``[tool.convlint.models."net.py:UNet"]``."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from convlint.report import Problem
from convlint.request import UsageError, check_conditions, read_argument, read_input
from convlint.request.conditions import read_condition
from convlint.settings.document import Entry, each_of
from convlint.settings.kinds import FLAG, Kind, expect, read_text
from convlint.settings.places import Place
from convlint.source.notebook import SUFFIX
from convlint.trace.protocol import InputText


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """How one model is built and which sizes matter; what is empty is left to what its files show.

    ``key`` is as it is written, ``source`` the absolute path of a file or a dotted module.  ``origin`` is where it is
    written, ``pyproject.toml:12``, and ``places`` where each of its values is, as `Options.places` has it.
    """

    key: str
    source: str
    qualname: str
    arguments: tuple[tuple[str, str], ...] = ()
    inputs: tuple[InputText, ...] = ()
    where: tuple[str, ...] = ()
    skip: bool = False
    origin: str = ""
    places: tuple[tuple[str, Problem], ...] = field(default=(), compare=False)


def _read_models(entry: Entry) -> tuple[ModelSettings, ...]:
    expect(entry, Mapping, "a table of models")
    return tuple(each_of(entry.items(), _read_model))


def _read_model(entry: Entry) -> ModelSettings:
    expect(entry, Mapping, "a table of args, input, where and skip")
    source, colon, qualname = entry.key.rpartition(":")
    is_file = source.endswith((".py", SUFFIX)) or "/" in source
    if not colon or not source or "\0" in source or not all(part.isidentifier() for part in qualname.split(".")):
        entry.mistaken_key(f"`{entry.key}` names no model", 'write "path/file.py:Class" or "package.module:callable"')
    values = dict(each_of(entry.items(), _read_value))
    inputs = values.get("inputs", ())
    _check_sizes(entry, values.get("where", ()), inputs)
    return ModelSettings(
        key=entry.key,
        source=os.path.normpath(os.path.join(entry.document.directory, source)) if is_file else source,
        qualname=qualname,
        origin=entry.origin,
        places=tuple((key, each.document.problem("", place)) for key, each, place in _places(entry)),
        **values,
    )


def _places(model: Entry) -> Iterator[tuple[str, Entry, Place | None]]:
    """Each value that is said of a model, and where it stands; of arguments, where their names do."""
    for entry in model.items():
        match entry.key:
            case "args":
                for each in entry.items():
                    yield f"arg:{each.key}", each, each.document.places.of_key(each.keys)
            case "input" | "where":
                for index, each in enumerate(_texts(entry)):
                    yield f"{entry.key}:{index}", each, each.document.places.of_value(each.keys)
            case _:
                pass


def _texts(entry: Entry) -> Iterator[Entry]:
    """The strings in a value, in their order."""
    if isinstance(entry.value, str):
        yield entry
    else:
        for each in entry.items():
            yield from _texts(each)


def _read_value(entry: Entry) -> tuple[str, Any]:
    """One key of a model, as the field of `ModelSettings` and its value."""
    if entry.key not in _FIELDS:
        entry.unknown_key(_FIELDS)
    name, read = _FIELDS[entry.key]
    return name, read(entry)


def _read_arguments(entry: Entry) -> tuple[tuple[str, str], ...]:
    expect(entry, Mapping, "a table of constructor arguments")
    return tuple(each_of(entry.items(), _read_argument))


def _read_argument(entry: Entry) -> tuple[str, str]:
    value = entry.value
    if not isinstance(value, str):
        value = repr(expect(entry, (bool, int, float, list, dict), "a value that Python can write"))
    try:
        return read_argument(f"{entry.key}={value}")
    except UsageError as error:
        entry.mistake(error.problem.message, *error.problem.help)


def _read_inputs(entry: Entry) -> tuple[InputText, ...]:
    return tuple(_inputs(entry, ""))


def _inputs(entry: Entry, name: str) -> Iterator[InputText]:
    """A shape, a list of them, or a table by the names of parameters; nested as the input itself is."""
    match entry.value:
        case str(text):
            try:
                found = read_input(text)
            except UsageError as error:
                entry.misread(error.problem)
            if name and found.name:
                entry.mistake(f"this input has a name already: `{name}`")
            yield InputText(found.shape, name or found.name, found.dtype)
        case Mapping() | list():
            for each in entry.items():
                # The items of a list at the top are the parameters in their order, which need no name.
                is_nameless = isinstance(entry.value, list) and not name
                if isinstance(entry.value, dict) and not re.fullmatch(r"\w+(\.\w+)*", each.key):
                    each.mistaken_key(f"`{each.key}` is no name of a parameter")
                yield from _inputs(each, "" if is_nameless else f"{name}.{each.key}".strip("."))
        case _:
            entry.mistake(f'{entry.title} is a shape, such as "N 3 H W", a table or a list of shapes')


def _read_where(entry: Entry) -> tuple[str, ...]:
    return tuple(each_of(_conditions(entry), _read_condition))


def _conditions(entry: Entry) -> Iterator[Entry]:
    """The conditions, of which one may stand without a list."""
    if isinstance(entry.value, str):
        yield entry
    else:
        expect(entry, list, "a condition or a list of them")
        yield from entry.items()


def _read_condition(entry: Entry) -> str:
    text = read_text(entry)
    try:
        read_condition(text, None)
    except UsageError as error:
        entry.misread(error.problem)
    return text


def _check_sizes(model: Entry, where: tuple[str, ...], inputs: tuple[InputText, ...]) -> None:
    """That the conditions speak of sizes of the inputs, where there are any; raises SettingsError."""
    if not where:
        return
    (entry,) = (each for each in model.items() if each.key == "where")
    for each in _conditions(entry):
        try:
            check_conditions([str(each.value)], inputs)
        except UsageError as error:
            each.misread(error.problem)


_FIELDS: Mapping[str, tuple[str, Callable[[Entry], Any]]] = {
    "args": ("arguments", _read_arguments),
    "input": ("inputs", _read_inputs),
    "where": ("where", _read_where),
    "skip": ("skip", FLAG.read),
}
"""The field of `ModelSettings` for each key of a model, and how its value is read."""

MODELS = Kind('table: "file.py:Class" -> {args, input, where, skip}', _read_models)
