"""Guesses at the inputs of a model: from the names that ``forward`` gives them and from its layers (worker side)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from torch import nn

from convlint.symbolic.canonical import symbol
from convlint.trace.wants import IMAGE_CHANNELS, Want, blind, channels_last, image, layer_wants, tokens

_TOKEN_NAMES = frozenset(
    "input_ids tokens token_ids ids src tgt text texts captions caption idx indices labels target targets".split()
)
_TIME_NAMES = frozenset("t time times timestep timesteps step steps noise_level sigma sigmas diffusion_step".split())
_CLASS_NAMES = frozenset("y label class_labels classes class_label cls".split())
_MASK_NAMES = frozenset("mask masks attention_mask padding_mask key_padding_mask src_mask attn_mask".split())


def first_guesses(module: nn.Module, names: Sequence[str]) -> Iterator[tuple[Want, ...]]:
    """Guesses from names and from the layers in the order of registration, likelier ones first."""
    layered = list(layer_wants(module))
    main = layered or list(blind())
    indices = [want for want in layered if want.dtype == "int64"] or [tokens("by its name")]
    options: list[list[Want]] = []
    for index, name in enumerate(names):
        options.append(_options(name.lower().rpartition(".")[2], index, main, indices, layered=bool(layered)))
    # First every input at its likeliest, then one input at a time at its others; what is compared is alike.
    first = tuple(choice[0] for choice in options)
    yield first
    if not layered and len(names) > 1:
        yield from ((want,) * len(names) for want in main[1:])
    for index in range(len(names)):
        for want in options[index][1:]:
            yield (*first[:index], want, *first[index + 1 :])
    if layered and len(names) > 1:
        for want in main[1:]:
            yield (want,) * len(names)


def last_guesses(module: nn.Module, names: Sequence[str]) -> Iterator[tuple[Want, ...]]:
    """Guesses against what the layers seem to say."""
    for want in layer_wants(module):
        if want.dtype == "float32" and len(want.shape) > 2:
            yield (channels_last(want),) * len(names)
    for axes, why in ((2, "an image"), (3, "a volume")):
        yield (replace(image(IMAGE_CHANNELS, axes, why), is_blind=True),) * len(names)
    yield (replace(tokens("indices"), is_blind=True),) * len(names)


def _options(name: str, index: int, main: list[Want], indices: list[Want], *, layered: bool) -> list[Want]:
    """What an input may be by its name and position, likelier first; ``main`` is what the layers say."""
    vector = Want((symbol("N"),), "float32", "by its name")
    numbers = Want((symbol("N"),), "int64", "by its name")
    rows = Want((symbol("N"), symbol("T")), "float32", "by its name")
    if name in _TOKEN_NAMES:
        return [*indices, tokens("by its name"), *main]
    if name in _TIME_NAMES and (index or not layered):
        return [vector, numbers, *main]
    if name in _CLASS_NAMES and (index or not layered):
        return [numbers, *main, vector]
    if name in _MASK_NAMES:
        return [Want((symbol("N"), symbol("T")), "bool", "by its name"), rows, *main]
    return [*main, vector, numbers, rows] if index else list(main)
