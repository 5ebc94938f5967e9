"""How long a symbolic trace takes beside plain PyTorch, in one process and one run.

Times are of the processor, so that other work on the machine does not count.
"""

import gc
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

import torch
import torch.nn.functional as F
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.export import Dim
from torch.fx.experimental.symbolic_shapes import DimDynamic, ShapeEnv, StatelessSymbolicContext

from benchmarks.zoo import plain
from benchmarks.zoo.catalogue import Built, Case, build
from benchmarks.zoo.isolate import Record, describe
from benchmarks.zoo.plain import example
from benchmarks.zoo.traced import trace
from convlint.rules.registry import check

_REPEATS = 3
_RIVAL_SECONDS = 100
"""After this long a rival counts as unable."""

_NORMALISATIONS = ("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm")


def warm_up() -> None:
    """Import what PyTorch's meta kernels, the tracer and the rules need, before children fork or time is taken."""
    plain.warm_up()
    check(trace(Built(nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8)).to("meta").eval(), (3, 4, 4))))


def compare_times(case: Case) -> Record:
    """Seconds of a trace and a plain forward, each the first of its model and repeated, and without normalisation.

    The first trace is what a user waits for; repeats find sizes and their operations already known.
    """
    built = build(case)
    first = _seconds(lambda: trace(built), 1)
    image = example(*built.input_size)
    forward_first = _seconds(lambda: built.module(image), 1)
    forward = _seconds(lambda: built.module(image))
    with _normalisation_as_identity():
        floor = _seconds(lambda: built.module(image))
    return {
        "trace_first": first,
        "trace": _seconds(lambda: trace(built)),
        "forward_first": forward_first,
        "forward": forward,
        "forward_without_normalisation": floor,
    }


def compare_rivals(case: Case) -> Record:
    """Seconds of one trace, and of what else PyTorch has for symbolic rows and columns, or why that fails."""
    built = build(case)
    result: Record = {"trace_first": _seconds(lambda: trace(built), 1)}
    image = example(*built.input_size)
    built.module(image)
    result["forward"] = _seconds(lambda: built.module(image))
    attempts: dict[str, Callable[[], float]] = {
        "fake_tensor": lambda: _fake_tensor_seconds(case),
        "export": lambda: _export_seconds(built.module, image),
    }
    for name, attempt in attempts.items():
        try:
            with _alarm(_RIVAL_SECONDS):
                result[name] = attempt()
        except Exception as error:  # noqa: BLE001
            result[f"{name}_error"] = describe(error)
    return result


def _fake_tensor_seconds(case: Case) -> float:
    """One forward under FakeTensorMode with symbolic rows and columns; making the model fake is not timed."""
    built = build(case)
    mode = FakeTensorMode(shape_env=ShapeEnv(), allow_non_fake_inputs=True)
    for part in built.module.modules():
        for tensors in (part._parameters, part._buffers):  # noqa: SLF001 - the tensors are replaced in place
            for name, tensor in tensors.items():
                if tensor is not None:
                    tensors[name] = mode.from_tensor(tensor, static_shapes=True)
    dynamic = [DimDynamic.STATIC, DimDynamic.STATIC, DimDynamic.DYNAMIC, DimDynamic.DYNAMIC]
    context = StatelessSymbolicContext(dynamic_sizes=dynamic)
    image = mode.from_tensor(example(*built.input_size), symbolic_context=context)
    with mode:
        return _seconds(lambda: built.module(image), 1)


def _export_seconds(module: nn.Module, image: torch.Tensor) -> float:
    """``torch.export.export`` with rows and columns dynamic as far as it can keep them so."""
    dynamic = ({2: Dim.AUTO, 3: Dim.AUTO},)
    return _seconds(lambda: torch.export.export(module, (image,), dynamic_shapes=dynamic, strict=False), 1)


def _seconds(work: Callable[[], object], repeats: int = _REPEATS) -> float:
    """Median of a few runs."""
    times = []
    for _ in range(repeats):
        gc.collect()
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return round(statistics.median(times), 5)


@contextmanager
def _alarm(seconds: int) -> Iterator[None]:
    """Raise TimeoutError in the block when it takes longer."""

    def expired(*_: object) -> None:
        raise TimeoutError(f"longer than {seconds} s")

    signal.signal(signal.SIGALRM, expired)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


@contextmanager
def _normalisation_as_identity() -> Iterator[None]:
    """Normalisation gives back its input, as cheap a forward as PyTorch could have."""

    def identity(tensor: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
        return tensor

    patches = [patch.object(F, name, identity) for name in _NORMALISATIONS]
    patches += [patch.object(torch, name, identity) for name in ("batch_norm", "layer_norm", "group_norm")]
    try:
        for each in patches:
            each.start()
        yield
    finally:
        for each in patches:
            each.stop()
