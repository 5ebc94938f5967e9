"""Values for the arguments that nobody gave: by the names that repositories use, and by annotations (worker side).

A value that a constructor refuses is followed by others: `MANNERS` lists the ways of choosing, likelier ones first.
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from torch import nn

from convlint.trace.stand_ins import absent_of

IMAGE_CHANNELS = 3
IMAGE_SIZE = 224
CLASSES = 10
DEPTH = 2

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
    **dict.fromkeys(("depth", "num_layers", "n_layers", "num_blocks", "n_blocks", "nblocks", "layers_count"), DEPTH),
    **dict.fromkeys(("num_heads", "n_heads", "heads", "nhead", "n_head"), 4),
    **dict.fromkeys(("head_dim", "dim_head"), 16),
    **dict.fromkeys(("mlp_dim", "dim_feedforward", "ff_dim", "ffn_dim"), 128),
    **dict.fromkeys(("mlp_ratio",), 4.0),
    **dict.fromkeys(("dropout", "drop", "p", "drop_rate", "dropout_rate", "dropout_p", "drop_prob", "drop_path"), 0.0),
    **dict.fromkeys(("image_size", "img_size", "input_resolution", "resolution"), IMAGE_SIZE),
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
    **dict.fromkeys(("layers", "depths"), (2, 2, 2, 2)),
    **dict.fromkeys(("frames", "num_frames", "n_frames"), 16),
    **dict.fromkeys(("frame_patch_size",), 2),
    **dict.fromkeys(("levels",), (8, 5, 5, 5)),
    **dict.fromkeys(("codebook_size",), 512),
    **dict.fromkeys(("num_quantizers", "num_codebooks", "n_q"), 4),
    **dict.fromkeys(("fn", "func", "function", "module", "layer"), nn.Identity),
    **dict.fromkeys(("activation", "act", "act_layer", "nonlinearity"), nn.ReLU),
    **dict.fromkeys(("norm_layer",), nn.BatchNorm2d),
}
"""Values for parameters without a default, by the names that the field's repositories give them."""

WIDTH = 64
"""What a number of channels or features is assumed to be: divisible by the usual groups, heads and reductions."""

_PATTERNS: tuple[tuple[re.Pattern[str], object], ...] = tuple(
    (re.compile(pattern), value)
    for pattern, value in (
        (r"(use|with|is|has|add)_.*|.*_bias", False),
        (r".*(dropout|drop_prob|drop_rate|drop_path|_prob)", 0.0),
        (r".*_?(eps|epsilon)", 1e-5),
        (r".*patch_size", 16),
        (r".*kernel(_size)?", 3),
        (r".*stride", 1),
        (r".*dim_head|.*head_dim", 16),
        (r".*_heads", 4),
        (r".*(depth|_layers|_blocks|_stages|_hierarchies|_repeats)", DEPTH),
        (r".*(_mult|_multiplier|_factor|_ratio|_rate)", 2),
        (r".*(seq_len|_length|max_len)", 128),
        (r".*(num|n)_.*(tokens|embeddings)", 1000),
        (r"c|.*(channels?|planes|filters|_features|width|hidden|dim|_ch|_dims|_size|_inputs|_outputs)", WIDTH),
        (r"(num|n)_.*", 4),
    )
)
"""Values for other names, by what they begin or end with."""

_NO_CONFIGURATION = frozenset({"builtins", "torch", "typing", "collections"})
"""Where no class comes from whose empty instance would be a sensible configuration."""

_WEIGHTS_NAME = re.compile(r"(\w+_)?pretrained(_\w+)?|(\w+_)?weights")

_FILE = re.compile(r"(?!.*://).+\.[A-Za-z]\w*")
"""A string that names a file, and nothing that is fetched."""

_MOST_NESTED = 2
"""Objects of annotated classes whose constructors need objects in turn."""


@dataclass(frozen=True, slots=True)
class Manner:
    """One way of choosing values.

    ``wide`` assumes `WIDTH` for channels, as for a block from the middle of a network, instead of an image's three;
    ``staged`` one depth for each of four stages.  ``keeps_files`` keeps the defaults that name a file of weights.
    """

    wide: bool = False
    staged: bool = False
    keeps_files: bool = False
    image_size: int = IMAGE_SIZE


MANNERS = (
    Manner(),
    Manner(keeps_files=True),
    Manner(wide=True),
    Manner(staged=True),
    Manner(image_size=256),
    Manner(image_size=384),
    Manner(image_size=256, staged=True),
)


class NoValueError(Exception):
    """Nothing suggests a value for a parameter."""


def assume(parameter: inspect.Parameter, module: ModuleType, manner: Manner, nested: int = _MOST_NESTED) -> object:
    """A value for a parameter without a default: by its name, else an object of its annotated class.

    Raises NoValueError.
    """
    name = parameter.name.lower().strip("_")
    annotation = _annotation(parameter, module)
    if name == "block":
        for candidate in ("BasicBlock", "Bottleneck", "Block", "ResidualBlock"):
            if candidate in vars(module):
                return vars(module)[candidate]
    if inspect.isclass(annotation) and annotation.__module__.partition(".")[0] not in _NO_CONFIGURATION:
        try:
            return _instance(annotation, manner, nested)
        except Exception:
            pass  # it needs what cannot be assumed
    for value in _by_name(name):
        if _fits(value, annotation):
            return _in_manner(name, value, manner)
    raise NoValueError


def without_weights(parameter: inspect.Parameter, manner: Manner = MANNERS[0]) -> object:
    """What a parameter with a default should be instead so that no weights are fetched; raises NoValueError.

    Sizes do not depend on weights, and a linter does not download.
    """
    if _WEIGHTS_NAME.fullmatch(parameter.name):
        if parameter.default is True:
            return False
        if isinstance(parameter.default, str) and parameter.default:
            if not (manner.keeps_files and _FILE.fullmatch(parameter.default)):
                return None
    raise NoValueError


def _by_name(name: str) -> typing.Iterator[object]:
    if name in WELL_KNOWN:
        yield WELL_KNOWN[name]
    yield from (value for pattern, value in _PATTERNS if pattern.fullmatch(name))


def _in_manner(name: str, value: object, manner: Manner) -> object:
    if value is nn.Identity:
        return nn.Identity()
    if isinstance(value, tuple):
        return list(value)
    if type(value) is not int:
        return value
    if value == IMAGE_SIZE:
        return manner.image_size
    if manner.staged and value == DEPTH and "depth" in name:
        return (DEPTH,) * 4
    is_kernel_or_anchors = "kernel" in name or name.startswith(("k", "num_a", "n_a"))
    if manner.wide and (value == CLASSES or (value == IMAGE_CHANNELS and not is_kernel_or_anchors)):
        return WIDTH
    return value


def _annotation(parameter: inspect.Parameter, module: ModuleType) -> object:
    """What a parameter is annotated with, without ``None``; None where there is nothing to read."""
    annotation = None if parameter.annotation is parameter.empty else parameter.annotation
    if type(annotation) is str:
        annotation = vars(module).get(annotation, annotation)
    if absent_of(annotation) is not None:
        return None
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        first = next((each for each in typing.get_args(annotation) if each is not type(None)), None)
        return first if absent_of(first) is None and typing.get_origin(first) is None else None
    return annotation


def _instance(kind: Callable[..., Any], manner: Manner, nested: int) -> object:
    """An object of a class, its own arguments assumed in turn."""
    parameters = inspect.signature(kind).parameters.values()
    needed = [
        each
        for each in parameters
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    if needed and nested == 0:
        raise NoValueError
    module = inspect.getmodule(kind) or types.ModuleType("unknown")
    given = {each.name: assume(each, module, manner, nested - 1) for each in needed}
    for each in parameters:
        if each.default is not each.empty:
            try:
                given[each.name] = without_weights(each, manner)
            except NoValueError:
                pass  # its default will do
    return kind(**given)


def _fits(value: object, annotation: object) -> bool:
    """Whether an annotation, where it is a plain type, allows a value."""
    plain = {"int": int, "float": float, "bool": bool, "str": str, "list": list, "tuple": tuple, "dict": dict}
    wanted = plain.get(annotation) if isinstance(annotation, str) else annotation
    if wanted is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if wanted is list:
        return isinstance(value, tuple)
    if wanted is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted in plain.values():
        return isinstance(value, wanted)  # type: ignore[arg-type]
    return True
