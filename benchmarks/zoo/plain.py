"""Plain PyTorch on meta tensors: what every claim of the zoo is measured against."""

import copy
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from benchmarks.zoo.catalogue import Case, build
from benchmarks.zoo.isolate import Record, describe

BATCH = 2
"""Images in a batch wherever only the size is varied: not 1, which would broadcast."""


def example(channels: int, rows: int, columns: int, batch: int = BATCH) -> torch.Tensor:
    """An input (batch, channels, rows, columns) without data."""
    return torch.empty(batch, channels, rows, columns, device="meta")


@contextmanager
def state_restored(module: nn.Module) -> Iterator[None]:
    """Undo what a ``forward`` leaves on its modules (cached grids, masks, position tables)."""
    before = [(part, {name: _shallow(value) for name, value in vars(part).items()}) for part in module.modules()]
    try:
        yield
    finally:
        for part, attributes in before:
            vars(part).clear()
            vars(part).update(attributes)


def _shallow(value: object) -> object:
    return copy.copy(value) if isinstance(value, dict | list | set) else value


def warm_up() -> None:
    """Have PyTorch import what its meta kernels need (seconds, once), before children are forked."""
    layers = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.GELU(), nn.Flatten(), nn.LayerNorm(8 * 4))
    layers.to("meta").eval()(example(3, 4, 4))


def survey(case: Case) -> Record:
    """Whether PyTorch builds ``case`` on the meta device and runs it at its default size, and in which time."""
    record: Record = {"family": case.family, "name": case.name, "group": case.group, "runs": False}
    try:
        started = time.perf_counter()
        built = build(case)
        record["build_seconds"] = round(time.perf_counter() - started, 4)
    except Exception as error:  # noqa: BLE001
        return record | {"stage": "build", "error": describe(error)}
    record |= {"input_size": built.input_size, "modules": sum(1 for _ in built.module.modules())}
    try:
        built.module(example(*built.input_size))
        started = time.perf_counter()
        built.module(example(*built.input_size))
        record["forward_seconds"] = round(time.perf_counter() - started, 4)
    except Exception as error:  # noqa: BLE001
        return record | {"stage": "forward", "error": describe(error)}
    return record | {"runs": True}


def accepted_squares(case: Case, largest: int) -> Record:
    """Brute force: the sizes S in 1..``largest`` for which the model runs on (`BATCH`, C, S, S).

    Nothing is patched: each size is one forward of the unchanged model, in the state it was built in.
    """
    built = build(case)
    channels = built.input_size[0]
    accepted: list[int] = []
    refusals: dict[str, list[int]] = {}
    started = time.perf_counter()
    for size in range(1, largest + 1):
        with state_restored(built.module):
            try:
                built.module(example(channels, size, size))
            except Exception as error:  # noqa: BLE001
                refusals.setdefault(type(error).__name__, []).append(size)
            else:
                accepted.append(size)
    seconds = round(time.perf_counter() - started, 2)
    return {"largest": largest, "batch": BATCH, "accepted": accepted, "refusals": refusals, "seconds": seconds}
