"""The sizes at which to run a model first: numbers for the symbols of its inputs that plain PyTorch accepts.

They choose the first path of the trace.  The usual sizes of the field are tried, then those that the model itself
names when it refuses them, and for a model with a linear layer after its convolutions the one size that fits it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from torch import nn

from convlint.graph.model import InputSpec
from convlint.symbolic.dim import evaluate
from convlint.symbolic.domain import Domain
from convlint.trace.inputs import symbols
from convlint.trace.protocol import concrete
from convlint.trace.replay import Run, run_on_meta

BATCH_NAMES = frozenset({"N", "B", "n", "b", "batch", "bs", "BS"})
"""Symbols that count examples: a small number serves them."""

NOMINAL_BATCH = 2
"""Not 1, which would broadcast where it should not."""

NOMINAL_SIZES = (224, 256, 64, 32, 128, 512, 75, 299, 28, 96, 48, 384, 240, 16, 7, 8, 4, 1)
"""What image models are made for, in the order in which they are tried."""

NOMINAL_LENGTHS = (64, 128, 256, 1024, 16, 32, 512, 16000, 77, 8, 4096, 4, 1)
"""The same for sequences and signals."""

DEPTH_NAMES = frozenset({"D", "T", "F", "depth", "frames"})
"""Symbols that, beside a height and a width, count slices or frames."""

NOMINAL_VOLUMES = ((16, 224), (8, 224), (16, 112), (32, 224), (16, 64))
"""Depths with the height and width that go with them."""

_LARGEST_HINT = 4096
_NUMBER = re.compile(r"\d+")
_MATRICES = re.compile(r"[\[(](\d+)(?:, |x)(\d+)(?:\] X \[| and )(\d+)(?:, |x)(\d+)[\])]")
"""How PyTorch names two matrices whose product does not exist: the first has too many or too few columns."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A run at some sizes."""

    sizes: Mapping[str, int]
    run: Run

    @property
    def is_accepted(self) -> bool:
        """Whether it ran, as far as meta tensors can tell."""
        return self.run.error is None or self.run.is_unsupported


def search_sizes(
    module: nn.Module, inputs: Sequence[InputSpec], domain: Domain, given: Mapping[str, int], deadline: float
) -> Trial | None:
    """The first sizes in ``domain`` that plain PyTorch accepts, else those with which it came furthest.

    ``given`` numbers stay.  Begins nothing after ``deadline`` (``time.monotonic()``) but always tries one; None where
    no size is in the domain.
    """

    def attempt(sizes: Mapping[str, int]) -> Trial:
        return Trial(sizes, run_on_meta(module, concrete(inputs, sizes)))

    best: Trial | None = None
    usual = nominal_sizes(inputs, domain, given)
    queue = [sizes] if (sizes := next(usual, None)) is not None else []
    seen: list[Mapping[str, int]] = []
    while queue:
        sizes = queue.pop(0)
        if sizes not in seen:
            seen.append(sizes)
            trial = attempt(sizes)
            if trial.is_accepted:
                return trial
            if best is None or trial.run.progress > best.run.progress:
                best = trial
            hints = _numbers_in(trial.run.error, sizes)
            queue.extend(found for number in hints if (found := _fill(inputs, domain, given, number)) is not None)
        if time.monotonic() > deadline:
            return best
        if not queue and (following := next(usual, None)) is not None:
            queue.append(following)
    if best is None:
        return None
    return _bisect(attempt, lambda number: _fill(inputs, domain, given, number), best, deadline) or best


def nominal_sizes(inputs: Sequence[InputSpec], domain: Domain, given: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Usual numbers for all symbols, in the order in which to try them; ``given`` ones stay, all lie in ``domain``."""
    names = symbols(inputs)
    free = [name for name in names if name not in given and name not in BATCH_NAMES]
    rank = max((len(spec.shape) for spec in inputs), default=0)
    numbers = NOMINAL_SIZES if rank >= 4 else NOMINAL_LENGTHS
    wanted: list[Mapping[str, int]] = [dict.fromkeys(free, number) for number in numbers]
    if rank >= 5 and DEPTH_NAMES.intersection(free):
        deep = [{name: depth if name in DEPTH_NAMES else side for name in free} for depth, side in NOMINAL_VOLUMES]
        wanted[1:1] = deep
    seen: list[dict[str, int]] = []
    for numbers_ in wanted:
        sizes = _inside(inputs, domain, given, numbers_)
        if sizes is not None and sizes not in seen:
            seen.append(sizes)
            yield sizes


def _fill(inputs: Sequence[InputSpec], domain: Domain, given: Mapping[str, int], number: int) -> dict[str, int] | None:
    """The same number for every symbol that is free, if that is allowed."""
    sizes = _inside(inputs, domain, given, dict.fromkeys(symbols(inputs), number))
    return sizes if sizes is not None and number in sizes.values() else None


def _inside(
    inputs: Sequence[InputSpec], domain: Domain, given: Mapping[str, int], numbers: Mapping[str, int]
) -> dict[str, int] | None:
    """The member of ``domain`` nearest to ``numbers``, with ``given`` ones and a small batch; None without any."""
    names = symbols(inputs)
    batch = {name: NOMINAL_BATCH for name in names if name in BATCH_NAMES}
    wanted = {name: ({**numbers, **batch, **given})[name] for name in names}
    sizes = wanted if domain.contains(wanted) else domain.witness(near=wanted)
    if sizes is None or any(evaluate(size, sizes) < 0 for spec in inputs for size in spec.shape):
        return None
    return {name: sizes[name] for name in names}


def _numbers_in(error: BaseException | None, sizes: Mapping[str, int]) -> list[int]:
    """Sizes that a refusal names, as in ``Input height (224) doesn't match model (160)``."""
    if error is None or _MATRICES.search(str(error)):
        return []
    found = dict.fromkeys(int(number) for number in _NUMBER.findall(str(error)[:300]) if len(number) <= 4)
    return [number for number in found if NOMINAL_BATCH < number <= _LARGEST_HINT and number not in sizes.values()][:2]


def _bisect(
    attempt: Callable[[Mapping[str, int]], Trial],
    fill: Callable[[int], Mapping[str, int] | None],
    trial: Trial,
    deadline: float,
) -> Trial | None:
    """The one size at which a linear layer gets as many features as it has, if there is one.

    More pixels are more features, so that every run halves what is left.
    """
    if not _MATRICES.search(str(trial.run.error)):
        return None
    low, high = 1, 1024
    while low <= high and time.monotonic() < deadline:
        middle = (low + high) // 2
        sizes = fill(middle)
        if sizes is None:
            return None
        trial = attempt(sizes)
        if trial.is_accepted:
            return trial
        matrices = _MATRICES.search(str(trial.run.error))
        if matrices is not None and int(matrices[2]) > int(matrices[3]):
            high = middle - 1
        else:
            low = middle + 1
    return None
