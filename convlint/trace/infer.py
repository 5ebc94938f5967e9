"""Which inputs a model's ``forward`` takes where nobody declared them, and at which sizes to run it (worker side).

The parameters of ``forward`` and the layers that consume them are asked: a guess is run in plain PyTorch on meta
tensors, the layer that refuses it says what it wants, and the next guess has it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from torch.utils._pytree import tree_leaves

from convlint.graph.model import InputSpec
from convlint.symbolic.dim import symbols_of
from convlint.symbolic.domain import Domain
from convlint.trace.arrange import arrange, forward_parameters
from convlint.trace.guesses import first_guesses, last_guesses
from convlint.trace.inputs import symbols
from convlint.trace.protocol import concrete
from convlint.trace.replay import Run, run_on_meta, says_meta
from convlint.trace.sizes import Trial, nominal_sizes, search_sizes
from convlint.trace.structure import places_of
from convlint.trace.wants import Want, of_rank, wants_of

_RUNS = 40
"""How many plain runs the search for inputs may make."""


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
class _Attempt:
    """A guess and what became of it; ``wants`` says for an input by name what the layer that it met first takes."""

    guess: tuple[Want, ...]
    inputs: tuple[InputSpec, ...]
    trial: Trial
    wants: Mapping[str, tuple[Want, ...]]

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
    likely = _follow(module, names, first_guesses(module, names), given, deadline)
    tried = (
        likely
        if likely[-1].trial.is_accepted
        else likely + _follow(module, names, last_guesses(module, names), given, deadline)
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
    is_guess = is_guess or (any(want.is_blind for want in best.guess) and _is_about_shapes(best.trial.run))
    if is_guess or (len(names) > 1 and len(tried) > 1):
        raise InputsUnknownError("no inputs were found that `forward` accepts", error)
    return best.chosen


def _is_about_shapes(run: Run) -> bool:
    """Whether a run may have stopped because of the sizes of its inputs."""
    return isinstance(run.error, (RuntimeError, ValueError, AssertionError, LookupError)) and not run.is_unsupported


def _distance(attempt: _Attempt) -> int:
    return -attempt.trial.run.progress


def _follow(
    module: nn.Module,
    names: Sequence[str],
    guesses: Iterable[tuple[Want, ...]],
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
    """The inputs that need a value: the parameters without a default, else the first, with places inside of them."""
    return [place for parameter in _needed(module) for place in places_of(module, parameter)]


def _needed(module: nn.Module) -> list[str]:
    parameters = forward_parameters(module)
    plain = [item for item in parameters if item.kind not in (item.VAR_POSITIONAL, item.VAR_KEYWORD)]
    required = [item.name for item in plain if item.default is item.empty]
    if required:
        return required
    rest = [item.name for item in parameters if item.kind is item.VAR_POSITIONAL]
    if plain or not rest:
        return [plain[0].name] if plain else []
    return rest if len(places_of(module, rest[0])) > 1 else [f"{rest[0]}.0"]


def _try(
    module: nn.Module, guess: tuple[Want, ...], inputs: tuple[InputSpec, ...], sizes: Mapping[str, int]
) -> _Attempt:
    """Run a guess, and listen to the layers that its inputs reach unchanged."""
    values = concrete(inputs, sizes)
    wants: dict[str, tuple[Want, ...]] = {}
    tensors: dict[int, str] = {}
    shapes = {item.shape: item.name for item in reversed(values)}
    in_order = tree_leaves(arrange(module, [item.name for item in inputs], [item.name for item in inputs])[0])

    def listen(layer: nn.Module, arguments: tuple[Any, ...]) -> None:
        if layer is module and not tensors:
            tensors.update(zip(map(id, tree_leaves(arguments)), in_order, strict=False))
        if arguments and isinstance(arguments[0], torch.Tensor):
            name = tensors.get(id(arguments[0])) or shapes.get(tuple(arguments[0].shape))
            if name is not None and name not in wants:
                wanted = tuple(wants_of(layer))
                if wanted:
                    wants[name] = wanted

    handle = nn.modules.module.register_module_forward_pre_hook(listen)
    try:
        run = run_on_meta(module, values)
    finally:
        handle.remove()
    return _Attempt(guess, inputs, Trial(sizes, run), wants)


def _refined(names: Sequence[str], attempt: _Attempt) -> list[tuple[Want, ...]]:
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
                others = (replace(other, is_blind=want.is_blind) for other in of_rank(want, axes))
                found.extend((*wants[:index], other, *wants[index + 1 :]) for other in others)
    return found


_UNPACKED = re.compile(r"values to unpack \(expected (\d+)")
