"""What to call a constructor with: what the user gave, its own defaults, and well-known names (worker side)."""

from __future__ import annotations

import ast
import builtins
import difflib
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch
from torch import nn

_OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.USub: lambda a: -a,
    ast.UAdd: lambda a: +a,
    ast.Not: lambda a: not a,
}

IMAGE_CHANNELS = 3
CLASSES = 10

WELL_KNOWN: Mapping[str, object] = {
    **dict.fromkeys(
        ("in_channels", "in_channel", "in_chans", "in_ch", "inchannels", "in_c", "in_nc", "nin", "n_in"), IMAGE_CHANNELS
    ),
    **dict.fromkeys(
        ("n_channels", "num_channels", "channels", "nc", "input_channels", "input_nc", "c_in", "cin"), IMAGE_CHANNELS
    ),
    **dict.fromkeys(
        ("image_channels", "img_channels", "img_ch", "n_input_channels", "num_input_channels", "in_dim"), IMAGE_CHANNELS
    ),
    **dict.fromkeys(
        ("input_channel", "num_in_channels", "inp", "inp_channels", "chans", "colors", "n_colors"), IMAGE_CHANNELS
    ),
    **dict.fromkeys(("num_classes", "n_classes", "classes", "nclass", "n_class", "nb_classes", "class_num"), CLASSES),
    **dict.fromkeys(("num_class", "out_channels", "out_chans", "out_ch", "out_channel", "output_channels"), CLASSES),
    **dict.fromkeys(
        ("output_nc", "out_nc", "num_outputs", "n_outputs", "out_dim", "output_dim", "out_features"), CLASSES
    ),
    **dict.fromkeys(("c_out", "cout", "nout", "n_out", "oup", "output_size", "out_planes", "num_labels"), CLASSES),
    **dict.fromkeys(("in_planes", "inplanes", "planes", "width", "base_channels", "base_width", "base_c"), 64),
    **dict.fromkeys(("hidden", "hidden_dim", "hidden_size", "hidden_channels", "hidden_features", "mid_channels"), 64),
    **dict.fromkeys(("dim", "d_model", "embed_dim", "embedding_dim", "emb_dim", "n_features", "ch"), 64),
    **dict.fromkeys(("num_features", "num_filters", "n_filters", "nf", "ngf", "ndf", "filters", "feature_dim"), 64),
    **dict.fromkeys(("in_features", "input_dim", "input_size", "n_feat", "n_feats", "growth_rate", "inner_dim"), 64),
    **dict.fromkeys(("latent_dim", "z_dim", "nz", "latent_size", "noise_dim", "zdim"), 100),
    **dict.fromkeys(("kernel_size", "kernel", "ksize", "kernel_sz", "k_size", "k"), 3),
    **dict.fromkeys(("stride", "dilation", "groups", "rate", "output_stride_factor", "expansion", "cardinality"), 1),
    **dict.fromkeys(("padding", "pad"), 1),
    **dict.fromkeys(("depth", "num_layers", "n_layers", "num_blocks", "n_blocks", "nblocks", "layers_count"), 2),
    **dict.fromkeys(("num_heads", "n_heads", "heads", "nhead", "n_head"), 4),
    **dict.fromkeys(("head_dim", "dim_head"), 16),
    **dict.fromkeys(("mlp_dim", "dim_feedforward", "ff_dim", "ffn_dim"), 128),
    **dict.fromkeys(("mlp_ratio",), 4.0),
    **dict.fromkeys(("dropout", "drop", "p", "drop_rate", "dropout_rate", "dropout_p", "drop_prob", "drop_path"), 0.0),
    **dict.fromkeys(("image_size", "img_size", "input_resolution", "resolution"), 224),
    **dict.fromkeys(("patch_size",), 16),
    **dict.fromkeys(("scale", "scale_factor", "upscale_factor", "upscale"), 2),
    **dict.fromkeys(("reduction", "reduction_ratio", "squeeze_factor"), 16),
    **dict.fromkeys(("vocab_size", "num_embeddings", "n_vocab", "ntoken", "num_tokens", "vocab"), 1000),
    **dict.fromkeys(("seq_len", "max_len", "max_seq_len", "sequence_length", "block_size", "context_length"), 128),
    **dict.fromkeys(("num_anchors", "n_anchors"), 3),
    **dict.fromkeys(("num_groups",), 8),
    **dict.fromkeys(("bias", "batch_norm", "bn", "use_bn", "norm", "bilinear"), True),
    **dict.fromkeys(("pretrained", "pretrained_backbone", "progress", "downsample_input"), False),
    **dict.fromkeys(("expand_ratio", "bn_size", "n_convs", "num_convs"), 2),
    **dict.fromkeys(("layers",), (2, 2, 2, 2)),
    **dict.fromkeys(("activation", "act", "act_layer", "nonlinearity"), nn.ReLU),
    **dict.fromkeys(("norm_layer",), nn.BatchNorm2d),
}
"""Values for parameters without a default, by the names that the field's repositories give them."""

_WIDTH_NAME = re.compile(r"c|.*(channels?|planes|filters|_features|width|hidden|dim|_ch|_dims|_size|_inputs|_outputs)")
"""Other names of a number of channels or features."""

WIDTH = 64
"""What such a number is assumed to be: divisible by the usual groups, heads and reductions."""

_NO_CONFIGURATION = frozenset({"builtins", "torch", "typing", "collections"})
"""Where no class comes from whose empty instance would be a sensible configuration."""

_NO_DOWNLOAD = frozenset({"pretrained", "pretrained_backbone"})
"""Parameters that, when true, fetch weights: sizes do not depend on them, and a linter does not download."""


_WORD = re.compile(r"[\w.-]+")


class ArgumentError(Exception):
    """The arguments of a call cannot be determined; `help` says how to give them."""

    def __init__(self, message: str, *help_: str) -> None:
        super().__init__(message)
        self.help = help_


@dataclass(frozen=True, slots=True)
class Arguments:
    """How to call a constructor; ``assumed`` are the values that nobody gave, as ``in_channels = 3``.

    ``can_widen`` says whether some of these would be others with ``wide``.
    """

    positional: tuple[Any, ...]
    keyword: Mapping[str, Any]
    assumed: tuple[str, ...]
    can_widen: bool = False


def find_arguments(
    function: Callable[..., object], given: Sequence[tuple[str, str]], module: ModuleType, *, wide: bool = False
) -> Arguments:
    """Arguments for ``function``: those ``given`` as text, then defaults, then well-known names.

    ``wide`` assumes `WIDTH` for channels, as for a block from the middle of a network, instead of an image's three.
    Raises ArgumentError that names the argument that is missing, unknown or unreadable.
    """
    name = getattr(function, "__name__", "it")
    positions = {int(key): text for key, text in given if key.isdecimal()}
    named = {key: text for key, text in given if not key.isdecimal()}
    if sorted(positions) != list(range(len(positions))):
        raise ArgumentError(f"the positional arguments of `{name}` have gaps")
    positional = tuple(evaluate(positions[index], module) for index in range(len(positions)))
    keyword = {key: evaluate(text, module) for key, text in named.items()}
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return Arguments(positional, keyword, ())
    _check_names(name, named, parameters)
    assumed: list[str] = []
    can_widen = False
    by_position = [item for item in parameters if item.kind in (item.POSITIONAL_ONLY, item.POSITIONAL_OR_KEYWORD)]
    taken = {item.name for item in by_position[: len(positional)]}
    for parameter in parameters:
        if parameter.name in keyword or parameter.name in taken:
            continue
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.default is not parameter.empty:
            if not (parameter.name in _NO_DOWNLOAD and parameter.default is True):
                continue
            value: object = False
        else:
            value = _assume(name, parameter, module, wide=wide)
            can_widen = can_widen or _is_channels(_plain(parameter.name), value)
        assumed.append(f"{parameter.name} = {_text(value)}")
        if parameter.kind is parameter.POSITIONAL_ONLY:
            positional = (*positional, value)
        else:
            keyword[parameter.name] = value
    return Arguments(positional, keyword, tuple(assumed), can_widen)


def evaluate(text: str, module: ModuleType) -> Any:
    """The value of an argument's text: a literal, a dotted name of ``module`` or torch, a call of one, or a bare word.

    A bare word that names nothing is a string, since shells eat quotes.  Raises ArgumentError.
    """
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        pass
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        if _WORD.fullmatch(text.strip()):
            return text.strip()
        raise ArgumentError(f"cannot read the argument `{text}`: it is no Python expression") from error
    try:
        return _value(tree, module)
    except _UnknownNameError as error:
        if isinstance(tree, ast.Name):
            return tree.id
        raise ArgumentError(f"cannot read the argument `{text}`: {error}") from error
    except Exception as error:
        raise ArgumentError(f"cannot read the argument `{text}`: {error}") from error


class _UnknownNameError(Exception):
    """A name that is neither in the user's module nor in torch."""


def _value(tree: ast.expr, module: ModuleType) -> Any:
    match tree:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return _look_up(name, module)
        case ast.Attribute(value=owner, attr=name):
            try:
                return getattr(_value(owner, module), name)
            except AttributeError as error:
                raise _UnknownNameError(str(error)) from error
        case ast.Tuple(elts=items):
            return tuple(_value(item, module) for item in items)
        case ast.List(elts=items):
            return [_value(item, module) for item in items]
        case ast.Set(elts=items):
            return {_value(item, module) for item in items}
        case ast.Dict(keys=keys, values=values) if all(keys):
            return {_value(key, module): _value(value, module) for key, value in zip(keys, values, strict=True) if key}
        case ast.UnaryOp(op=operator, operand=operand) if type(operator) in _OPERATORS:
            return _OPERATORS[type(operator)](_value(operand, module))
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            return _OPERATORS[type(operator)](_value(left, module), _value(right, module))
        case ast.Subscript(value=owner, slice=index):
            return _value(owner, module)[_value(index, module)]
        case ast.Call(func=function, args=arguments, keywords=keywords) if all(item.arg for item in keywords):
            called = _value(function, module)
            named = {str(item.arg): _value(item.value, module) for item in keywords}
            return called(*(_value(item, module) for item in arguments), **named)
    raise ArgumentError("give a literal, a name, or a call of one")


def _look_up(name: str, module: ModuleType) -> Any:
    if name in vars(module):
        return vars(module)[name]
    if name in ("torch", "nn", "F"):
        return {"torch": torch, "nn": nn, "F": nn.functional}[name]
    for place in (builtins, nn, torch):
        if hasattr(place, name):
            return getattr(place, name)
    raise _UnknownNameError(f"there is no `{name}` in {module.__name__} or torch")


def _check_names(name: str, given: Mapping[str, str], parameters: Sequence[inspect.Parameter]) -> None:
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    known = [item.name for item in parameters if item.kind in (item.POSITIONAL_OR_KEYWORD, item.KEYWORD_ONLY)]
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            takes = f"it takes {', '.join(f'`{item}`' for item in known)}" if known else "it takes none"
            raise ArgumentError(f"`{name}` takes no argument `{key}`", f"did you mean `{near[0]}`?" if near else takes)


def _assume(owner: str, parameter: inspect.Parameter, module: ModuleType, *, wide: bool) -> object:
    """A value for a required parameter: by its name, else an object of its annotated class that needs no arguments."""
    name = _plain(parameter.name)
    if name == "block":
        for candidate in ("BasicBlock", "Bottleneck", "Block", "ResidualBlock"):
            if candidate in vars(module):
                return vars(module)[candidate]
    if name in WELL_KNOWN and _fits(WELL_KNOWN[name], parameter.annotation):
        value = WELL_KNOWN[name]
        if wide and _is_channels(name, value):
            return WIDTH
        return list(value) if isinstance(value, tuple) else value
    if _WIDTH_NAME.fullmatch(name) and _fits(WIDTH, parameter.annotation):
        return WIDTH
    annotation = None if parameter.annotation is parameter.empty else parameter.annotation
    if isinstance(annotation, str):
        annotation = vars(module).get(annotation, annotation)
    if inspect.isclass(annotation) and annotation.__module__.partition(".")[0] not in _NO_CONFIGURATION:
        try:
            return annotation()
        except Exception:
            pass  # it needs arguments too
    raise ArgumentError(
        f"`{owner}` needs the argument `{parameter.name}`", f"give it with `--arg {parameter.name}=VALUE`"
    )


def _plain(name: str) -> str:
    """A parameter's name as the tables have it."""
    return name.lower().strip("_")


def _is_channels(name: str, value: object) -> bool:
    """Whether a well-known value is a number of channels at an end of a network."""
    return type(value) is int and (
        value == CLASSES or (value == IMAGE_CHANNELS and not name.startswith(("k", "num_a", "n_a")))
    )


def _fits(value: object, annotation: object) -> bool:
    """Whether an annotation, where it is a plain type, allows a well-known value."""
    plain = {"int": int, "float": float, "bool": bool, "str": str, "list": list, "tuple": tuple, "dict": dict}
    wanted = plain.get(annotation) if isinstance(annotation, str) else annotation
    if wanted is float:
        return isinstance(value, (int, float))
    if wanted is list:
        return isinstance(value, tuple)
    if wanted is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted in plain.values():
        return isinstance(value, wanted)  # type: ignore[arg-type]
    return True


def _text(value: object) -> str:
    return value.__name__ if inspect.isclass(value) else repr(value)
