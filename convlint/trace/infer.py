"""Which inputs a model's ``forward`` takes where nobody declared them, and at which sizes to run it (worker side).

The parameters of ``forward`` and the layers that consume them are asked: a guess is run in plain PyTorch on meta
tensors, the layer that refuses it says what it wants, and the next guess has it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from convlint.graph.model import InputSpec
from convlint.symbolic.dim import Size, symbol, symbols_of
from convlint.symbolic.domain import Domain
from convlint.trace.arrange import forward_parameters
from convlint.trace.inputs import concrete, symbols
from convlint.trace.replay import run_on_meta, says_meta
from convlint.trace.sizes import Trial, nominal_sizes, search_sizes

IMAGE_CHANNELS = 3
_RUNS = 40
"""How many plain runs the search for inputs may make."""

_TOKEN_NAMES = frozenset(
    "input_ids tokens token_ids ids src tgt text texts captions caption idx indices labels target targets".split()
)
_TIME_NAMES = frozenset("t time times timestep timesteps step steps noise_level sigma sigmas diffusion_step".split())
_CLASS_NAMES = frozenset("y label class_labels classes class_label cls".split())
_MASK_NAMES = frozenset("mask masks attention_mask padding_mask key_padding_mask src_mask attn_mask".split())


class InputsUnknownError(Exception):
    """No inputs were found; ``error`` is what the best guess met, if anything was run."""

    def __init__(self, message: str, error: BaseException | None = None) -> None:
        super().__init__(message)
        self.error = error


@dataclass(frozen=True, slots=True)
class Chosen:
    """Inputs to trace with, the numbers of the first path, what was assumed, and what a plain run of them met."""

    inputs: tuple[InputSpec, ...]
    nominal: Mapping[str, int]
    assumed: tuple[str, ...] = ()
    error: BaseException | None = None

    @property
    def is_unsupported(self) -> bool:
        """Whether the run stopped only because meta tensors hold no values."""
        return self.error is not None and says_meta(self.error)


def choose_declared(
    module: nn.Module, inputs: tuple[InputSpec, ...], domain: Domain, given: Mapping[str, int], seconds: float
) -> Chosen:
    """Numbers for inputs that are known: the first that plain PyTorch accepts, else those with which it came furthest.

    Raises InputsUnknownError where no size is in ``domain``.
    """
    trial = search_sizes(module, inputs, domain, given, time.monotonic() + seconds)
    if trial is None:
        raise InputsUnknownError("no size satisfies what was declared")
    return Chosen(inputs, trial.sizes, (), trial.run.error)


@dataclass(frozen=True, slots=True)
class _Want:
    """What a layer takes: its sizes and dtype, and why."""

    shape: tuple[Size, ...]
    dtype: str
    why: str


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A guess and what became of it; ``wants`` says for an input by name what the layer that it met first takes."""

    guess: tuple[_Want, ...]
    inputs: tuple[InputSpec, ...]
    trial: Trial
    wants: Mapping[str, tuple[_Want, ...]]

    @property
    def chosen(self) -> Chosen:
        """The guess as something to trace."""
        lines = tuple(
            f"input {spec.name} = {shape_text(spec)}" + (f" ({want.why})" if want.why else "")
            for spec, want in zip(self.inputs, self.guess, strict=True)
        )
        return Chosen(self.inputs, self.trial.sizes, lines, self.trial.run.error)


def infer(module: nn.Module, given: Mapping[str, int], seconds: float) -> Chosen:
    """Inputs of a model that nobody declared: what plain PyTorch accepts, else what came furthest.

    Raises InputsUnknownError where not even that can be told from a wrong guess.
    """
    names = input_names(module)
    if not names:
        raise InputsUnknownError("`forward` takes no inputs that could be tensors")
    deadline = time.monotonic() + seconds
    likely = _follow(module, names, _first_guesses(module, names), given, deadline)
    tried = (
        likely
        if likely[-1].trial.is_accepted
        else likely + _follow(module, names, _last_guesses(module, names), given, deadline)
    )
    if tried[-1].trial.is_accepted:
        return tried[-1].chosen
    # No guess fits at the usual size: other sizes, which may be the only ones, for those that came furthest.
    furthest = [*sorted(likely, key=_distance)[:2], *sorted(tried[len(likely) :], key=_distance)[:1]]
    for attempt in furthest:
        found = search_sizes(module, attempt.inputs, Domain.of(symbols(attempt.inputs)), given, deadline)
        if found is not None and found.is_accepted:
            return replace(attempt, trial=found).chosen
    best = furthest[0]
    error = best.trial.run.error
    # What fails for one guessed input is the model's fault once a layer took it; several are rather guessed wrong.
    errors = {(type(attempt.trial.run.error), str(attempt.trial.run.error)) for attempt in tried}
    is_guess = best.trial.run.progress == 0 and (len(errors) > 1 or _is_no_tensor(error))
    if is_guess or (len(names) > 1 and len(tried) > 1):
        raise InputsUnknownError("no inputs were found that `forward` accepts", error)
    return best.chosen


def _distance(attempt: _Attempt) -> int:
    return -attempt.trial.run.progress


def _follow(
    module: nn.Module,
    names: Sequence[str],
    guesses: Iterable[tuple[_Want, ...]],
    given: Mapping[str, int],
    deadline: float,
) -> list[_Attempt]:
    """Run guesses, and those that their refusals suggest, until one is accepted; always one at least."""
    queue = list(guesses)
    tried: list[_Attempt] = []
    seen: set[tuple[InputSpec, ...]] = set()
    while queue and len(tried) < _RUNS and (not tried or time.monotonic() < deadline):
        guess = queue.pop(0)
        specs = tuple(
            InputSpec(name, want.shape, want.dtype, assumed=True) for name, want in zip(names, guess, strict=True)
        )
        if specs not in seen:
            seen.add(specs)
            attempt = _try(module, guess, specs, next(nominal_sizes(specs, Domain.of(symbols(specs)), given)))
            tried.append(attempt)
            if attempt.trial.is_accepted:
                break
            queue[:0] = _refined(names, attempt)
    return tried


def shape_text(spec: InputSpec) -> str:
    """An input as one would write it: ``"N 3 H W"``, ``"N T:int64"``."""
    text = " ".join(str(size) if isinstance(size, int) else "".join(sorted(symbols_of(size))) for size in spec.shape)
    return f'"{text}"' if spec.dtype == "float32" else f'"{text}:{spec.dtype}"'


def _is_no_tensor(error: BaseException | None) -> bool:
    """Whether ``forward`` asked a tensor for what only another object has."""
    return isinstance(error, AttributeError) and isinstance(error.obj, torch.Tensor)


def input_names(module: nn.Module) -> list[str]:
    """The parameters that need a value: those without a default, else the first."""
    parameters = forward_parameters(module)
    plain = [item for item in parameters if item.kind not in (item.VAR_POSITIONAL, item.VAR_KEYWORD)]
    required = [item.name for item in plain if item.default is item.empty]
    if required:
        return required
    rest = [item.name for item in parameters if item.kind is item.VAR_POSITIONAL]
    return [plain[0].name] if plain else [f"{rest[0]}.0"] if rest else []


def _try(
    module: nn.Module, guess: tuple[_Want, ...], inputs: tuple[InputSpec, ...], sizes: Mapping[str, int]
) -> _Attempt:
    """Run a guess, and listen to the layers that its inputs reach unchanged."""
    values = concrete(inputs, sizes)
    wants: dict[str, tuple[_Want, ...]] = {}
    shapes = {item.shape: item.name for item in reversed(values)}

    def listen(layer: nn.Module, arguments: tuple[Any, ...]) -> None:
        if arguments and isinstance(arguments[0], torch.Tensor):
            name = shapes.get(tuple(arguments[0].shape))
            if name is not None and name not in wants:
                wanted = tuple(_wants(layer))
                if wanted:
                    wants[name] = wanted

    handle = nn.modules.module.register_module_forward_pre_hook(listen)
    try:
        run = run_on_meta(module, values)
    finally:
        handle.remove()
    return _Attempt(guess, inputs, Trial(sizes, run), wants)


def _refined(names: Sequence[str], attempt: _Attempt) -> list[tuple[_Want, ...]]:
    """Guesses in which an input is what the layer that it reached wants, or has the axes that ``forward`` unpacks."""
    wants, error = attempt.guess, attempt.trial.run.error
    found = [
        (*wants[:index], want, *wants[index + 1 :])
        for index, name in enumerate(names)
        for want in attempt.wants.get(name, ())
    ]
    unpacked = _UNPACKED.search(str(error))
    if unpacked is not None and isinstance(error, ValueError):
        axes = int(unpacked[1])
        for index, want in enumerate(wants):
            if len(want.shape) != axes:
                found.extend((*wants[:index], other, *wants[index + 1 :]) for other in _of_rank(want, axes))
    return found


_UNPACKED = re.compile(r"values to unpack \(expected (\d+)")


def _of_rank(want: _Want, axes: int) -> Iterator[_Want]:
    """The same channels in a tensor of another rank."""
    why = f"`forward` unpacks {axes} sizes; {want.why}"
    numbers = [size for size in want.shape if isinstance(size, int)]
    channels = numbers[0] if numbers else IMAGE_CHANNELS
    batch = symbol("N")
    match axes:
        case 2:
            yield _Want((batch, channels), want.dtype, why)
        case 3:
            yield _Want((batch, symbol("T"), channels), want.dtype, why)
            yield _Want((batch, channels, symbol("L")), want.dtype, why)
        case 4:
            yield replace(_image(channels, 2, why), dtype=want.dtype)
        case 5:
            for number in (channels, symbol("C")):
                yield _Want((batch, symbol("T"), number, symbol("H"), symbol("W")), want.dtype, why)
            yield replace(_image(channels, 3, why), dtype=want.dtype)


def _first_guesses(module: nn.Module, names: Sequence[str]) -> Iterator[tuple[_Want, ...]]:
    """Guesses from names and from the layers in the order of registration, likelier ones first."""
    layered = list(_layer_wants(module))
    image = _image(IMAGE_CHANNELS, 2, "an image, for want of a layer that says more")
    main = layered or [image]
    tokens = [want for want in layered if want.dtype == "int64"] or [_tokens("by its name")]
    options: list[list[_Want]] = []
    for index, name in enumerate(names):
        options.append(_options(name.lower(), index, main, tokens, layered=bool(layered)))
    # First every input at its likeliest, then one input at a time at its others.
    first = tuple(choice[0] for choice in options)
    yield first
    for index in range(len(names)):
        for want in options[index][1:]:
            yield (*first[:index], want, *first[index + 1 :])
    if len(names) > 1:
        for want in main[1:]:
            yield (want,) * len(names)


def _last_guesses(module: nn.Module, names: Sequence[str]) -> Iterator[tuple[_Want, ...]]:
    """Guesses against what the layers seem to say."""
    for want in _layer_wants(module):
        if want.dtype == "float32" and len(want.shape) > 2:
            yield (_channels_last(want),) * len(names)
    yield (_image(IMAGE_CHANNELS, 2, "an image"),) * len(names)
    yield (_tokens("indices"),) * len(names)


def _channels_last(want: _Want) -> _Want:
    """The same with the channels behind the other axes, as for a model that permutes them first."""
    batch, channels, *axes = want.shape
    names = (symbol("T"),) if len(axes) == 1 else axes
    return _Want((batch, *names, channels), want.dtype, f"channels last; {want.why}")


def _options(name: str, index: int, main: list[_Want], tokens: list[_Want], *, layered: bool) -> list[_Want]:
    """What an input may be by its name and position, likelier first; ``main`` is what the layers say."""
    vector = _Want((symbol("N"),), "float32", "by its name")
    numbers = _Want((symbol("N"),), "int64", "by its name")
    rows = _Want((symbol("N"), symbol("T")), "float32", "by its name")
    if name in _TOKEN_NAMES:
        return [*tokens, _tokens("by its name"), *main]
    if name in _TIME_NAMES and (index or not layered):
        return [vector, numbers, *main]
    if name in _CLASS_NAMES and (index or not layered):
        return [numbers, *main, vector]
    if name in _MASK_NAMES:
        return [_Want((symbol("N"), symbol("T")), "bool", "by its name"), rows, *main]
    return [*main, vector, numbers, rows] if index else list(main)


def _layer_wants(module: nn.Module) -> Iterator[_Want]:
    """What the first layers with an opinion take, nearest first."""
    seen: set[tuple[tuple[Size, ...], str]] = set()
    opinions = 0
    for path, layer in module.named_modules():
        wanted = list(_wants(layer))
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


def _wants(layer: nn.Module) -> Iterator[_Want]:
    """The inputs that one layer takes; nothing for layers that take anything."""
    batch, length = symbol("N"), symbol("T")
    for kind, axes in _CONVOLUTIONS.items():
        if isinstance(layer, kind):
            channels = getattr(layer, "in_channels", 0) or getattr(layer, "num_features", 0) or IMAGE_CHANNELS
            yield _image(int(channels), axes, f"{kind.__name__} takes {channels} channels")
            return
    if isinstance(layer, nn.Linear):
        why = f"Linear takes {layer.in_features} features"
        yield _Want((batch, layer.in_features), "float32", why)
        yield _Want((batch, length, layer.in_features), "float32", why)
    elif isinstance(layer, (nn.Embedding, nn.EmbeddingBag)):
        yield _tokens("Embedding takes indices")
        yield _Want((batch,), "int64", "Embedding takes indices")
    elif isinstance(layer, nn.RNNBase):
        axes_ = (batch, length) if layer.batch_first else (length, batch)
        yield _Want((*axes_, layer.input_size), "float32", f"{type(layer).__name__} takes {layer.input_size} features")
    elif isinstance(layer, nn.RNNCellBase):
        yield _Want((batch, layer.input_size), "float32", f"{type(layer).__name__} takes {layer.input_size} features")
    elif isinstance(layer, nn.MultiheadAttention):
        axes_ = (batch, length) if layer.batch_first else (length, batch)
        yield _Want((*axes_, layer.embed_dim), "float32", f"MultiheadAttention takes {layer.embed_dim} features")
    elif isinstance(layer, nn.BatchNorm1d):
        yield _Want((batch, layer.num_features), "float32", f"BatchNorm1d takes {layer.num_features} channels")
        yield _image(layer.num_features, 1, f"BatchNorm1d takes {layer.num_features} channels")
    elif isinstance(layer, nn.GroupNorm):
        yield _image(layer.num_channels, 2, f"GroupNorm takes {layer.num_channels} channels")
    elif isinstance(layer, nn.LayerNorm):
        shape = tuple(int(size) for size in layer.normalized_shape)
        yield _Want((batch, length, *shape), "float32", "LayerNorm's normalized_shape")
        yield _Want((batch, *shape), "float32", "LayerNorm's normalized_shape")


def _image(channels: int, axes: int, why: str) -> _Want:
    names = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}[axes]
    return _Want((symbol("N"), channels, *map(symbol, names)), "float32", why)


def _tokens(why: str) -> _Want:
    return _Want((symbol("N"), symbol("T")), "int64", why)
