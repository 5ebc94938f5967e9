"""Models that are called: with which tensors, by themselves or by a tool that is given one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from convlint.discover.shapes import ExampleInput, ExampleTensor
from convlint.discover.values import Constant, Construction, Group, Place, Table, Value, size_tuple

Given = Sequence[tuple[str | None, Value | None]]
"""The arguments of a call: a keyword or None, and the value as far as it can be read."""

_SUMMARIES: Mapping[str, bool | None] = {
    "summary": None,
    "draw_graph": True,
    "get_model_complexity_info": False,
    "get_model_summary": True,
    "torchsummary": False,
}
"""Tools that take a model and the shape of its input: with the batch (True), without it (False), or either."""

_EXAMPLE_KEYWORDS = ("inputs", "args", "input_data", "example_inputs")
"""How such tools call their example tensors."""

_MAP_WITHOUT_BATCH = 3
"""The rank of one image."""


@dataclass(frozen=True, slots=True)
class Usage:
    """A model that is called: how it was built, and with which tensors; ``is_complete`` if all of them were read."""

    construction: Construction
    inputs: tuple[ExampleInput, ...]
    is_complete: bool
    place: Place


def usage(
    construction: Construction, parameters: Sequence[str], given: Given, place: Place, *, is_complete: bool = True
) -> Usage | None:
    """The usage that a call of a model with ``given`` is; None where no tensor can be read.

    ``parameters`` are those of ``forward``; a lone first input goes without its name.
    """
    inputs: list[ExampleInput] = []
    for position, (key, value) in enumerate(given):
        name = key or (parameters[position] if position < len(parameters) else None)
        found = list(_flattened(name, value))
        inputs.extend(found)
        is_left_out = isinstance(value, Constant) and (value.value is None or key is not None)
        is_complete = is_complete and (bool(found) or is_left_out)
    if not inputs:
        return None
    if len(inputs) == 1 and inputs[0].name == next(iter(parameters), None):
        inputs = [replace(inputs[0], name=None)]
    return Usage(construction, tuple(inputs), is_complete, place)


def given_by_tool(
    tool: str, arguments: Sequence[Value | None], keywords: Mapping[str, Value | None], imported: Iterable[str]
) -> Given:
    """The tensors that a tool such as ``summary(model, (3, 224, 224))`` calls its model with; empty where unknown.

    ``arguments`` are those after the model, ``imported`` the packages of the file: two have a ``summary``.
    """
    if tool in _SUMMARIES:
        value = keywords.get("input_size", arguments[0] if arguments else keywords.get("input_data"))
        tensors = list(_summary_tensors(value, _SUMMARIES[tool], frozenset(imported)))
        if tensors:
            return [(None, each) for each in tensors]
    value = next((keywords[key] for key in _EXAMPLE_KEYWORDS if key in keywords), arguments[0] if arguments else None)
    items = value.items if isinstance(value, Group) else (value,)
    return [(None, each) for each in items] if all(isinstance(each, ExampleTensor) for each in items) else []


def _summary_tensors(
    value: Value | None, with_batch: bool | None, imported: frozenset[str]
) -> Iterator[ExampleTensor]:
    """The tensors that a summary tool makes of a shape or several, or was given."""
    if isinstance(value, ExampleTensor):
        yield value
    if not isinstance(value, Constant) or not isinstance(value.value, (tuple, list)):
        return
    single = size_tuple(value.value)
    shapes = [single] if single else [shape for each in value.value if (shape := size_tuple(each))]
    if with_batch is None:
        lacks_batch = all(len(shape) == _MAP_WITHOUT_BATCH for shape in shapes)
        with_batch = "torchinfo" in imported or ("torchsummary" not in imported and not lacks_batch)
    for shape in shapes:
        yield ExampleTensor(shape if with_batch else (1, *shape))


def _flattened(name: str | None, value: Value | None) -> Iterator[ExampleInput]:
    """The tensors in one argument, each with its place inside of it."""
    match value:
        case ExampleTensor():
            yield ExampleInput(name, value)
        case Group(items=items) if name is not None:
            for index, each in enumerate(items):
                yield from _flattened(f"{name}.{index}", each)
        case Table(items=items) if name is not None:
            for key, each in items.items():
                if key.isidentifier():
                    yield from _flattened(f"{name}.{key}", each)
        case _:
            return
