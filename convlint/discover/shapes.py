"""From the numbers of an example tensor to the symbols of an input shape: ``(1, 3, 224, 224)`` is ``N 3 H W``."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from convlint.trace.protocol import InputText

_IMAGE_CHANNELS = frozenset({1, 3, 4})


@dataclass(frozen=True, slots=True)
class ExampleTensor:
    """A tensor that the user's code makes: its sizes and its dtype's name without ``torch.``."""

    shape: tuple[int, ...]
    dtype: str = "float32"


@dataclass(frozen=True, slots=True)
class ExampleInput:
    """One argument of a call of a model: ``name`` as in `InputText`."""

    name: str | None
    tensor: ExampleTensor


@dataclass(slots=True)
class _Symbols:
    """The symbols of one call: the same role with the same number is the same symbol."""

    nominal: dict[str, int] = field(default_factory=dict)

    def of(self, role: str, size: int) -> str:
        name, count = role, 1
        while self.nominal.setdefault(name, size) != size:
            count += 1
            name = f"{role}{count}"
        return name


def symbolic_inputs(
    inputs: Sequence[ExampleInput], axes: frozenset[int] = frozenset()
) -> tuple[tuple[InputText, ...], dict[str, int]]:
    """The inputs of a call with symbols for what varies, and the number of each symbol in the example.

    ``axes`` are the spatial ranks of the layers that the model has (2 for ``Conv2d``), where they are known: they tell
    ``N C T`` from ``N T C``, and a clip from a volume.
    """
    symbols = _Symbols()
    texts = tuple(
        InputText(" ".join(_items(each.tensor, axes, symbols, first=index == 0)), each.name, each.tensor.dtype)
        for index, each in enumerate(inputs)
    )
    return texts, symbols.nominal


def _items(tensor: ExampleTensor, axes: frozenset[int], symbols: _Symbols, *, first: bool) -> list[str]:
    roles = axis_roles(tensor, axes)
    items: list[str] = []
    for role, size in zip(roles, tensor.shape, strict=True):
        # A lone pixel is a vector in the form of a map; a second input with a batch of one is broadcast.
        constant = role == "C" or (size == 1 and (role != "N" or not first))
        items.append(str(size) if constant else symbols.of(role, size))
    return items


def axis_roles(tensor: ExampleTensor, axes: frozenset[int]) -> tuple[str, ...]:
    """What each axis is: ``N`` the batch, ``C`` features (a constant), ``D``, ``H``, ``W``, ``T`` sizes that vary."""
    shape = tensor.shape
    counts = tensor.dtype.startswith(("int", "uint", "bool"))
    match len(shape):
        case 0:
            return ()
        case 1:
            return ("N",)
        case 2:
            return ("N", "T") if counts or 1 in axes else ("N", "C")
        case 3 if counts:
            return ("N", "H", "W")
        case 3 if 1 in axes:
            return ("N", "C", "T")
        case 3 if 2 in axes and shape[0] <= 4:
            return ("C", "H", "W")
        case 3:
            return ("N", "T", "C")
        case 4 if shape[3] in _IMAGE_CHANNELS and min(shape[1:3]) > max(_IMAGE_CHANNELS):
            return ("N", "H", "W", "C")
        case 4:
            return ("N", "C", "H", "W")
        case 5 if 2 in axes and 3 not in axes:
            channels_first = shape[1] in _IMAGE_CHANNELS and shape[2] not in _IMAGE_CHANNELS
            return ("N", "C", "T", "H", "W") if channels_first else ("N", "T", "C", "H", "W")
        case 5:
            return ("N", "C", "D", "H", "W")
        case rank:
            return ("N", *("C",) * (rank - 3), "H", "W")
