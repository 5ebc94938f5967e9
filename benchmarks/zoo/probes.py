"""At which sizes a trace is compared with plain runs: around the default size, square and not, odd and even."""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from convlint.graph.contract import Contract

ACCEPTED = 12
"""Accepted sizes that each model is compared at."""

REFUSED = 6
"""Refused sizes at which plain PyTorch must raise."""

_MAX_WITNESSES = 6
_BATCHES = (2, 1, 3, 4, 5, 7)
_STEPS = (1, 2, 4, 7, 8, 14, 16, 28, 32, 64)

Sizes = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Probes:
    """Sizes that the contract accepts, and sizes that it refuses."""

    accepted: tuple[Sizes, ...]
    refused: tuple[Sizes, ...]


def probes(contract: Contract, nominal: Sizes, seed: str) -> Probes:
    """`ACCEPTED` sizes, one of every path first, and at most `REFUSED` others. The same for the same ``seed``."""
    accepted: dict[tuple[int, ...], Sizes] = {}
    refused: dict[tuple[int, ...], Sizes] = {}
    for sizes in (*_witnesses(contract, nominal), *_around(nominal, seed)):
        verdict = contract.accepts(sizes)
        bucket, most = (accepted, ACCEPTED) if verdict else (refused, REFUSED)
        if verdict is not None and len(bucket) < most:
            bucket.setdefault(tuple(sizes.values()), sizes)
    for sizes in tuple(accepted.values()):
        # A model of one image size only: the batch still varies.
        for batch in range(1, ACCEPTED + 1):
            if len(accepted) < ACCEPTED and contract.accepts({**sizes, "N": batch}):
                accepted.setdefault((batch, sizes["H"], sizes["W"]), {**sizes, "N": batch})
    return Probes(tuple(accepted.values()), tuple(refused.values()))


def _witnesses(contract: Contract, nominal: Sizes) -> Iterator[Sizes]:
    """The default size, then a size of every accepted path, near to it."""
    yield nominal
    near = {**nominal, "W": nominal["W"] + 32}
    for path in contract.graph.paths[:_MAX_WITNESSES]:
        sizes = None if path.failure else path.domain.witness(near=near)
        if sizes is not None:
            yield {name: sizes[name] for name in nominal}


def _around(nominal: Sizes, seed: str) -> Iterator[Sizes]:
    """Many sizes, those that differ little from the default first in each kind."""
    chance = random.Random(seed)
    rows, columns = nominal["H"], nominal["W"]
    pairs: list[tuple[int, int]] = [
        (rows + 1, columns),
        (rows, columns + 32),
        (rows - 1, columns + 1),
        (rows + 64, columns - 32),
        (rows // 2, columns),
        (rows + 3, columns + 33),
        (rows + 224, columns + 112),
    ]
    pairs += [(chance.randint(rows // 3, 2 * rows), chance.randint(columns // 3, 2 * columns)) for _ in range(24)]
    for step in chance.sample(_STEPS, len(_STEPS)):
        pairs += [(rows + step * chance.randint(-6, 9), columns + step * chance.randint(-6, 9)) for _ in range(6)]
    small = [chance.randint(1, rows // 4) for _ in range(16)]
    pairs += [(height, chance.choice((columns, *small))) for height in small]
    for index, (height, width) in enumerate(_distinct(pairs)):
        if height > 0 and width > 0:
            yield {"N": _BATCHES[index % len(_BATCHES)], "H": height, "W": width}


def _distinct(pairs: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    return dict.fromkeys(pairs)
