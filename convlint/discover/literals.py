"""Layers of torch that are written with plain numbers: what is known of them without running anything.

A number that is an expression, such as ``2 * width``, is left open, and with it what depends on it.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from convlint.diagnostics import Span
from convlint.discover.module import ModuleSyntax, dotted
from convlint.discover.project import External, Project
from convlint.graph.model import Layer
from convlint.graph.signatures import PARAMETERS

_RANK = re.compile(r"([123])d$")
_KINDS: Mapping[str, str] = {
    "Conv": "conv", "ConvTranspose": "conv_transpose", "MaxPool": "max_pool", "AvgPool": "avg_pool",
    "BatchNorm": "norm",
}  # fmt: skip
_DEFAULTS: Mapping[str, Mapping[str, object]] = {
    "conv": {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "padding_mode": "zeros"},
    "conv_transpose": {
        "stride": 1, "padding": 0, "output_padding": 0, "groups": 1, "dilation": 1, "padding_mode": "zeros",
    },
    "max_pool": {"stride": None, "padding": 0, "dilation": 1, "ceil_mode": False},
    "avg_pool": {"stride": None, "padding": 0, "ceil_mode": False},
    "norm": {},
}  # fmt: skip
"""What a constructor takes for the numbers of a window that it is not given."""

_SPATIAL = ("kernel_size", "stride", "padding", "dilation", "output_padding")
_KEEPING = frozenset(
    "Identity ReLU ReLU6 LeakyReLU PReLU ELU SELU CELU GELU SiLU Mish Sigmoid Tanh Hardswish Hardsigmoid Hardtanh "
    "Softplus Softsign Dropout Dropout1d Dropout2d Dropout3d AlphaDropout Upsample AdaptiveAvgPool1d AdaptiveAvgPool2d "
    "AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d".split()
)
"""Layers that give as many channels as they are given, whatever their arguments."""

_RESIZING = ("Upsample", "Adaptive")
"""How those of them begin that have another grid."""

KEEPS_CHANNELS = "other"
"""The kind of a `Layer` of which only that is known."""


@dataclass(frozen=True, slots=True)
class Row:
    """Layers that hand on to one another, with None for what is not known; a layer elsewhere is a row of itself.

    ``model`` is the class that they are written in, empty outside of classes.  ``calls`` are the places in that class
    which call what the row is assigned to.  ``is_whole`` says that it is all that a model does: a class of its own.
    """

    model: str
    span: Span
    layers: tuple[Layer | None, ...]
    calls: frozenset[Span] = frozenset()
    is_whole: bool = False


def keeps_places(layer: Layer) -> bool:
    """Whether a layer without a window leaves its units where they are."""
    return layer.kind == "norm" or (layer.kind == KEEPS_CHANNELS and not layer.class_name.startswith(_RESIZING))


def rows(module: ModuleSyntax, project: Project) -> Iterator[Row]:
    """Every layer in a file whose window or channels are written as numbers, each in one row."""
    yield from _Reader(module, project).rows(module.tree, "", "")


class _Reader:
    def __init__(self, module: ModuleSyntax, project: Project) -> None:
        self._module = module
        self._project = project
        self._calls: dict[tuple[str, str], set[Span]] = {}
        """By the class and its attribute that is called."""

    def rows(self, node: ast.AST, model: str, name: str) -> Iterator[Row]:
        """Those below ``node``, in the class ``model``; ``name`` is the attribute that it is assigned to."""
        match node:
            case ast.ClassDef():
                model = f"{model}.{node.name}" if model else node.name
                self._note_calls(node, model)
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=attribute)]):
                name = attribute
            case ast.Call() if self._is_sequence(node, model):
                row = self._row(node, model, name, self._items(node, model, name))
                yield replace(row, is_whole=self._called(node) != "Sequential" and self._only_hands_on(model))
                for each in self._others(node, model):
                    yield from self.rows(each, model, "")
                return
            case ast.Call() if (layer := self._layer(node, name)) is not None:
                yield self._row(node, model, name, (layer,))
            case _:
                pass
        for child in ast.iter_child_nodes(node):
            yield from self.rows(child, model, name if isinstance(node, ast.Assign) else "")

    def _row(self, node: ast.Call, model: str, name: str, layers: Iterable[Layer | None]) -> Row:
        calls = frozenset(self._calls.get((model, name), ()))
        return Row(model, self._module.source.span(node), tuple(layers), calls)

    def _note_calls(self, node: ast.ClassDef, model: str) -> None:
        for each in ast.walk(node):
            match each:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=attribute)):
                    self._calls.setdefault((model, attribute), set()).add(self._module.source.span(each))
                case _:
                    pass

    def _items(self, call: ast.Call, model: str, name: str) -> Iterator[Layer | None]:
        """The layers of a sequence, those of sequences in it too."""
        for index, each in enumerate(call.args):
            path = f"{name}.{index}" if name else str(index)
            if isinstance(each, ast.Call) and self._is_sequence(each, model):
                yield from self._items(each, model, path)
            else:
                yield self._layer(each, path)
        if call.keywords:
            yield None

    def _others(self, call: ast.Call, model: str) -> Iterator[ast.AST]:
        """What a sequence is given besides layers: there may be more of them inside."""
        yield from (each.value for each in call.keywords)
        for each in call.args:
            if isinstance(each, ast.Call) and self._is_sequence(each, model):
                yield from self._others(each, model)
            elif self._layer(each, "") is None:
                yield each

    def _only_hands_on(self, model: str) -> bool:
        """Whether a class that is an ``nn.Sequential`` leaves it at that."""
        return "forward" not in self._module.classes[model].methods

    def _is_sequence(self, call: ast.Call, model: str) -> bool:
        """Whether it is ``nn.Sequential(...)``, or ``super().__init__(...)`` in a class that is one."""
        match call.func:
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"):
                syntax = self._module.classes.get(model)
                return syntax is not None and any(self._torch(base) == "Sequential" for base in syntax.bases)
            case _:
                return self._called(call) == "Sequential"

    def _layer(self, node: ast.expr, path: str) -> Layer | None:
        name = self._called(node) if isinstance(node, ast.Call) else None
        if not isinstance(node, ast.Call) or name is None:
            return None
        span = self._module.source.span(node)
        if name in _KEEPING:
            return Layer(path or name, name, KEEPS_CHANNELS, {}, span)
        kind = _KINDS.get(_RANK.sub("", name))
        rank = _RANK.search(name)
        if kind is None or rank is None:
            return None
        parameters = _parameters(node, _RANK.sub("", name), kind, int(rank[1]))
        return Layer(path or name, name, kind, parameters, span) if parameters is not None else None

    def _called(self, call: ast.Call) -> str | None:
        name = dotted(call.func)
        return self._torch(name) if name is not None else None

    def _torch(self, name: str) -> str | None:
        """The class of ``torch.nn`` that a name means."""
        meaning = self._project.resolve(self._module, name)
        if not isinstance(meaning, External) or not meaning.name.startswith("torch.nn."):
            return None
        return meaning.last


_OPEN = object()
"""A value that is not written as one."""


def _parameters(call: ast.Call, family: str, kind: str, axes: int) -> Mapping[str, object] | None:
    """The numbers of a layer as `Layer` has them, without those that are not known; None where none can be told."""
    names = PARAMETERS[family]
    if len(call.args) > len(names) or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    given = dict(zip(names, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg is None:
            return None
        given[keyword.arg] = keyword.value
    found = {**_DEFAULTS[kind], **{name: _literal(value) for name, value in given.items()}}
    window = {name: _by_axis(value, axes) for name, value in found.items() if name in _SPATIAL}
    if kind == "conv" and found["padding"] in {"same", "valid"}:
        window["padding"] = found["padding"]
    is_whole = (
        isinstance(window.get("kernel_size"), tuple)
        and _OPEN not in {*window.values(), found.get("ceil_mode")}
        and found.get("padding_mode", "zeros") == "zeros"  # else a pad comes before a window without padding
    )
    counts = {name: value for name, value in found.items() if name not in _SPATIAL and type(value) in {int, bool}}
    return {**counts, **{name: value for name, value in window.items() if is_whole and value is not None}}


def _literal(node: ast.expr) -> object:
    """The number, word, flag, None or tuple of numbers that is written; `_OPEN` for anything else."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return _OPEN
    if isinstance(value, list | tuple):
        return tuple(value) if all(type(each) is int for each in value) else _OPEN
    return value if value is None or type(value) in {int, bool, str} else _OPEN


def _by_axis(value: object, axes: int) -> object:
    """A number of a window as one entry an axis; None as it is."""
    if type(value) is int:
        return (value,) * axes
    if isinstance(value, tuple):
        return value * axes if len(value) == 1 else value if len(value) == axes else _OPEN
    return None if value is None else _OPEN
