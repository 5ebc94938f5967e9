"""What the settings say of single models: ``[tool.convlint.models."net.py:UNet"]``."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from convlint.request import UsageError, check_conditions, read_argument, read_input
from convlint.request.conditions import read_condition
from convlint.settings.document import Entry
from convlint.settings.kinds import FLAG, Kind, expect, read_strings
from convlint.trace.protocol import InputText

_KEYS = ("args", "input", "skip", "where")


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """How one model is built and which sizes matter; what is empty is left to what its files show.

    ``key`` is as it is written, ``source`` the absolute path of a file or a dotted module.  ``origin`` is where it is
    written, ``pyproject.toml:12``.
    """

    key: str
    source: str
    qualname: str
    arguments: tuple[tuple[str, str], ...] = ()
    inputs: tuple[InputText, ...] = ()
    where: tuple[str, ...] = ()
    skip: bool = False
    origin: str = ""


def _read_models(entry: Entry) -> tuple[ModelSettings, ...]:
    expect(entry, Mapping, "a table of models")
    return tuple(_read_model(each) for each in entry.items())


def _read_model(entry: Entry) -> ModelSettings:
    expect(entry, Mapping, "a table of args, input, where and skip")
    source, colon, qualname = entry.key.rpartition(":")
    is_file = source.endswith(".py") or "/" in source
    if not colon or not source or not all(part.isidentifier() for part in qualname.split(".")):
        entry.mistaken_key(f"`{entry.key}` names no model", 'write "path/file.py:Class" or "package.module:callable"')
    values = {each.key: each for each in entry.items()}
    for key, each in values.items():
        if key not in _KEYS:
            each.unknown_key(_KEYS)
    inputs = tuple(_read_inputs(values["input"])) if "input" in values else ()
    return ModelSettings(
        key=entry.key,
        source=os.path.normpath(os.path.join(entry.document.directory, source)) if is_file else source,
        qualname=qualname,
        arguments=tuple(_read_arguments(values["args"])) if "args" in values else (),
        inputs=inputs,
        where=_read_where(values["where"], inputs) if "where" in values else (),
        skip=FLAG.read(values["skip"]) if "skip" in values else False,
        origin=entry.origin,
    )


def _read_arguments(entry: Entry) -> Iterator[tuple[str, str]]:
    expect(entry, Mapping, "a table of constructor arguments")
    for each in entry.items():
        value = each.value
        if not isinstance(value, str):
            expect(each, (bool, int, float, list, dict), "a value that Python can write")
            yield each.key, repr(value)
            continue
        try:
            yield read_argument(f"{each.key}={value}")
        except UsageError as error:
            each.mistake(error.problem.message, *error.problem.help)


def _read_inputs(entry: Entry, name: str = "") -> Iterator[InputText]:
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
                yield from _read_inputs(each, "" if is_nameless else f"{name}.{each.key}".strip("."))
        case _:
            entry.mistake(f'{entry.title} is a shape, such as "N 3 H W", a table or a list of shapes')


def _read_where(entry: Entry, inputs: tuple[InputText, ...]) -> tuple[str, ...]:
    one = isinstance(entry.value, str)
    texts = (str(entry.value),) if one else read_strings(entry)
    for index, text in enumerate(texts):
        each = entry if one else Entry(entry.document, (*entry.keys, index), text)
        try:
            read_condition(text, None)
            check_conditions([text], inputs)
        except UsageError as error:
            each.misread(error.problem)
    return texts


MODELS = Kind('table: "file.py:Class" -> {args, input, where, skip}', _read_models)
