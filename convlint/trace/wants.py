"""What layers take: the sizes and dtype of their input, and why (worker side)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from torch import nn

from convlint.symbolic.canonical import symbol
from convlint.symbolic.dim import Size

IMAGE_CHANNELS = 3
FEATURES = 128


@dataclass(frozen=True, slots=True)
class Want:
    """What a layer takes: its sizes and dtype, and why."""

    shape: tuple[Size, ...]
    dtype: str
    why: str
    is_blind: bool = False
    """Whether neither a layer nor a name asks for it."""


def image(channels: int, axes: int, why: str) -> Want:
    names = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}[axes]
    return Want((symbol("N"), channels, *map(symbol, names)), "float32", why)


def tokens(why: str) -> Want:
    return Want((symbol("N"), symbol("T")), "int64", why)


def blind() -> Iterator[Want]:
    """What a module takes of which nothing is known: an image; features, as losses compare them; a sequence of them."""
    why = "for want of a layer that says more"
    yield replace(image(IMAGE_CHANNELS, 2, f"an image, {why}"), is_blind=True)
    yield Want((symbol("N"), FEATURES), "float32", f"features, {why}", is_blind=True)
    yield Want((symbol("N"), symbol("T"), FEATURES), "float32", f"a sequence of features, {why}", is_blind=True)


def channels_last(want: Want) -> Want:
    """The same with the channels behind the other axes, as for a model that permutes them first."""
    batch, channels, *axes = want.shape
    names = (symbol("T"),) if len(axes) == 1 else axes
    return Want((batch, *names, channels), want.dtype, f"channels last; {want.why}")


def of_rank(want: Want, axes: int) -> Iterator[Want]:
    """The same channels in a tensor of another rank."""
    why = f"`forward` unpacks {axes} sizes; {want.why}"
    numbers = [size for size in want.shape if isinstance(size, int)]
    channels = numbers[0] if numbers else IMAGE_CHANNELS
    batch = symbol("N")
    match axes:
        case 2:
            yield Want((batch, channels), want.dtype, why)
        case 3:
            yield Want((batch, symbol("T"), channels), want.dtype, why)
            yield Want((batch, channels, symbol("L")), want.dtype, why)
        case 4:
            yield replace(image(channels, 2, why), dtype=want.dtype)
        case 5:
            for number in (channels, symbol("C")):
                yield Want((batch, symbol("T"), number, symbol("H"), symbol("W")), want.dtype, why)
            yield replace(image(channels, 3, why), dtype=want.dtype)


def layer_wants(module: nn.Module) -> Iterator[Want]:
    """What the first layers with an opinion take, nearest first."""
    seen: set[tuple[tuple[Size, ...], str]] = set()
    opinions = 0
    for path, layer in module.named_modules():
        wanted = list(wants_of(layer))
        for want in wanted:
            if (want.shape, want.dtype) not in seen:
                seen.add((want.shape, want.dtype))
                yield replace(want, why=f"{want.why} of `{path}`" if path else want.why)
        opinions += bool(wanted)
        if opinions == 3:
            return


_CONVOLUTIONS: Mapping[type[nn.Module], int] = {
    nn.Conv1d: 1,
    nn.Conv2d: 2,
    nn.Conv3d: 3,
    nn.ConvTranspose1d: 1,
    nn.ConvTranspose2d: 2,
    nn.ConvTranspose3d: 3,
    nn.BatchNorm2d: 2,
    nn.BatchNorm3d: 3,
    nn.InstanceNorm1d: 1,
    nn.InstanceNorm2d: 2,
    nn.InstanceNorm3d: 3,
}


def wants_of(layer: nn.Module) -> Iterator[Want]:
    """The inputs that one layer takes; nothing for layers that take anything."""
    batch, length = symbol("N"), symbol("T")
    for kind, axes in _CONVOLUTIONS.items():
        if isinstance(layer, kind):
            channels = getattr(layer, "in_channels", 0) or getattr(layer, "num_features", 0) or IMAGE_CHANNELS
            yield image(int(channels), axes, f"{kind.__name__} takes {channels} channels")
            return
    if isinstance(layer, nn.Linear):
        why = f"Linear takes {layer.in_features} features"
        yield Want((batch, layer.in_features), "float32", why)
        yield Want((batch, length, layer.in_features), "float32", why)
    elif isinstance(layer, (nn.Embedding, nn.EmbeddingBag)):
        yield tokens("Embedding takes indices")
        yield Want((batch,), "int64", "Embedding takes indices")
    elif isinstance(layer, nn.RNNBase):
        axes_ = (batch, length) if layer.batch_first else (length, batch)
        yield Want((*axes_, layer.input_size), "float32", f"{type(layer).__name__} takes {layer.input_size} features")
    elif isinstance(layer, nn.RNNCellBase):
        yield Want((batch, layer.input_size), "float32", f"{type(layer).__name__} takes {layer.input_size} features")
    elif isinstance(layer, nn.MultiheadAttention):
        axes_ = (batch, length) if layer.batch_first else (length, batch)
        yield Want((*axes_, layer.embed_dim), "float32", f"MultiheadAttention takes {layer.embed_dim} features")
    elif isinstance(layer, nn.BatchNorm1d):
        yield Want((batch, layer.num_features), "float32", f"BatchNorm1d takes {layer.num_features} channels")
        yield image(layer.num_features, 1, f"BatchNorm1d takes {layer.num_features} channels")
    elif isinstance(layer, nn.GroupNorm):
        yield image(layer.num_channels, 2, f"GroupNorm takes {layer.num_channels} channels")
    elif isinstance(layer, nn.LayerNorm):
        shape = tuple(int(size) for size in layer.normalized_shape)
        yield Want((batch, length, *shape), "float32", "LayerNorm's normalized_shape")
        yield Want((batch, *shape), "float32", "LayerNorm's normalized_shape")
